#include "tests/unit/core/loss_mesh.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: a neighbour is lost");

TEST_CASE("what was queued for it takes another way, in order; what it had comes back modified") {
    LossMesh world;
    world.east.give_credit(world.to_east, 2);
    for (const char* text : {"1", "2", "3", "4", "5"}) {
        world.send(text);
    }
    CHECK(LossMesh::bodies(world.to_east) == "12");
    world.lose_east(/*another_way=*/true);
    CHECK(LossMesh::bodies(world.to_west) == "345");
    CHECK(world.producer.outcome(1) == Outcome::modified);
    CHECK(world.producer.outcome(2) == Outcome::modified);
    CHECK(world.producer.told.size() == 2);
    CHECK(world.core.counters().forwarded_again == 3);
    CHECK(world.dropped(DropReason::consumer_lost) == 2);
    world.west.accept_all(world.to_west);
    CHECK(world.producer.told.size() == 5);
}

TEST_CASE("it is released if there is no other way") {
    LossMesh world;
    const DeliveryId id = world.send("1");
    world.send("2", /*settled=*/true);
    world.lose_east(/*another_way=*/false);
    CHECK(world.producer.outcome(id) == Outcome::released);
    CHECK(world.dropped(DropReason::no_path) == 2);
    CHECK(world.core.counters().dropped_presettled == 1);
}

TEST_CASE("it waits for a consumer here if there is one, in its place") {
    LossMesh world;
    world.send("1");
    world.send("2");
    Peer& consumer = world.right.consumer("a", 0);
    world.lose_east(/*another_way=*/false);
    world.send("3");
    CHECK(world.waiting("a") == 3);
    world.right.give_credit(consumer, 10);
    CHECK(LossMesh::bodies(consumer) == "123");
    world.right.accept_all(consumer);
    CHECK(world.producer.told.size() == 3);
}

TEST_CASE("it goes to a consumer here that is ready at once") {
    LossMesh world;
    world.send("1");
    world.send("2");
    Peer& consumer = world.right.consumer("a", 10);
    CHECK(consumer.got.empty());
    world.lose_east(/*another_way=*/false);
    CHECK(LossMesh::bodies(consumer) == "12");
    world.right.accept_all(consumer);
}

TEST_CASE("what is forwarded again goes ahead of what its producer sent later") {
    LossMesh world;
    world.west.give_credit(world.to_west, 0);
    world.send("1");
    world.send("2");
    world.path(LossMesh::kC, "C", &world.west, 3);
    world.send("3");
    world.lose_east(/*another_way=*/true);
    world.west.give_credit(world.to_west, 10);
    CHECK(LossMesh::bodies(world.to_west) == "123");
    world.west.accept_all(world.to_west);
}

TEST_CASE("what is half sent is aborted by the loss, and comes back modified") {
    LossMesh world;
    world.east.give_credit(world.to_east, 10);
    const Buffer message = plain_message(std::string(5000, 'x'));
    world.east.room = 1000;
    const DeliveryId id = world.left.send(world.producer, message);
    CHECK(world.to_east.receiving);
    world.lose_east(/*another_way=*/true);
    CHECK(world.producer.outcome(id) == Outcome::modified);
    CHECK(world.to_west.got.empty());
    CHECK(world.producer.held == 0);
}

TEST_CASE("a stream of which no byte left takes another way with the rest to come") {
    LossMesh world;
    Buffer sent = plain_message(std::string(70'000, 'x'));
    world.left.send(world.producer, sent, {.more = true});
    CHECK(world.east.streams_asked() == 1);
    world.path(LossMesh::kC, "C", &world.west, 3);
    for (const auto& peer : world.east.peers()) {
        if (peer->link != nullptr) {
            world.east.detach(*peer);
        }
    }
    REQUIRE(world.west.streams_asked() == 1);
    Peer& stream = *world.west.peers().back();
    world.west.accept_streams();
    const Buffer rest(100, 'y');
    world.left.send(world.producer, rest, {});
    append(sent, rest);
    REQUIRE(stream.complete() == 1);
    CHECK(Dissected(stream.got[0].bytes).bare == as_text(sent));
    world.west.accept_all(stream);
}

TEST_CASE("a transit message goes on only along its origin's tree") {
    LossMesh world;
    const DeliveryId id = world.west.send(
        world.from_west,
        stamped(plain_message("x"), {.to = "a", .ingress = "0/A", .trace = {"0/A"}}));
    world.topology.valid[LossMesh::kA] = Destinations(16, false);
    world.lose_east(/*another_way=*/true);
    CHECK(world.to_west.got.empty());
    CHECK(world.from_west.outcome(id) == Outcome::released);
}

TEST_CASE("what is queued for a neighbour that is not on the path any more goes elsewhere") {
    LossMesh world;
    SUBCASE("when the old neighbour would take it") {
        world.send("1");
        world.send("2");
        world.path(LossMesh::kC, "C", &world.west, 3);
        world.east.give_credit(world.to_east, 10);
    }
    SUBCASE("within a second") {
        world.send("1");
        world.send("2");
        world.path(LossMesh::kC, "C", &world.west, 3);
        world.tick();
    }
    CHECK(world.to_east.got.empty());
    CHECK(LossMesh::bodies(world.to_west) == "12");
    world.west.accept_all(world.to_west);
}

TEST_CASE("remote consumers are withdrawn while messages for them are queued") {
    LossMesh world;
    const DeliveryId first = world.send("1");
    const DeliveryId second = world.send("2");
    SUBCASE("others are elsewhere") {
        world.remote(LossMesh::kA, "a");
        world.remote(LossMesh::kC, "a", false);
        world.east.give_credit(world.to_east, 10);
        CHECK(world.to_east.got.empty());
        CHECK(LossMesh::bodies(world.to_west) == "12");
        world.west.accept_all(world.to_west);
        CHECK(world.producer.outcome(second) == Outcome::accepted);
    }
    SUBCASE("no others are left") {
        world.remote(LossMesh::kC, "a", false);
        world.east.give_credit(world.to_east, 10);
        CHECK(world.to_east.got.empty());
        CHECK(world.producer.outcome(first) == Outcome::released);
        CHECK(world.producer.outcome(second) == Outcome::released);
    }
}

TEST_CASE("the last consumer here goes while messages wait, and a route is there") {
    MeshWorld world;
    world.rule("a", kClosest);
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.remote(MeshWorld::kC, "a");
    world.left.send(producer, plain_message("1"));
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    const DeliveryId transit = world.west.send(
        world.from_west,
        stamped(plain_message("2"), {.to = "a", .ingress = "0/A", .trace = {"0/A"}}));
    CHECK(world.waiting("a") == 2);
    world.right.detach(consumer);
    CHECK(world.waiting("a") == 0);
    CHECK(world.to_east.complete() == 1);
    CHECK(world.from_west.outcome(transit) == Outcome::released);
    CHECK(world.dropped(DropReason::no_path) == 1);
    world.east.accept_all(world.to_east);
}

TEST_CASE("a neighbour's own deliveries go on without it") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a", 0);
    for (int i = 0; i < 3; ++i) {
        world.west.send(world.from_west, stamped(plain_message("x"),
                                                 {.to = "a", .ingress = "0/A", .trace = {"0/A"}}));
    }
    world.path(MeshWorld::kA, "A", nullptr, 0);
    world.west.detach(world.from_west);
    world.right.give_credit(consumer, 10);
    CHECK(consumer.complete() == 3);
    world.right.accept_all(consumer);
}

TEST_SUITE_END();

}  // namespace weft::router
