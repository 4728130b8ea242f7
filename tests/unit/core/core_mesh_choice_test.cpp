#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: ways through the mesh");

TEST_CASE("producers have credit while another router has consumers and there is a path") {
    MeshWorld world;
    Peer& producer = world.left.producer("a");
    CHECK(producer.may_send == 0);
    world.remote(MeshWorld::kC, "a");
    CHECK(producer.may_send == 250);
    world.path(MeshWorld::kC, "C", nullptr, 0);
    CHECK(producer.asked_to_drain);
    world.left.give_back(producer);
    CHECK(producer.may_send == 0);
    world.path(MeshWorld::kC, "C", &world.west, 3);
    CHECK(producer.may_send == 250);
    world.remote(MeshWorld::kC, "a", false);
    CHECK(producer.asked_to_drain);
}

TEST_CASE("a local consumer keeps the credit flowing when the last route goes, and the reverse") {
    MeshWorld world;
    Peer& producer = world.left.producer("a");
    Peer& consumer = world.right.consumer("a");
    world.remote(MeshWorld::kC, "a");
    world.remote(MeshWorld::kC, "a", false);
    CHECK_FALSE(producer.asked_to_drain);
    world.remote(MeshWorld::kC, "a");
    world.right.detach(consumer);
    CHECK_FALSE(producer.asked_to_drain);
}

TEST_CASE("closest: a consumer here gets all, even while it can take nothing") {
    MeshWorld world;
    world.rule("a", kClosest);
    world.remote(MeshWorld::kC, "a");
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(consumer.texts() == "1");
    CHECK(world.waiting("a") == 1);
    CHECK(world.to_east.got.empty());
    world.right.detach(consumer);
    CHECK(world.to_east.complete() == 1);
    world.east.accept_all(world.to_east);
}

TEST_CASE("closest: the cheapest route, and equals in turn") {
    MeshWorld world;
    world.rule("a", kClosest);
    world.remote(MeshWorld::kD, "a");
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    const auto send = [&](int times) {
        for (int i = 0; i < times; ++i) {
            world.left.send(producer, plain_message("x"));
        }
    };
    send(4);
    CHECK(world.to_east.complete() == 4);  // 1, and D is 2 away
    world.path(MeshWorld::kC, "C", &world.east, 2);
    send(4);
    CHECK(world.to_east.complete() == 6);
    CHECK(world.to_west.complete() == 2);
    world.east.accept_all(world.to_east);
    world.west.accept_all(world.to_west);
}

TEST_CASE("what may go on does not wait behind what may not, though both come from neighbours") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& slow = world.right.consumer("a", 0);
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    world.west.send(world.from_west, from_a("a", "stays"));
    CHECK(world.waiting("a") == 1);
    world.west.send(world.from_west, stamped(plain_message("passes"),
                                             {.to = "a", .ingress = "0/D", .trace = {"0/D"}}));
    CHECK(world.to_east.complete() == 1);
    world.east.accept_all(world.to_east);
    world.right.give_credit(slow, 1);
    CHECK(slow.complete() == 1);
    world.right.accept_all(slow);
}

TEST_CASE("an address that is unavailable here is so for messages that name it, too") {
    MeshWorld world;
    world.rule("a", {.distribution = Distribution::unavailable});
    world.remote(MeshWorld::kC, "a");
    Peer& anonymous = world.left.producer("");
    const DeliveryId id = world.left.send(anonymous, addressed_message("a", "x"));
    CHECK(anonymous.outcome(id) == Outcome::rejected);
    CHECK(world.dropped(DropReason::refused) == 1);
    CHECK(world.to_east.got.empty());
}

TEST_CASE("balanced: routes and consumers share by outstanding plus cost") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a");
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 9; ++i) {
        world.left.send(producer, plain_message("x"));
    }
    CHECK(consumer.complete() == 5);  // 0, 1, … against 1, 2, …; a tie is the consumer's
    CHECK(world.to_east.complete() == 4);
    world.east.accept_all(world.to_east);
    for (int i = 0; i < 3; ++i) {
        world.left.send(producer, plain_message("x"));
    }
    CHECK(world.to_east.complete() == 7);
    world.east.accept_all(world.to_east);
    world.right.accept_all(consumer);
}

TEST_CASE("what came from elsewhere goes only where its origin's tree leads through here") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.remote(MeshWorld::kD, "a");
    Destinations to_c(16, false);
    to_c[MeshWorld::kC] = true;
    world.topology.valid[MeshWorld::kA] = to_c;
    for (int i = 0; i < 4; ++i) {
        world.west.send(world.from_west, from_a("a", "x"));
    }
    CHECK(world.to_east.complete() == 4);
    CHECK(world.to_west.got.empty());
    world.east.accept_all(world.to_east);
}

TEST_CASE("a transit message without a valid path is released, or waits for a consumer here") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    DeliveryId id = world.west.send(world.from_west, from_a("a", "1"));
    CHECK(world.from_west.outcome(id) == Outcome::released);
    CHECK(world.dropped(DropReason::no_path) == 1);
    CHECK(world.from_west.may_send == 250);
    Peer& consumer = world.right.consumer("a", 0);
    id = world.west.send(world.from_west, from_a("a", "2"));
    CHECK(world.waiting("a") == 1);
    world.right.give_credit(consumer, 1);
    CHECK(consumer.got.size() == 1);
    world.right.accept_all(consumer);
    CHECK(world.from_west.outcome(id) == Outcome::accepted);
}

