#include "router/core/far_demands.hpp"
#include "tests/simulation/core_audit.hpp"
#include "tests/unit/core/mesh_world.hpp"

#include <vector>

namespace weft::router {
namespace {

/// Router "B" with a container of "a", and consumers at others.
struct FarDemandWorld : MeshWorld {
    ~FarDemandWorld() {
        CHECK(audit(core) == std::vector<std::string>{});
        if (broker.link != nullptr) {
            left.detach(broker);
        }
        core.accounts().set_far_observer(nullptr);
    }

    struct Observer final : FarDemandObserver {
        void on_containers(Address&, bool any) override { has_containers = any; }
        void on_rest(const Address& address) override {
            for (const FarDemand::Rest& rest : address.loops->far->take_answers()) {
                answers.push_back(rest.router * 100 + rest.drain);
            }
        }
        bool has_others() const override { return true; }
        bool has_containers = false;
        std::vector<std::uint32_t> answers;
    };

    Address& address() { return *core.addresses().find("M0a"); }
    void told(RouterIndex router, const FarDemand::Word& word) {
        FarDemands{core.accounts()}.told(address(), router, word);
        while (core.work(now)) {
        }
    }
    void send(std::string_view body) { left.send(broker, plain_message(body)); }
    /// It was on its way when its credit was taken back.
    void send_late(std::string_view body) {
        left.send(broker, plain_message(body), {.ignore_credit = true});
    }

    Observer observer;
    bool observes = (core.accounts().set_far_observer(&observer), true);
    Peer& broker = left.attach({.direction = Direction::in, .address = "a", .on_demand = true});
};

/// Router "B" with a consumer of "a", and a router C that has asked for what it wants.
struct AskedWorld : MeshWorld {
    ~AskedWorld() { CHECK(audit(core) == std::vector<std::string>{}); }

    /// A message that came into the mesh at C, or A.
    void send(RouterIndex origin, std::string_view body) {
        const std::string id = origin == kC ? "0/C" : "0/A";
        FakePort& port = origin == kC ? east : west;
        port.send(origin == kC ? from_east : from_west,
                  stamped(plain_message(body), {.to = "a", .ingress = id, .trace = {id}}));
    }
    Loops& loops() { return *core.addresses().find("M0a")->loops; }

