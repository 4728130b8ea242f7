#include "tests/unit/broker_queue/world.hpp"

namespace weft::queue::test {
namespace {

Arrival due_in(const World& world, WallTime milliseconds) {
    return {.due = world.now + milliseconds};
}

}  // namespace

TEST_SUITE("Queue: scheduled messages") {
    TEST_CASE("one is given out when its time has come, and others pass it meanwhile") {
        World world;
        world.consumer(1, 10);
        world.put_one("later", due_in(world, 500));
        world.put({"now"});
        CHECK(world.take(1) == Bodies{"now"});
        CHECK(world.queue.depth() == 2);
        CHECK(world.queue.due() == world.now + 500);
        world.pass(499);
        CHECK(world.take(1).empty());
        world.pass(1);
        CHECK(world.take(1) == Bodies{"later"});
        CHECK(world.queue.counters().scheduled == 1);
        CHECK(world.queue.due() == kForever);
    }

    TEST_CASE("one that is damaged is set aside when it may be due") {
        World world;
        world.put_one("x", due_in(world, 500));
        world.put_one("y", due_in(world, 500));
        world.on_disk.at(1).damaged = true;
        world.consumer(1, 10);
        world.pass(500);
        CHECK(world.take(1) == Bodies{"y"});
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].id == 1);
        CHECK(world.buried[0].death == Death::damaged);
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("one whose time is over already is like any other") {
        World world;
        world.put_one("a", {.due = world.now});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.queue.counters().scheduled == 0);
    }

    TEST_CASE("they wait over a restart, and those that were due meanwhile come then") {
        World world;
        world.put_one("later", due_in(world, 5000));
        world.put_one("soon", due_in(world, 50));
        world.put({"now"});
        world.now += 100;
        world.restart();
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"now", "soon"});
        world.pass(5000);
        CHECK(world.take(1) == Bodies{"later"});
    }

    TEST_CASE("of many that are due at once as many are in memory as there is room for") {
        World world{{}, {.window_messages = 10, .ripened_at_once = 5}};
        world.consumer(1, 0);
        for (int i = 0; i < 200; ++i) {
            world.offer(std::to_string(i), due_in(world, 10));
        }
        world.commit();
        CHECK(world.queue.window().size() == 0);
        CHECK(world.ripenings == 0);
        world.pass(10);
        CHECK(world.queue.window().size() <= 15);
        CHECK(world.ripenings <= 3);
        CHECK(world.queue.due() == kForever);  // there is no room: no reason to ask
        world.credit(1, 200);
        Bodies all;
        for (int i = 0; i < 200; ++i) {
            all.push_back(std::to_string(i));
        }
        CHECK(world.take(1) == all);
    }

    TEST_CASE("without consumers nobody asks for what is due") {
        World world;
        world.put_one("a", due_in(world, 10));
        world.now += 20;
        world.run();
        CHECK(world.ripenings == 0);
        CHECK(world.queue.due() == kForever);
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"a"});
    }

    TEST_CASE("due ones go back to disk with the last consumer, and come again") {
        World world;
        world.consumer(1, 0);
        world.put_one("a", due_in(world, 10));
        world.put({"b"});
        world.pass(10);
        CHECK(world.queue.window().size() == 2);
        world.detach(1);
        CHECK(world.queue.window().size() == 0);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "b"});
        CHECK(world.ripenings == 1);
    }

    TEST_CASE(
        "a picker and a browser see them when they are due, the picker also behind its cursor") {
        World world;
        world.picker(1, 10, 'a');
        world.browser(2, 10);
        world.put_one("a", due_in(world, 10));
        world.put({"a2"});
        CHECK(world.take(1) == Bodies{"a2"});
        world.take(2);
        world.pass(10);
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.take(2).empty());  // it is behind what it saw
    }

    TEST_CASE("pickers get what is due though consumers that take nothing have a full window") {
        World world{{}, {.window_messages = 2}};
        world.consumer(1, 0);
        world.put({"b1", "b2"});
        CHECK(world.queue.window().size() == 2);
        world.picker(2, 5, 'a');
        world.put_one("a", due_in(world, 10));
        world.put_one("b", due_in(world, 10));
        CHECK(world.queue.due() == world.now + 10);
        world.pass(10);
        CHECK(world.take(2) == Bodies{"a"});
        CHECK(world.queue.window().size() <= 2);
        world.credit(1, 5);
        CHECK(world.take(1) == Bodies{"b1", "b2", "b"});
    }

    TEST_CASE("what consumers have is theirs, though all that is ready goes back to disk") {
        World world{{}, {.window_messages = 2}};
        world.consumer(1, 3);
        world.put({"b1", "b2", "b3"});
        CHECK(world.take(1) == Bodies{"b1", "b2", "b3"});
        world.put({"b4"});
        CHECK(world.settle(1, 1, kReleased));
        CHECK(world.queue.window().size() == 2);
        world.picker(2, 5, 'a');
        world.put_one("a", due_in(world, 10));
        world.pass(10);
        CHECK(world.take(2) == Bodies{"a"});
        world.browser(3, 10);
        CHECK(world.take(3) == Bodies{"b1", "b4"});
        world.credit(1, 10);
        CHECK(world.take(1) == Bodies{"b1", "b4"});
        CHECK(world.settle(1, 2, kReleased));
        CHECK(world.take(1) == Bodies{"b2"});
        CHECK(world.queue.unsettled() == 5);
    }

    TEST_CASE("one that expires before it is due is dead, and is never given out") {
        World world;
        world.consumer(1, 10);
        world.offer("a", {.ttl = 20, .due = world.now + 1000});
        world.commit();
        world.pass(2000);
        world.pass(2000);
        CHECK(world.take(1).empty());
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::expired);
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("they count, and the oldest of them make room where nothing else can") {
        World world{{.messages_max = 2, .overflow = Overflow::drop_oldest}};
        for (int i = 0; i < 5; ++i) {
            world.put_one(std::to_string(i), due_in(world, 100));
        }
        CHECK(world.dropped == std::vector<MessageId>{1, 2, 3});
        CHECK(world.queue.depth() == 2);
        world.consumer(1, 10);
        world.pass(100);
        CHECK(world.take(1) == Bodies{"3", "4"});
    }

    TEST_CASE("one that failed after its time waits no second time for it") {
        World world;
        world.consumer(1, 1);
        world.put_one("a", due_in(world, 10));
        world.pass(10);
        world.take(1);
        world.settle(1, 1, kFailed);
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"a"});
    }
}

