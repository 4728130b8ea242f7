#include "router/linkroute/tellers.hpp"

#include "tests/unit/linkroute/desk.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkroute {

TEST_SUITE_BEGIN("Tellers");

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

    CHECK_FALSE(desk.routes.router_lost(5, key(taken)));  // it never counted
    CHECK(desk.routes.area_count() == taken + 1);
    CHECK_FALSE(desk.routes.router_lost(5, key(0)));
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

TEST_CASE("a key for which there was no room is taken once others leave some") {
    Desk desk;
    desk.routes.set_cost(5, 1);
    const auto key = [](std::size_t i) { return "Ck" + std::to_string(i); };
    std::size_t taken = 0;
    while (!desk.routes.router_has(5, key(taken))) {
        ++taken;
    }
    const std::string refused = key(taken).substr(1);
    CHECK_FALSE(desk.routes.covers(Direction::in, refused));
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK_FALSE(desk.routes.covers(Direction::in, refused));
    CHECK(desk.routes.router_lost(5, key(0)));
    CHECK_FALSE(desk.routes.covers(Direction::in, refused));
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK(desk.router(refused) == 5);
    desk.routes.router_lost(5, key(taken));  // as any that was taken
    CHECK_FALSE(desk.routes.covers(Direction::in, refused));
    CHECK(desk.routes.area_count() == taken - 1);

    desk.routes.router_has(5, key(taken));
    desk.routes.router_has(5, key(taken + 1));
    CHECK(desk.routes.router_lost(5, key(1)));
    CHECK_FALSE(desk.routes.router_lost(5, key(taken + 1)));  // before its turn
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
}

TEST_CASE("those that wait are tried in turn, some for each that goes") {
    Desk desk;
    desk.routes.set_cost(5, 1);
    for (unsigned i = 0; i < 1U << 13; ++i) {
        desk.routes.router_has(5, "E" + pattern_of(i, 13));
    }
    const std::size_t before = desk.routes.area_count();
    CHECK(desk.routes.router_lost(5, "E" + pattern_of(0, 13)));  // it leaves no room for others
    std::size_t turns = 1;
    while (desk.routes.work(1)) {
        ++turns;
    }
    CHECK(turns == Tellers::kTriesOfRoom);
    CHECK(desk.routes.area_count() >= before - 1);
    for (unsigned i = 1; i < 1U << 12; ++i) {
        desk.routes.router_lost(5, "E" + pattern_of(i, 13));
    }
    while (desk.routes.work(1'000)) {
    }
    CHECK(desk.router("a/a/a/a/a/a/a/a/a/a/a/a/y/z") == 5);  // all that waited have "*" there
}

TEST_CASE("a key that waits and is told again, and taken now, is taken once") {
    Desk desk;
    desk.routes.set_cost(5, 1);
    const auto key = [](std::size_t i) { return "Ck" + std::to_string(i); };
    std::size_t taken = 0;
    while (!desk.routes.router_has(5, key(taken))) {
        ++taken;
    }
    CHECK(desk.routes.router_lost(5, key(0)));
    CHECK_FALSE(desk.routes.router_has(5, key(taken)));  // before its turn
    CHECK_FALSE(desk.routes.work(SIZE_MAX));
    CHECK(desk.router(key(taken).substr(1)) == 5);
    desk.routes.router_lost(5, key(taken));
    CHECK_FALSE(desk.routes.covers(Direction::in, key(taken).substr(1)));
}

TEST_CASE("a key finds room when patterns of connections, or the operator's, go, too") {
    for (const bool of_connection : {true, false}) {
        Desk desk;
        desk.routes.set_cost(5, 1);
        std::vector<std::uint64_t> rules;
        for (unsigned i = 0; i < 200; ++i) {
            auto config = to("b", "#/" + pattern_of(i, 8));
            config.grammar = Grammar::pattern;
            if (!of_connection) {
                rules.push_back(desk.add(config));
            } else if (!desk.routes.add_for(1, "c", config)) {
                break;
            }
        }
        unsigned taken = 0;
        while (!desk.routes.router_has(5, "E#/" + pattern_of(255 - taken, 8))) {
            REQUIRE(++taken < 55);
        }
        CHECK_FALSE(desk.routes.work(SIZE_MAX));
        if (of_connection) {
            desk.routes.container_gone(1);
        }
        for (const std::uint64_t rule : rules) {
            desk.routes.remove(rule);
        }
        CHECK(desk.routes.area_count() == taken);
        CHECK_FALSE(desk.routes.work(SIZE_MAX));
        CHECK(desk.routes.area_count() == taken + 1);
    }
}

TEST_SUITE_END();

}  // namespace weft::linkroute
