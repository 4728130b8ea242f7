#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

namespace weft::queue::test {
namespace {

Bodies numbered(int from, int to) {
    Bodies bodies;
    for (int i = from; i < to; ++i) {
        bodies.push_back(std::to_string(i));
    }
    return bodies;
}

}  // namespace

TEST_SUITE("Queue: memory and limits") {
    TEST_CASE("without consumers nothing is in memory; depth is bounded by disk alone") {
        World world{{}, {.window_messages = 10}};
        world.put(numbered(0, 100));
        CHECK(world.queue.window().size() == 0);
        world.consumer(1, 3);
        CHECK(world.take(1) == numbered(0, 3));
        CHECK(world.queue.window().size() <= 10);
        world.credit(1, 200);
        CHECK(world.take(1) == numbered(3, 100));
        CHECK(world.loads < 30);
        world.detach(1);
        CHECK(world.queue.window().size() == 0);
        world.consumer(2, 200);
        CHECK(world.take(2) == numbered(0, 100));
    }

    TEST_CASE("the window is bounded in bytes") {
        World world{{}, {.window_bytes = 100}};
        world.consumer(1, 0);
        world.put(Bodies(50, std::string(30, 'x')));
        CHECK(world.queue.window().bytes() < 100 + 30);
        world.credit(1, 50);
        CHECK(world.take(1).size() == 50);
    }

    TEST_CASE("the window's bound changes; a larger one is filled with fewer reads") {
        const auto loads_with = [](std::size_t bytes) {
            World world;
            world.queue.window().bound(bytes);
            world.put(Bodies(200, std::string(30, 'x')));
            world.consumer(1, 200);
            CHECK(world.take(1).size() == 200);
            return world.loads;
        };
        const auto small = loads_with(300);
        const auto large = loads_with(3000);
        CAPTURE(small);
        CAPTURE(large);
        CHECK(small > 15);
        CHECK(large < small / 4);
    }

    TEST_CASE("where windows keep nothing that comes in it is read for who takes it") {
        World world;
        world.consumer(1, 1);
        world.queue.window().bound(1000, /*keeps=*/false);
        world.put({"a", "b"});
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.loads == 1);
        world.hold(1, true);
        world.put({"c"});
        world.hold(1, false);
        world.credit(1, 2);
        CHECK(world.take(1) == Bodies{"b", "c"});
        world.consumer(2, 0);
        world.put({"d"});
        CHECK(world.queue.window().size() == 0);
    }

