#include "router/linkroute/link_routes.hpp"

#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::linkroute {
namespace {

using Grammar = router::AddressPattern::Grammar;
using router::Direction;

LinkRouteConfig to(std::string container, std::string prefix, std::string name = "") {
    return {.name = std::move(name), .text = std::move(prefix), .container = std::move(container)};
}

struct Desk {
    LinkRoutes routes;

    std::uint64_t add(LinkRouteConfig config) {
        const auto added = routes.add(std::move(config));
        REQUIRE(added);
        return (*added)->id;
    }
    void came(std::uint64_t connection, std::string_view container, std::string_view name) {
        routes.container_came(connection, container, name);
        CHECK_FALSE(routes.work(SIZE_MAX));
    }
    void gone(std::uint64_t connection) {
        routes.container_gone(connection);
        CHECK_FALSE(routes.work(SIZE_MAX));
    }
    bool active(std::uint64_t id) const { return routes.find(id)->is_active(); }
    /// The connection that a link for `address` goes over; 0: none.
    std::uint64_t connection(std::string_view address) {
        const auto way = routes.choose(Direction::in, address);
        return way ? way->connection : 0;
    }
    RouterIndex router(std::string_view address) {
        const auto way = routes.choose(Direction::in, address);
        return way ? way->router : kNoRouter;
    }
    /// "+Ca -Cb"
    std::string told() {
        std::string line;
        for (const auto& [key, has] : routes.take_announcements()) {
            line += (line.empty() ? "" : " ") + std::string(has ? "+" : "-") + key;
        }
        return line;
    }
};

}  // namespace

TEST_SUITE_BEGIN("link_routes");

TEST_CASE("one is active while a container that it names is connected, by id or connection") {
    Desk desk;
    const auto by_id = desk.add(to("broker", "a"));
    auto config = to("uplink", "b");
    config.by = Finds::connection;
    const auto by_name = desk.add(std::move(config));
    CHECK_FALSE(desk.active(by_id));
    CHECK(desk.routes.find(by_id)->container() == "broker");
    CHECK(desk.routes.find(by_name)->container() == "uplink");
    CHECK(desk.routes.covers(Direction::in, "a/x"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "a/x"));
    CHECK_FALSE(desk.routes.covers(Direction::out, "a/x"));

    desk.came(7, "broker", "uplink");
    CHECK(desk.active(by_id));
    CHECK(desk.active(by_name));
    CHECK(desk.connection("a/x") == 7);
    CHECK(desk.connection("b") == 7);
    CHECK(desk.connection("c") == 0);
    const auto late = desk.add(to("broker", "c"));
    CHECK(desk.active(late));
    CHECK(desk.routes.active() == 3);
    CHECK(desk.told() == "+Cb +Ca +Cc");

    desk.gone(7);
    desk.gone(7);
    CHECK_FALSE(desk.active(by_id));
    CHECK_FALSE(desk.active(by_name));
    CHECK(desk.routes.active() == 0);
    CHECK(desk.connection("a/x") == 0);
    CHECK(desk.routes.covers(Direction::in, "a/x"));
    CHECK(desk.told() == "-Cb -Cc -Ca");
}

TEST_CASE("a container without an id is nobody's, and one without a name is never active") {
    Desk desk;
    const auto none = desk.add(to("", "a"));
    desk.came(1, "", "c");
    CHECK_FALSE(desk.active(none));
}

TEST_CASE("links of one rule are spread by how many are open") {
    Desk desk;
    desk.add(to("b", "a"));
    desk.add(to("c", "a"));
    desk.came(1, "b", "x");
    desk.came(2, "c", "x");
    desk.came(3, "b", "x");
    std::vector<Way> ways;
    for (int i = 0; i < 6; ++i) {
        ways.push_back(*desk.routes.choose(Direction::in, "a/q"));
        desk.routes.started(ways.back());
    }
    std::vector<int> links(4);
    for (const Way& way : ways) {
        ++links[way.connection];
    }
    CHECK(links == std::vector<int>{0, 2, 2, 2});
    for (const Way& way : ways) {
        if (way.connection == 2) {
            desk.routes.ended(way);
        }
    }
    for (int i = 0; i < 2; ++i) {
        const auto way = desk.routes.choose(Direction::in, "a/q");
        CHECK(way->connection == 2);
        desk.routes.started(*way);
    }
    SUBCASE("and the end of a link of a rule that is gone counts for nobody") {
        desk.gone(1);
        while (!desk.routes.all().empty()) {
            desk.routes.remove(desk.routes.all().front()->id);
        }
        desk.add(to("b", "a"));
        for (const Way& way : ways) {
            desk.routes.ended(way);
        }
        CHECK(desk.connection("a") == 3);
    }
}

