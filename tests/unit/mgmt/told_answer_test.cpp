#include "common/mgmt/told_answer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;
using namespace weft::mgmt;

namespace {

HttpResponse list(std::string body, HttpHeaders headers = {}) {
    return {.status = 200,
            .content_type = "application/json",
            .body = std::move(body),
            .headers = std::move(headers)};
}

}  // namespace

TEST_SUITE_BEGIN("told_answer");

TEST_CASE("a list is told whole, then what changes in it") {
    ToldAnswer told;
    CHECK(told.change(3, list(R"([{"identity": "a", "n": 1}, {"identity": "b", "n": 1}])")) ==
          R"({"watch":3,"total":2,"order":["a","b"],)"
          R"("rows":{"a":{"identity":"a","n":1},"b":{"identity":"b","n":1}}})"
          "\n");
    SUBCASE("nothing") {
        CHECK(told.change(3, list(R"([{"identity":"a","n":1},{"identity":"b","n":1}])")) ==
              "{\"watch\":3}\n");
    }
    SUBCASE("a row") {
        CHECK(told.change(3, list(R"([{"identity":"a","n":1},{"identity":"b","n":2}])")) ==
              R"({"watch":3,"total":2,"rows":{"b":{"identity":"b","n":2}}})"
              "\n");
    }
    SUBCASE("the order") {
        CHECK(told.change(3, list(R"([{"identity":"b","n":1},{"identity":"a","n":1}])")) ==
              R"({"watch":3,"total":2,"order":["b","a"],"rows":{}})"
              "\n");
    }
    SUBCASE("one goes, another comes") {
        CHECK(told.change(3, list(R"([{"identity":"b","n":1},{"identity":"c","n":5}])")) ==
              R"({"watch":3,"total":2,"order":["b","c"],"rows":{"c":{"identity":"c","n":5}}})"
              "\n");
    }
    SUBCASE("all go") {
        CHECK(told.change(3, list("[]")) == R"({"watch":3,"total":0,"order":[],"rows":{}})"
                                            "\n");
    }
}

TEST_CASE("the rows of all pages, and what is left out, are told with it") {
    ToldAnswer told;
    const std::string body = R"([{"name":"a"}])";
    CHECK(told.change(1,
                      list(body, {{"Weft-Total", "812"}, {"Weft-Incomplete", "loop 2 is busy"}})) ==
          R"({"watch":1,"total":812,"missing":"loop 2 is busy","order":["a"],)"
          R"("rows":{"a":{"name":"a"}}})"
          "\n");
    CHECK(told.change(1, list(body, {{"Weft-Total", "813"}})) ==
          R"({"watch":1,"total":813,"rows":{}})"
          "\n");
}

TEST_CASE("rows without a key of their own have their place") {
    ToldAnswer told;
    CHECK(told.change(1, list(R"([{"n":1},{"name":"x"},{"name":"x"}])")) ==
          R"({"watch":1,"total":3,"order":["#0","x","#2"],)"
          R"("rows":{"#0":{"n":1},"#2":{"name":"x"},"x":{"name":"x"}}})"
          "\n");
}

TEST_CASE("what is no list is told when it is another") {
    ToldAnswer told;
    CHECK(told.change(2, list(R"({"user": "eve"})")) == R"({"watch":2,"answer":{"user":"eve"}})"
                                                        "\n");
    CHECK(told.change(2, list(R"({"user": "eve"})")) == "{\"watch\":2}\n");
}

TEST_CASE("a failure is told once; after it all is new") {
    ToldAnswer told;
    const std::string body = R"([{"name":"a"}])";
    const std::string whole = told.change(1, list(body));
    const HttpResponse denied{.status = 403, .body = R"({"error": "Forbidden", "status": 403})"};
    CHECK(told.change(1, denied) == R"({"watch":1,"status":403,"error":"Forbidden"})"
                                    "\n");
    CHECK(told.change(1, denied) == "{\"watch\":1}\n");
    CHECK(told.change(1, list(body)) == whole);
}

TEST_CASE("a list that is too long says what to do") {
    std::string rows = "{}";
    for (std::size_t i = 1; i <= kWatchedRowsMax; ++i) {
        rows += ",{}";
    }
    ToldAnswer told;
    CHECK(told.change(1, list("[" + rows + "]")) ==
          R"({"watch":1,"status":413,"error":"a list that is watched has at most 1000 rows: )"
          R"(ask for a page of it, with 'count'"})"
          "\n");
}

TEST_SUITE_END();
