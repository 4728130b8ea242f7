#include "router/linkroute/way_choice.hpp"

#include "tests/unit/linkroute/desk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::linkroute {

TEST_SUITE_BEGIN("WayChoice");

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

TEST_CASE("what belongs to a link goes its way, if it can") {
    Desk desk;
    for (const RouterIndex router : {5U, 6U}) {
        desk.routes.set_cost(router, router);
        desk.routes.router_has(router, "Ca");
    }
    const Way to_router{.router = 6};
    const auto chosen = [&](const Way& with) {
        return *desk.routes.choose(Direction::in, "a", &with);
    };
    CHECK(chosen(to_router).router == 6);
    CHECK(chosen({.router = 7}).router == 5);
    desk.routes.set_cost(6, std::nullopt);
    CHECK(chosen(to_router).router == 5);

    desk.add(to("b", "a"));
    for (std::uint64_t connection = 1; connection <= 2 * WayChoice::kComparedMax; ++connection) {
        desk.came(connection, "b", "x");
    }
    const Way last{.connection = 2 * WayChoice::kComparedMax};
    for (int i = 0; i < 3; ++i) {
        const Way way = chosen(last);
        CHECK(way.connection == last.connection);
        desk.routes.started(way);
    }
    CHECK(chosen(to_router).connection != 0);  // a container here goes before
    desk.gone(last.connection);
    CHECK(chosen(last).connection != last.connection);
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
    CHECK(desk.routes.counters().steps - before < 100 * (WayChoice::kComparedMax + 10));
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
    constexpr std::uint64_t kMany = 3 * WayChoice::kComparedMax;
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

TEST_SUITE_END();

}  // namespace weft::linkroute
