#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: multicast");

TEST_CASE("each consumer gets its copy") {
    MulticastWorld world;
    Peer& one = world.right.consumer("m");
    Peer& two = world.left.consumer("m");
    Peer& producer = world.left.producer("m", 5);
    SUBCASE("presettled") {
        world.left.send(producer, as_bytes("x"), {.settled = true});
        CHECK(producer.may_send == 5);
    }
    SUBCASE("unsettled") {
        world.left.send(producer, "x");
        CHECK(producer.may_send == 4);
        world.right.accept_all(one);
        world.left.accept_all(two);
        CHECK(producer.may_send == 5);
    }
    SUBCASE("in pieces") {
        world.left.send(producer, plain_message(""), {.settled = true, .more = true});
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    CHECK(one.complete() == 1);
    CHECK(two.complete() == 1);
    CHECK(one.got[0].bytes == two.got[0].bytes);
}

TEST_CASE("a copy waits in its consumer's queue while the others have theirs") {
    MulticastWorld world;
    Peer& quick = world.right.consumer("m");
    Peer& slow = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m");
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.left.send(producer, "2");
    world.right.accept_all(quick);
    CHECK(quick.texts() == "1,2");
    CHECK(producer.link->account.outstanding() == 2);
    CHECK(producer.held == 2);
    world.right.give_credit(slow, 2);
    CHECK(slow.texts() == "1,2");
    CHECK(producer.held == 0);
    world.right.accept_all(slow);
    CHECK(producer.link->account.outstanding() == 0);
}

TEST_CASE("the producer hears the strongest outcome once all have answered") {
    struct Case {
        Bytes one;
        Bytes two;
        Outcome strongest;
    };
    const Buffer no = rejected("amqp:not-allowed", "no");
    for (const Case& states :
         {Case{kAccepted, kReleased, Outcome::accepted},
          Case{kReleased, kAccepted, Outcome::accepted}, Case{kAccepted, no, Outcome::rejected},
          Case{kModifiedFailed, kReleased, Outcome::modified},
          Case{kModifiedFailed, kAccepted, Outcome::accepted},
          Case{kReleased, kReleased, Outcome::released}}) {
        MulticastWorld world;
        Peer& one = world.right.consumer("m");
        Peer& two = world.right.consumer("m");
        Peer& producer = world.left.producer("m");
        const DeliveryId id = world.left.send(producer, "x");
        world.right.update(one, one.got[0].id, states.one, true);
        CHECK(producer.outcome(id) == Outcome::none);
        world.right.update(two, two.got[0].id, states.two, true);
        CHECK(producer.outcome(id) == states.strongest);
    }
}

TEST_CASE("a lost consumer's copies do not hold the others up") {
    MulticastWorld world;
    Peer& stays = world.right.consumer("m", 1);
    Peer& goes = world.right.consumer("m", 1);
    Peer& producer = world.left.producer("m");
    const DeliveryId sent = world.left.send(producer, "1");
    const DeliveryId queued = world.left.send(producer, "2");
    world.left.send(producer, as_bytes("3"), {.settled = true});
    world.right.accept_all(stays);
    world.right.detach(goes);
    CHECK(producer.outcome(sent) == Outcome::accepted);
    CHECK(world.dropped(DropReason::consumer_lost) == 3);
    CHECK(world.core.counters().dropped_presettled == 1);
    world.right.give_credit(stays, 5);
    world.right.accept_all(stays);
    CHECK(stays.texts() == "1,2,3");
    CHECK(producer.outcome(queued) == Outcome::accepted);
}

TEST_CASE("a message goes on to the others when one consumer has had enough of it") {
    MulticastWorld world;
    Peer& stays = world.right.consumer("m");
    Peer& enough = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, plain_message("1"), {.more = true});
    world.right.update(enough, enough.got[0].id, kReleased, true);
    CHECK(enough.got[0].aborted);
    world.left.send(producer, as_bytes("!"), {});
    world.right.accept_all(stays);
    CHECK(stays.complete() == 1);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("settled and unsettled consumers of one message") {
    MulticastWorld world;
    Peer& settled =
        world.right.attach({.direction = Direction::out, .address = "m", .presettles = true});
    Peer& unsettled = world.right.consumer("m");
    world.right.give_credit(settled, 5);
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, "x");
    CHECK(settled.got[0].settled);
    CHECK_FALSE(unsettled.got[0].settled);
    CHECK(producer.outcome(id) == Outcome::none);
    world.right.update(unsettled, unsettled.got[0].id, kReleased, true);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("a producer that settles on its own frees those who have the message whole") {
    MulticastWorld world;
    Peer& has = world.right.consumer("m", 5);
    Peer& waits = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m", 5);
    const DeliveryId id = world.left.send(producer, "x");
    world.left.settle_sent(producer, id);
    CHECK(has.got[0].settled_by_router);
    CHECK(producer.may_send == 4);
    world.right.give_credit(waits, 1);
    CHECK(waits.texts() == "x");
    CHECK(waits.got[0].settled);
    CHECK(producer.may_send == 5);
}

TEST_SUITE_END();

}  // namespace weft::router
