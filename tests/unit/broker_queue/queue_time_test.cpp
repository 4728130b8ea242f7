#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

namespace weft::queue::test {

TEST_SUITE("Queue: expiry") {
    TEST_CASE("a message lives as long as it says, the queue says, or the queue allows") {
        World world{{.ttl_default = 100, .ttl_max = 1000}};
        world.send("default");
        world.send("short", 10);
        world.send("long", 5000);
        world.commit();
        CHECK(world.on_disk.at(1).expires == world.now + 100);
        CHECK(world.on_disk.at(2).expires == world.now + 10);
        CHECK(world.on_disk.at(3).expires == world.now + 1000);
        World endless{{}};
        endless.put({"a"});
        CHECK(endless.on_disk.at(1).expires == kForever);
        CHECK(endless.queue.due() == kForever);
        World last{{.ttl_default = 100, .last_resort = true}};
        last.put({"a"});
        CHECK(last.on_disk.at(1).expires == last.now + 100);
        CHECK(last.queue.take_moved(4, kPriorityDefault, last.now).expires == last.now + 100);
    }

    TEST_CASE("where no dead letter queue is behind, what expires is at its end") {
        World world{{.ttl_default = 100, .last_resort = true}};
        world.put({"a", "b"});
        SUBCASE("nobody asks") {
            world.now += 100;
            world.run();
        }
        SUBCASE("it is ready") {
            world.consumer(1, 0);
            world.now += 100;
            world.credit(1, 10);
            CHECK(world.take(1).empty());
        }
        CHECK(world.buried.empty());
        CHECK(world.dropped.size() == 2);
        CHECK(world.queue.depth() == 0);
        CHECK(world.queue.counters().dropped == 2);
    }

    TEST_CASE("where no dead letter queue is behind, the oldest go if there are too many") {
        World world{{.messages_max = 2, .overflow = Overflow::drop_oldest, .last_resort = true}};
        world.put({"a", "b", "c"});
        CHECK(world.dropped == std::vector<MessageId>{1});
        CHECK(world.queue.depth() == 2);
    }

    TEST_CASE("what has expired is never delivered, wherever it is") {
        World world{{.ttl_default = 100}};
        world.put({"a", "b"});
        SUBCASE("on disk") {}
        SUBCASE("ready") {
            world.consumer(2, 0);
        }
        SUBCASE("it came back") {
            world.consumer(2, 1);
            world.settle(2, 1, kReleased);
        }
        world.now += 100;
        world.consumer(1, 10);
        CHECK(world.take(1).empty());
        REQUIRE(world.buried.size() == 2);
        CHECK(world.buried[0].death == Death::expired);
        CHECK(world.queue.depth() == 0);
        CHECK(world.queue.counters().buried_by(Death::expired) == 2);
    }

    TEST_CASE("it leaves though nobody asks for it, and makes room") {
        World world{{.messages_max = 2}};
        world.send("a", 100);
        world.send("b", 5000);
        world.commit();
        CHECK(world.queue.stock().is_full());
        world.pass(99);
        CHECK(world.sweeps == 0);
        world.pass(1);
        CHECK(world.buried.size() == 1);
        CHECK(world.rooms == 1);
        CHECK(world.queue.due() == world.now + 4900);
        world.pass(4900);
        CHECK(world.buried.size() == 2);
        CHECK(world.queue.due() == kForever);
    }

    TEST_CASE("looks for them have a pause between, and go through all") {
        World world{{}, {.swept_at_once = 3, .sweep_pause = 1000}};
        for (int i = 0; i < 10; ++i) {
            world.send("x", 100 + static_cast<std::uint64_t>(i % 2));
        }
        world.commit();
        world.pass(100);
        CHECK(world.buried.size() == 5);
        CHECK(world.sweeps == 2);
        world.pass(999);
        CHECK(world.buried.size() == 5);
        world.pass(1);
        CHECK(world.buried.size() == 10);
    }

    TEST_CASE("who has a message keeps it, and may process it; else it is dead then") {
        World world;
        world.send("a", 100);
        world.send("b", 100);
        world.commit();
        world.consumer(1, 2);
        world.pass(500);
        CHECK(world.buried.empty());
        CHECK(world.settle(1, 1));
        world.settle(1, 2, kReleased);
        world.detach(1);
        world.pass(1000);
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].id == 2);
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("one that is being stored while others are looked for is found later") {
        World world;
        world.send("a", 100);
        world.commit();
        world.send("b", 150);
        world.pass(100);
        CHECK(world.buried.size() == 1);
        world.commit();
        world.pass(1000);
        CHECK(world.buried.size() == 2);
    }

