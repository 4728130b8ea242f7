#include "tests/unit/core/loss_mesh.hpp"

#include <string_view>

namespace weft::router {

TEST_SUITE_BEGIN("Core: a neighbour is lost, settlement");

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

TEST_SUITE_END();

}  // namespace weft::router
