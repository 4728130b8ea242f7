#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: settlement and credit in the mesh");

TEST_CASE("presettled travels unsettled to a Weft neighbour, and keeps its credit until settled") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a", 2);
    world.left.send(producer, plain_message("1"), {.settled = true});
    world.left.send(producer, plain_message("2"), {.settled = true});
    REQUIRE(world.to_east.complete() == 2);
    CHECK_FALSE(world.to_east.got[0].settled);
    CHECK(world.to_east.got[0].provenance.presettled);
    CHECK(producer.may_send == 0);
    world.east.accept_all(world.to_east);
    CHECK(producer.may_send == 2);
    CHECK(producer.told.empty());
}

TEST_CASE("a router that waits only for stalled consumers of a multicast lets the others off") {
    MeshWorld world;
    world.rule("m", {.distribution = Distribution::multicast});
    SUBCASE("those before it") {
        Peer& stalled = world.right.consumer("m", 0);
        Peer& quick = world.right.consumer("m");
        const DeliveryId id = world.west.send(world.from_west, from_a("m", "x"));
        world.right.accept_all(quick);
        CHECK(world.from_west.told.empty());
        world.tick(11);
        REQUIRE(world.from_west.told.size() == 1);
        CHECK(world.from_west.told[0].outcome() == Outcome::received);
        CHECK_FALSE(world.from_west.told[0].settled);
        world.right.give_credit(stalled, 1);
        world.right.accept_all(stalled);
        CHECK(world.from_west.outcome(id) == Outcome::accepted);
    }
    SUBCASE("as we are let off") {
        world.remote(MeshWorld::kC, "m");
        Peer& quick = world.right.consumer("m");
        Peer& producer = world.left.producer("m", 1);
        const DeliveryId id = world.left.send(producer, plain_message("x"));
        world.right.accept_all(quick);
        CHECK(producer.may_send == 0);
        world.east.update(world.to_east, world.to_east.got[0].id, kReceived, false);
        CHECK(producer.may_send == 1);
        CHECK(producer.told.empty());
        world.east.accept_all(world.to_east);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
}

TEST_CASE("an unsettled message is not marked as presettled") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("1"));
    CHECK_FALSE(world.to_east.got[0].provenance.presettled);
    world.east.accept_all(world.to_east);
}

TEST_CASE("what was presettled where it came from counts so on each link, and by no outcome") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "far");
    Peer& consumer = world.right.consumer("here");
    Peer& producer = world.left.producer("far");
    world.left.send(producer, plain_message("1"), {.settled = true});
    world.west.send(world.from_west, from_a("far", "2"), {.presettled = true});
    world.west.send(world.from_west, from_a("here", "3"), {.presettled = true});
    world.west.send(world.from_west, from_a("nobody", "4"), {.presettled = true});
    world.west.send(world.from_west, from_a("here", "5"));
    world.east.accept_all(world.to_east);
    world.right.accept_all(consumer);
    CHECK(producer.link->counters.presettled == 1);
    CHECK(producer.link->counters.accepted == 0);
    CHECK(world.to_east.link->counters.presettled == 2);
    CHECK(world.to_east.link->counters.accepted == 0);
    CHECK(world.from_west.link->counters.presettled == 3);
    CHECK(world.from_west.link->counters.accepted == 1);
    CHECK(world.from_west.link->counters.released == 0);
    CHECK(consumer.link->counters.presettled == 1);
    CHECK(consumer.link->counters.accepted == 1);
    CHECK(world.core.counters().presettled == 4);
    CHECK(world.core.counters().accepted == 1);
}

TEST_CASE("what a service of the router sends is not among its presettled deliveries") {
    MeshWorld world;
    FakePort inside{world.core, world.now, Traits::of_service()};
    Peer& replies = inside.producer("");
    Peer& consumer = world.right.consumer("inbox");
    inside.send(replies, addressed_message("inbox", "reply"), {.settled = true});
    CHECK(consumer.complete() == 1);
    CHECK(consumer.link->counters.presettled == 1);
    CHECK(world.core.counters().presettled == 0);
    inside.detach(replies);
}

TEST_CASE("presettled stays settled toward an original") {
    MeshWorld world{true, false};
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a", 2);
    world.left.send(producer, plain_message("1"), {.settled = true});
    CHECK(world.to_east.got[0].settled);
    CHECK(producer.may_send == 2);
    const DeliveryId id = world.west.send(world.from_west, from_a("a", "2"), {.presettled = true});
    CHECK(world.to_east.got[1].settled);
    CHECK(world.from_west.outcome(id) == Outcome::accepted);
}

TEST_CASE("the egress settles what was presettled once the consumer's connection has it") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a", 0);
    const DeliveryId id = world.west.send(world.from_west, from_a("a", "x"), {.presettled = true});
    CHECK(world.from_west.outcome(id) == Outcome::none);
    world.right.give_credit(consumer, 1);
    REQUIRE(consumer.complete() == 1);
    CHECK(consumer.got[0].settled);
    CHECK(world.from_west.outcome(id) == Outcome::accepted);
}

TEST_CASE("in transit a presettled message stays one, and is settled by who settles it next") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    const DeliveryId id = world.west.send(world.from_west, from_a("a", "x"), {.presettled = true});
    CHECK_FALSE(world.to_east.got[0].settled);
    CHECK(world.to_east.got[0].provenance.presettled);
    CHECK(world.from_west.outcome(id) == Outcome::none);
    world.east.accept_all(world.to_east);
    CHECK(world.from_west.outcome(id) == Outcome::accepted);
}

