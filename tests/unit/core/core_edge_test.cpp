#include "tests/unit/core/world.hpp"

#include <string>
#include <vector>

namespace weft::router {

TEST_SUITE_BEGIN("Core: edge");

namespace {

/// An edge router: clients on `left` and `right`, its uplink beside them.
struct EdgeWorld : World {
    explicit EdgeWorld() : World{{.router_id = "e1", .is_edge = true}} {}
    ~EdgeWorld() {
        for (const auto& peer : up.peers()) {
            if (peer->link != nullptr) {
                up.detach(*peer);
            }
        }
        CHECK(up.faults == std::vector<std::string>{});
    }
    /// The anonymous sender to the mesh.
    Peer& anonymous() {
        Peer& peer = up.attach({.direction = Direction::out,
                                .address = kUpstreamAddress,
                                .treatment = Treatment{.distribution = Distribution::closest}});
        up.give_credit(peer, 100);
        return peer;
    }

    FakePort up{core, now, Traits::of_uplink()};
};

/// Notes what it hears.
struct Noted final : Demand, Supply {
    void demand_changed(const Address& address, bool wanted) override {
        said.push_back((wanted ? "receives " : "not receives ") + address.key.text);
    }
    void supply_changed(const Address& address, bool produced) override {
        said.push_back((produced ? "sends " : "not sends ") + address.key.text);
    }
    std::vector<std::string> said;
};

}  // namespace

TEST_CASE("what came down an uplink does not go up again") {
    EdgeWorld world;
    Peer& up = world.up.consumer("a");
    Peer& down = world.up.producer("a");
    Peer& here = world.right.consumer("a", 1);
    world.up.send(down, "1");
    CHECK(here.texts() == "1");
    world.up.send(down, "2");  // waits for the consumer here, though the way up is free
    CHECK(up.texts().empty());
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "3");
    world.left.send(producer, "4");
    world.up.give_credit(up, 100);
    CHECK(up.texts() == "3,4");  // and what may go there does not wait behind it
    world.right.give_credit(here, 5);
    CHECK(here.texts() == "1,2");
    world.right.accept_all(here);
    world.up.accept_all(up);
    CHECK(down.outcome(1) == Outcome::accepted);
}

TEST_CASE("it comes back when nobody here receives any more") {
    EdgeWorld world;
    Peer& up = world.up.consumer("a");
    Peer& down = world.up.producer("a");
    Peer& here = world.right.consumer("a", 0);
    const DeliveryId waits = world.up.send(down, "1");
    world.right.detach(here);
    while (world.core.work(world.now)) {
    }
    CHECK(down.outcome(waits) == Outcome::released);
    CHECK(down.outcome(world.up.send(down, "2")) == Outcome::released);
    CHECK(up.texts().empty());
}

TEST_CASE("a consumer here is nearer than those behind an uplink") {
    EdgeWorld world;
    world.rule("a", {.distribution = Distribution::closest});
    Peer& up = world.up.consumer("a");
    Peer& here = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3"}) {
        world.left.send(producer, text);
    }
    CHECK(here.texts() == "1,2,3");
    CHECK(up.texts().empty());
    world.right.accept_all(here);
}

TEST_CASE("of a multicast each side of an uplink gets a copy of what comes from the other") {
    EdgeWorld world;
    world.rule("a", {.distribution = Distribution::multicast});
    Peer& anonymous = world.anonymous();
    Peer& up = world.up.consumer("a");
    Peer& down = world.up.producer("a");
    Peer& here = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    CHECK(here.texts() == "1");
    CHECK(up.texts() == "1");
    world.up.send(down, "2");
    CHECK(here.texts() == "1,2");
    CHECK(up.texts() == "1");
    SUBCASE("what is sent to no link's address goes up by no link that has it") {
        Peer& sender = world.left.producer("");
        world.left.send(sender, addressed_message("a", "3"));
        CHECK(here.complete() == 3);
        CHECK(up.texts() == "1");
        CHECK(anonymous.complete() == 1);
        world.up.accept_all(anonymous);
    }
    CHECK(anonymous.link->counters.deliveries <= 1);
    world.right.accept_all(here);
    world.up.accept_all(up);
}

