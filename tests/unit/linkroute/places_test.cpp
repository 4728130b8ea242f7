#include "router/linkroute/places.hpp"

#include "tests/unit/linkroute/desk.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace weft::linkroute {

TEST_SUITE_BEGIN("Places");

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
