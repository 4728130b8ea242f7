#include "tools/sim/scenario.hpp"

#include "tests/unit/tools/sim/topologies.hpp"
#include "tools/sim/islands.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string error_of(const Topology& topology, std::vector<Change> changes) {
    const auto ordered = put_in_order(topology, changes);
    return ordered ? "" : ordered.error();
}

constexpr Part kRouterB{.is_link = false, .number = 1};

}  // namespace

TEST_SUITE("sim scenario") {
    TEST_CASE("a time is a number and a unit") {
        CHECK(parse_time("10s") == seconds(10));
        CHECK(parse_time("1.5s") == milliseconds(1500));
        CHECK(parse_time("500ms") == milliseconds(500));
        CHECK(parse_time("2m") == seconds(120));
        CHECK(parse_time("24h") == std::chrono::hours(24));
        for (const char* bad : {"", "10", "s", "-1s", "+1s", "1 s", "25h", "1e3s", "nans", "infs",
                                "1sx", "99999999999999999999999h"}) {
            CAPTURE(bad);
            CHECK_FALSE(parse_time(bad));
        }
    }

    TEST_CASE("a time for a person") {
        CHECK(time_text(Duration::zero()) == "0 s");
        CHECK(time_text(std::chrono::microseconds(4200)) == "4.2 ms");
        CHECK(time_text(milliseconds(3005)) == "3.005 s");
        CHECK(time_text(seconds(125)) == "2 min 5 s");
        CHECK(time_text(seconds(120)) == "2 min");
    }

    TEST_CASE("a router is named by its id, a link by two") {
        const Topology topology = drawn("a b c; a-b b-c");
        CHECK(parse_part(topology, "b") == kRouterB);
        CHECK(parse_part(topology, "c/b") == Part{.is_link = true, .number = 1});
        CHECK(part_title(topology, {.is_link = true, .number = 1}) == "link b/c");
        CHECK(parse_part(topology, "d").error() == "there is no router \"d\"");
        CHECK(parse_part(topology, "a/c").error() ==
              "there is no link \"a/c\"; links of a lead to b");
        for (const char* bad : {"", "/", "a/", "/a", "a/b/c", "a--b"}) {
            CAPTURE(bad);
            CHECK_FALSE(parse_part(topology, bad));
        }
    }

    TEST_CASE("changes are put in order, and must make sense") {
        const Topology topology = drawn("a b; a-b");
        std::vector<Change> changes{{kRouterB, /*fails=*/false, seconds(20)},
                                    {kRouterB, /*fails=*/true, seconds(10)}};
        REQUIRE(put_in_order(topology, changes));
        CHECK(changes[0].fails);
        CHECK(error_of(topology, {{kRouterB, true, seconds(1)}, {kRouterB, true, seconds(2)}}) ==
              "router b fails at 1 s and again at 2 s; restore it between");
        CHECK(error_of(topology, {{kRouterB, false, seconds(1)}}) ==
              "router b is restored at 1 s, but did not fail before; give --fail with an earlier "
              "time");
        CHECK(error_of(topology, std::vector<Change>(kChangesMax + 1)) ==
              "at most 1000 changes, not 1001");
    }
}

TEST_SUITE("sim islands") {
    TEST_CASE("the largest island comes first") {
        const Topology topology = drawn("a b c d; a-b b-c c-d");
        CHECK(islands(topology, {}) == std::vector<Island>{{0, 1, 2, 3}});
        CHECK(islands(topology, {kRouterB}) == std::vector<Island>{{2, 3}, {0}});
        CHECK(islands(topology, {{.is_link = true, .number = 2}}) ==
              std::vector<Island>{{0, 1, 2}, {3}});
    }

    TEST_CASE("single points of failure are those whose loss cuts others off") {
        CHECK(single_points(drawn("a b c; a-b b-c c-a")).empty());
        CHECK(single_points(drawn("a b c; a-b")).empty());
        const auto points = single_points(drawn("a b c d; a-b b-c c-a c-d"));
        REQUIRE(points.size() == 2);
        CHECK(points[0].part == Part{.is_link = false, .number = 2});
        CHECK(points[1].part == Part{.is_link = true, .number = 3});
        CHECK(points[0].cut_off == std::vector<std::size_t>{3});
    }

    TEST_CASE("an address is unserved where no consumer can be reached") {
        const Topology topology = drawn("a b c:orders d; a-b b-c b-d");
        CHECK(unserved(topology, {{0, 1, 2, 3}}).empty());
        CHECK(unserved(topology, {{0, 1, 3}}) == std::vector<Unserved>{{"orders", {0, 1, 3}}});
    }
}

}  // namespace weft::sim
