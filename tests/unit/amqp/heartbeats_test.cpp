#include "common/amqp/heartbeats.hpp"

#include <doctest/doctest.h>

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
    CHECK(clocks.check(kStart + seconds(3) - milliseconds(1), 0) == Due::nothing);
    CHECK(clocks.check(kStart + seconds(3), 0) == Due::handshake_late);
    clocks.opened({}, 0);
    CHECK(clocks.deadline() == kNever);
    Heartbeats patient;
    patient.start(kStart, {});
    CHECK(patient.deadline() == kNever);
}

TEST_CASE("a peer is silent after twice our idle time-out without a byte") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    clocks.opened(seconds(10), 0);
    CHECK(clocks.deadline() == kStart + seconds(20));
    clocks.heard(kStart + seconds(15), true);
    CHECK(clocks.deadline() == kStart + seconds(35));
    clocks.heard(kStart + seconds(16), false);
    CHECK(clocks.deadline() == kStart + seconds(35));
    CHECK(clocks.check(kStart + seconds(35), 0) == Due::peer_silent);
}

TEST_CASE("an empty frame is due when nothing was written between two checks") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    clocks.opened({}, 4000);
    std::uint64_t written = 30;  // our open
    Instant now = kStart;
    const auto check = [&] {
        now += seconds(1);
        CHECK(clocks.deadline() == now);
        return clocks.check(now, written);
    };
    CHECK(check() == Due::nothing);
    CHECK(check() == Due::heartbeat);
    written += 8;  // the empty frame itself counts
    CHECK(check() == Due::nothing);
    CHECK(check() == Due::heartbeat);
    written += 100;
    CHECK(check() == Due::nothing);
}

TEST_CASE("checks are never closer than a millisecond") {
    Heartbeats clocks;
    clocks.start(kStart, {});
    clocks.opened({}, 1);
    CHECK(clocks.deadline() == kStart + milliseconds(1));
}

TEST_CASE("the answer to a close is awaited from the first check on") {
    Heartbeats clocks;
    clocks.start(kStart, seconds(1));
    clocks.close_asked();
    CHECK(clocks.deadline() == kStart);
    const Instant later = kStart + seconds(9);
    CHECK(clocks.check(later, 0) == Due::nothing);
    CHECK(clocks.deadline() == later + kCloseTimeout);
    CHECK(clocks.check(later + kCloseTimeout, 0) == Due::close_unanswered);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
