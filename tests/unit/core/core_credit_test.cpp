#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: credit");

TEST_CASE("a producer has credit only while somebody receives") {
    World world;
    Peer& producer = world.left.producer("a", 10);
    CHECK(producer.may_send == 0);
    Peer& consumer = world.right.consumer("a", 0);
    CHECK(producer.may_send == 10);
    world.right.detach(consumer);
    CHECK(producer.asked_to_drain);
    world.left.give_back(producer);
    CHECK(producer.may_send == 0);
    world.right.consumer("a", 0);
    CHECK(producer.may_send == 10);
}

TEST_CASE("a consumer that comes back before the drain was answered ends it") {
    World world;
    Peer& producer = world.left.producer("a", 10);
    Peer& consumer = world.right.consumer("a", 0);
    world.right.detach(consumer);
    world.right.consumer("a", 0);
    CHECK_FALSE(producer.asked_to_drain);
    world.left.give_back(producer);  // the late answer
    CHECK(producer.may_send == 10);
}

TEST_CASE("what a producer sends although it was asked to drain is released, and nobody waits") {
    World world;
    Peer& producer = world.left.producer("a", 10);
    world.right.detach(world.right.consumer("a"));
    REQUIRE(producer.asked_to_drain);
    const DeliveryId late = world.left.send(producer, "late");
    CHECK(producer.outcome(late) == Outcome::released);
    world.left.send(producer, as_bytes("late"), {.settled = true});
    CHECK(world.dropped(DropReason::no_consumer) == 2);
    CHECK(world.core.counters().dropped_presettled == 1);
    CHECK(producer.link->counters.dropped_presettled == 1);
    CHECK(producer.link->account.outstanding() == 0);
}

TEST_CASE("an anonymous producer has credit at once") {
    World world;
    CHECK(world.left.producer("", 10).may_send == 10);
}

TEST_CASE("credit comes back when a delivery settles, not when it is passed on") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a", 2);
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    CHECK(producer.may_send == 0);
    CHECK(producer.link->account.outstanding() == 2);
    CHECK(producer.link->account.undelivered() == 0);
    world.right.accept(consumer, consumer.got[1].id);
    CHECK(producer.may_send == 1);
    world.right.accept(consumer, consumer.got[0].id);
    CHECK(producer.may_send == 2);
    CHECK(producer.link->account.outstanding() == 0);
}

TEST_CASE("credit for a presettled delivery comes back when the consumer's connection has it") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a", 2);
    world.left.send(producer, as_bytes("1"), {.settled = true});
    CHECK(producer.may_send == 2);
    world.left.send(producer, as_bytes("2"), {.settled = true});
    world.left.send(producer, as_bytes("3"), {.settled = true});
    CHECK(producer.may_send == 0);
    CHECK(producer.link->account.undelivered() == 2);
    world.right.give_credit(consumer, 5);
    CHECK(producer.may_send == 2);
    CHECK(consumer.texts() == "1,2,3");
}

TEST_CASE("bytes that wait are held at the producer's expense until they are passed on") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "12345");
    CHECK(producer.held == 5);
    CHECK(world.core.deliveries().held_bytes() == 5);
    world.right.give_credit(consumer, 1);
    CHECK(producer.held == 0);
    CHECK(world.core.deliveries().held_bytes() == 0);
}

TEST_CASE("a producer that goes gets back what was held for it, and its message still arrives") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "12345");
    world.left.detach(producer);
    CHECK(producer.held == 0);
    CHECK(world.core.deliveries().held_bytes() == 5);
    world.right.give_credit(consumer, 1);
    CHECK(consumer.texts() == "12345");
    world.right.accept_all(consumer);
}

TEST_CASE("a consumer that drains gets what waits, and its credit is used up") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.right.give_credit(consumer, 5, /*drain=*/true);
    CHECK(consumer.texts() == "1");
    CHECK(consumer.drained == 1);
    CHECK(consumer.credit == 0);
    world.left.send(producer, "2");
    CHECK(consumer.complete() == 1);
    world.right.give_credit(consumer, 5);
    CHECK(consumer.texts() == "1,2");
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a drain that a full connection interrupts is answered when all is passed on") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "12345");
    world.left.send(producer, "67");
    world.right.room = 3;
    world.right.give_credit(consumer, 5, /*drain=*/true);
    CHECK(consumer.drained == 0);
    world.right.make_room(FakePort::kEndless);
    CHECK(consumer.texts() == "12345,67");
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a drain in the middle of a message that comes slowly is answered at once") {
    World world;
    Peer& consumer = world.right.consumer("a", 5);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("long"), {.more = true});
    world.right.give_credit(consumer, 4, /*drain=*/true);
    CHECK(consumer.drained == 1);
    world.left.send(producer, as_bytes("!"), {.more = false});
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a multicast consumer's drain waits for the copies in its queue") {
    World world;
    world.rule("m", {.distribution = Distribution::multicast});
    Peer& consumer = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m");
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    world.right.room = 1;
    world.right.give_credit(consumer, 3, /*drain=*/true);
    CHECK(consumer.complete() == 1);
    CHECK(consumer.drained == 0);
    world.right.make_room(FakePort::kEndless);
    CHECK(consumer.texts() == "1,2");
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a router that is about to stop takes all credit back") {
    World world;
    world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    Peer& anonymous = world.left.producer("");
    world.core.accounts().quiesce();
    CHECK(producer.asked_to_drain);
    CHECK(anonymous.asked_to_drain);
    world.left.give_back(producer);
    CHECK(producer.may_send == 0);
    CHECK(world.left.producer("a").may_send == 0);
}

