#include "tests/unit/core/loss_mesh.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: a neighbour is lost, in slices");

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
