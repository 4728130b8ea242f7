#include "common/base/http.hpp"

#include <doctest/doctest.h>

namespace weft {

TEST_SUITE("HTTP request") {
    TEST_CASE("a target is a path and what follows the first question mark") {
        const HttpRequest both{.method = "GET", .target = "/api/a%2Fb?x=1&y=?"};
        CHECK(both.path() == "/api/a%2Fb");
        CHECK(both.query() == "x=1&y=?");
        const HttpRequest bare{.method = "GET", .target = "/api"};
        CHECK(bare.path() == "/api");
        CHECK(bare.query().empty());
        const HttpRequest marked{.method = "GET", .target = "?"};
        CHECK(marked.path().empty());
        CHECK(marked.query().empty());
        CHECK(HttpRequest{}.path().empty());
    }

    TEST_CASE("a header is found in any case, the first of its name") {
        const HttpRequest request{.method = "GET",
                                  .target = "/",
                                  .headers = {{"Content-type", "a"}, {"content-TYPE", "b"}}};
        CHECK(request.header("Content-Type") == "a");
        CHECK(request.header("Content").empty());
        CHECK(request.header("Content-Types").empty());
        CHECK(request.header("").empty());
    }
}

}  // namespace weft
