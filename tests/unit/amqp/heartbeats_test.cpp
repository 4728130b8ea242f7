#include "common/amqp/heartbeats.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace weft::amqp::test {
namespace {

using Due = Heartbeats::Due;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};

}  // namespace

TEST_SUITE_BEGIN("heartbeats");

TEST_CASE("a handshake has its time, and none if it has no limit") {
    Heartbeats clocks;
    clocks.start(kStart, seconds(3));
    CHECK(clocks.deadline() == kStart + seconds(3));
    CHECK(clocks.check(kStart + seconds(3) - milliseconds(1)) == Due::nothing);
    CHECK(clocks.check(kStart + seconds(3)) == Due::handshake_late);
    clocks.opened({}, {});
    CHECK(clocks.deadline() == kNever);
    Heartbeats patient;
    patient.start(kStart, {});
    CHECK(patient.deadline() == kNever);
}

TEST_CASE("a peer is silent after twice our idle time-out without a byte") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    clocks.opened(seconds(10), {});
    CHECK(clocks.deadline() == kStart + seconds(20));
    clocks.heard(kStart + seconds(15), true);
    CHECK(clocks.deadline() == kStart + seconds(35));
    clocks.heard(kStart + seconds(16), false);
    CHECK(clocks.deadline() == kStart + seconds(35));
    CHECK(clocks.check(kStart + seconds(35)) == Due::peer_silent);
}

TEST_CASE("half of the peer's time-out never passes without a byte of ours") {
    constexpr int kRounds = 1000;
    for (const int asked : {100, 150, 200, 400, 999, 1000, 2500, 8000, 60000}) {
        CAPTURE(asked);
        const Duration timeout = milliseconds(asked);
        Heartbeats clocks;
        clocks.start(kStart, {});
        clocks.opened({}, timeout);
        CHECK(clocks.lateness_max() == timeout / 10);
        Instant now = kStart;
        Instant wrote_at = kStart;
        Duration longest{};
        std::uint64_t written = 30;  // our open
        int heartbeats = 0;
        const auto write = [&](std::uint64_t bytes) {
            written += bytes;
            clocks.wrote(written);
            longest = std::max(longest, now - wrote_at);
            wrote_at = now;
        };
        for (int round = 0; round < kRounds; ++round) {
            // As late as it may be, and at times there is other output in between.
            const Instant due = clocks.deadline() + clocks.lateness_max();
            if (round % 3 == 0) {
                now += (due - now) / 2;
                clocks.heard(now, true);
                write(100);
            } else {
                now = due;
                if (clocks.check(now) == Due::heartbeat) {
                    ++heartbeats;
                    write(8);
                }
            }
        }
        CHECK(longest <= timeout / 2);
        CHECK(heartbeats >= kRounds / 3);
    }
}

TEST_CASE("no empty frame is due while there is other output") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    clocks.opened({}, seconds(10));
    CHECK(clocks.deadline() == kStart + seconds(4));
    clocks.heard(kStart + seconds(3), false);
    clocks.wrote(100);
    CHECK(clocks.deadline() == kStart + seconds(7));
    CHECK(clocks.check(kStart + seconds(6)) == Due::nothing);
    clocks.wrote(100);  // nothing new
    CHECK(clocks.deadline() == kStart + seconds(7));
    CHECK(clocks.check(kStart + seconds(7)) == Due::heartbeat);
    CHECK(clocks.deadline() == kStart + seconds(11));
}

TEST_CASE("checks may be as late as the shorter of both time-outs allows") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    CHECK(clocks.lateness_max() == Duration::max());
    SUBCASE("none") {
        clocks.opened({}, {});
        CHECK(clocks.lateness_max() == Duration::max());
    }
    SUBCASE("ours") {
        clocks.opened(seconds(1), seconds(30));
        CHECK(clocks.lateness_max() == milliseconds(100));
    }
    SUBCASE("the peer's") {
        clocks.opened(seconds(30), seconds(1));
        CHECK(clocks.lateness_max() == milliseconds(100));
    }
}

TEST_CASE("the answer to a close is awaited from the first check on") {
    Heartbeats clocks;
    clocks.start(kStart, seconds(1));
    clocks.close_asked();
    CHECK(clocks.deadline() == kStart);
    const Instant later = kStart + seconds(9);
    CHECK(clocks.check(later) == Due::nothing);
    CHECK(clocks.deadline() == later + kCloseTimeout);
    CHECK(clocks.check(later + kCloseTimeout) == Due::close_unanswered);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