TEST_CASE("a router that holds as much as it may releases what comes") {
    World world{{.router_id = "r1", .limits = {.held_bytes_max = 8, .deliveries_max = 6}}};
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    SUBCASE("in bytes") {
        world.left.send(producer, "12345678");
    }
    SUBCASE("in deliveries") {
        for (int i = 0; i < 3; ++i) {
            world.left.send(producer, "1");
        }
    }
    const DeliveryId refused = world.left.send(producer, "2");
    CHECK(producer.outcome(refused) == Outcome::released);
    CHECK(world.dropped(DropReason::router_full) == 1);
    world.right.give_credit(consumer, 100);
    world.right.accept_all(consumer);
    world.left.send(producer, "3");
    CHECK(consumer.got.back().text() == "3");
}

TEST_CASE("a router that holds as much as it may takes what its own management is asked") {
    World world{{.router_id = "r1", .limits = {.held_bytes_max = 8, .deliveries_max = 6}}};
    FakePort service{world.core, world.now, Traits::of_service()};
    Peer& requests =
        service.attach({.direction = Direction::out,
                        .address = kManagementNode,
                        .treatment = Treatment{.distribution = Distribution::closest}});
    service.give_credit(requests, 100);
    world.right.consumer("a", 0);
    Peer& hog = world.left.producer("a");
    for (int i = 0; i < 4; ++i) {
        world.left.send(hog, "12345678");
    }
    CHECK(world.dropped(DropReason::router_full) > 0);
    Peer& asker = world.left.producer(kManagementNode);
    const DeliveryId asked = world.left.send(asker, "?");
    CHECK(requests.texts() == "?");
    service.accept_all(requests);
    CHECK(asker.outcome(asked) == Outcome::accepted);
    service.detach(requests);
}

TEST_CASE("one that fills the router leaves others room, and what need not wait passes") {
    World world{{.router_id = "r1", .limits = {.deliveries_max = 4000}}};
    FakePort other{world.core, world.now};
    Peer& stalled = world.right.consumer("stalled", 0);
    std::vector<Peer*> hogs;
    for (int i = 0; i < 20; ++i) {
        hogs.push_back(&world.left.producer("stalled"));
        for (int j = 0; j < 250; ++j) {
            world.left.send(*hogs.back(), "x");
        }
    }
    CHECK(world.core.deliveries().in_use() == 2000);
    CHECK(world.dropped(DropReason::router_full) == 3000);
    // What the hog sends to somebody who is there for it passes,
    Peer& ready = world.right.consumer("b");
    Peer& straight = world.left.producer("b");
    world.left.send(straight, "y");
    CHECK(ready.texts() == "y");
    // and others have their messages wait as ever.
    Peer& honest = other.producer("stalled");
    for (int j = 0; j < 250; ++j) {
        other.send(honest, "z");
    }
    CHECK(honest.told.empty());
    CHECK(world.dropped(DropReason::router_full) == 3000);
    // A hog that is gone has left its deliveries, and they count until they are settled.
    for (Peer* hog : hogs) {
        world.left.detach(*hog);
    }
    world.right.give_credit(stalled, 10'000);
    world.right.accept_all(stalled);
    world.right.accept_all(ready);
    CHECK(stalled.complete() == 2250);
    CHECK(world.core.deliveries().in_use() == 0);
    CHECK(world.left.connection().share->deliveries == 0);
}

TEST_CASE("everybody may have a few deliveries wait, whatever others have taken") {
    CHECK(may_take(0, 5000, 4000));
    CHECK(may_take(3, 5000, 4000));
    CHECK_FALSE(may_take(4, 5000, 4000));
    CHECK(may_take(1999, 1999, 4000));
    CHECK_FALSE(may_take(2000, 2000, 4000));
    CHECK(may_take(1332, 2665, 4000));
}

TEST_SUITE_END();

}  // namespace weft::router