TEST_CASE("a message whose origin is not known goes to no other router") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    const DeliveryId id = world.west.send(
        world.from_west,
        stamped(plain_message("x"), {.to = "a", .ingress = "0/new", .trace = {"0/new"}}));
    CHECK(world.from_west.outcome(id) == Outcome::released);
}

TEST_CASE("a transit message that waits for a consumer here does not hold up producers here") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    Peer& consumer = world.right.consumer("a", 0);
    world.west.send(world.from_west, from_a("a", "1"));
    CHECK(world.waiting("a") == 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("2"));
    CHECK(world.to_east.complete() == 1);
    CHECK(world.waiting("a") == 1);
    world.east.accept_all(world.to_east);
    world.right.give_credit(consumer, 1);
    world.right.accept_all(consumer);
}

TEST_CASE("what waits for consumers here goes to a route that appears, in order") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3"}) {
        world.left.send(producer, plain_message(text));
    }
    CHECK(world.waiting("a") == 3);
    world.remote(MeshWorld::kC, "a");
    CHECK(world.waiting("a") == 0);
    REQUIRE(world.to_east.complete() == 3);
    CHECK(Dissected(world.to_east.got[0].bytes).bare == as_text(plain_message("1")));
    CHECK(Dissected(world.to_east.got[2].bytes).bare == as_text(plain_message("3")));
    CHECK(consumer.got.empty());
    world.east.accept_all(world.to_east);
}

TEST_CASE("multicast: one copy a neighbour, one a consumer, and only to valid destinations") {
    MeshWorld world;
    world.rule("m", kMulticast);
    Peer& one = world.right.consumer("m");
    Peer& two = world.right.consumer("m");
    for (const RouterIndex router : {MeshWorld::kA, MeshWorld::kD, MeshWorld::kC}) {
        world.remote(router, "m");
    }
    Peer& producer = world.left.producer("m");
    world.left.send(producer, plain_message("x"));
    CHECK(one.complete() == 1);
    CHECK(two.complete() == 1);
    CHECK(world.to_west.complete() == 1);
    CHECK(world.to_east.complete() == 1);
    Destinations to_c(16, false);
    to_c[MeshWorld::kC] = true;
    world.topology.valid[MeshWorld::kA] = to_c;
    world.west.send(world.from_west, from_a("m", "y"));
    CHECK(one.complete() == 2);
    CHECK(world.to_west.complete() == 1);
    CHECK(world.to_east.complete() == 2);
    for (Peer* peer : {&one, &two}) {
        world.right.accept_all(*peer);
    }
    world.west.accept_all(world.to_west);
    CHECK(producer.outcome(1) == Outcome::none);
    world.east.accept_all(world.to_east);
    CHECK(producer.outcome(1) == Outcome::accepted);
}

TEST_CASE("a multicast that an original sent by another way than its origin's is a duplicate") {
    for (const bool weft : {false, true}) {
        MeshWorld world(/*west_is_weft=*/weft);
        world.rule("m", kMulticast);
        Peer& consumer = world.right.consumer("m");
        world.topology.ways[MeshWorld::kA] = &world.east.trunk();
        const DeliveryId id = world.west.send(world.from_west, from_a("m", "x"));
        CHECK(consumer.complete() == (weft ? 1 : 0));
        CHECK(world.dropped(DropReason::duplicate) == (weft ? 0 : 1));
        CHECK(world.from_west.outcome(id) == (weft ? Outcome::none : Outcome::released));
        world.right.accept_all(consumer);
    }
}

TEST_CASE("a presettled multicast message that nobody is valid for is counted") {
    MeshWorld world;
    world.rule("m", kMulticast);
    world.remote(MeshWorld::kC, "m");
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    world.west.send(world.from_west, from_a("m", "x"), {.settled = true});
    CHECK(world.dropped(DropReason::no_path) == 1);
    CHECK(world.core.counters().dropped_presettled == 1);
}

TEST_CASE("how another router treats an address counts only where nothing is configured") {
    MeshWorld world;
    world.rule("here", kClosest);
    world.core.reach().set_remote(MeshWorld::kC, "M0here", true, Distribution::multicast,
                                  world.now);
    world.core.reach().set_remote(MeshWorld::kC, "M0there", true, Distribution::multicast,
                                  world.now);
    const auto distribution = [&](const char* key) {
        return world.core.addresses().find(key)->treatment.distribution;
    };
    CHECK(distribution("M0here") == Distribution::closest);
    CHECK(distribution("M0there") == Distribution::multicast);
    world.core.reach().set_remote(MeshWorld::kC, "M0here", false, {}, world.now);
    world.core.reach().set_remote(MeshWorld::kC, "M0there", false, {}, world.now);
}

TEST_CASE("an address is forgotten once the last router settled its messages") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("x"));
    world.left.detach(producer);
    world.remote(MeshWorld::kC, "a", false);
    CHECK(world.core.addresses().find("M0a") != nullptr);
    world.east.accept_all(world.to_east);
    world.tick();
    CHECK(world.core.addresses().find("M0a") == nullptr);
}

TEST_SUITE_END();

}  // namespace weft::router