TEST_CASE("links that do not stay take turns") {
    Desk desk;
    desk.add(to("b", "a"));
    desk.came(1, "b", "x");
    desk.came(2, "b", "x");
    CHECK(desk.connection("a") == 1);
    CHECK(desk.connection("a") == 2);
    CHECK(desk.connection("a") == 1);
}

TEST_CASE("each container has the prefixes of its own rule") {
    Desk desk;
    auto config = to("b", "a");
    config.prefixes = {.add = "queue/", .del = "a/"};
    const auto id = desk.add(std::move(config));
    desk.came(1, "b", "x");
    const auto way = desk.routes.choose(Direction::in, "a/q");
    CHECK(way->route == id);
    CHECK(way->prefixes.outward("a/q") == "queue/q");
}

TEST_CASE("the most specific rule decides, even if nobody is there") {
    Desk desk;
    desk.add(to("b", "a"));
    desk.add(to("c", "a/b"));
    desk.came(1, "b", "x");
    CHECK(desk.connection("a/x") == 1);
    CHECK(desk.routes.covers(Direction::in, "a/b/x"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "a/b/x"));
}

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

TEST_CASE("several rules may say the same") {
    Desk desk;
    const auto one = desk.add(to("b", "a"));
    const auto other = desk.add(to("b", "a"));
    desk.came(1, "b", "x");
    CHECK(desk.connection("a") == 1);
    desk.routes.remove(one);
    CHECK(desk.connection("a") == 1);
    CHECK(desk.told() == "+Ca");
    desk.routes.remove(other);
    CHECK(desk.told() == "-Ca");
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

TEST_CASE("containers here go before other routers, and of those the closest") {
    Desk desk;
    desk.routes.set_cost(5, 2);
    desk.routes.router_has(5, "Ca");
    desk.routes.set_cost(6, 1);
    CHECK(desk.router("a/x") == 5);
    desk.routes.router_has(6, "Ca");
    CHECK(desk.router("a/x") == 6);
    CHECK(desk.told().empty());
    desk.routes.set_cost(5, 1);
    const auto way = desk.routes.choose(Direction::in, "a/x");
    desk.routes.started(*way);
    CHECK(desk.router("a/x") == 11 - way->router);
    CHECK(desk.router("a/x") == 11 - way->router);
    desk.routes.ended(*way);
    const RouterIndex turn = desk.router("a/x");
    CHECK(desk.router("a/x") == 11 - turn);
    CHECK(desk.router("a/x") == turn);

    desk.add(to("b", "a"));
    desk.came(1, "b", "x");
    CHECK(desk.connection("a/x") == 1);
    desk.gone(1);
    CHECK(desk.router("a/x") != kNoRouter);
    desk.routes.router_lost(5, "Ca");
    CHECK(desk.router("a/x") == 6);
    desk.routes.router_lost(6, "Ca");
    CHECK(desk.routes.covers(Direction::in, "a/x"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "a/x"));
}

TEST_CASE("a link that ends after its router took its word back counts for no later word of it") {
    Desk desk;
    for (const RouterIndex router : {5U, 6U}) {
        desk.routes.set_cost(router, 1);
        desk.routes.router_has(router, "Ca");
    }
    const auto way = desk.routes.choose(Direction::in, "a/x");
    desk.routes.started(*way);
    desk.routes.router_lost(way->router, "Ca");
    desk.routes.router_has(way->router, "Ca");
    desk.routes.ended(*way);
    const RouterIndex turn = desk.router("a/x");
    CHECK(desk.router("a/x") == 11 - turn);
    CHECK(desk.router("a/x") == turn);
}

TEST_CASE("a router without a path is no way, though its keys are not taken back yet") {
    Desk desk;
    for (const RouterIndex router : {5U, 6U}) {
        desk.routes.set_cost(router, 1);
        desk.routes.router_has(router, "Ca");
    }
    desk.routes.set_cost(5, std::nullopt);
    CHECK(desk.router("a/x") == 6);
    CHECK(desk.router("a/x") == 6);
    desk.routes.set_cost(6, std::nullopt);
    CHECK(desk.routes.covers(Direction::in, "a/x"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "a/x"));
    desk.routes.set_cost(5, 1);
    CHECK(desk.router("a/x") == 5);
}

TEST_CASE("what other routers say is a rule of its own, until they take it back") {
    Desk desk;
    desk.routes.set_cost(5, 1);
    desk.routes.router_has(5, "Ca.b");
    desk.routes.router_has(5, "Ea/b/#");  // the same
    CHECK(desk.router("a/b/c") == 5);
    desk.routes.router_lost(5, "Ca.b");
    CHECK(desk.router("a/b/c") == 5);
    desk.routes.router_lost(5, "Ea/b/#");
    desk.routes.router_lost(5, "Ea/b/#");
    CHECK_FALSE(desk.routes.covers(Direction::in, "a/b/c"));
    desk.routes.router_has(5, "Ca//b");  // nobody's
    desk.routes.router_lost(5, "Ca//b");
    desk.routes.router_has(5, "Dx");
    CHECK_FALSE(desk.routes.covers(Direction::in, "x"));
    CHECK(desk.routes.choose(Direction::out, "x")->router == 5);
}

TEST_CASE("people see who has containers for which links, by the keys of the mesh") {
    Desk desk;
    desk.routes.router_has(5, "Ea.*");
    desk.routes.router_has(6, "Ea/*");
    desk.routes.router_has(6, "Dx");
    desk.routes.router_has(6, "Cz");
    CHECK(desk.routes.areas(1, 5).size() == 2);
    desk.routes.router_lost(6, "Dx");
    CHECK(desk.routes.area_count() == 2);
    const auto areas = desk.routes.areas(0, 5);
    REQUIRE(areas.size() == 2);
    CHECK(areas[0].key == "Ea.*");
    CHECK(areas[0].containers == 0);
    CHECK(areas[0].routers == std::vector<RouterIndex>{5, 6});
    CHECK(areas[1].key == "Cz");
    CHECK(desk.routes.areas(1, 5).front().key == "Cz");
    CHECK(desk.routes.areas(2, 5).empty());
    CHECK(desk.routes.areas(0, 1).size() == 1);
    CHECK_FALSE(desk.routes.area_of("Ea/*"));  // it has another name here
    CHECK_FALSE(desk.routes.area_of("Eb"));
    CHECK_FALSE(desk.routes.area_of("Dx"));
    desk.add(to("b", "q"));
    desk.came(1, "b", "x");
    const auto own = desk.routes.area_of("Cq");
    REQUIRE(own);
    CHECK(own->containers == 1);
    CHECK(desk.routes.area_for(Direction::in, "q/x")->key == "Cq");
    CHECK_FALSE(desk.routes.area_for(Direction::out, "q/x"));
    CHECK(own->routers.empty());
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

TEST_CASE("what a container's coming and going means for many rules is done in slices") {
    Desk desk;
    constexpr std::size_t kRules = 1'000;
    for (std::size_t i = 0; i < kRules; ++i) {
        desk.add(to("b", "a/" + std::to_string(i)));
    }
    desk.routes.container_came(1, "b", "x");
    CHECK(desk.routes.work(300));
    CHECK(desk.routes.active() == 300);
    const auto late = desk.add(to("b", "late"));
    CHECK(desk.active(late));
    const auto first = desk.routes.all().front()->id;
    CHECK(desk.routes.remove(first));  // that of the last takes its place
    int turns = 1;
    while (desk.routes.work(300)) {
        ++turns;
    }
    CHECK(turns == 3);
    CHECK(desk.routes.active() == kRules);
    CHECK(desk.routes.take_announcements().size() == kRules);

    desk.routes.set_cost(5, 1);
    desk.routes.router_has(5, "Clate");
    desk.routes.container_gone(1);
    CHECK(desk.connection("a/7") == 0);  // at once
    CHECK(desk.router("late") == 5);
    CHECK(desk.routes.work(300));
    CHECK(desk.routes.active() == kRules - 300);
    desk.routes.container_came(2, "b", "x");
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK(desk.routes.active() == kRules);
    CHECK(desk.connection("a/7") == 2);

    desk.routes.container_came(3, "b", "x");
    CHECK(desk.routes.work(300));
    desk.routes.container_gone(3);  // what it came for does not matter any more
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK(desk.connection("a/7") == 2);
    CHECK(desk.connection("a/7") == 2);
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

TEST_CASE("a pattern has 32 levels at most") {
    Desk desk;
    std::string pattern = "a";
    for (std::size_t i = 2; i < kLevelsMax; ++i) {
        pattern += "/a";
    }
    desk.add(to("b", pattern));  // with the '#' that ends it
    const auto refused = desk.routes.add(to("b", pattern + "/a"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == kInvalidField);
    CHECK(refused.error().text == "a link route has at most 32 levels, not 33");
    CHECK(desk.routes.area_count() == 1);
    CHECK(desk.routes.router_has(5, "C" + pattern + "/a"));
    CHECK_FALSE(desk.routes.router_has(5, "C" + pattern + "/a/a"));  // said already
    CHECK(desk.routes.counters().refused_of_routers == 2);
    desk.routes.router_lost(5, "C" + pattern + "/a");
    desk.routes.router_lost(5, "C" + pattern + "/a/a");
    CHECK(desk.routes.router_has(5, "C" + pattern + "/a"));
}

/// Of `levels` levels each is an 'a', or any; they end alike.
std::string pattern_of(unsigned number, unsigned levels) {
    std::string pattern;
    for (unsigned level = 0; level < levels; ++level) {
        pattern += (number >> level & 1U) == 0 ? "a/" : "*/";
    }
    return pattern + "z";
}

TEST_CASE("one router's patterns do not make each look slow, and leave room for those of others") {
    Desk desk;
    desk.routes.set_cost(5, 1);
    desk.routes.set_cost(6, 1);
    for (unsigned i = 0; i < 1U << 13; ++i) {
        desk.routes.router_has(5, "E" + pattern_of(i, 13));
    }
    CHECK(desk.routes.counters().refused_of_routers > 6'000);
    const auto steps = [&](std::string_view address) {
        const std::uint64_t before = desk.routes.counters().steps;
        CHECK(desk.router(address) == kNoRouter);
        return desk.routes.counters().steps - before;
    };
    CHECK(steps("a/a/a/a/a/a/a/a/a/a/a/a/a/b") <= 2 * Allotment::kFindMax);
    CHECK(desk.router("a/a/a/a/a/a/a/a/a/a/a/a/a/z") == 5);

    CHECK_FALSE(desk.routes.router_has(6, "Ex/*/#/y"));
    CHECK(desk.router("x/1/2/y") == 6);
    for (const char* plain : {"Cq/r/s", "Ev/w", "Ev/*"}) {
        desk.routes.router_has(5, plain);
    }
    CHECK(desk.router("q/r/s") == 5);
    CHECK(desk.router("v/w") == 5);
    CHECK(desk.router("v/x") == 5);
    auto own = to("b", "");
    own.grammar = Grammar::pattern;
    for (unsigned i = 0; i < 100; ++i) {  // the operator's have no such limit
        own.text = pattern_of(i, 14);
        desk.add(own);
    }
    for (unsigned i = 0; i < 1U << 13; ++i) {
        desk.routes.router_lost(5, "E" + pattern_of(i, 13));
    }
    CHECK(desk.routes.area_count() == 104);
    CHECK_FALSE(desk.routes.router_has(5, "E*/*/*/*/x"));
}

TEST_CASE("other routers' patterns take so much, and one's what the others leave free") {
    Desk desk;
    const auto key = [](std::size_t i) { return "Ck" + std::to_string(i); };
    std::size_t taken = 0;
    while (!desk.routes.router_has(5, key(taken))) {
        ++taken;
    }
    CHECK(taken > 30'000);
    CHECK(taken < 60'000);
    CHECK(desk.routes.area_count() == taken);
    CHECK_FALSE(desk.routes.router_has(6, key(taken)));
    CHECK(desk.routes.area_count() == taken + 1);

    desk.routes.router_lost(5, key(taken));  // it never counted
    CHECK(desk.routes.area_count() == taken + 1);
    desk.routes.router_lost(5, key(0));
    desk.routes.router_lost(5, key(1));
    CHECK(desk.routes.area_count() == taken - 1);
    CHECK_FALSE(desk.routes.router_has(5, key(0)));
    for (std::size_t i = 0; i <= taken; ++i) {
        desk.routes.router_lost(5, key(i));
        desk.routes.router_lost(6, key(i));
    }
    CHECK(desk.routes.area_count() == 0);
    CHECK(desk.routes.counters().refused_of_routers == 1);
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

TEST_CASE("nobody takes what the router is asked itself") {
    Desk desk;
    REQUIRE(desk.routes.add_for(1, "c", {.text = "#", .grammar = Grammar::pattern}));
    REQUIRE(desk.routes.add_for(1, "c", {.text = "$management"}));
    CHECK_FALSE(desk.routes.router_has(5, "C$management"));
    CHECK(desk.routes.covers(Direction::in, "anything"));
    CHECK_FALSE(desk.routes.covers(Direction::in, "$management"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "$management"));
    CHECK_FALSE(desk.routes.area_for(Direction::in, "$management"));
}

TEST_CASE("of very many connections of a container, an attach looks at some") {
    constexpr std::uint64_t kMany = 5'000;
    Desk desk;
    desk.add(to("b", "a"));
    for (std::uint64_t i = 1; i <= kMany; ++i) {
        desk.came(i, "b", "x");
    }
    const std::uint64_t before = desk.routes.counters().steps;
    std::vector<Way> ways;
    for (int i = 0; i < 100; ++i) {
        ways.push_back(*desk.routes.choose(Direction::in, "a"));
        desk.routes.started(ways.back());
    }
    CHECK(desk.routes.counters().steps - before < 100 * (LinkRoutes::kComparedMax + 10));
    // Each over another one.
    std::ranges::sort(ways, {}, &Way::connection);
    CHECK(std::ranges::adjacent_find(ways, {}, &Way::connection) == ways.end());
    desk.gone(ways.front().connection);
    for (const Way& way : ways) {
        desk.routes.ended(way);
    }
    CHECK(desk.connection("a") != 0);
}

TEST_CASE("those that are gone are no choice, however many they are") {
    constexpr std::uint64_t kMany = 3 * LinkRoutes::kComparedMax;
    Desk desk;
    desk.add(to("b", "a"));
    for (std::uint64_t i = 1; i <= kMany; ++i) {
        desk.came(i, "b", "x");
    }
    for (std::uint64_t i = 1; i < kMany; ++i) {
        desk.routes.container_gone(i);  // what that means comes later
    }
    CHECK(desk.connection("a") == kMany);
}

TEST_CASE("a container that comes and goes before anything followed leaves nothing to be done") {
    Desk desk;
    for (int i = 0; i < 50; ++i) {
        desk.add(to("b", "a" + std::to_string(i)));
        desk.add(to("c", "c" + std::to_string(i)));
    }
    desk.routes.container_came(1, "c", "x");
    for (std::uint64_t i = 2; i < 1'000; ++i) {
        desk.routes.container_came(i, "b", "x");
        desk.routes.container_gone(i);
    }
    CHECK_FALSE(desk.routes.work(50));  // those of the first alone
    CHECK(desk.routes.active() == 50);
    CHECK(desk.connection("c7") == 1);
    // One that was made meanwhile knows who is there, and who went.
    desk.routes.container_came(2, "b", "x");
    const auto late = desk.add(to("b", "late"));
    desk.routes.container_gone(2);
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK_FALSE(desk.active(late));
}

TEST_SUITE_END();

}  // namespace weft::linkroute