    FakePort asker{core, now, Traits{}};
    Peer& consumer = right.consumer("a", 3);
    Peer& far = asker.relay(Direction::in, "a", {}, kC);
};

}  // namespace

TEST_SUITE_BEGIN("Core: demand of other routers");

TEST_CASE("a container may send what consumers anywhere want, and no more") {
    FarDemandWorld world;
    CHECK(world.observer.has_containers);
    world.remote(FarDemandWorld::kA, "a");
    CHECK(world.broker.may_send == 0);
    world.told(FarDemandWorld::kA, {.limit = 3});
    CHECK(world.broker.may_send == 3);
    world.send("1");
    CHECK(world.to_west.got.size() == 1);
    CHECK(world.broker.may_send == 2);
    world.told(FarDemandWorld::kA, {.limit = 3, .taken = 1});
    CHECK(world.broker.may_send == 2);
    Peer& here = world.right.consumer("a", 4);
    CHECK(world.broker.may_send == 6);
    world.told(FarDemandWorld::kA, {.limit = 1, .taken = 1});
    CHECK(world.broker.may_send == 4);
    world.right.detach(here);
    world.remote(FarDemandWorld::kA, "a", false);
    CHECK(world.broker.may_send == 0);
    world.west.accept_all(world.to_west);
    world.left.detach(world.broker);
    CHECK_FALSE(world.observer.has_containers);
}

TEST_CASE("where not all say what they want, it is the link's capacity") {
    FarDemandWorld world;
    world.address().loops->far->set_exact(false);
    world.remote(FarDemandWorld::kA, "a");
    CHECK(world.broker.may_send == world.broker.capacity);
}

TEST_CASE("what other routers do not want stays for consumers here") {
    FarDemandWorld world;
    world.remote(FarDemandWorld::kA, "a");
    Peer& here = world.right.consumer("a", 10);
    for (int i = 0; i < 5; ++i) {
        world.send("x");
    }
    CHECK(here.got.size() == 5);
    CHECK(world.to_west.got.empty());
    world.right.accept_all(here);
}

TEST_CASE("what came without being asked for, and nobody else takes, goes to other routers") {
    FarDemandWorld world;
    world.remote(FarDemandWorld::kA, "a");
    world.told(FarDemandWorld::kA, {.limit = 1});
    world.told(FarDemandWorld::kA, {});
    world.send_late("x");
    CHECK(world.to_west.got.size() == 1);
    world.west.accept_all(world.to_west);
}

TEST_CASE("what waits for consumers here goes to a router once that wants it") {
    FarDemandWorld world;
    world.remote(FarDemandWorld::kA, "a");
    Peer& here = world.right.consumer("a", 3);
    CHECK(world.broker.may_send == 3);
    world.right.give_credit(here, 0);
    for (const char* body : {"1", "2", "3"}) {
        world.send_late(body);
    }
    CHECK(world.waiting("a") == 3);
    world.told(FarDemandWorld::kA, {.limit = 2});
    CHECK(world.to_west.texts().find("1") != std::string::npos);
    CHECK(world.to_west.got.size() == 2);
    CHECK(world.waiting("a") == 1);
    CHECK(world.broker.may_send == 0);
    world.right.give_credit(here, 5);
    CHECK(here.got.size() == 1);
    CHECK(world.broker.may_send == 4);
    world.right.accept_all(here);
    world.west.accept_all(world.to_west);
}

TEST_CASE("another router's drain is answered after the container") {
    FarDemandWorld world;
    world.remote(FarDemandWorld::kA, "a");
    world.told(FarDemandWorld::kA, {.limit = 2, .drain = 5});
    CHECK(world.broker.asked_to_drain);
    CHECK(world.broker.may_send == 2);
    world.send("1");
    CHECK(world.observer.answers.empty());
    world.left.give_back(world.broker);
    CHECK(world.observer.answers.empty());  // what has left was not taken yet
    CHECK(world.broker.may_send == 0);
    world.told(FarDemandWorld::kA, {.limit = 2, .taken = 1, .drain = 5});
    CHECK(world.observer.answers == std::vector<std::uint32_t>{FarDemandWorld::kA * 100 + 5});
    CHECK(world.broker.may_send == 0);
    world.told(FarDemandWorld::kA, {.limit = 4, .taken = 1});
    CHECK(world.broker.may_send == 3);
    world.west.accept_all(world.to_west);
}

TEST_CASE("a drain is answered when its credit was used up") {
    FarDemandWorld world;
    world.remote(FarDemandWorld::kA, "a");
    world.told(FarDemandWorld::kA, {.limit = 1, .drain = 5});
    world.send("1");
    CHECK(world.observer.answers.empty());
    world.told(FarDemandWorld::kA, {.limit = 1, .taken = 1, .drain = 5});
    CHECK(world.observer.answers.size() == 1);
    world.west.accept_all(world.to_west);
}

TEST_CASE("two routers with containers and consumers do not wait for each other's drains") {
    FarDemandWorld world;
    FakePort asker{world.core, world.now, Traits{}};
    world.remote(FarDemandWorld::kA, "a");
    Peer& here = world.right.consumer("a", 2);
    Peer& far = asker.relay(Direction::in, "a", {}, FarDemandWorld::kA);
    world.told(FarDemandWorld::kA, {.limit = 2, .drain = 5});
    CHECK(world.broker.asked_to_drain);
    CHECK_FALSE(far.asked_to_drain);
    world.left.give_back(world.broker);
    CHECK(world.observer.answers.size() == 1);
    world.right.give_credit(here, 2, /*drain=*/true);
    CHECK(far.asked_to_drain);
    CHECK(here.drain);
    asker.give_back(far);
    if (world.broker.asked_to_drain) {
        world.left.give_back(world.broker);
    }
    CHECK(here.drained == 1);
}

TEST_CASE("a router that asks gets its part of what consumers here want") {
    AskedWorld world;
    CHECK(world.far.may_send == 3);
    world.send(AskedWorld::kC, "1");
    CHECK(world.consumer.got.size() == 1);
    CHECK(world.loops().rations.credit_of(0) == 2);
    CHECK(world.far.link->counters.deliveries == 1);
    world.send(AskedWorld::kA, "2");
    CHECK(world.far.link->counters.deliveries == 1);  // it is another router's
    CHECK(world.loops().rations.credit_of(0) == 1);
    world.right.accept_all(world.consumer);
    world.right.detach(world.consumer);
    CHECK(world.far.may_send <= 1);
    CHECK(world.loops().rations.credit_of(0) == 0);
}

TEST_CASE("who drains as soon as it comes waits for routers that are about to ask") {
    AskedWorld world;
    FarDemandWorld::Observer observer;
    world.core.accounts().set_far_observer(&observer);
    world.rule("queue", {.egress_phase = 1});
    Peer& consumer = world.right.consumer("queue", 0);
    REQUIRE(consumer.link->address->key.text == "M1queue");
    world.right.give_credit(consumer, 1, /*drain=*/true);
    CHECK(consumer.drained == 0);
    Peer& far = world.asker.relay(Direction::in, "queue", {.egress_phase = 1}, AskedWorld::kC);
    FarDemands{world.core.accounts()}.asked(*consumer.link->address);
    CHECK(far.asked_to_drain);
    CHECK(consumer.drained == 0);
    world.asker.give_back(far);
    CHECK(consumer.drained == 1);
    world.asker.detach(far);

    Peer& other = world.right.consumer("queue2", 0);
    world.right.give_credit(other, 1, /*drain=*/true);
    CHECK(other.drained == 1);  // nobody keeps its messages
    world.right.detach(consumer);
    Peer& alone = world.right.consumer("queue", 0);
    world.right.give_credit(alone, 1, /*drain=*/true);
    CHECK(alone.drained == 0);
    world.tick(2);
    CHECK(alone.drained == 1);
    world.core.accounts().set_far_observer(nullptr);
}

TEST_CASE("containers of a router get nothing of what others than the consumers here want") {
    AskedWorld world;
    FarDemandWorld::Observer observer;
    world.core.accounts().set_far_observer(&observer);
    Peer& broker =
        world.left.attach({.direction = Direction::in, .address = "a", .on_demand = true});
    world.remote(AskedWorld::kA, "a");
    FarDemands{world.core.accounts()}.told(*world.core.addresses().find("M0a"), AskedWorld::kA,
                                           {.limit = 50});
    const Rations& rations = world.loops().rations;
    CHECK(rations.credit_of(world.far.link->holding) <= 3);
    world.asker.give_back(world.far);
    CHECK(rations.credit_of(0) + rations.credit_of(1) == 53);
    CHECK(rations.credit_of(world.far.link->holding) <= 3);
    world.left.detach(broker);
    world.core.accounts().set_far_observer(nullptr);
}

TEST_CASE("what comes back to the router it came from is not under way") {
    AskedWorld world;
    world.remote(AskedWorld::kA, "a");
    world.right.detach(world.consumer);
    world.remote(AskedWorld::kA, "a", false);
    world.send(AskedWorld::kC, "1");
    CHECK(world.east.peers().front()->told.size() == 1);
    CHECK(world.far.link->counters.deliveries == 1);
}

TEST_CASE("links of a router that asks go with its session") {
    AskedWorld world;
    world.core.end(world.asker.connection(), static_cast<std::uint16_t>(AskedWorld::kC));
    world.asker.forget(static_cast<std::uint16_t>(AskedWorld::kC));
    CHECK(world.loops().askers.empty());
    CHECK(world.loops().asker(AskedWorld::kC) == nullptr);
}

TEST_SUITE_END();

}  // namespace weft::router
