#include "tests/unit/broker_queue/world.hpp"

/// What leaves for other brokers, by a picker that takes everything.
namespace weft::queue::test {
namespace {

const Outcome kForwarded{.kind = Outcome::Kind::forwarded};

void forwarding(World& world, int id, std::uint32_t credit) {
    const auto all = [](const Record&) { return Choice::wanted; };
    world.queue.attach(ConsumerId(id), {.choose = all, .operates = true, .early = true});
    world.credit(id, credit);
}

}  // namespace

TEST_SUITE("Queue: what is forwarded") {
    TEST_CASE("it is gone, and counts as no delivery") {
        World world;
        world.put({"a", "b"});
        forwarding(world, 1, 10);
        CHECK(world.take(1) == Bodies{"a", "b"});
        CHECK(world.settle(1, 1, kForwarded));
        CHECK(world.on_disk.size() == 1);
        CHECK(world.queue.depth() == 1);
        CHECK(world.queue.counters().forwarded == 1);
        CHECK(world.queue.counters().acknowledged == 0);
        CHECK(world.queue.counters().delivered == 1);
    }

    TEST_CASE("what comes back goes again, in order") {
        World world;
        world.put({"a", "b", "c"});
        forwarding(world, 1, 3);
        CHECK(world.take(1) == Bodies{"a", "b", "c"});
        for (const MessageId id : {MessageId{1}, MessageId{2}, MessageId{3}}) {
            world.settle(1, id, kReleased);
        }
        world.credit(1, 3);
        CHECK(world.take(1) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("what is scheduled goes early, and keeps its time") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        world.put({"now"});
        forwarding(world, 1, 10);
        CHECK(world.take(1) == Bodies{"later", "now"});
        CHECK(world.settle(1, 1, kForwarded));
        world.pass(1000);
        CHECK(world.queue.depth() == 1);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("what was scheduled and comes back waits for its time again") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.settle(1, 1, kReleased);
        world.detach(1);
        world.consumer(2, 10);
        CHECK(world.take(2).empty());
        world.pass(500);
        CHECK(world.take(2) == Bodies{"later"});
    }

    TEST_CASE("what was scheduled, came back and was not left goes early again") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.settle(1, 1, kReleased);
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"later"});
    }

    TEST_CASE("its time may come while it is under way: nobody gets it twice") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.consumer(2, 10);
        world.pass(500);
        CHECK(world.take(2).empty());
        world.settle(1, 1, kReleased);
        CHECK(world.take(2) == Bodies{"later"});
        CHECK(world.settle(2, 1));
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("what was scheduled and failed early waits for its time, and for nothing else") {
        World world{{.deliveries_max = 5, .redelivery = {.delay = 2000}}};
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.detach(1, /*failed=*/true);
        world.picker(2, 10, 'l');
        CHECK(world.take(2).empty());
        world.pass(500);
        CHECK(world.take(2) == Bodies{"later"});
        CHECK(world.failures.at(1) == 1);
        CHECK(world.settle(2, 1));
        world.pass(5000);
        CHECK(world.take(2).empty());
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("what comes back early while others read it has its failures") {
        World world{{.deliveries_max = 5}};
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.answers = false;
        forwarding(world, 2, 1);
        world.settle(1, 1, kFailed);
        world.answer();
        CHECK(world.take(2) == Bodies{"later"});
        CHECK(world.failures.at(1) == 1);
    }

    TEST_CASE("what came scheduled, and had failed before, has its failures when it is due") {
        World world{{.deliveries_max = 5}};
        world.put_one("later", {.due = world.now + 500, .failures = 3});
        world.consumer(1, 10);
        world.pass(500);
        CHECK(world.take(1) == Bodies{"later"});
        CHECK(world.failures.at(1) == 3);
    }

    TEST_CASE("what comes back early is dropped as any other where there is too much") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        world.consumer(2, 10);
        world.put({"b", "c"});
        CHECK(world.take(2) == Bodies{"b", "c"});
        world.queue.change(Settings{.messages_max = 2, .overflow = Overflow::drop_oldest},
                           world.actions);
        world.run();
        CHECK(world.dropped.empty());
        world.settle(1, 1, kReleased);
        CHECK(world.dropped == std::vector<MessageId>{1});
        CHECK(world.queue.depth() == 2);
    }

    TEST_CASE("what is read early by one is looked at early by all who may") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"later"});
        forwarding(world, 2, 1);
        world.queue.attach(ConsumerId{3}, {.choose = world.wants('l')});
        world.credit(3, 1);
        CHECK(world.take(2).empty());
        CHECK(world.take(3).empty());
        world.settle(1, 1, kReleased);
        CHECK(world.take(3).empty());
        CHECK(world.take(2) == Bodies{"later"});
        CHECK(world.settle(2, 1, kForwarded));
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("others take no scheduled message early") {
        World world;
        world.put_one("later", {.due = world.now + 500});
        world.queue.attach(ConsumerId{1}, {.choose = world.wants('l'), .operates = true});
        world.credit(1, 10);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("what expires while it is under way is not given out again") {
        World world;
        world.put_one("a", {.ttl = 100, .due = world.now + 500});
        forwarding(world, 1, 1);
        CHECK(world.take(1) == Bodies{"a"});
        world.pass(5000);
        world.settle(1, 1, kReleased);
        world.credit(1, 1);
        CHECK(world.take(1).empty());
        world.pass(5000);
        CHECK(world.buried.size() == 1);
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("the failed deliveries of a message that comes are counted on") {
        World world{{.deliveries_max = 5}};
        world.put_one("a", {.failures = 3});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.failures.at(1) == 3);
        world.settle(1, 1, kFailed);
        CHECK(world.take(1) == Bodies{"a"});
        CHECK(world.failures.at(1) == 4);
        world.restart();
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a"});
        CHECK(world.failures.at(1) == 4);
        world.settle(2, 1, kFailed);
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried.front().death == Death::deliveries_spent);
    }

    TEST_CASE("what it can't send is no dead letter, however much that is") {
        World world{{}, {.refused_max = 2}};
        world.put({"a", "b", "c", "d"});
        forwarding(world, 1, 10);
        CHECK(world.take(1).size() == 4);
        for (const MessageId id : {MessageId{1}, MessageId{2}, MessageId{3}, MessageId{4}}) {
            world.settle(1, id, {.kind = Outcome::Kind::modified, .elsewhere = true});
        }
        CHECK(world.buried.empty());
        CHECK(world.queue.depth() == 4);
        world.credit(1, 10);
        CHECK(world.take(1).empty());
    }
}

}  // namespace weft::queue::test
