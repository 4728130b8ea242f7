#include "router/core/explain.hpp"

#include "tests/unit/core/mesh_world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: explain");

namespace {

using Kind = Decision::Kind;
constexpr RouterIndex kHere = 0;

std::size_t count(const Explanation& about, Standing standing) {
    return about.consumers_by_standing[static_cast<std::size_t>(standing)];
}

}  // namespace

TEST_CASE("an address that nobody uses: its key, the rule that would hold, and nobody") {
    World world;
    world.rule("news/#", {.distribution = Distribution::multicast});
    const Explanation about = explain(world.core, "amqp:/news/sport", kHere);
    CHECK(about.key.text == "M0news/sport");
    CHECK(about.rule_pattern == "news/#");
    CHECK(about.treatment.distribution == Distribution::multicast);
    CHECK_FALSE(about.in_use);
    CHECK(about.decision.kind == Kind::nobody);
    const Explanation other = explain(world.core, "orders", kHere);
    CHECK(other.rule_pattern == "");
    CHECK(other.treatment.distribution == Distribution::balanced);
    CHECK(explain(world.core, "/", kHere).key.text.empty());
    CHECK(world.core.addresses().size() == 0);
}

TEST_CASE("an address that a rule makes unavailable") {
    World world;
    world.rule("secret", {.distribution = Distribution::unavailable});
    CHECK(explain(world.core, "secret", kHere).decision.kind == Kind::unavailable);
}

TEST_CASE("what is told is what happens next, and telling it changes nothing") {
    World world;
    Peer& one = world.right.consumer("a");
    Peer& two = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 7; ++i) {
        const Decision told = explain(world.core, "a", kHere).decision;
        CHECK(told == explain(world.core, "a", kHere).decision);
        REQUIRE(told.kind == Kind::consumer);
        Peer& next = told.link == one.link->id ? one : two;
        const std::size_t before = next.got.size();
        world.left.send(producer, "x");
        CHECK(next.got.size() == before + 1);
    }
    world.right.accept_all(one);
    world.right.accept_all(two);
}

TEST_CASE("why each consumer can take nothing, and what waits for them") {
    World world;
    Peer& starved = world.right.consumer("a", 0);
    Peer& stalled = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a", 2);
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    world.tick(12);
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.decision.kind == Kind::wait);
    CHECK(about.waiting == 1);
    CHECK(count(about, Standing::no_credit) == 1);
    CHECK(count(about, Standing::stalled) == 1);
    CHECK(count(about, Standing::eligible) == 0);
    REQUIRE(about.consumers.size() == 2);
    CHECK(about.consumers[0].link == starved.link->id);
    CHECK(about.consumers[1].outstanding == 1);
    REQUIRE(about.producers.size() == 1);
    CHECK(about.producers[0].outstanding == 2);
    CHECK(about.producers[0].capacity == 2);
    CHECK(about.producers[0].blocked == Blocked::capacity_used);
    CHECK(about.producers_at_capacity == 1);
    world.right.give_credit(starved, 1);
    world.right.accept_all(starved);
    world.right.accept_all(stalled);
}

TEST_CASE("a producer without consumers") {
    World world;
    world.left.producer("a");
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.in_use);
    CHECK(about.decision.kind == Kind::nobody);
    REQUIRE(about.producers.size() == 1);
    CHECK(about.producers[0].blocked == Blocked::no_consumer);
}

TEST_CASE("more consumers than are told one by one are counted") {
    World world;
    for (std::size_t i = 0; i < kExplainedMax + 6; ++i) {
        world.right.consumer("a", 0);
    }
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.consumers.size() == kExplainedMax);
    CHECK(count(about, Standing::no_credit) == kExplainedMax + 6);
}

TEST_CASE("the cheapest way to another router, and who is behind each") {
    MeshWorld world;
    world.remote(MeshWorld::kD, "a");
    world.remote(MeshWorld::kC, "a");
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.decision ==
          Decision{.kind = Kind::route, .connection = world.east.connection().id});
    REQUIRE(about.routes.size() == 2);
    CHECK(about.routes[0].cost == 2);
    CHECK(about.routes[0].destinations.front().first == MeshWorld::kD);
    CHECK(about.routes[1].cost == 1);
}

TEST_CASE("a path that the origin's messages do not take") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    const Explanation about = explain(world.core, "a", MeshWorld::kA);
    CHECK(about.decision.kind == Kind::no_path);
    REQUIRE(about.routes.size() == 1);
    CHECK_FALSE(about.routes[0].cost);
    CHECK(explain(world.core, "a", kHere).decision.kind == Kind::route);
}

TEST_CASE("routers with consumers that can't be reached") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.path(MeshWorld::kC, "C", nullptr, 0);
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.decision.kind == Kind::nobody);
    CHECK(about.routes.empty());
    CHECK(about.unreachable == std::vector<RouterIndex>{MeshWorld::kC});
}

TEST_CASE("a path that became another one is told as it is now") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    world.path(MeshWorld::kC, "C", &world.west, 7);
    const Explanation about = explain(world.core, "a", kHere);
    REQUIRE(about.routes.size() == 1);
    CHECK(about.routes[0].cost == 7);
    CHECK(about.decision.connection == world.west.connection().id);
}

TEST_CASE("a multicast goes to everyone") {
    MeshWorld world;
    world.rule("a", {.distribution = Distribution::multicast});
    world.remote(MeshWorld::kC, "a");
    CHECK(explain(world.core, "a", kHere).decision.kind == Kind::everyone);
    world.topology.valid[MeshWorld::kA] = Destinations(16, false);
    CHECK(explain(world.core, "a", MeshWorld::kA).decision.kind == Kind::no_path);
}

TEST_CASE("consumers on other loops are theirs to tell of") {
    World world;
    FakePort loop{world.core, world.now, Traits::of_loop()};
    Peer& relay = loop.relay(Direction::out, "a");
    loop.give_credit(relay, 10);
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(about.consumers.empty());
    CHECK(about.decision.kind == Kind::relay);
    CHECK(about.relayed.kind == Kind::nobody);
}

TEST_CASE(
    "of very many consumers and producers only so many are looked at, and the rest is counted") {
    World world;
    for (std::size_t i = 0; i < kLookedAtMax + 7; ++i) {
        world.right.consumer("a");
    }
    for (std::size_t i = 0; i < kLookedAtMax + 3; ++i) {
        world.left.producer("a");
    }
    const Explanation about = explain(world.core, "a", kHere);
    CHECK(count(about, Standing::eligible) == kLookedAtMax);
    CHECK(about.consumers_left_out == 7);
    CHECK(about.producer_count == kLookedAtMax);
    CHECK(about.producers_left_out == 3);
    CHECK(about.decision.kind == Kind::consumer);
}

TEST_SUITE_END();

}  // namespace weft::router
