#include "broker/forwarding/pace.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>

namespace weft::forwarding {
namespace {

constexpr Instant kBegin = Instant{} + std::chrono::hours{1};

/// So many may leave from `from` on, within a time, for one who looks when he is told to.
int leave_within(Pace& pace, Instant from, Duration time) {
    int left = 0;
    for (Instant now = from; now <= from + time; now = pace.due(now)) {
        for (; pace.ready(now) > 0; ++left) {
            pace.spend();
        }
    }
    return left;
}

}  // namespace

TEST_SUITE("pace") {
    TEST_CASE("without a limit any number leaves") {
        Pace pace;
        CHECK_FALSE(pace.is_limited());
        pace.spend();
        CHECK(pace.ready(kBegin) == std::numeric_limits<std::uint32_t>::max());
        CHECK(pace.due(kBegin) == kNever);
    }

    TEST_CASE("so many a second leave, whether few or many") {
        for (const double rate : {1.0, 7.0, 100.0, 12'345.0}) {
            CAPTURE(rate);
            Pace pace;
            pace.set(rate);
            const int left = leave_within(pace, kBegin, std::chrono::seconds{20});
            CHECK(left <= 20 * rate + rate / Pace::kParts + 1);
            CHECK(left >= 20 * rate - rate / Pace::kParts - 1);
        }
    }

    TEST_CASE("less than one a second") {
        Pace pace;
        pace.set(0.1);
        CHECK(leave_within(pace, kBegin, std::chrono::seconds{61}) == 7);
    }

    TEST_CASE("what was not used is not saved for long") {
        Pace pace;
        pace.set(100);
        CHECK(pace.ready(kBegin) == 1);
        CHECK(pace.ready(kBegin + std::chrono::hours{1}) == 10);
    }

    TEST_CASE("an alarm finds what it was set for; a clock that stands gives nothing") {
        Pace pace;
        pace.set(30);
        pace.spend();
        CHECK(pace.ready(kBegin) == 0);
        CHECK(pace.ready(kBegin) == 0);
        const Instant due = pace.due(kBegin);
        CHECK(due > kBegin);
        CHECK(pace.ready(due) == 3);
    }

    TEST_CASE("a limit that falls holds at once") {
        Pace pace;
        pace.set(1000);
        CHECK(pace.ready(kBegin) == 1);
        CHECK(pace.ready(kBegin + std::chrono::seconds{1}) == 100);
        pace.set(10);
        CHECK(pace.ready(kBegin + std::chrono::seconds{1}) == 1);
    }
}

}  // namespace weft::forwarding
