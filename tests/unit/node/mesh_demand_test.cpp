#include "router/node/mesh_demand.hpp"

#include "tests/unit/core/mesh_world.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

using router::Direction;
using router::FakePort;
using router::Peer;
using Word = fardemand::DemandMessage;
using Entry = Word::Entry;

/// Router "B" of a MeshWorld, and what it says to A and C, who both understand it.
struct DemandWorld : router::MeshWorld {
    explicit DemandWorld(const FarContainers::Limits& limits = {})
        : demand{core, loop,
                 [this](std::string_view router, Bytes content) {
                     const auto message = fardemand::read_demand_message(content);
                     REQUIRE(message);
                     sent.emplace_back(router, *message);
                     return !is_cut_off;
                 },
                 limits} {
        demand.router_up(kA, "A");
        demand.router_up(kC, "C");
    }
    ~DemandWorld() {
        for (FakePort* port : {&left, &right}) {
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr) {
                    port->detach(*peer);
                }
            }
        }
    }

    void come(RouterIndex router, const char* address, bool has = true) {
        remote(router, address, has);
        demand.remote_changed("M0" + std::string(address));
        demand.review();
    }
    void hear(RouterIndex router, const Word& message) {
        Buffer content;
        fardemand::write_demand_message(content, message);
        demand.receive(router, router == kA ? "A" : "C", content);
    }
    /// What it says next.
    std::pair<std::string, Word> said() {
        while (sent.empty()) {
            loop.run_one();
        }
        auto first = std::move(sent.front());
        sent.erase(sent.begin());
        return first;
    }
    Peer& container() {
        return left.attach({.direction = Direction::in, .address = "a", .on_demand = true});
    }

    io::Loop loop;
    bool is_cut_off = false;
    std::vector<std::pair<std::string, Word>> sent;
    MeshDemand demand;
};

const Word kAsk{.kind = Word::Kind::ask, .entries = {{.key = "M0a", .wanted = true}}};
const Word kAskNoMore{.kind = Word::Kind::ask, .entries = {{.key = "M0a"}}};

Word tell_of(Entry entry) {
    entry.key = "M0a";
    return {.kind = Word::Kind::tell, .entries = {std::move(entry)}};
}
Word rest_of(std::uint32_t drain) {
    return {.kind = Word::Kind::rest, .entries = {{.key = "M0a", .drain = drain}}};
}

}  // namespace

TEST_SUITE_BEGIN("MeshDemand");

TEST_CASE("routers with consumers are asked, and containers get what they tell") {
    DemandWorld world;
    Peer& broker = world.container();
    world.come(DemandWorld::kA, "a");
    CHECK(world.said() == std::pair(std::string("A"), kAsk));
    CHECK(broker.may_send == 0);
    world.hear(DemandWorld::kA, tell_of({.limit = 3}));
    CHECK(broker.may_send == 3);
    world.hear(DemandWorld::kA, tell_of({.limit = 2, .drain = 9}));
    CHECK(broker.asked_to_drain);
    world.left.give_back(broker);
    CHECK(world.said() == std::pair(std::string("A"), rest_of(9)));
    CHECK(broker.may_send == 0);
    world.hear(DemandWorld::kA, tell_of({.limit = 5}));
    CHECK(broker.may_send == 5);
    world.come(DemandWorld::kA, "a", false);
    CHECK(broker.may_send == 0);
    CHECK(world.said() == std::pair(std::string("A"), kAskNoMore));
    CHECK(world.demand.counters().received == 3);
}

TEST_CASE("one that comes later asks, too, and says when it is gone") {
    DemandWorld world;
    world.come(DemandWorld::kA, "a");
    Peer& broker = world.container();
    CHECK(world.said() == std::pair(std::string("A"), kAsk));
    CHECK(broker.may_send == 0);
    world.left.detach(broker);
    CHECK(world.said() == std::pair(std::string("A"), kAskNoMore));
}

TEST_CASE("while a router has consumers that does not say what they want, it is the capacity") {
    DemandWorld world;
    Peer& broker = world.container();
    world.come(DemandWorld::kD, "a");  // it announced nothing
    CHECK(broker.may_send == broker.capacity);
    world.come(DemandWorld::kD, "a", false);
    world.come(DemandWorld::kA, "a");
    CHECK(world.said() == std::pair(std::string("A"), kAsk));
    world.hear(DemandWorld::kA, tell_of({.limit = 1}));
    CHECK(broker.may_send == 1);
    world.demand.router_down(DemandWorld::kA);
    world.demand.review();
    CHECK(broker.may_send == broker.capacity);
    world.demand.router_up(DemandWorld::kA, "A");  // it is asked anew
    world.demand.review();
    CHECK(broker.asked_to_drain == false);
    CHECK(world.said() == std::pair(std::string("A"), kAsk));
    world.hear(DemandWorld::kA, tell_of({.limit = 4}));
    CHECK(broker.may_send == 4);
}