TEST_CASE("a presettled message that nobody can take is counted as lost where that is found out") {
    MeshWorld world;
    const DeliveryId id =
        world.west.send(world.from_west, from_a("nobody", "x"), {.presettled = true});
    CHECK(world.from_west.outcome(id) == Outcome::released);
    CHECK(world.core.counters().dropped_presettled == 1);
}

TEST_CASE("outcomes come back as they were given") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    const Buffer no = rejected("amqp:not-allowed", "no");
    const DeliveryId first = world.left.send(producer, plain_message("1"));
    const DeliveryId second = world.left.send(producer, plain_message("2"));
    world.east.update(world.to_east, world.to_east.got[0].id, no, /*settled=*/true);
    world.east.update(world.to_east, world.to_east.got[1].id, kReleased, /*settled=*/true);
    CHECK(producer.told[0].state == no);
    CHECK(producer.outcome(first) == Outcome::rejected);
    CHECK(producer.outcome(second) == Outcome::released);
}

TEST_CASE("a state on a transfer passes over routers") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("1"), {.state = kReceived});
    world.left.send(producer, plain_message("2"), {.settled = true, .state = kReceived});
    world.west.send(world.from_west, from_a("a", "3"), {.state = kReceived});
    REQUIRE(world.to_east.complete() == 3);
    for (const Got& got : world.to_east.got) {
        CHECK(as_text(got.state) == as_text(kReceived));
    }
    world.east.accept_all(world.to_east);
}

TEST_CASE("multicast: an outcome that the far producer is to settle goes both ways") {
    MeshWorld world;
    world.rule("m", {.distribution = Distribution::multicast});
    world.remote(MeshWorld::kC, "m");
    Peer& consumer = world.right.consumer("m");
    const DeliveryId id = world.west.send(world.from_west, from_a("m", "x"));
    world.east.update(world.to_east, world.to_east.got[0].id, kReleased, /*settled=*/false);
    CHECK(world.from_west.told.empty());
    world.right.update(consumer, consumer.got[0].id, kAccepted, /*settled=*/false);
    REQUIRE(world.from_west.told.size() == 1);
    CHECK(world.from_west.told[0].outcome() == Outcome::accepted);
    CHECK_FALSE(world.from_west.told[0].settled);
    world.west.settle_sent(world.from_west, id, kAccepted);
    CHECK(world.to_east.got[0].settled_by_router);
    CHECK(consumer.got[0].settled_by_router);
}

TEST_CASE("an outcome that the far producer is to settle goes both ways") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    const DeliveryId id = world.west.send(world.from_west, from_a("a", "x"));
    world.east.update(world.to_east, world.to_east.got[0].id, kAccepted, /*settled=*/false);
    REQUIRE(world.from_west.told.size() == 1);
    CHECK_FALSE(world.from_west.told[0].settled);
    world.west.settle_sent(world.from_west, id, kAccepted);
    CHECK(world.to_east.got[0].settled_by_router);
}

TEST_CASE("a neighbour's link keeps all its credit, whatever waits or is not settled") {
    MeshWorld world;
    Peer& stalled = world.right.consumer("stalled", 0);
    Peer& slow = world.right.consumer("slow");
    world.remote(MeshWorld::kC, "far");
    for (int i = 0; i < 1000; ++i) {
        for (const char* to : {"stalled", "slow", "far", "nobody"}) {
            world.west.send(world.from_west, from_a(to, "x"));
            REQUIRE(world.from_west.may_send == 250);
        }
    }
    CHECK(world.from_west.held == 0);
    CHECK(world.waiting("stalled") == 1000);
    CHECK(slow.complete() == 100);
    CHECK(world.waiting("slow") == 900);
    world.right.give_credit(stalled, 1000);
    world.right.accept_all(stalled);
    world.right.give_credit(slow, 1000);
    world.right.accept_all(slow);
}

TEST_CASE("credit comes back for a message of several frames that is refused") {
    MeshWorld world;
    const Buffer message = from_a("nobody", std::string(100, 'x'));
    for (int i = 0; i < 300; ++i) {
        world.west.send(world.from_west, Bytes(message).first(9), {.more = true});
        world.west.send(world.from_west, Bytes(message).subspan(9), {});
    }
    CHECK(world.from_west.may_send == 250);
}

TEST_CASE("a huge message on a link for many holds that link back at last") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a", 0);
    const Buffer head = from_a("a", std::string(1000, 'x'));
    world.west.send(world.from_west, head, {.more = true});
    const Buffer frame(100'000, 'y');
    for (int i = 0; i < 10; ++i) {
        world.west.send(world.from_west, frame, {.more = true});
    }
    CHECK(world.from_west.held == 0);
    world.west.send(world.from_west, frame, {.more = true});
    CHECK(world.from_west.held > 1'000'000);
    world.west.send(world.from_west, frame, {});
    CHECK(static_cast<std::size_t>(world.from_west.held) == world.core.deliveries().held_bytes());
    world.right.give_credit(consumer, 1);
    CHECK(world.from_west.held == 0);
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
}

TEST_SUITE_END();

}  // namespace weft::router
