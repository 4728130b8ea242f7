#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

/// What operators take out of a queue, as pickers that say so.
namespace weft::queue::test {
namespace {

constexpr Outcome kPurged{.kind = Outcome::Kind::purged};
constexpr Outcome kMoved{.kind = Outcome::Kind::moved};

}  // namespace

TEST_SUITE("operators") {
    TEST_CASE("what is purged is gone, and counted as that") {
        World world;
        world.put({"a", "b"});
        world.picker(1, 1, 'a');
        CHECK(world.settle(1, 1, kPurged));
        CHECK(world.on_disk.size() == 1);
        CHECK(world.queue.depth() == 1);
        CHECK(world.queue.unsettled() == 0);
        CHECK(world.queue.counters().purged == 1);
        CHECK(world.queue.counters().acknowledged == 0);
        CHECK(world.queue.counters().delivered == 0);
        CHECK_FALSE(world.settle(1, 1, kPurged));
    }

    TEST_CASE("what is moved leaves the queue, and the owner moves it") {
        World world{{.messages_max = 1}};
        world.put({"a"});
        world.picker(1, 1, 'a');
        CHECK(world.settle(1, 1, kMoved));
        CHECK(world.on_disk.size() == 1);  // no Remove: it is moved in one commit
        CHECK(world.queue.depth() == 0);
        CHECK(world.queue.bytes() == 0);
        CHECK(world.queue.counters().moved == 1);
        CHECK(world.rooms == 1);
    }

    TEST_CASE("a picker may begin behind older messages") {
        World world;
        world.put({"a1", "a2", "a3"});
        world.queue.attach(ConsumerId{1}, world.wants('a'), 3);
        world.credit(1, 10);
        CHECK(world.take(1) == Bodies{"a3"});
        CHECK(world.asked == 1);
    }
}

}  // namespace weft::queue::test
