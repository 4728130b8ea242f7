#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

namespace weft::queue::test {
namespace {

/// `count` bodies: "x1", "x2", …
Bodies lettered(char start, int count) {
    Bodies bodies;
    for (int i = 1; i <= count; ++i) {
        bodies.push_back(start + std::to_string(i));
    }
    return bodies;
}

}  // namespace

TEST_SUITE("queue, picking") {
    TEST_CASE("a picker takes what it wants, in order, and others have the rest") {
        World world;
        world.put({"a1", "b1", "a2", "b2"});
        world.picker(1, 10, 'a');
        CHECK(world.take(1) == Bodies{"a1", "a2"});
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"b1", "b2"});
        CHECK(world.settle(1, 1));
        CHECK_FALSE(world.settle(1, 1));
        CHECK(world.settle(2, 2));
        CHECK(world.queue.depth() == 2);
        world.credit(2, 1);
        world.put({"b3", "a3"});
        CHECK(world.take(2) == Bodies{"b3"});
        CHECK(world.take(1) == Bodies{"a3"});
        CHECK(world.queue.attached().all() == 2);
    }

    TEST_CASE("credit is never exceeded, and what was not looked at comes when there is more") {
        World world;
        world.put({"a1", "a2", "b1", "a3"});
        world.picker(1, 1, 'a');
        CHECK(world.take(1) == Bodies{"a1"});
        world.credit(1, 2);
        CHECK(world.take(1) == Bodies{"a2", "a3"});
    }

    TEST_CASE("what is wanted is found behind the window") {
        World world{{}, {.window_messages = 4}};
        world.put(lettered('b', 50));
        world.put({"a1"});
        world.consumer(2, 0);
        world.picker(1, 1, 'a');
        CHECK(world.take(1) == Bodies{"a1"});
        world.credit(2, 100);
        CHECK(world.take(2) == lettered('b', 50));
        CHECK(world.settle(1, 51, kReleased));
        CHECK(world.take(2) == Bodies{"a1"});
    }

    TEST_CASE("one that wants nothing looks at each message once") {
        World world;
        world.put(lettered('b', 100));
        world.picker(1, 10, 'a');
        world.consumer(2, 1);
        CHECK(world.asked == 100);
        const int looks = world.looks;
        CHECK(looks <= 6);
        for (MessageId id = 1; id <= 50; ++id) {
            CHECK(world.settle(2, id));
            world.credit(2, 1);
        }
        CHECK(world.asked == 100);
        CHECK(world.looks == looks);
        world.put({"b101"});
        CHECK(world.asked == 101);
    }

    TEST_CASE("what comes back is looked at again, by itself") {
        World world;
        world.put(lettered('a', 20));
        world.consumer(2, 20);
        world.picker(1, 10, 'a');
        CHECK(world.take(2).size() == 20);
        CHECK(world.take(1).empty());
        CHECK(world.settle(2, 5, kReleased));
        CHECK(world.take(2).empty());  // its credit is used up
        CHECK(world.take(1) == Bodies{"a5"});
        CHECK(world.asked == 1);
    }

    TEST_CASE("when many come back the cursor goes back") {
        World world{{}, {.again_max = 3}};
        world.put(lettered('a', 20));
        world.consumer(2, 20);
        world.picker(1, 10, 'b');
        CHECK(world.take(2).size() == 20);
        world.detach(2);
        world.picker(3, 100, 'a');
        CHECK(world.take(3) == lettered('a', 20));
        world.detach(3, true);
        world.consumer(4, 100);
        CHECK(world.take(4) == lettered('a', 20));
        CHECK(world.failures.at(7) == 1);
    }

    TEST_CASE("what a picker failed with dies like any other's") {
        World world{{.deliveries_max = 2}};
        world.put({"a1", "a2"});
        world.picker(1, 5, 'a');
        CHECK(world.settle(1, 1, kFailed));
        CHECK(world.failures.at(1) == 1);
        CHECK(world.settle(1, 1, kFailed));
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::deliveries_spent);
        CHECK(world.settle(1, 2, kRejected));
        CHECK(world.buried[1].death == Death::rejected);
        CHECK(world.queue.depth() == 0);
        CHECK(world.queue.unsettled() == 0);
    }

    TEST_CASE("what a picker can't process it does not get again, and others do") {
        World world{{}, {.refused_max = 2}};
        world.put({"a1", "a2", "a3"});
        world.picker(1, 9, 'a');
        CHECK(world.take(1).size() == 3);
        CHECK(world.settle(1, 1, kElsewhere));
        CHECK(world.settle(1, 2, kElsewhere));
        CHECK(world.take(1).empty());
        CHECK(world.settle(1, 3, kElsewhere));
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::undeliverable);
        world.picker(2, 9, 'a');
        CHECK(world.take(2) == Bodies{"a1", "a2"});
    }

    TEST_CASE("a drain ends when all was looked at") {
        World world;
        world.put({"b1", "a1", "b2"});
        world.picker(1, 0, 'a');
        world.credit(1, 5, true);
        CHECK(world.take(1) == Bodies{"a1"});
        CHECK(world.drained == std::vector{ConsumerId(1)});
        CHECK(world.take(1).empty());
    }

    TEST_CASE("one that is held gets nothing until it is not") {
        World world;
        world.picker(1, 5, 'a');
        world.hold(1, true);
        world.put({"a1"});
        CHECK(world.take(1).empty());
        world.hold(1, false);
        CHECK(world.take(1) == Bodies{"a1"});
    }

    TEST_CASE("what others took and settled while the store reads is not given out") {
        World world;
        world.put({"a1", "a2"});
        world.picker(1, 2, 'a');
        CHECK(world.take(1).size() == 2);
        world.answers = false;
        world.picker(2, 5, 'a');
        CHECK(world.settle(1, 1));
        world.answer();
        CHECK(world.take(2).empty());
        CHECK(world.settle(1, 2, kReleased));
        CHECK(world.take(1).empty());  // its credit is used up
        CHECK(world.take(2) == Bodies{"a2"});
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("what failed while the store reads is given out with its failure") {
        World world;
        world.put({"a1"});
        world.picker(1, 1, 'a');
        world.answers = false;
        world.picker(2, 5, 'a');
        CHECK(world.settle(1, 1, kFailed));
        world.answer();
        CHECK(world.take(2) == Bodies{"a1"});
        CHECK(world.failures.at(1) == 1);
    }

    TEST_CASE("what a picker has is not loaded for consumers") {
        World world;
        world.put({"a1", "b1", "a2"});
        world.picker(1, 2, 'a');
        world.consumer(2, 5);
        CHECK(world.take(2) == Bodies{"b1"});
        CHECK(world.settle(1, 3, kReleased));
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a2", "a1"});
    }

    TEST_CASE("what comes back is heard of when it is looked for, however many want it") {
        World world{{}, {.again_max = 3}};
        world.put(lettered('a', 40));
        world.consumer(1, 40);
        for (int id = 2; id <= 20; ++id) {
            world.picker(id, 1, 'b');
        }
        world.picker(21, 2, 'a');
        world.asked = 0;
        CHECK(world.settle(1, 7, kReleased));
        CHECK(world.take(21) == Bodies{"a7"});
        CHECK(world.asked <= 20);  // each looks at it once, until it is gone
        world.asked = 0;
        world.detach(1);
        CHECK(world.take(21) == Bodies{"a1"});
        CHECK(world.asked <= 20 * 40);
        CHECK(world.settle(21, 7, kReleased));
        world.credit(21, 1);
        CHECK(world.take(21) == Bodies{"a2"});  // the cursor is before all
    }

    TEST_CASE("one message that all are to look at is read once") {
        World world;
        world.put(lettered('a', 5));
        world.consumer(1, 3);
        for (int id = 2; id <= 20; ++id) {
            world.picker(id, 1, 'b');
        }
        world.picker(21, 2, 'c');
        world.looks = 0;
        world.asked = 0;
        CHECK(world.settle(1, 2, kReleased));
        CHECK(world.looks == 1);
        CHECK(world.asked == 20);
        world.put({"c1"});
        CHECK(world.looks == 2);
        CHECK(world.asked == 40);
        CHECK(world.take(21) == Bodies{"c1"});
        world.put({"b1"});  // the first that wants it has it
        CHECK(world.looks == 3);
        world.put({"b2"});
        CHECK(world.looks == 4);
        int taken = 0;
        for (int id = 2; id <= 20; ++id) {
            taken += static_cast<int>(world.take(id).size());
        }
        CHECK(taken == 2);
    }

    TEST_CASE("who selects and refuses all in the last queue is not given them again") {
        World world{{.last_resort = true}, {.refused_max = 3, .again_max = 5}};
        world.put(lettered('a', 20));
        world.picker(1, 20, 'a');
        CHECK(world.take(1) == lettered('a', 20));
        for (MessageId id = 1; id <= 20; ++id) {
            CHECK(world.queue.settle(ConsumerId(1), id, kRejected, world.now, world.actions));
        }
        world.credit(1, 100, /*drain=*/true);
        CHECK(world.take(1).empty());
        CHECK(world.drained == std::vector{ConsumerId(1)});
        world.picker(2, 100, 'a');
        CHECK(world.take(2) == lettered('a', 20));
    }

    TEST_CASE("who releases in a loop keeps no picker from its turn") {
        World world;
        world.put({"b1", "b2"});
        world.consumer(1, 1);
        world.consumer(2, 1);
        Actions out;
        const auto release = [&](ConsumerId id, MessageId message) {
            CHECK(world.queue.settle(id, message, kReleased, world.now, out));
            world.queue.set_credit(id, 1, /*drain=*/false);
        };
        release(ConsumerId(1), 1);
        world.queue.dispatch(world.now, out);  // it is to be read again
        release(ConsumerId(2), 2);
        world.queue.attach(ConsumerId(3), {.choose = world.wants('a')});
        world.queue.set_credit(ConsumerId(3), 1, /*drain=*/false);
        bool looked = false;
        for (int turn = 0; turn < 10 && !looked; ++turn) {
            for (const Action& action : std::exchange(out, {})) {
                if (const auto* load = std::get_if<Load>(&action)) {
                    auto [records, through] = world.read(load->range);
                    world.queue.on_loaded(load->range, std::move(records), through);
                }
            }
            world.queue.dispatch(world.now, out);
            for (const Action& action : Actions{out}) {
                looked = looked || std::holds_alternative<Browse>(action);
                if (const auto* given = std::get_if<Deliver>(&action)) {
                    release(given->consumer, given->id);  // before the store answers
                }
            }
        }
        CHECK(looked);
    }

    TEST_CASE("who releases while the store reads for a picker takes nothing from it") {
        World world;
        world.put({"a1", "b1", "a2"});
        world.picker(1, 2, 'a');
        CHECK(world.take(1) == Bodies{"a1", "a2"});
        world.answers = false;
        world.picker(2, 10, 'b');
        CHECK(world.settle(1, 1, kReleased));
        world.answer_once();
        CHECK(world.take(2) == Bodies{"b1"});
        world.answer();
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"a1"});
    }

    TEST_CASE("what comes back while the store reads for consumers is read in vain for nobody") {
        World world{{}, {.window_messages = 2}};
        world.put({"b1", "a1", "b2", "a2", "b3"});
        world.picker(1, 2, 'a');
        world.consumer(2, 0);
        world.answers = false;
        world.credit(2, 3);
        CHECK(world.settle(1, 2, kFailed));
        world.answer_once();
        CHECK(world.take(2) == Bodies{"b1", "a1"});
        CHECK(world.failures.at(2) == 1);
        world.answer();
        CHECK(world.take(2) == Bodies{"b2"});
    }

    TEST_CASE("who releases while the store looks for what is too much keeps none of it there") {
        World world{{}, {.swept_at_once = 2}};
        world.put({"a1", "a2"});
        world.picker(1, 2, 'a');
        world.put({"b1"});
        world.answers = false;
        world.queue.change(Settings{.messages_max = 1, .overflow = Overflow::drop_oldest},
                           world.actions);
        world.run();
        world.answer_once();  // the first two are somebody's
        CHECK(world.dropped.empty());
        CHECK(world.settle(1, 1, kReleased));
        world.answer_once();
        CHECK(world.dropped == std::vector<MessageId>{3});
        world.answer();
        CHECK(world.dropped == std::vector<MessageId>{3, 1});
    }

    TEST_CASE("a picker leaves while the store reads for it, and nobody waits for that") {
        World world;
        world.put({"a1"});
        world.answers = false;
        world.picker(1, 5, 'a');
        world.detach(1);
        world.picker(2, 5, 'a');
        world.answer();
        CHECK(world.take(2) == Bodies{"a1"});
    }

    TEST_CASE("too many make room though a picker has the oldest") {
        World world{{.messages_max = 3, .overflow = Overflow::drop_oldest}, {.swept_at_once = 2}};
        world.put({"a1", "a2", "a3"});
        world.picker(1, 3, 'a');
        CHECK(world.take(1).size() == 3);
        world.put({"b1", "b2"});
        CHECK(world.dropped == std::vector<MessageId>{4, 5});
        CHECK(world.settle(1, 1, kReleased));
        CHECK(world.queue.depth() == 3);
        world.consumer(2, 5);
        CHECK(world.take(2) == Bodies{"a1"});
    }

    TEST_CASE("what has expired is not picked") {
        World world;
        world.send("a1", 10);
        world.commit();
        world.now += 20;
        world.picker(1, 5, 'a');
        CHECK(world.take(1).empty());
        CHECK(world.buried.size() == 1);
    }

    TEST_CASE("a browser sees what it wants; where a selector gave up is counted") {
        World world;
        world.put({"b1", "a1", "?", "a2"});
        world.browser(1, 5, world.wants('a'));
        CHECK(world.take(1) == Bodies{"a1", "a2"});
        CHECK(world.queue.counters().gave_up == 1);
        world.picker(2, 5, 'a');
        CHECK(world.take(2) == Bodies{"a1", "a2"});
        CHECK(world.queue.counters().gave_up == 2);
        CHECK(world.queue.counters().browsed == 2);
        world.browser(3, 5);
        CHECK(world.take(3) == Bodies{"b1", "?"});
    }
}

}  // namespace weft::queue::test
