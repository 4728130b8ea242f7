#include "router/linkroute/link_routes.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/linkroute/desk.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace weft::linkroute {

TEST_SUITE_BEGIN("LinkRoutes");

TEST_CASE("a rule whose name is in use, or that means nothing, is refused") {
    Desk desk;
    const auto id = desk.add(to("b", "a.b", "one"));
    const auto named = desk.routes.add(to("c", "x", "one"));
    REQUIRE_FALSE(named);
    CHECK(named.error().condition == kPreconditionFailed);
    CHECK(named.error().text == "Name conflicts with an existing entity");
    CHECK_FALSE(desk.routes.add(to("c", "")));
    CHECK(desk.routes.all().size() == 1);
    const auto pattern = router::AddressPattern::parse(Grammar::pattern, "a/b/#");
    REQUIRE(desk.routes.rival(*pattern) != nullptr);
    CHECK(desk.routes.rival(*pattern)->id == id);
    CHECK(desk.routes.rival(*router::AddressPattern::parse(Grammar::pattern, "a/b")) == nullptr);
    desk.routes.remove(id);
    CHECK(desk.routes.rival(*pattern) == nullptr);
    CHECK(desk.routes.add(to("c", "x", "one")));
}

TEST_CASE("rules come and go, and the mesh hears of what it can reach only") {
    Desk desk;
    desk.came(1, "b", "x");
    desk.came(2, "c", "x");
    const auto dots = desk.add(to("b", "a.b"));
    const auto slashes = desk.add(to("c", "a/b"));
    CHECK(desk.told() == "+Ca.b");
    CHECK(desk.routes.active() == 2);
    CHECK(desk.routes.remove(dots));
    CHECK(desk.routes.active() == 1);
    CHECK_FALSE(desk.routes.remove(dots));
    CHECK(desk.told() == "-Ca.b +Ca/b");
    desk.add(to("nobody", "a/b"));
    CHECK(desk.told().empty());
    CHECK(desk.routes.remove(slashes));
    CHECK(desk.told() == "-Ca/b");
    CHECK(desk.routes.covers(Direction::in, "a/b"));
}

TEST_CASE("a connection makes link routes for itself, which are gone with it") {
    Desk desk;
    LinkRouteConfig config{.name = "mine", .text = "a/*", .grammar = Grammar::pattern};
    const auto made = desk.routes.add_for(9, "broker", config);
    REQUIRE(made);
    CHECK((*made)->container() == "broker");
    CHECK(desk.connection("a/x") == 9);
    CHECK(desk.routes.all().empty());
    CHECK(desk.routes.made_by(9).size() == 1);
    CHECK(desk.routes.made_by(8).empty());
    CHECK(desk.routes.made_by_connections().size() == 1);
    CHECK(desk.routes.active() == 0);
    desk.add(to("other", "x", "mine"));  // makers have names of their own
    desk.routes.remove(desk.routes.all().front()->id);
    const auto other = desk.routes.add_for(10, "broker", config);
    REQUIRE(other);
    CHECK(desk.told() == "+Ea/*");
    CHECK(desk.routes.remove((*other)->id));
    desk.gone(10);
    CHECK(desk.connection("a/x") == 9);
    desk.gone(9);
    CHECK(desk.routes.made_by_connections().empty());
    CHECK_FALSE(desk.routes.covers(Direction::in, "a/x"));
    CHECK(desk.told() == "-Ea/*");
}

TEST_CASE("a connection may make so many") {
    Desk desk;
    const auto make = [&](std::size_t number) {
        return desk.routes.add_for(9, "broker", to("", "a/" + std::to_string(number)));
    };
    for (std::size_t i = 0; i < LinkRoutes::kMadeByOneMax; ++i) {
        REQUIRE(make(i));
    }
    const auto more = make(LinkRoutes::kMadeByOneMax);
    REQUIRE_FALSE(more);
    CHECK(more.error().condition == kResourceLimitExceeded);
    CHECK(desk.routes.remove(desk.routes.made_by_connections()[5]->id));
    CHECK(make(LinkRoutes::kMadeByOneMax));
    desk.gone(9);
    CHECK(desk.routes.made_by_connections().empty());
}

TEST_CASE("a connection's patterns do not make each look slow, and go with it") {
    Desk desk;
    const auto make = [&](std::uint64_t connection, std::string text) {
        auto config = to("", std::move(text));
        config.grammar = Grammar::pattern;
        return desk.routes.add_for(connection, "c", std::move(config));
    };
    std::size_t refused = 0;
    for (unsigned i = 0; i < 1U << 8; ++i) {
        const auto made = make(1, "#/" + pattern_of(i, 8));
        refused += made ? 0U : 1U;
        CHECK((made || made.error().condition == kResourceLimitExceeded));
    }
    CHECK(refused > 200);
    CHECK(desk.routes.counters().refused_of_connections == refused);
    CHECK(desk.routes.area_count() == (1U << 8) - refused);
    CHECK(make(1, "plain/x/#"));
    CHECK(make(2, "*/x/#/y"));
    desk.gone(1);
    CHECK(desk.routes.area_count() == 1);
    CHECK(make(1, "#/" + pattern_of(0, 8)));
}

TEST_CASE("of many rules, a broker's return and an attach cost what they concern") {
    Desk desk;
    constexpr int kRules = 10'000;
    for (int i = 0; i < kRules; ++i) {
        desk.add(to("b" + std::to_string(i % 100), "site/" + std::to_string(i) + "/orders"));
    }
    desk.came(1, "b7", "x");
    CHECK(desk.routes.take_announcements().size() == kRules / 100);
    const std::uint64_t before = desk.routes.counters().steps;
    CHECK(desk.connection("site/107/orders/x") == 1);
    CHECK(desk.connection("site/9999/orders") == 0);
    CHECK(desk.routes.counters().steps - before < 20);
}

TEST_CASE("which of the operator's link routes takes an address's links is known") {
    Desk desk;
    const std::uint64_t mine = desk.add(to("b", "a"));
    CHECK(desk.routes.area_for(Direction::in, "a/x")->configured->id == mine);
    CHECK_FALSE(desk.routes.area_for(Direction::out, "a/x"));
    desk.routes.router_has(5, "Ca/x");  // goes before it
    CHECK(desk.routes.area_for(Direction::in, "a/x/y")->configured == nullptr);
    CHECK(desk.routes.area_for(Direction::in, "a/y")->configured->id == mine);
}

TEST_SUITE_END();

}  // namespace weft::linkroute
