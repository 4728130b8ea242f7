#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: multicast settlement");

TEST_CASE("settle mode second: all answer, the producer settles, and then consumers are settled") {
    MulticastWorld world;
    Peer& one = world.right.consumer("m");
    Peer& two = world.right.consumer("m");
    Peer& first = world.right.consumer("m");  // settles at once
    Peer& producer = world.left.producer("m", 1);
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(one, one.got[0].id, kReleased, false);
    world.right.update(two, two.got[0].id, kAccepted, false);
    CHECK(producer.told.empty());
    SUBCASE("one that settles first answers last") {
        world.right.accept_all(first);
    }
    SUBCASE("one that has not answered is lost") {
        world.right.detach(first);
    }
    REQUIRE(producer.told.size() == 1);
    CHECK(producer.told[0].outcome() == Outcome::accepted);
    CHECK_FALSE(producer.told[0].settled);
    CHECK_FALSE(one.got[0].settled_by_router);
    CHECK(producer.may_send == 0);
    world.left.settle_sent(producer, id, kAccepted);
    for (const Peer* consumer : {&one, &two}) {
        CHECK(consumer->got[0].settled_by_router);
        CHECK(outcome_of(consumer->got[0].state) == Outcome::accepted);
    }
    CHECK(producer.may_send == 1);
    CHECK(producer.link->counters.accepted == 1);
    CHECK(one.link->counters.released == 1);
    CHECK(two.link->counters.accepted == 1);
}

TEST_CASE("settle mode second: who answered and settles or goes does not change the outcome") {
    MulticastWorld world;
    Peer& one = world.right.consumer("m");
    Peer& two = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(one, one.got[0].id, kAccepted, false);
    SUBCASE("before all have answered") {
        world.right.detach(one);
        CHECK(producer.told.empty());
        world.right.update(two, two.got[0].id, kReleased, false);
        world.left.settle_sent(producer, id);
        CHECK(two.got[0].settled_by_router);
    }
    SUBCASE("after") {
        world.right.update(two, two.got[0].id, kReleased, false);
        world.right.update(one, one.got[0].id, {}, true);
        CHECK(producer.outcome(id) == Outcome::none);
        world.right.update(two, two.got[0].id, kReleased, true);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
    CHECK(outcome_of(producer.told[0].state) == Outcome::accepted);
    CHECK(world.dropped(DropReason::consumer_lost) == 0);
}

TEST_CASE("settle mode second: who answered is settled when the producer goes or settles early") {
    MulticastWorld world;
    Peer& answered = world.right.consumer("m");
    Peer& slow = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(answered, answered.got[0].id, kAccepted, false);
    SUBCASE("goes") {
        world.left.detach(producer);
        CHECK_FALSE(slow.got[0].settled_by_router);
        world.right.accept_all(slow);
    }
    SUBCASE("settles") {
        world.left.settle_sent(producer, id);
        CHECK(slow.got[0].settled_by_router);
    }
    CHECK(answered.got[0].settled_by_router);
}

TEST_CASE("settle mode second: a copy answered half way is aborted once the producer settles") {
    MulticastWorld world;
    Peer& one = world.right.consumer("m");
    Peer& two = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, plain_message("1"), {.more = true});
    world.right.update(one, one.got[0].id, kReleased, false);
    world.right.update(two, two.got[0].id, kReleased, false);
    REQUIRE(producer.told.size() == 1);
    world.left.settle_sent(producer, id);
    CHECK(one.got[0].aborted);
    CHECK(two.got[0].aborted);
    world.left.send(producer, as_bytes("the rest"), {});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(one.texts() == "2");
}

TEST_CASE("settle mode second: a presettled message is settled by the router") {
    MulticastWorld world;
    Peer& one = world.right.consumer("m");
    Peer& two = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, "x");
    world.left.settle_sent(producer, id);
    CHECK(one.got[0].settled_by_router);
    CHECK(two.got[0].settled_by_router);
    CHECK(producer.told.empty());
}

TEST_CASE("what a producer says of a message takes of its turn for each consumer") {
    constexpr std::size_t kConsumers = 50;
    MulticastWorld world;
    std::vector<Peer*> consumers;
    for (std::size_t i = 0; i < kConsumers; ++i) {
        consumers.push_back(&world.right.consumer("m"));
    }
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, plain_message("1"), {.more = true});
    world.left.spent = 0;
    SUBCASE("a state") {
        world.left.state_sent(producer, id, kReceived);
        CHECK(world.left.spent == kConsumers);
        world.left.state_sent(producer, id, kReceived);  // it is known
        CHECK(world.left.spent == kConsumers);
        world.left.send(producer, {}, {.state = kReleased});
        CHECK(world.left.spent == 3 * kConsumers);  // the frame, too
        for (Peer* consumer : consumers) {
            world.right.accept_all(*consumer);
        }
        return;
    }
    SUBCASE("an abort") {
        world.left.send(producer, {}, {.aborted = true});
    }
    SUBCASE("that it is gone") {
        world.left.detach(producer);
    }
    SUBCASE("that it is settled") {
        world.left.send(producer, {}, {});
        world.left.spent = 0;
        world.left.settle_sent(producer, id);
    }
    CHECK(world.left.spent == kConsumers);
}

TEST_SUITE_END();

}  // namespace weft::router
