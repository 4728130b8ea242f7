#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

/// What operators take out of a queue, as pickers that say so.
namespace weft::queue::test {
namespace {

const Outcome kPurged{.kind = Outcome::Kind::purged};
const Outcome kMoved{.kind = Outcome::Kind::moved};

void operating(World& world, int id, std::uint32_t credit) {
    const auto all = [](const Record&) { return Choice::wanted; };
    world.queue.attach(ConsumerId(id), {.choose = all, .operates = true});
    world.credit(id, credit);
}

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
        CHECK(world.queue.stock().bytes() == 0);
        CHECK(world.queue.counters().moved == 1);
        CHECK(world.rooms == 1);
    }

    TEST_CASE("a picker may begin behind older messages") {
        World world;
        world.put({"a1", "a2", "a3"});
        world.queue.attach(ConsumerId{1}, {.choose = world.wants('a'), .from = 3});
        world.credit(1, 10);
        CHECK(world.take(1) == Bodies{"a3"});
        CHECK(world.asked == 1);
        world.put_one("g/x", {.group = "g"});
        world.consumer(2, 1);
        CHECK(world.take(2) == Bodies{"a1"});
        world.settle(2, 1, kReleased);
        world.detach(2);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("what goes to one consumer alone an operator can take") {
        World world{{.exclusive = true}};
        world.consumer(1, 1);
        world.put({"a1", "a2"});
        operating(world, 2, 10);
        CHECK(world.take(1) == Bodies{"a1"});
        CHECK(world.take(2) == Bodies{"a2"});
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a1"});
        world.consumer(3, 1);  // which is alone now, for an operator does not count
        world.put({"a3"});
        CHECK(world.take(3) == Bodies{"a3"});
    }

    TEST_CASE("an operator takes messages of others' groups, and has no group") {
        World world;
        world.consumer(1, 1);
        world.put_one("g/1", {.group = "g"});
        world.put_one("g/2", {.group = "g"});
        world.put_one("h/1", {.group = "h"});
        CHECK(world.take(1) == Bodies{"g/1"});
        operating(world, 2, 10);
        CHECK(world.take(2) == Bodies{"g/2", "h/1"});
        world.settle(2, 2, kReleased);
        world.detach(2);  // which gives h/1 back
        world.consumer(3, 10);
        CHECK(world.take(3) == Bodies{"h/1"});
        world.settle(1, 1);
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"g/2"});
    }

    TEST_CASE("what is moved to a queue of last values takes the place of the older one") {
        World world{{.last_value_key = "k"}};
        world.put_one("x=1", {.key = "x"});
        const MessageId id = world.queue.take_moved(3, kPriorityDefault, world.now).id;
        const Buffer body{'x', '=', '2'};
        world.appended.push_back(
            {.id = id, .size = 3, .key = "x", .payload = std::make_shared<const Buffer>(body)});
        world.commit();
        CHECK(world.replaced == std::vector<MessageId>{1});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"x=2"});
    }
}

}  // namespace weft::queue::test
