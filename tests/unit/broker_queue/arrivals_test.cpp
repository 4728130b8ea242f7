#include "broker/queue/arrivals.hpp"

#include <doctest/doctest.h>

namespace weft::queue::test {

TEST_SUITE("arrivals") {
    TEST_CASE("a message came at its mark, or after it and before the next") {
        Arrivals arrivals;
        CHECK_FALSE(arrivals.arrived(1));
        arrivals.note(5, 10'000);
        arrivals.note(6, 10'500);  // too soon for a mark
        arrivals.note(9, 12'000);
        CHECK_FALSE(arrivals.arrived(4));
        CHECK(arrivals.arrived(5) == 10'000);
        CHECK(arrivals.arrived(8) == 10'000);
        CHECK(arrivals.arrived(9) == 12'000);
        CHECK(arrivals.arrived(1'000) == 12'000);
    }

    TEST_CASE("marks are bounded, and get more apart") {
        Arrivals arrivals;
        constexpr WallTime kBegin = 1'000'000;
        constexpr std::uint64_t kSeconds = 1'000;
        for (std::uint64_t second = 0; second < kSeconds; ++second) {
            arrivals.note(second + 1, kBegin + second * 1000);
        }
        CHECK(arrivals.arrived(1) == kBegin);
        for (std::uint64_t second = 0; second < kSeconds; ++second) {
            const WallTime exact = kBegin + second * 1000;
            const WallTime noted = *arrivals.arrived(second + 1);
            CHECK(noted <= exact);
            CHECK(noted + kSeconds * 1000 / 8 >= exact);
        }
    }
}

}  // namespace weft::queue::test
