#include "broker/forwarding/rule.hpp"

#include <doctest/doctest.h>

namespace weft::forwarding {

TEST_SUITE("rule") {
    TEST_CASE("a queue is forwarded to another address, and not to itself") {
        CHECK(why_no_rule("site", {.to = "central"}).empty());
        CHECK(why_no_rule("site", {.to = "site/x"}).empty());
        CHECK(why_no_rule("site", {.to = "site"}) ==
              "'site' would be forwarded to itself: name another address");
        CHECK(why_no_rule("site", {}) == "its forward names no address: say where to");
    }
}

}  // namespace weft::forwarding