TEST_CASE("what is sent to nobody here goes to the mesh as it is") {
    EdgeWorld world;
    Peer& sender = world.left.producer("");
    const Buffer message = addressed_message("a", "1");
    CHECK(sender.outcome(world.left.send(sender, message)) == Outcome::released);
    Peer& anonymous = world.anonymous();
    world.left.send(sender, message);
    REQUIRE(anonymous.complete() == 1);
    CHECK(anonymous.got[0].bytes == message);
    Peer& here = world.right.consumer("a");
    world.left.send(sender, message);
    CHECK(here.complete() == 1);
    CHECK(anonymous.complete() == 1);
    world.left.send(sender, addressed_message("_topo/0/r9/x", "2"));
    world.left.send(sender, addressed_message("_edge/e2/x", "3"));
    CHECK(anonymous.complete() == 3);
    SUBCASE("but what names this router is never somebody else's") {
        for (const char* to : {"_edge/e1/x", "_local/x", "_topo/0/e1/x"}) {
            const DeliveryId id = world.left.send(sender, addressed_message(to, "4"));
            CHECK(sender.outcome(id) == Outcome::released);
        }
        CHECK(anonymous.complete() == 3);
    }
    world.right.accept_all(here);
    world.up.accept_all(anonymous);
}

TEST_CASE("a producer for another router's address is told to the mesh what it sends to") {
    EdgeWorld world;
    Peer& producer = world.left.producer("amqp:/_topo/0/r9/temp.1");
    CHECK(producer.may_send == 0);
    Peer& anonymous = world.anonymous();
    CHECK(producer.may_send == 250);
    world.left.send(producer, plain_message("1"));
    REQUIRE(anonymous.complete() == 1);
    const std::string bytes{anonymous.got[0].text()};
    CHECK(bytes.find("x-opt-qd.to") != std::string::npos);
    CHECK(bytes.find("_topo/0/r9/temp.1") != std::string::npos);
    CHECK(bytes.find("x-opt-qd.trace") == std::string::npos);
    CHECK(bytes.find("x-opt-qd.ingress") == std::string::npos);
    world.up.accept_all(anonymous);
    CHECK_THROWS(world.right.consumer("_topo/0/r9/x"));
    CHECK_THROWS(world.right.consumer(kUpstreamAddress));
}

TEST_CASE("what comes down for no link's address names the one that is meant") {
    EdgeWorld world;
    Peer& here = world.right.attach({.direction = Direction::out, .dynamic = true});
    CHECK(here.address.starts_with("amqp:/_edge/e1/temp."));
    world.right.give_credit(here, 5);
    Peer& down = world.up.producer("");
    world.up.send(down, addressed_message(here.address, "1"));
    CHECK(here.complete() == 1);
    for (const char* to : {"_edge/e1/none", "_edge/e2/x", "_topo/0/r9/x"}) {
        CHECK(down.outcome(world.up.send(down, addressed_message(to, "2"))) == Outcome::released);
    }
    world.right.accept_all(here);
}

TEST_CASE("who receives and who sends is told, but not what the uplink does") {
    EdgeWorld world;
    Noted noted;
    world.core.reach().set_local_demand(&noted);
    world.core.reach().set_supply(&noted);
    Peer& down = world.up.producer("a");
    Peer& up = world.up.consumer("a");
    CHECK(noted.said.empty());
    Peer& one = world.right.consumer("a");
    Peer& two = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    CHECK(noted.said == std::vector<std::string>{"receives M0a", "sends M0a"});
    noted.said.clear();
    world.up.detach(up);
    world.up.detach(down);
    world.right.detach(one);
    CHECK(noted.said.empty());
    world.left.detach(producer);
    world.right.detach(two);
    CHECK(noted.said == std::vector<std::string>{"not sends M0a", "not receives M0a"});
    noted.said.clear();
    world.rule("b", {.fallback = true});
    Peer& fallback = world.left.producer("b");
    world.left.detach(fallback);
    CHECK(noted.said ==
          std::vector<std::string>{"sends M0b", "sends MFb", "not sends M0b", "not sends MFb"});
    world.core.reach().set_local_demand(nullptr);
    world.core.reach().set_supply(nullptr);
}

TEST_CASE("what waits for an uplink that is gone goes by the next one") {
    EdgeWorld world;
    Peer& up = world.up.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3"}) {
        world.left.send(producer, text);
    }
    CHECK(up.texts() == "1");
    FakePort next{world.core, world.now, Traits::of_uplink()};
    Peer& other = next.consumer("a", 0);
    world.up.detach(up);
    CHECK(producer.outcome(1) == Outcome::modified);
    CHECK(producer.outcome(2) == Outcome::none);
    next.give_credit(other, 10);
    CHECK(other.texts() == "2,3");
    next.accept_all(other);
    CHECK(producer.outcome(3) == Outcome::accepted);
}

TEST_SUITE_END();

}  // namespace weft::router