TEST_SUITE("Rounds") {
    TEST_CASE("a clock that is set back delays no round") {
        Rounds rounds{{.sweep_pause = 1000}, 0};
        CHECK(rounds.next(10, 1'000'000).has_value());
        rounds.on_swept({.complete = true, .next = 500});
        CHECK_FALSE(rounds.next(10, 1'000'500).has_value());
        CHECK(rounds.next(10, 600).has_value());
    }
}

TEST_SUITE("Queue: absolute expiry") {
    TEST_CASE("a message's life ends at the earliest of all that say so") {
        const Settings settings{.ttl_default = 500, .ttl_max = 1000};
        constexpr WallTime kNow = 10'000;
        CHECK(expiry_of({}, settings, kNow) == kNow + 500);
        CHECK(expiry_of({.ttl = 700}, settings, kNow) == kNow + 700);
        CHECK(expiry_of({.ttl = 7000}, settings, kNow) == kNow + 1000);
        CHECK(expiry_of({.expires = kNow + 600}, settings, kNow) == kNow + 600);
        CHECK(expiry_of({.expires = kNow + 6000}, settings, kNow) == kNow + 1000);
        CHECK(expiry_of({.ttl = 700, .expires = kNow + 600}, settings, kNow) == kNow + 600);
        CHECK(expiry_of({.ttl = 500, .expires = kNow + 600}, settings, kNow) == kNow + 500);
        CHECK(expiry_of({.expires = 1}, {}, kNow) == 1);
        CHECK(expiry_of({}, {}, kNow) == kForever);
        CHECK(expiry_of({.ttl = kForever}, {}, kNow) == kForever);
    }

    TEST_CASE("a browser does not see what has expired") {
        World world;
        world.put_one("a", {.expires = world.now - 1});
        world.browser(1, 5);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("one that is over before it comes is dead, not given out") {
        World world;
        world.consumer(1, 1);
        world.put_one("a", {.expires = world.now - 1});
        CHECK(world.take(1).empty());
        CHECK(world.buried.size() == 1);
    }
}

}  // namespace weft::queue::test
