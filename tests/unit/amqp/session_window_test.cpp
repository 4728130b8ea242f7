#include "common/amqp/session_window.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

constexpr std::uint32_t kFrames = 8;
constexpr std::uint32_t kFrameSize = 1000;

}  // namespace

TEST_SUITE_BEGIN("session window");

TEST_CASE("a peer sends as many frames as it was told, and is told anew at half") {
    SessionWindow window{kFrames, kFrameSize, 0};
    window.begin(0xffffffff, 5);
    CHECK(window.remote() == 5);
    for (std::uint32_t frame = 1; frame <= 3; ++frame) {
        CHECK(window.take_frame());
        CHECK_FALSE(window.offer_due());
    }
    CHECK(window.next_incoming_id() == 2);
    CHECK(window.take_frame());
    CHECK(window.offer_due());
    CHECK(window.offer() == kFrames);
    for (std::uint32_t frame = 1; frame <= kFrames; ++frame) {
        CHECK(window.take_frame());
    }
    CHECK_FALSE(window.take_frame());
}

TEST_CASE("what is held is not offered, and what was offered is not taken back") {
    SessionWindow window{kFrames, kFrameSize, 0};
    window.hold(7 * kFrameSize + 1);
    CHECK(window.offer() == kFrames);
    for (std::uint32_t frame = 1; frame <= kFrames; ++frame) {
        CHECK(window.take_frame());
    }
    CHECK_FALSE(window.offer_due());
    CHECK(window.offer() == 0);
    window.hold(-static_cast<std::ptrdiff_t>(kFrameSize + 1));
    CHECK(window.offer_due());
    CHECK(window.offer() == 2);
}

TEST_CASE("frames under way take from the peer's window") {
    SessionWindow window{kFrames, kFrameSize, 0xfffffffe};
    window.begin(0, 10);
    for (int frame = 1; frame <= 4; ++frame) {
        window.use_frame();
    }
    CHECK(window.remote() == 6);
    CHECK(window.next_outgoing_id() == 2);
    Flow flow;
    flow.next_incoming_id = 0;  // two of the four are under way
    flow.incoming_window = 10;
    flow.next_outgoing_id = 77;
    window.take_flow(flow);
    CHECK(window.remote() == 8);
    CHECK(window.next_incoming_id() == 77);
    flow.next_incoming_id.reset();  // it has not seen our begin: all are
    window.take_flow(flow);
    CHECK(window.remote() == 6);
    flow.incoming_window = 3;
    window.take_flow(flow);
    CHECK(window.remote() == 0);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
