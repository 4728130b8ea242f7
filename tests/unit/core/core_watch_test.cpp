#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: watching");

TEST_CASE("a delivery that nobody settles for 10 s is stuck, until it is settled") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "passed on");
    world.left.send(producer, "waits");
    world.tick(9);
    CHECK(world.core.counters().stuck == 0);
    world.tick(2);
    CHECK(world.core.counters().stuck == 2);
    CHECK(producer.link->stuck == 2);
    CHECK(consumer.link->stuck == 1);
    world.tick(5);
    CHECK(world.core.counters().stuck == 2);
    world.right.accept_all(consumer);
    CHECK(world.core.counters().stuck == 1);
    CHECK(producer.link->stuck == 1);
    CHECK(consumer.link->stuck == 0);
    world.right.give_credit(consumer, 1);
    world.right.accept_all(consumer);
    CHECK(world.core.counters().stuck == 0);
    CHECK(producer.link->stuck == 0);
}

TEST_CASE("what waits, and is stuck so, is shown at the consumer whose turn is next") {
    World world;
    Peer& one = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3"}) {
        world.left.send(producer, text);
    }
    CHECK(awaited_by(*one.link).deliveries == 3);
    CHECK(awaited_by(*producer.link).deliveries == 0);
    Peer& two = world.right.consumer("a", 0);
    CHECK(awaited_by(*one.link).deliveries + awaited_by(*two.link).deliveries == 3);
    world.tick(11);
    CHECK(awaited_by(*one.link).stuck + awaited_by(*two.link).stuck == 3);
    CHECK(producer.link->stuck == 3);
    world.right.give_credit(one, 2);
    CHECK(awaited_by(*one.link).deliveries + awaited_by(*two.link).deliveries == 1);
    CHECK(awaited_by(*one.link).stuck + awaited_by(*two.link).stuck == 1);
    world.tick(1);
    CHECK(one.link->stuck == 2);
    world.right.accept_all(one);
    CHECK(producer.link->stuck == 1);
}

TEST_CASE(
    "of very many that are stuck in one place the oldest count, and others once those ended") {
    World world;
    Peer& consumer = world.right.consumer("a", 2 * kStuckMax);
    Peer& producer = world.left.producer("a", 2 * kStuckMax);
    for (std::size_t i = 0; i < 2 * kStuckMax; ++i) {
        world.left.send(producer, "x");
    }
    world.tick(12);
    CHECK(consumer.link->stuck == kStuckMax);
    for (std::size_t i = 0; i < kStuckMax / 2; ++i) {
        world.right.accept(consumer, consumer.got[i].id);
    }
    CHECK(consumer.link->stuck == kStuckMax / 2);
    world.tick(1);
    CHECK(producer.link->stuck == kStuckMax);
    world.right.accept_all(consumer);
}

TEST_CASE("what is stuck is looked for in slices, of deliveries as well as of links") {
    constexpr std::uint32_t kEach = 90;
    constexpr std::size_t kConsumers = 10;
    World world{{.router_id = "r", .limits = {.slice = 100}}};
    std::vector<Peer*> consumers;
    for (std::size_t i = 0; i < kConsumers; ++i) {
        consumers.push_back(&world.right.consumer("a", kEach));
    }
    Peer& producer = world.left.producer("a", kConsumers * kEach);
    for (std::size_t i = 0; i < kConsumers * kEach; ++i) {
        world.left.send(producer, "x");
    }
    world.pass(std::chrono::seconds(11));
    world.core.tick(world.now);
    CHECK(world.core.counters().stuck <= 3 * kEach);
    std::size_t slices = 1;
    for (; world.core.work(world.now); ++slices) {
    }
    CHECK(slices >= kConsumers / 2);
    CHECK(world.core.counters().stuck == kConsumers * kEach);
    for (Peer* consumer : consumers) {
        world.right.accept_all(*consumer);
    }
}

TEST_CASE("stuck deliveries of a producer that has gone are counted until they end") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "x");
    world.tick(11);
    world.left.detach(producer);
    CHECK(world.core.counters().stuck == 1);
    world.right.detach(consumer);
    CHECK(world.core.counters().stuck == 0);
}

TEST_CASE("a message that is still coming in is not stuck") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("x"), {.more = true});
    world.tick(30);
    CHECK(world.core.counters().stuck == 0);
    world.left.send(producer, {}, {});
    world.right.accept_all(consumer);
}

TEST_CASE("a link without credit for 10 s is blocked") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a", 1);
    world.tick(11);
    CHECK(world.core.counters().links_blocked == 0);
    world.left.send(producer, "x");
    world.tick(10);
    CHECK(world.core.counters().links_blocked == 0);
    world.tick(1);
    CHECK(world.core.counters().links_blocked == 2);
    world.right.accept_all(consumer);
    world.right.give_credit(consumer, 1);
    world.tick(1);
    CHECK(world.core.counters().links_blocked == 0);
}

TEST_CASE("the reason why a link does not move is told") {
    World world;
    Peer& producer = world.left.producer("a", 1);
    CHECK(blocked(*producer.link) == Blocked::no_consumer);
    Peer& consumer = world.right.consumer("a", 0);
    CHECK(blocked(*producer.link) == Blocked::no);
    CHECK(blocked(*consumer.link) == Blocked::no_credit);
    world.left.send(producer, "12345");
    CHECK(blocked(*producer.link) == Blocked::capacity_used);
    world.tick(11);
    CHECK(blocked(*consumer.link) == Blocked::no_credit);  // it owes nothing
    world.right.room = 2;
    world.right.give_credit(consumer, 2);
    CHECK(blocked(*consumer.link) == Blocked::connection_full);
    world.right.make_room(FakePort::kEndless);
    CHECK(blocked(*consumer.link) == Blocked::no);
    world.right.give_credit(consumer, 0);
    world.tick(11);
    CHECK(blocked(*consumer.link) == Blocked::consumer_stalled);
    world.right.accept_all(consumer);
    CHECK(blocked(*consumer.link) == Blocked::no_credit);
}

TEST_CASE("every reason has a name") {
    for (int i = 0; i < kDropReasons; ++i) {
        CHECK(std::string_view(to_string(static_cast<DropReason>(i))) != "unknown");
    }
    CHECK(std::string_view(to_string(Blocked::no)).empty());
    for (const Blocked reason : {Blocked::no_consumer, Blocked::capacity_used, Blocked::no_credit,
                                 Blocked::connection_full, Blocked::consumer_stalled}) {
        CHECK_FALSE(std::string_view(to_string(reason)).empty());
    }
}

TEST_CASE("settlements are counted by the second") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const auto in_all = [](const Link& link) {
        std::uint32_t sum = 0;
        for (const std::uint32_t count : link.settled_in) {
            sum += count;
        }
        return sum;
    };
    for (int i = 0; i < 3; ++i) {
        world.left.send(producer, "x");
    }
    world.right.accept_all(consumer);
    world.left.send(producer, as_bytes("x"), {.settled = true});
    world.tick(1);
    CHECK(in_all(*producer.link) == 4);
    CHECK(in_all(*consumer.link) == 4);
    world.tick(4);
    CHECK(in_all(*producer.link) == 4);
    world.tick(1);
    CHECK(in_all(*producer.link) == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
