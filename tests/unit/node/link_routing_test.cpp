#include "router/node/link_routing.hpp"

#include "common/io/loop.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

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

TEST_CASE("it is told while a link route takes coordinators that no address has made") {
    io::Loop loop;
    LinkRouting routing{loop};
    std::vector<bool> told;
    routing.tell_of_coordinators([&](bool any) { told.push_back(any); });
    const auto config = [](std::string text, router::Direction direction = router::Direction::in) {
        return linkroute::LinkRouteConfig{.text = std::move(text), .direction = direction};
    };
    linkroute::LinkRouteConfig by_address = config("$coordinator");
    by_address.source = linkroute::Source::address;
    const std::uint64_t of_address = (*routing.add(by_address))->id;
    REQUIRE(routing.add(config("$coordinator", router::Direction::out)));
    REQUIRE(routing.add(config("store")));
    CHECK(told.empty());
    const std::uint64_t one = (*routing.add(config("$coordinator")))->id;
    linkroute::LinkRouteConfig any = config("#");
    any.grammar = linkroute::LinkRouteConfig::Grammar::pattern;
    REQUIRE(routing.add_for(7, "broker", any));
    CHECK(told == std::vector{true});
    CHECK(routing.remove(one));
    CHECK(routing.remove(of_address));
    CHECK_FALSE(routing.remove(one));
    CHECK(told == std::vector{true});
    routing.gone(7);
    CHECK(told == std::vector{true, false});
}

TEST_CASE("others do not hear that there is none while a key that waited finds room") {
    io::Loop loop;
    LinkRouting routing{loop};
    std::vector<bool> told;
    routing.tell_of_any([&](bool any) { told.push_back(any); });
    const auto key = [](unsigned number) {
        std::string text = "E#";
        for (unsigned level = 0; level < 8; ++level) {
            text += (number >> level & 1U) == 0 ? "/a" : "/*";
        }
        return text + "/z";
    };
    unsigned taken = 0;
    for (; routing.warnings() == 0; ++taken) {
        REQUIRE(taken < 1U << 8);
        routing.set_remote(3, key(taken), true);
    }
    while (taken-- > 1) {  // but for the last, for which there was no room
        routing.set_remote(3, key(taken - 1), false);
    }
    CHECK(routing.routes().area_count() == 0);
    while (routing.routes().area_count() == 0) {
        loop.run_one();
    }
    CHECK(told == std::vector{true});
}

TEST_SUITE_END();

}  // namespace weft::node::test
