#include "router/node/link_routing.hpp"

#include "common/io/loop.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::node::test {

TEST_SUITE_BEGIN("link_routing");

TEST_CASE("a router whose link routes are not taken is told of seldom") {
    io::Loop loop;
    LinkRouting routing{loop};
    const std::string key = "E" + std::string(2'000, 'x');  // longer than any may be
    for (int i = 0; i < 100; ++i) {
        routing.set_remote(3, key, true);
        routing.set_remote(3, key, false);
    }
    CHECK(routing.warnings() == 1);
    routing.set_remote(4, key, true);
    CHECK(routing.warnings() == 2);
}

TEST_SUITE_END();

}  // namespace weft::node::test