    TEST_CASE("for consumers that take nothing nothing is read, and no large message kept") {
        World world{{}, {.window_bytes = 100}};
        world.put({"a", "b"});
        world.consumer(1, 0);
        CHECK(world.loads == 0);
        CHECK(world.queue.window().size() == 0);
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"a"});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"b"});
        world.put({std::string(200, 'x')});
        CHECK(world.queue.window().size() == 0);
        world.put({"c"});
        world.credit(1, 2);
        CHECK(world.take(1).size() == 2);
    }

    TEST_CASE("what arrives while the disk is read keeps its place") {
        World world;
        world.put({"a", "b"});
        world.answers = false;
        world.consumer(1, 10);
        world.put({"c"});
        CHECK(world.take(1).empty());
        world.answer();
        CHECK(world.take(1) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("an answer of the store that is out of date brings nothing back") {
        World world;
        world.put({"a", "b"});
        world.consumer(1, 1);
        world.take(1);
        world.settle(1, 1, kReleased);  // its payload is on disk now
        world.answers = false;
        world.credit(1, 1);  // so it is asked for
        const Range range{.from = 1,
                          .through = 2,
                          .messages = 10,
                          .bytes = 1000,
                          .priorities = bit_of(kPriorityDefault)};
        const auto [records, through] = world.read(range);
        world.detach(1);
        world.consumer(2, 10);
        world.queue.on_loaded(range, records, through);
        world.answers = true;
        world.run();
        CHECK(world.take(2) == Bodies{"a", "b"});
        CHECK(world.queue.unsettled() == 2);
    }

    TEST_CASE("a consumer that never settles gets no more at some point; others go on") {
        World world{{}, {.unsettled_max = 2}};
        world.consumer(1, 100);
        world.put({"a", "b", "c"});
        CHECK(world.take(1) == Bodies{"a", "b"});
        world.consumer(2, 100);
        CHECK(world.take(2) == Bodies{"c"});
        world.put({"d", "e"});
        CHECK(world.take(2) == Bodies{"d"});
        world.settle(1, 1);
        CHECK(world.take(1) == Bodies{"e"});
    }

    TEST_CASE("much is given out in slices") {
        World world{{}, {.dispatched_at_once_max = 2}};
        world.consumer(1, 1);
        world.put({"z", "a", "b", "c"});
        CHECK(world.take(1) == Bodies{"z"});
        CHECK(world.queue.window().size() == 3);
        world.queue.set_credit(ConsumerId{1}, 10, false);
        CHECK(world.queue.dispatch(world.now, world.actions));
        CHECK(world.actions.size() == 2);
        world.run();
        CHECK(world.take(1) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("a full queue that rejects") {
        World world{{.messages_max = 2, .overflow = Overflow::reject}};
        CHECK(world.send("a"));
        CHECK(world.send("b"));
        CHECK_FALSE(world.send("c"));
        CHECK(world.queue.counters().overflowed == 1);
        CHECK(world.queue.stock().is_full());
        world.commit();
        world.consumer(1, 1);
        world.settle(1, 1);
        CHECK(world.rooms == 1);
        CHECK(world.send("d"));
    }

    TEST_CASE("a full queue that drops the oldest") {
        World world{{.messages_max = 3, .overflow = Overflow::drop_oldest}, {.swept_at_once = 2}};
        SUBCASE("without consumers: on disk") {
            world.put(numbered(0, 10));
            CHECK(world.dropped == std::vector<MessageId>{1, 2, 3, 4, 5, 6, 7});
        }
        SUBCASE("ready") {
            world.put(numbered(0, 3));
            world.consumer(1, 0);
            world.put({"a", "b"});
            CHECK(world.dropped == std::vector<MessageId>{1, 2});
        }
        SUBCASE("what a consumer has stays") {
            world.put(numbered(0, 3));
            world.consumer(1, 3);
            world.put({"a", "b"});
            CHECK(world.dropped == std::vector<MessageId>{4, 5});
        }
        CHECK(world.queue.depth() == 3);
    }

    TEST_CASE("what is damaged among those that are too many is set aside, and others stay") {
        World world{{.messages_max = 3, .overflow = Overflow::drop_oldest}};
        world.put(numbered(0, 3));
        world.on_disk.at(1).damaged = true;
        world.on_disk.at(1).priority = 9;  // it may say anything of itself
        world.put({"a"});
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].id == 1);
        CHECK(world.buried[0].death == Death::damaged);
        CHECK(world.dropped.empty());
        CHECK(world.queue.depth() == 3);
    }

    TEST_CASE("a queue that drops the oldest by their bytes") {
        World world{{.bytes_max = 10, .overflow = Overflow::drop_oldest}};
        world.put({"aaaaa", "bbbbb", "c"});
        CHECK(world.dropped == std::vector<MessageId>{1});
        CHECK(world.queue.counters().dropped == 1);
        CHECK(world.queue.stock().bytes() == 6);
    }

    TEST_CASE("a full queue whose messages go to the dead letter queue takes none itself") {
        World world{{.messages_max = 1, .overflow = Overflow::dead_letter}};
        CHECK(world.send("a"));
        CHECK_FALSE(world.send("b"));
        CHECK(world.queue.counters().overflowed == 1);
        CHECK(world.queue.take_moved(1, kPriorityDefault, world.now).id == 2);
        CHECK(world.queue.depth() == 2);
    }

    TEST_CASE("a full queue that blocks takes what its producers had credit for") {
        World world{{.bytes_max = 2}};
        world.put({"a", "b", "c"});
        CHECK(world.queue.stock().is_full());
        world.consumer(1, 10);
        world.settle(1, 1);
        CHECK(world.rooms == 0);
        world.settle(1, 2);
        CHECK(world.rooms == 1);
        CHECK_FALSE(world.queue.stock().is_full());
        world.settle(1, 3);
        CHECK(world.rooms == 1);  // told once
    }

    TEST_CASE("a queue that is full when the broker starts tells when there is room") {
        World world{{.messages_max = 2}};
        world.put({"a", "b"});
        world.restart();
        CHECK(world.queue.stock().is_full());
        world.consumer(1, 1);
        world.settle(1, 1);
        CHECK(world.rooms == 1);
    }

    TEST_CASE("who refuses all that is there in the last queue gets the rest, and its drain ends") {
        World world{{.last_resort = true}, {.window_messages = 10, .refused_max = 3}};
        world.put(numbered(0, 60));
        world.consumer(1, 1);
        for (MessageId id = 1; id <= 59; ++id) {
            REQUIRE(world.settle(1, id, kRejected));
            world.credit(1, 1);
        }
        CHECK(world.take(1) == numbered(0, 60));
        world.settle(1, 60, kRejected);
        world.credit(1, 5, /*drain=*/true);
        CHECK(world.drained == std::vector{ConsumerId(1)});
        CHECK(world.queue.depth() == 60);
    }

    TEST_CASE("a higher limit makes room") {
        World world{{.messages_max = 1}};
        world.put({"a"});
        CHECK(world.queue.stock().is_full());
        world.queue.change(Settings{.messages_max = 2}, world.actions);
        world.run();
        CHECK(world.rooms == 1);
    }

    TEST_CASE("a dead letter queue takes its dead, full or not, and reads them from disk") {
        World world{{.messages_max = 1, .overflow = Overflow::reject, .last_resort = true}};
        world.consumer(1, 10);
        world.put({"a"});
        const MessageId id = world.queue.take_moved(4, kPriorityDefault, world.now).id;
        world.appended.push_back(
            {.id = id, .size = 4, .payload = std::make_shared<const Buffer>(Buffer(4, 'd'))});
        world.commit();
        CHECK(world.take(1) == Bodies{"a", "dddd"});
        CHECK(world.failures[id] == 0);  // it begins anew
        CHECK(world.queue.depth() == 2);
    }
}

TEST_SUITE("Queue: browsers") {
    TEST_CASE("a browser sees what is there, and takes nothing") {
        World world;
        world.put({"a", "b", "c"});
        world.browser(1, 10);
        CHECK(world.take(1) == Bodies{"a", "b", "c"});
        CHECK(world.queue.depth() == 3);
        CHECK(world.queue.unsettled() == 0);
        CHECK(world.queue.window().size() == 0);
        world.put({"d"});
        CHECK(world.take(1) == Bodies{"d"});
        CHECK(world.queue.counters().browsed == 4);
    }

    TEST_CASE("it does not see what a consumer has") {
        World world;
        world.put({"a", "b"});
        world.consumer(2, 1);
        world.browser(1, 10);
        CHECK(world.take(1) == Bodies{"b"});
    }

    TEST_CASE("its credit holds, and its drain is answered at the end") {
        World world{{}, {.browse_messages = 2}};
        world.put({"a", "b", "c", "d", "e"});
        world.browser(1, 1);
        CHECK(world.take(1) == Bodies{"a"});
        world.credit(1, 3);
        CHECK(world.take(1) == Bodies{"b", "c", "d"});
        CHECK(world.drained.empty());
        world.credit(1, 10, /*drain=*/true);
        CHECK(world.take(1) == Bodies{"e"});
        CHECK(world.drained == std::vector{ConsumerId(1)});
        world.put({"f"});
        CHECK(world.take(1).empty());
    }

    TEST_CASE("one that is held or gone gets nothing") {
        World world;
        world.put({"a", "b"});
        world.browser(1, 0);
        world.hold(1, true);
        world.credit(1, 5);
        CHECK(world.take(1).empty());
        world.hold(1, false);
        CHECK(world.take(1) == Bodies{"a", "b"});
        world.detach(1);
        world.put({"c"});
        CHECK(world.take(1).empty());
    }
}

}  // namespace weft::queue::test
