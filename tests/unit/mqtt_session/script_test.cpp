#include "tests/fuzz/device_bed.hpp"

#include <doctest/doctest.h>

#include <random>

namespace weft::session {

TEST_SUITE_BEGIN("mqtt scripts");

TEST_CASE("the books of a device are right, whatever comes") {
    std::size_t heard = 0;
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice{seed};
        Buffer script{static_cast<std::uint8_t>(seed), static_cast<std::uint8_t>(dice()), 0, 1};
        for (int i = 0; i < 600; ++i) {
            script.push_back(static_cast<std::uint8_t>(dice()));
        }
        DeviceBed bed{script};
        bed.run();
        heard += bed.heard();
    }
    CHECK(heard > 2000);
}

TEST_SUITE_END();

}  // namespace weft::session
