#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

namespace weft::queue::test {

TEST_SUITE("Queue") {
    TEST_CASE("a message goes out once it is durable, in order, as credit allows") {
        World world;
        world.consumer(1, 2);
        world.send("a");
        CHECK(world.take(1).empty());
        world.send("b");
        world.send("c");
        world.commit();
        CHECK(world.take(1) == Bodies{"a", "b"});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"c"});
        CHECK(world.queue.depth() == 3);
        CHECK(world.queue.unsettled() == 3);
        CHECK(world.loads == 0);  // what passes straight through is never read back
    }

    TEST_CASE("an accepted message is removed") {
        World world;
        world.put({"a", "b"});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"a", "b"});
        CHECK(world.settle(1, 2));
        CHECK(world.on_disk.size() == 1);
        CHECK(world.queue.depth() == 1);
        CHECK(world.queue.stock().bytes() == 1);
        CHECK_FALSE(world.settle(1, 2));  // once
        CHECK_FALSE(world.settle(7, 1));  // its own
        CHECK(world.queue.counters().acknowledged == 1);
    }

    TEST_CASE("consumers take turns") {
        World world;
        world.consumer(1, 10);
        world.consumer(2, 10);
        world.consumer(3, 1);
        world.put({"a", "b", "c", "d", "e"});
        CHECK(world.take(1) == Bodies{"a", "d"});
        CHECK(world.take(2) == Bodies{"b", "e"});
        CHECK(world.take(3) == Bodies{"c"});
    }

    TEST_CASE("a released message comes back in its place, and nothing is counted") {
        World world;
        world.put({"a", "b", "c"});
        world.consumer(1, 2);
        CHECK(world.take(1) == Bodies{"a", "b"});
        world.settle(1, 1, kReleased);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "c"});
        CHECK(world.failures[1] == 0);
        CHECK(world.queue.counters().released == 1);
    }

    TEST_CASE("a failed delivery is counted, and the last one that is allowed kills") {
        World world{{.deliveries_max = 3}};
        world.put({"a"});
        world.consumer(1, 10);
        for (std::uint32_t failures : {0u, 1u, 2u}) {
            CHECK(world.take(1) == Bodies{"a"});
            CHECK(world.failures[1] == failures);
            CHECK(world.buried.empty());
            world.settle(1, 1, kFailed);
        }
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::deliveries_spent);
        CHECK(world.buried[0].failures == 3);
        CHECK(world.queue.depth() == 0);
        CHECK(world.queue.counters().failed == 3);
        CHECK(world.queue.counters().buried_by(Death::deliveries_spent) == 1);
    }

    TEST_CASE("failures are known after a restart") {
        World world;
        world.put({"a"});
        world.consumer(1, 1);
        world.settle(1, 1, kFailed);
        world.restart();
        world.consumer(2, 1);
        CHECK(world.take(2) == Bodies{"a"});
        CHECK(world.failures[1] == 1);
    }

    TEST_CASE("a rejected message is dead") {
        World world;
        world.put({"a"});
        world.consumer(1, 1);
        world.settle(1, 1, kRejected);
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::rejected);
        CHECK(world.queue.counters().buried_by(Death::rejected) == 1);
    }

    TEST_CASE("a damaged message is dead where it is found, and its queue goes on") {
        World world;
        world.put({"a", "b", "c"});
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"a"});
        world.detach(1);  // what was in memory is on disk alone
        world.on_disk.at(2).damaged = true;
        world.browser(3, 10);
        CHECK(world.take(3) == Bodies{"a", "c"});
        world.picker(4, 10, 'b');
        CHECK(world.take(4).empty());
        CHECK(world.buried.empty());
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "c"});
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].id == 2);
        CHECK(world.buried[0].death == Death::damaged);
        CHECK(world.queue.depth() == 2);
        CHECK(world.queue.counters().buried_by(Death::damaged) == 1);
    }

    TEST_CASE("a message that comes back and is found damaged is dead") {
        World world;
        world.put({"a", "b"});
        world.consumer(1, 1);
        world.consumer(2, 0);
        CHECK(world.take(1) == Bodies{"a"});
        world.on_disk.at(1).damaged = true;
        world.settle(1, 1, kReleased);
        world.credit(2, 2);
        CHECK(world.take(2) == Bodies{"b"});
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::damaged);
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("where no dead letter queue is behind, nothing dies") {
        World world{{.deliveries_max = 1, .last_resort = true}};
        world.put({"a"});
        world.consumer(1, 10);
        world.settle(1, 1, kFailed);
        CHECK(world.take(1) == Bodies{"a", "a"});
        world.settle(1, 1, kRejected);
        CHECK(world.take(1).empty());
        world.consumer(2, 1);
        CHECK(world.take(2) == Bodies{"a"});
        CHECK(world.buried.empty());
    }

    TEST_CASE("a consumer is not given again what it can't process") {
        World world;
        world.put({"a", "b"});
        world.consumer(1, 10);
        world.take(1);
        world.settle(1, 1, kElsewhere);
        CHECK(world.take(1).empty());
        world.put({"c"});
        CHECK(world.take(1) == Bodies{"c"});
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a"});
        CHECK(world.failures[1] == 0);
    }

    TEST_CASE("too many of them are dead") {
        World world{{}, {.refused_max = 2}};
        world.put({"a", "b", "c"});
        world.consumer(1, 10);
        for (MessageId id : {1u, 2u, 3u}) {
            world.settle(1, id, kElsewhere);
        }
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].id == 3);
        CHECK(world.buried[0].death == Death::undeliverable);
    }

    TEST_CASE("so is one that too many consumers can't process") {
        World world{{}, {.refused_max = 2}};
        world.put({"a"});
        for (int id : {1, 2, 3}) {
            CHECK(world.buried.empty());
            world.consumer(id, 1);
            world.settle(id, 1, kElsewhere);
        }
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::undeliverable);
    }

    TEST_CASE("where no dead letter queue is behind, they wait for others, however many") {
        World world{{.last_resort = true}, {.refused_max = 1}};
        world.put({"a", "b", "c"});
        world.consumer(1, 10);
        world.take(1);
        for (MessageId id : {1u, 2u, 3u}) {
            world.settle(1, id, kElsewhere);
        }
        CHECK(world.take(1).empty());
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("what a consumer has comes back when it leaves") {
        World world;
        world.put({"a", "b", "c"});
        world.consumer(1, 2);
        SUBCASE("in good order: nothing is counted") {
            world.detach(1);
            world.consumer(2, 10);
            CHECK(world.failures[1] == 0);
        }
        SUBCASE("lost: its deliveries failed") {
            world.detach(1, /*failed=*/true);
            world.consumer(2, 10);
            CHECK(world.failures[1] == 1);
        }
        CHECK(world.take(2) == Bodies{"a", "b", "c"});
        CHECK(world.queue.unsettled() == 3);
    }

    TEST_CASE("drained credit is used up, first by what there is") {
        World world;
        world.put({"a"});
        world.consumer(1, 0);
        world.credit(1, 5, /*drain=*/true);
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.drained == std::vector{ConsumerId(1)});
        world.put({"b"});
        CHECK(world.take(1).empty());
        world.credit(1, 5, /*drain=*/true);  // takes "b", and drains
        CHECK(world.take(1) == Bodies{"b"});
        CHECK(world.drained.size() == 2);
    }

    TEST_CASE("a drain waits for what is on disk and for the connection") {
        World world;
        world.put({"a", "b"});
        world.answers = false;
        world.consumer(1, 0);
        world.credit(1, 5, /*drain=*/true);
        CHECK(world.drained.empty());
        world.hold(1, true);
        world.answer();
        CHECK(world.drained.empty());
        world.hold(1, false);
        CHECK(world.take(1) == Bodies{"a", "b"});
        CHECK(world.drained.size() == 1);
    }

    TEST_CASE("one that is held gets nothing, and others do") {
        World world;
        world.consumer(1, 10);
        world.consumer(2, 10);
        world.hold(1, true);
        world.put({"a", "b"});
        CHECK(world.take(2) == Bodies{"a", "b"});
        world.put({"c"});
        world.hold(1, false);
        world.put({"d", "e"});
        CHECK(world.take(1).size() == 1);
    }
}

}  // namespace weft::queue::test
