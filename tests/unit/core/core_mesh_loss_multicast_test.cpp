#include "tests/unit/core/loss_mesh.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: a neighbour is lost, multicast");

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

TEST_SUITE_END();

}  // namespace weft::router
