#include "tests/unit/config/fixture.hpp"

#include <doctest/doctest.h>

using namespace weft::config;
using namespace weft::config::test;

TEST_SUITE("include") {
    TEST_CASE("lists of several files are joined, the including file's first") {
        const auto loaded =
            load({{"a.json", R"({"include": ["b.json"], "boxes": [{"name": "1"}]})"},
                  {"b.json", R"({"boxes": [{"name": "2"}], "shop": {"id": "s"}})"}});
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.document.all("boxes").size() == 2);
        CHECK(loaded.document.all("boxes")[0]->text("name") == "1");
        CHECK(loaded.document.all("boxes")[1]->text("name") == "2");
        CHECK(loaded.document.singleton("shop").text("id") == "s");
    }

    TEST_CASE("a fault of an included file points into that file") {
        CHECK(load({{"a.json", R"({"include": ["b.json"], "boxes": [{"name": "1"}]})"},
                    {"b.json", "{\"boxes\": [\n{\"name\": 5}]}"}})
                  .lines == Lines{"b.json:2: /boxes/0/name: must be a text, not 5"});
    }

    TEST_CASE("a section that is no list is given once in all files") {
        CHECK(load({{"a.json", "{\n\"shop\": {}, \"include\": [\"b.json\"]}"},
                    {"b.json", R"({"shop": {}})"}})
                  .lines ==
              Lines{"b.json:1: /shop: is given twice, also in a.json:2; keep one of them"});
        CHECK(load({{"a.json", R"({"boxes": [], "include": ["b.json"]})"},
                    {"b.json", R"({"boxes": {}})"}})
                  .lines ==
              Lines{"b.json:1: /boxes: is given twice, also in a.json:1; keep one of them"});
    }

    TEST_CASE("files include others relative to themselves") {
        const auto loaded =
            load({{"a.json", R"({"include": ["x/b.json"]})"},
                  {"x/b.json", R"({"include": ["../c.json"], "boxes": [{"name": "2"}]})"},
                  {"x/../c.json", R"({"boxes": [{"name": "3"}]})"}});
        CHECK(loaded.lines == Lines{});
        CHECK(loaded.document.all("boxes").size() == 2);
    }

    TEST_CASE("cycles, repetition, absence and wrong types are faults") {
        CHECK(load({{"a.json", R"({"include": ["b.json"]})"},
                    {"b.json", R"({"include": ["x/../a.json"]})"}})
                  .lines == Lines{"b.json:1: /include/0: \"x/../a.json\" is included already; "
                                  "include it once"});
        CHECK(load({{"a.json", R"({"include": ["b.json", "b.json"]})"}, {"b.json", "{}"}}).lines ==
              Lines{"a.json:1: /include/1: \"b.json\" is included already; include it once"});
        CHECK(load({{"a.json", R"({"include": ["b.json", 5]})"}}).lines ==
              Lines{"a.json:1: /include/0: \"b.json\" does not exist",
                    "a.json:1: /include/1: must be a path, not 5"});
        CHECK(load({{"a.json", R"({"include": "b.json"})"}}).lines ==
              Lines{"a.json:1: /include: must be a list of paths, not \"b.json\""});
    }

    TEST_CASE("the number of included files is limited") {
        std::map<std::string, std::string> files;
        std::string names;
        for (std::size_t i = 0; i <= kIncludesMax; ++i) {
            const std::string name = std::to_string(i);
            names += (i == 0 ? "\"" : ", \"") + name + "\"";
            files[name] = "{}";
        }
        files["a.json"] = R"({"include": [)" + names + "]}";
        CHECK(load(files).lines ==
              Lines{"a.json:1: /include/64: at most 64 files may be included"});
    }
}
