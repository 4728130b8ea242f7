#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

namespace weft::test {

TEST_SUITE("seeds") {
    TEST_CASE("WEFT_SEEDS is how many seeds, or how many times as many as usual") {
        CHECK(seed_count({.count = 60}, "5") == 5);
        CHECK(seed_count({.count = 60}, "10x") == 600);
        CHECK(seed_count({.count = 2, .slow = true}, "1500") == 2);
        CHECK(seed_count({.count = 2, .slow = true}, "10x") == 20);
    }

    TEST_CASE("WEFT_SEEDS that asks for none, or for nonsense, says what is right") {
        for (const char* wrong : {"0", "0x", "", "x", "-1", "ten", "5 ", "1.5", "99999999999"}) {
            CAPTURE(wrong);
            CHECK_THROWS_WITH(seed_count({.count = 60}, wrong),
                              doctest::Contains("give a number from 1 to 10000, or 10x"));
        }
    }

    TEST_CASE("each day has seeds of its own") {
        using std::chrono::hours;
        const std::chrono::system_clock::time_point noon{hours(24 * 20'000 + 12)};
        CHECK(first_seed(noon) == 20'000 * kSeedsADay);
        CHECK(first_seed(noon + hours(11)) == first_seed(noon));
        CHECK(first_seed(noon + hours(12)) == first_seed(noon) + kSeedsADay);
    }

    TEST_CASE("a seed that failed is printed as the command that runs it again") {
        CHECK(replay(7, "weft_core_sim", "no message*") ==
              "replay: WEFT_SEED=7 build/dev/bin/weft_core_sim -tc='no message*'");
    }
}

}  // namespace weft::test