    TEST_CASE("times are known after a restart") {
        World world{{.ttl_default = 100}};
        world.put({"a"});
        world.restart();
        CHECK(world.queue.due() == world.now + 100);
        world.pass(100);
        CHECK(world.buried.size() == 1);
    }
}

TEST_SUITE("Queue: redelivery") {
    TEST_CASE("after a failure a message waits, longer each time, and others pass it") {
        World world{
            {.deliveries_max = 0, .redelivery = {.delay = 100, .multiplier = 2, .delay_max = 300}}};
        world.put({"a", "b"});
        world.consumer(1, 100);
        CHECK(world.take(1) == Bodies{"a", "b"});
        for (const std::uint64_t delay : {100u, 200u, 300u, 300u}) {
            world.settle(1, 1, kFailed);
            CHECK(world.queue.due() == world.now + delay);
            world.pass(delay - 1);
            CHECK(world.take(1).empty());
            world.pass(1);
            CHECK(world.take(1) == Bodies{"a"});
        }
        CHECK(world.failures[1] == 4);
        world.settle(1, 1, kReleased);  // this is no failure
        CHECK(world.take(1) == Bodies{"a"});
    }

    TEST_CASE("it waits on when its consumers leave, and others come") {
        World world{{.redelivery = {.delay = 100}}};
        world.put({"a", "b", "c"});
        world.consumer(1, 2);
        world.settle(1, 2, kFailed);
        world.detach(1, /*failed=*/true);
        CHECK(world.queue.window().size() == 0);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"c"});
        world.pass(100);
        CHECK(world.take(2) == Bodies{"a", "b"});
        CHECK(world.queue.depth() == 3);
    }

    TEST_CASE("its time comes while nobody is there") {
        World world{{.redelivery = {.delay = 100}}};
        world.put({"a", "b", "c"});
        world.consumer(1, 3);
        world.settle(1, 3);
        world.settle(1, 1, kFailed);
        world.detach(1);
        world.pass(100);
        CHECK(world.queue.due() == kForever);
        CHECK(world.queue.window().size() == 0);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "b"});
    }

    TEST_CASE("no more than some wait: then the next one comes early") {
        World world{{.redelivery = {.delay = 100}}, {.delayed_max = 1}};
        world.put({"a", "b"});
        world.consumer(1, 10);
        world.take(1);
        world.settle(1, 1, kFailed);
        world.pass(10);
        world.settle(1, 2, kFailed);
        CHECK(world.take(1) == Bodies{"a"});
        world.pass(100);
        CHECK(world.take(1) == Bodies{"b"});
    }

    TEST_CASE("a browser sees what waits; if it expires it is dead") {
        World world{{.redelivery = {.delay = 100'000}}};
        world.send("a", 500);
        world.commit();
        world.consumer(1, 1);
        world.settle(1, 1, kFailed);
        world.browser(2, 10);
        CHECK(world.take(2) == Bodies{"a"});
        world.pass(1000);
        REQUIRE(world.buried.size() == 1);
        CHECK(world.queue.depth() == 0);
        world.pass(200'000);
        CHECK(world.take(1) == Bodies{"a"});  // what it had before
    }
}

}  // namespace weft::queue::test
