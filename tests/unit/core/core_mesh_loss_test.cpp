#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: a neighbour is lost");

namespace {

/// A world in which C, behind the east and dearer behind the west, has consumers of "a"; the
/// neighbour in the east takes nothing yet.
struct LossMesh : MeshWorld {
    LossMesh() {
        remote(kC, "a");
        east.give_credit(to_east, 0);
    }

    /// The east goes: first the paths, then the links, as a router does it.
    void lose_east(bool another_way) {
        path(kC, "C", another_way ? &west : nullptr, 3);
        east.detach(to_east);
        east.detach(from_east);
    }
    DeliveryId send(std::string_view text, bool settled = false) {
        const Buffer message = plain_message(text);
        return left.send(producer, message, {.settled = settled});
    }
    static std::string bodies(const Peer& peer) {
        std::string all;
        for (const Got& got : peer.got) {
            all += got.complete ? got.text().substr(got.text().size() - 1) : "-";
        }
        return all;
    }

    Peer& producer = left.producer("a");
};

}  // namespace

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

/// A LossMesh with a multicast address "m", which C has consumers of.
struct MulticastLossWorld : LossMesh {
    void send_copies() { left.send(multicaster, plain_message("x")); }

    Peer& multicaster = [this]() -> Peer& {
        rule("m", kMulticast);
        remote(kC, "m");
        return left.producer("m");
    }();
};

TEST_CASE("the only copy of a multicast message takes another way") {
    MulticastLossWorld world;
    world.send_copies();
    Peer& late = world.right.consumer("m");
    world.lose_east(/*another_way=*/true);
    CHECK(world.to_west.complete() == 1);
    CHECK(late.got.empty());
    world.west.accept_all(world.to_west);
    CHECK(world.multicaster.outcome(1) == Outcome::accepted);
}

TEST_CASE("so does the only one for a neighbour, though consumers here have theirs") {
    MulticastLossWorld world;
    Peer& here = world.right.consumer("m");
    world.send_copies();
    REQUIRE(here.complete() == 1);
    world.right.accept_all(here);
    world.lose_east(/*another_way=*/true);
    CHECK(world.to_west.complete() == 1);
    CHECK(here.got.size() == 1);
    world.west.accept_all(world.to_west);
    CHECK(world.multicaster.outcome(1) == Outcome::accepted);
    CHECK(world.core.counters().forwarded_again == 1);
}

TEST_CASE("a copy that waits for another neighbour serves those behind the lost one, too") {
    MulticastLossWorld world;
    world.remote(LossMesh::kA, "m");
    world.west.give_credit(world.to_west, 0);
    world.send_copies();
    world.lose_east(/*another_way=*/true);
    CHECK(world.multicaster.told.empty());
    world.west.give_credit(world.to_west, 10);
    CHECK(world.to_west.complete() == 1);
    world.west.accept_all(world.to_west);
    CHECK(world.multicaster.outcome(1) == Outcome::accepted);
    CHECK(world.dropped(DropReason::no_path) == 0);
}

TEST_CASE("once another neighbour has its copy, those behind it may have it, and no other comes") {
    MulticastLossWorld world;
    world.remote(LossMesh::kA, "m");
    world.send_copies();
    world.lose_east(/*another_way=*/true);
    CHECK(world.to_west.complete() == 1);
    world.west.accept_all(world.to_west);
    CHECK(world.multicaster.outcome(1) == Outcome::accepted);
    CHECK(world.dropped(DropReason::no_path) == 1);
}

