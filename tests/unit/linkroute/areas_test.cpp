#include "router/linkroute/areas.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/linkroute/desk.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace weft::linkroute {

TEST_SUITE_BEGIN("Areas");

TEST_CASE("the most specific rule decides, even if nobody is there") {
    Desk desk;
    desk.add(to("b", "a"));
    desk.add(to("c", "a/b"));
    desk.came(1, "b", "x");
    CHECK(desk.connection("a/x") == 1);
    CHECK(desk.routes.covers(Direction::in, "a/b/x"));
    CHECK_FALSE(desk.routes.choose(Direction::in, "a/b/x"));
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

TEST_SUITE_END();

}  // namespace weft::linkroute