TEST_CASE("what a router wants that can't be reached does not count") {
    DemandWorld world;
    Peer& broker = world.container();
    Peer& here = world.right.consumer("a", 2);
    world.come(DemandWorld::kA, "a");
    world.hear(DemandWorld::kA, tell_of({.limit = 3}));
    CHECK(broker.may_send == 5);
    world.path(DemandWorld::kA, "A", nullptr, 0);
    world.demand.path_changed(DemandWorld::kA, false);
    world.demand.review();
    CHECK(broker.may_send == 2);
    world.path(DemandWorld::kA, "A", &world.west, 1);
    world.demand.path_changed(DemandWorld::kA, true);
    world.demand.review();
    CHECK(broker.may_send == 2);  // it is to say so again
    world.hear(DemandWorld::kA, tell_of({.limit = 3}));
    CHECK(broker.may_send == 5);
    world.right.detach(here);
}

TEST_CASE("who asks is told, absolutely, and again when it has half of it left") {
    DemandWorld world;
    Peer& consumer = world.right.consumer("a", 4);
    world.hear(DemandWorld::kC, kAsk);
    CHECK(world.said() == std::pair(std::string("C"), tell_of({.limit = 4})));
    const auto come = [&](const char* body) {
        world.east.send(world.from_east,
                        router::stamped(router::plain_message(body),
                                        {.to = "a", .ingress = "0/C", .trace = {"0/C"}}));
        world.right.give_credit(consumer, 4);
    };
    come("1");
    CHECK(world.sent.empty());
    come("2");
    CHECK(world.said() == std::pair(std::string("C"), tell_of({.limit = 6, .taken = 2})));
    world.right.give_credit(consumer, 1);
    CHECK(world.said() == std::pair(std::string("C"), tell_of({.limit = 3, .taken = 2})));
    world.right.give_credit(consumer, 1, /*drain=*/true);
    const Word drain = world.said().second;
    REQUIRE(drain.entries.size() == 1);
    CHECK(drain.entries[0].drain != 0);
    world.hear(DemandWorld::kC, rest_of(drain.entries[0].drain + 1));  // of another one
    CHECK(consumer.drained == 0);
    world.hear(DemandWorld::kC, rest_of(drain.entries[0].drain));
    CHECK(consumer.drained == 1);
    world.hear(DemandWorld::kC, rest_of(drain.entries[0].drain));
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a drain does not wait for a router that is gone") {
    DemandWorld world;
    Peer& consumer = world.right.consumer("a", 4);
    world.hear(DemandWorld::kC, kAsk);
    world.right.give_credit(consumer, 1, /*drain=*/true);
    CHECK(consumer.drained == 0);
    world.demand.router_down(DemandWorld::kC);
    while (world.core.work(world.now)) {
    }
    CHECK(consumer.drained == 1);
}

TEST_CASE("who asks for what nobody receives, or for too much, is told nothing") {
    DemandWorld world{{.of_one = 2, .of_all = 3}};
    std::vector<Peer*> consumers;
    for (const char* address : {"0", "1", "2"}) {
        consumers.push_back(&world.right.consumer(address, 1));
    }
    Word asks{.kind = Word::Kind::ask,
              .entries = {{.key = "M0nobody", .wanted = true}, {.key = "", .wanted = false}}};
    asks.entries.pop_back();
    for (const char* key : {"M00", "M01", "M02"}) {
        asks.entries.push_back({.key = key, .wanted = true});
    }
    world.hear(DemandWorld::kC, asks);
    CHECK(world.said().second.entries.size() == 2);
    CHECK(world.demand.counters().refused == 1);
    world.hear(DemandWorld::kA, asks);
    CHECK(world.said().second.entries.size() == 1);
    CHECK(world.demand.counters().refused == 3);
    CHECK(world.core.addresses().find("M0nobody") == nullptr);
    world.demand.router_down(DemandWorld::kC);
    world.demand.router_up(DemandWorld::kC, "C");
    world.hear(DemandWorld::kC, asks);  // it has all that it had again
    std::pair<std::string, Word> said = world.said();
    while (said.first != "C") {
        said = world.said();
    }
    CHECK(said.second.entries.size() == 2);
}

TEST_CASE("what is not understood, or nobody may say, is counted and does nothing") {
    DemandWorld world;
    world.demand.receive(DemandWorld::kD, "D", {});
    CHECK(world.demand.counters().unknown == 1);
    world.demand.receive(DemandWorld::kA, "A", {});
    CHECK(world.demand.counters().malformed == 1);
    world.hear(DemandWorld::kA, tell_of({.limit = 4}));  // it was not asked
    world.hear(DemandWorld::kA, rest_of(1));
    world.hear(DemandWorld::kA, kAskNoMore);
    CHECK(world.core.addresses().find("M0a") == nullptr);
    CHECK(world.sent.empty());
}

TEST_CASE("what could not be sent is said once it is asked again") {
    DemandWorld world;
    Peer& consumer = world.right.consumer("a", 4);
    world.is_cut_off = true;
    world.hear(DemandWorld::kC, kAsk);
    world.said();
    world.is_cut_off = false;
    world.hear(DemandWorld::kC, kAsk);
    CHECK(world.said() == std::pair(std::string("C"), tell_of({.limit = 4})));
    world.right.detach(consumer);
}

TEST_SUITE_END();

}  // namespace weft::node