TEST_CASE("some of those that a copy waits for are behind another neighbour now") {
    MulticastLossWorld world;
    world.path(LossMesh::kD, "D", &world.east, 2);
    world.remote(LossMesh::kD, "m");
    world.send_copies();
    SUBCASE("it gets a copy of its own") {
        world.path(LossMesh::kC, "C", &world.west, 3);
        world.tick();
        CHECK(world.to_west.complete() == 1);
        world.east.give_credit(world.to_east, 10);
        CHECK(world.to_east.complete() == 1);
        world.east.accept_all(world.to_east);
        world.west.accept_all(world.to_west);
    }
    SUBCASE("all of them are") {
        world.path(LossMesh::kC, "C", &world.west, 3);
        world.path(LossMesh::kD, "D", &world.west, 2);
        world.east.give_credit(world.to_east, 10);
        CHECK(world.to_east.got.empty());
        CHECK(world.to_west.complete() == 1);
        world.west.accept_all(world.to_west);
    }
    CHECK(world.multicaster.outcome(1) == Outcome::accepted);
    CHECK(world.dropped(DropReason::no_path) == 0);
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

TEST_CASE("who settles second hears at once that a producer behind it will not settle") {
    MeshWorld world;
    world.rule("m", {.distribution = Distribution::multicast});
    world.remote(MeshWorld::kC, "far");
    const auto from_a = [](std::string_view to) {
        return stamped(plain_message("x"), {.to = to, .ingress = "0/A", .trace = {"0/A"}});
    };
    const auto consumer = [&](std::string_view address, bool second) -> Peer& {
        Peer& peer = world.right.attach(
            {.direction = Direction::out, .address = address, .settles_second = second});
        world.right.give_credit(peer, 9);
        return peer;
    };
    Peer& second = consumer("second", true);
    Peer& first = consumer("first", false);
    Peer& own = consumer("m", true);
    Peer& answered = consumer("m", false);
    for (const char* to : {"second", "first", "m", "far"}) {
        world.west.send(world.from_west, from_a(to));
    }
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, "stays");
    world.right.update(answered, answered.got[0].id, kAccepted, false);
    world.west.detach(world.from_west);
    CHECK(second.got[0].settled_by_router);
    CHECK(own.got[0].settled_by_router);
    CHECK_FALSE(own.got[1].settled_by_router);
    CHECK(answered.got[0].settled_by_router);
    // Other routers and loops are told so that they can see to theirs.
    CHECK(world.to_east.got[0].settled_by_router);
    CHECK(as_text(world.to_east.got[0].state) == as_text(kReceived));
    CHECK_FALSE(first.got[0].settled_by_router);
    world.right.accept_all(first);
    world.right.accept_all(own);
    world.right.accept_all(answered);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("what a router before tells of a lost one reaches those who settle second") {
    MeshWorld world;
    Peer& second =
        world.right.attach({.direction = Direction::out, .address = "a", .settles_second = true});
    world.right.give_credit(second, 1);
    const Buffer message =
        stamped(plain_message("x"), {.to = "a", .ingress = "0/D", .trace = {"0/D", "0/A"}});
    const DeliveryId early = world.west.send(world.from_west, message);
    const DeliveryId late = world.west.send(world.from_west, message);
    world.west.settle_sent(world.from_west, early, kReceived);
    world.west.settle_sent(world.from_west, late, kReceived);
    CHECK(second.got[0].settled_by_router);
    // What had not begun goes on, to whoever takes it.
    world.right.give_credit(second, 1);
    REQUIRE(second.complete() == 2);
    world.right.update(second, second.got[1].id, kAccepted, false);
    CHECK(second.got[1].settled_by_router);
    CHECK(world.from_west.told.empty());
}

TEST_CASE("what takes another way is put in its place without a walk past all that wait there") {
    LossMesh world;
    world.remote(MeshWorld::kA, "b");
    world.west.give_credit(world.to_west, 0);
    constexpr std::size_t kMany = 1'000;
    Peer& many = world.left.producer("a", kMany);
    Peer& others = world.left.producer("b", kMany);
    std::string sent;
    for (std::size_t i = 0; i < kMany; ++i) {
        world.left.send(many, plain_message("a"));
        world.left.send(others, plain_message("b"));
        sent += "ab";
    }
    const std::uint64_t before = world.core.deliveries().steps();
    world.lose_east(/*another_way=*/true);
    CHECK(world.core.deliveries().steps() - before < 5 * kMany);
    world.west.give_credit(world.to_west, 2 * kMany);
    CHECK(LossMesh::bodies(world.to_west) == sent);
    world.west.accept_all(world.to_west);
}

TEST_CASE("what a lost neighbour had whole comes back in slices, what it had not goes on at once") {
    LossMesh world;
    constexpr std::uint32_t kMany = 2'000;
    Peer& many = world.left.producer("a", kMany + 10);
    world.east.give_credit(world.to_east, kMany);
    for (std::uint32_t i = 0; i < kMany + 10; ++i) {
        world.left.send(many, plain_message("x"));
    }
    REQUIRE(world.to_east.complete() == kMany);
    world.lose_east(/*another_way=*/true);
    CHECK(world.to_west.complete() == 10);
    CHECK(many.told.size() <= 500);
    std::size_t slices = 0;
    for (bool more = true; more; ++slices) {
        const std::size_t told = many.told.size();
        more = world.core.work(world.now);
        CHECK(many.told.size() - told <= 500);
    }
    CHECK(slices >= 3);
    REQUIRE(many.told.size() == kMany);
    for (const Told& told : many.told) {
        CHECK(told.outcome() == Outcome::modified);
    }
    world.west.accept_all(world.to_west);
}

TEST_CASE("what several neighbours had queued is searched in slices, one after the other") {
    LossMesh world;
    world.remote(MeshWorld::kA, "b");
    world.west.give_credit(world.to_west, 0);
    constexpr std::size_t kMany = 600;
    Peer& to_c = world.left.producer("a", kMany);
    Peer& to_a = world.left.producer("b", kMany);
    for (std::size_t i = 0; i < kMany; ++i) {
        world.left.send(to_c, plain_message("x"));
        world.left.send(to_a, plain_message("y"));
    }
    world.path(MeshWorld::kC, "C", nullptr, 0);
    world.path(MeshWorld::kA, "A", nullptr, 0);
    world.core.tick(world.now);
    CHECK(to_c.told.size() + to_a.told.size() == 500);
    while (world.core.work(world.now)) {
    }
    CHECK(to_c.told.size() == kMany);
    CHECK(to_a.told.size() == kMany);
}

TEST_SUITE_END();

}  // namespace weft::router
