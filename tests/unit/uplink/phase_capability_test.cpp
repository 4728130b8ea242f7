#include "router/uplink/phase_capability.hpp"

#include <doctest/doctest.h>

namespace weft::uplink {

TEST_SUITE("phase capability") {
    TEST_CASE("a link says of which phase it is") {
        using router::Direction;
        const auto of = [](std::string key, std::uint8_t egress, Direction direction) {
            return phase_capability({std::move(key)}, {.egress_phase = egress}, direction);
        };
        CHECK(of("M0a", 0, Direction::in).empty());
        CHECK(of("M0a", 0, Direction::out).empty());
        CHECK(of("M0a", 1, Direction::in) == "qd.waypoint.1");
        CHECK(of("M0a", 1, Direction::out).empty());
        CHECK(of("M1a", 1, Direction::in) == "qd.waypoint.2");
        CHECK(of("M1a", 1, Direction::out) == "qd.waypoint.1");
        CHECK(of("M9a", 9, Direction::in).empty());
        CHECK(of("M9a", 9, Direction::out) == "qd.waypoint.9");
        CHECK(of("MFa", 0, Direction::in) == "qd.fallback");
        CHECK(of("MFa", 0, Direction::out) == "qd.fallback");
    }
}

}  // namespace weft::uplink
