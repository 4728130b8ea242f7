#include "broker/node/outlet.hpp"

#include <doctest/doctest.h>

#include <deque>

namespace weft::broker {
namespace {

struct Pipe;

/// Sends what it may; its visits are counted.
struct CountedSender final : Sender {
    explicit CountedSender(Pipe& all) : pipe{all} {}
    bool go_on() override;

    Pipe& pipe;
    int sent = 0;
};

/// An outlet that takes so many messages.
struct Pipe {
    CountedSender& add() { return senders.emplace_back(*this); }

    int wakes = 0;
    Outlet outlet{[this] { ++wakes; }};
    const void* session = this;
    int room = 0;
    int visits = 0;
    std::deque<CountedSender> senders;
};

bool CountedSender::go_on() {
    ++pipe.visits;
    if (pipe.room == 0) {
        pipe.outlet.wait_for_window(pipe.session, *this);
        return false;
    }
    --pipe.room;
    ++sent;
    return true;
}

}  // namespace

TEST_SUITE("an outlet") {
    TEST_CASE("a window that opens costs those that go on, however many wait") {
        Pipe pipe;
        for (int i = 0; i < 1000; ++i) {
            pipe.outlet.wait_for_window(pipe.session, pipe.add());
        }
        for (int i = 0; i < 10; ++i) {
            pipe.room = 1;
            pipe.outlet.on_window(pipe.session);
        }
        CHECK(pipe.visits == 20);  // each time one that sends, and one that finds no room
        pipe.outlet.on_window(&pipe.room);
        pipe.outlet.on_writable();
        CHECK(pipe.visits == 20);  // nobody waits for those
    }

    TEST_CASE("the first in line goes first, and who is gone is left out") {
        Pipe pipe;
        for (int i = 0; i < 3; ++i) {
            pipe.outlet.wait_for_room(pipe.add());
        }
        pipe.outlet.forget(pipe.senders[0]);
        pipe.room = 1;
        pipe.outlet.on_writable();
        CHECK(pipe.senders[0].sent == 0);
        CHECK(pipe.senders[1].sent == 1);
        CHECK(pipe.senders[2].sent == 0);
    }

    TEST_CASE("it is full of bytes, and those who wait are woken some at a time") {
        Pipe pipe;
        pipe.room = 1000;
        pipe.outlet.add(Outlet::kBytesMax);
        CHECK(pipe.outlet.is_full());
        constexpr int kAtOnce = static_cast<int>(Outlet::kWokenAtOnce);
        for (int i = 0; i < 2 * kAtOnce; ++i) {
            pipe.outlet.wait_for_bytes(pipe.add());
        }
        CHECK(pipe.wakes == 0);
        pipe.outlet.remove(1);
        pipe.outlet.remove(1);
        CHECK(pipe.wakes == 1);
        pipe.outlet.wake();
        CHECK(pipe.visits == kAtOnce);
        CHECK(pipe.wakes == 2);
        pipe.outlet.wake();
        CHECK(pipe.visits == 2 * kAtOnce);
        CHECK(pipe.wakes == 2);
    }
}

}  // namespace weft::broker
