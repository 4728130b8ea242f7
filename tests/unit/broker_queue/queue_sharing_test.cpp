#include "tests/unit/broker_queue/world.hpp"

namespace weft::queue::test {
namespace {

/// Bodies "g/…" are of the group g.
void put_grouped(World& world, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) {
        const std::size_t at = body.find('/');
        world.offer(body, {.group = at == std::string::npos ? "" : body.substr(0, at)});
    }
    world.commit();
}

}  // namespace

TEST_SUITE("Queue: exclusive consumers") {
    TEST_CASE("in an exclusive queue the first has all; the next when it leaves") {
        World world{{.exclusive = true}};
        world.consumer(1, 2);
        world.consumer(2, 10);
        world.put({"a", "b", "c"});
        CHECK(world.take(1) == Bodies{"a", "b"});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("one that wants to be alone is, from when it comes on; others keep what they have") {
        World world;
        world.consumer(1, 1);
        world.put({"a", "b", "c"});
        CHECK(world.take(1) == Bodies{"a"});
        world.consumer(2, 1, /*alone=*/true);
        CHECK(world.take(2) == Bodies{"b"});
        world.credit(1, 5);
        CHECK(world.take(1).empty());
        CHECK(world.settle(1, 1));
        world.detach(2);
        CHECK(world.take(1) == Bodies{"b", "c"});
    }

    TEST_CASE("who is alone is known without a look at those who wait, however many leave") {
        constexpr int kMany = 20'000;
        World world{{.exclusive = true}};
        world.put({"a"});
        for (int id = 1; id <= kMany; ++id) {
            world.queue.attach(ConsumerId(id));
            world.queue.set_credit(ConsumerId(id), 1, /*drain=*/false);
        }
        for (int id = 1; id < kMany; ++id) {
            world.queue.detach(ConsumerId(id), /*failed=*/false, world.now, world.actions);
        }
        world.run();
        CHECK(world.take(kMany) == Bodies{"a"});
    }

    TEST_CASE("of those for whom nothing is each turn looks for some") {
        World world{{}, {.looked_at_once_max = 100}};
        world.consumer(1, 50);
        put_grouped(world, Bodies(100, "g/"));
        CHECK(world.take(1).size() == 50);
        for (int id = 2; id <= 20; ++id) {
            world.queue.attach(ConsumerId(id));
            world.queue.set_credit(ConsumerId(id), 1, /*drain=*/false);
        }
        int turns = 1;
        while (world.queue.dispatch(world.now, world.actions)) {
            ++turns;
        }
        CHECK(turns >= 9);  // 19 of them look at 50 each
        CHECK(turns <= 20);
        world.credit(1, 100);
        CHECK(world.take(1).size() == 50);
    }

    TEST_CASE("who waits for its turn may drain, and pickers wait as well") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.picker(2, 5, 'a');
        world.consumer(3, 0);
        world.put({"a"});
        world.credit(3, 5, /*drain=*/true);
        CHECK(world.drained == std::vector{ConsumerId(3)});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a"});
    }

    TEST_CASE("browsers are no consumers: they see what is there") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.put({"a"});
        world.browser(2, 1);
        CHECK(world.take(2) == Bodies{"a"});
    }

    TEST_CASE("a queue that stops being exclusive is everybody's") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.consumer(2, 5);
        world.put({"a"});
        CHECK(world.take(2).empty());
        world.queue.change({}, world.actions);
        world.run();
        CHECK(world.take(2) == Bodies{"a"});
    }
}

TEST_SUITE("Queue: groups") {
    TEST_CASE("all of a group goes to one consumer, and others get other groups") {
        World world;
        world.consumer(1, 10);
        world.consumer(2, 10);
        put_grouped(world, {"x/1", "y/1", "x/2", "y/2", "x/3", "z"});
        CHECK(world.take(1) == Bodies{"x/1", "x/2", "x/3"});
        CHECK(world.take(2) == Bodies{"y/1", "y/2", "z"});
    }

    TEST_CASE("it stays with its consumer when all is settled, credit or not") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.settle(1, 1);
        world.consumer(2, 10);
        put_grouped(world, {"x/2", "y/1"});
        CHECK(world.take(2) == Bodies{"y/1"});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"x/1", "x/2"});
    }

    TEST_CASE("when its consumer leaves it is the next one's, the oldest first") {
        World world;
        world.consumer(1, 2);
        put_grouped(world, {"x/1", "x/2", "x/3"});
        CHECK(world.take(1) == Bodies{"x/1", "x/2"});
        world.consumer(2, 10);
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"x/1", "x/2", "x/3"});
    }

    TEST_CASE("what was read from disk has its group, too") {
        World world{{}, {.window_messages = 4}};
        put_grouped(world, {"x/1", "y/1", "x/2", "y/2", "x/3", "y/3", "x/4", "y/4"});
        world.consumer(1, 1);
        world.consumer(2, 10);
        CHECK(world.take(1) == Bodies{"x/1"});
        CHECK(world.take(2) == Bodies{"y/1", "y/2", "y/3", "y/4"});
        world.credit(1, 5);
        CHECK(world.take(1) == Bodies{"x/2", "x/3", "x/4"});
    }

    TEST_CASE("pickers share groups with all others, and look again when one is free") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.picker(2, 10, 'x');
        put_grouped(world, {"x/2"});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"x/1", "x/2"});
        world.consumer(3, 10);
        put_grouped(world, {"x/3"});
        CHECK(world.take(3).empty());
        CHECK(world.take(2) == Bodies{"x/3"});
    }

    TEST_CASE("so many groups are kept that nothing is unsettled of; the oldest are free first") {
        World world{{}, {.groups_max = 2}};
        world.consumer(1, 3);
        put_grouped(world, {"x/1", "y/1", "z/1"});
        world.take(1);
        for (MessageId id = 1; id <= 3; ++id) {
            world.settle(1, id);
        }
        world.consumer(2, 10);
        put_grouped(world, {"x/2", "y/2", "z/2"});
        CHECK(world.take(2) == Bodies{"x/2"});
    }

    TEST_CASE("a group of which a transaction has a message is nobody else's, its consumer gone") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.settle(1, 1, {.kind = Outcome::Kind::open});
        world.detach(1);
        world.consumer(2, 10);
        put_grouped(world, {"x/2"});
        CHECK(world.take(2).empty());
        world.settle(1, 1);
        CHECK(world.take(2) == Bodies{"x/2"});
    }

    TEST_CASE("a queue without groups shares everything, from when that is said") {
        World world;
        world.consumer(1, 1);
        world.consumer(2, 5);
        put_grouped(world, {"x/1", "x/2"});
        CHECK(world.take(2).empty());
        world.queue.change({.groups = false}, world.actions);
        world.run();
        CHECK(world.take(2) == Bodies{"x/2"});
        CHECK(world.settle(1, 1));
        CHECK(world.settle(2, 2));
    }
}

}  // namespace weft::queue::test
