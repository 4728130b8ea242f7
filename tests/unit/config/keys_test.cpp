#include "common/config/keys.hpp"

#include "tests/unit/config/lines.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace weft::config;

TEST_CASE("the nearest name is the one with the fewest edits, letter case aside") {
    constexpr std::array<std::string_view, 4> kNames{"port", "host", "maxFrameSize", "id"};
    CHECK(nearest(kNames, "prot") == "port");
    CHECK(nearest(kNames, "hots") == "host");
    CHECK(nearest(kNames, "maxframesize") == "maxFrameSize");
    CHECK(nearest(kNames, "max_frame_size") == "maxFrameSize");
    CHECK(nearest(kNames, "frobnicate") == "");
    CHECK(nearest(kNames, "xy") == "");  // as many edits as letters is no likeness
    CHECK(nearest(kNames, std::string(100000, 'p')) == "");
}
