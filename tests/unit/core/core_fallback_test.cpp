#include "tests/unit/core/mesh_world.hpp"

namespace weft::router {
namespace {

/// With an address "a" that has a fallback.
template <class Base>
struct WithFallback : Base {
    WithFallback() { this->rule("a", {.fallback = true}); }

    Peer& fallback(std::uint32_t credit = 100) {
        Peer& peer = this->right.attach(
            {.direction = Direction::out, .address = "a", .phase = kFallbackPhase});
        this->right.give_credit(peer, credit);
        return peer;
    }
    std::uint64_t redirected() const { return this->core.counters().redirected_to_fallback; }
    const Address* find(std::string_view key) const { return this->core.addresses().find(key); }
};
using FallbackWorld = WithFallback<World>;
using FallbackMesh = WithFallback<MeshWorld>;

}  // namespace

TEST_SUITE_BEGIN("Core: fallback");

TEST_CASE("the fallback gets what nobody receives") {
    FallbackWorld world;
    Peer& producer = world.left.producer("a");
    CHECK(producer.may_send == 0);
    Peer& fallback = world.fallback();
    CHECK(producer.may_send > 0);
    world.left.send(producer, "1");
    CHECK(fallback.texts() == "1");
    CHECK(world.redirected() == 1);
    CHECK(world.find("M0a")->redirected == 1);

    Peer& consumer = world.right.consumer("a");
    world.left.send(producer, "2");
    CHECK(consumer.texts() == "2");
    world.right.detach(consumer);
    world.left.send(producer, "3");
    CHECK(fallback.texts() == "1,3");
    CHECK(world.redirected() == 2);
    world.right.accept_all(fallback);
    CHECK(producer.outcome(3) == Outcome::accepted);
    world.right.detach(fallback);
    CHECK(producer.asked_to_drain);
}

TEST_CASE("what waits when the last consumer leaves goes to the fallback") {
    FallbackWorld world;
    Peer& producer = world.left.producer("a");
    Peer& consumer = world.right.consumer("a", 0);
    Peer& fallback = world.fallback(1);
    for (const char* text : {"1", "2"}) {
        world.left.send(producer, text);
    }
    CHECK(fallback.got.empty());
    world.right.detach(consumer);
    CHECK(fallback.texts() == "1");
    world.right.give_credit(fallback, 1);
    CHECK(fallback.texts() == "1,2");
    CHECK(world.redirected() == 2);
    world.right.accept_all(fallback);
}

TEST_CASE("what a fallback brings back does not go to it again") {
    FallbackWorld world;
    Peer& fallback = world.fallback();
    Peer& back = world.left.attach(
        {.direction = Direction::in, .address = "a", .phase = 0, .from_fallback = true});
    CHECK(back.may_send == 0);
    world.left.send(back, as_bytes("early"), {.ignore_credit = true});
    CHECK(back.outcome(1) == Outcome::released);
    Peer& consumer = world.right.consumer("a", 0);
    CHECK(back.may_send > 0);
    world.left.send(back, "1");
    world.right.detach(consumer);
    CHECK(back.outcome(2) == Outcome::released);
    CHECK(fallback.got.empty());
    CHECK(world.redirected() == 0);
}

TEST_CASE("what another loop brought goes to the fallback when the last consumer has left") {
    FallbackWorld world;
    FakePort other{world.core, world.now, Traits::of_loop()};
    Peer& consumer = world.right.consumer("a", 0);
    Peer& fallback = world.fallback();
    Peer& inlet = other.relay(Direction::in, "a");
    other.send(inlet, as_bytes("1"), {.ignore_credit = true});
    CHECK(fallback.got.empty());
    world.right.detach(consumer);
    CHECK(fallback.texts() == "1");
    CHECK(inlet.may_send == 0);
    other.send(inlet, as_bytes("2"), {.ignore_credit = true});  // was under way
    CHECK(fallback.texts() == "1,2");
    CHECK(world.redirected() == 2);
    world.right.accept_all(fallback);
    CHECK(inlet.outcome(2) == Outcome::accepted);
    other.detach(inlet);
    CHECK(other.faults == std::vector<std::string>{});
}

TEST_CASE(
    "what waits for consumers goes to the fallback, though its producer has left before them") {
    FallbackWorld world;
    Peer& producer = world.left.producer("a");
    Peer& consumer = world.right.consumer("a", 0);
    Peer& fallback = world.fallback();
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.left.detach(producer);
    world.right.detach(consumer);
    CHECK(fallback.texts() == "1");
    world.right.accept_all(fallback);
}

TEST_CASE("a message that brings its own address goes to the fallback, too") {
    FallbackWorld world;
    Peer& fallback = world.fallback();
    Peer& anonymous = world.left.producer("");
    world.left.send(anonymous, addressed_message("a", "x"));
    CHECK(fallback.complete() == 1);
    CHECK(world.redirected() == 1);
    world.right.accept_all(fallback);
}

TEST_CASE("an address and its fallback are there as long as one of them is used") {
    FallbackWorld world;
    Peer& producer = world.left.producer("a");
    CHECK(world.find("MFa") != nullptr);
    world.left.detach(producer);
    CHECK(world.core.addresses().size() == 0);
    Peer& fallback = world.fallback();
    CHECK(world.find("M0a") != nullptr);
    world.right.detach(fallback);
    CHECK(world.core.addresses().size() == 0);
}

TEST_CASE("an address that none is meant for has none") {
    FallbackWorld world;
    Peer& producer = world.left.producer("b");
    world.right.attach({.direction = Direction::out, .address = "b", .phase = kFallbackPhase});
    CHECK(producer.may_send == 0);
    world.left.send(producer, as_bytes("x"), {.ignore_credit = true});
    CHECK(producer.outcome(1) == Outcome::released);
}

TEST_CASE("a fallback at another router is told so") {
    FallbackMesh world;
    Peer& producer = world.left.producer("a");
    world.core.reach().set_remote(MeshWorld::kC, "MFa", true, {}, world.now);
    CHECK(producer.may_send > 0);
    world.left.send(producer, plain_message("x"));
    REQUIRE(world.to_east.complete() == 1);
    const auto sent = annotations::read_router_annotations(
        wire::scan(world.to_east.got.front().bytes, true, wire::Until::routers)
            .message_annotations.of(world.to_east.got.front().bytes));
    REQUIRE(sent);
    CHECK(sent->to == "a");
    CHECK(sent->phase == kFallbackPhase);
    world.east.accept_all(world.to_east);
    CHECK(producer.outcome(1) == Outcome::accepted);
    world.core.reach().set_remote(MeshWorld::kC, "MFa", false, {}, world.now);
    CHECK(producer.asked_to_drain);
}

TEST_CASE("what the fallback at another router kept does not go back there") {
    FallbackMesh world;
    // Messages that A brought into the mesh never pass through others to A: see linkstate's Paths.
    world.topology.valid[MeshWorld::kA] = world.topology.everywhere;
    world.topology.valid[MeshWorld::kA][MeshWorld::kA] = false;
    world.core.reach().set_remote(MeshWorld::kA, "MFa", true, {}, world.now);
    const auto id = world.west.send(world.from_west, from_a("a", "x"));
    CHECK(world.to_west.got.empty());
    CHECK(world.from_west.outcome(id) == Outcome::released);
    Peer& fallback = world.fallback();  // another, that may keep it as well
    world.west.send(world.from_west, from_a("a", "y"));
    CHECK(fallback.complete() == 1);
    world.right.accept_all(fallback);
    world.core.reach().set_remote(MeshWorld::kA, "MFa", false, {}, world.now);
}

TEST_SUITE_END();

}  // namespace weft::router
