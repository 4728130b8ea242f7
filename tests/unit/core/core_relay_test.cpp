#include "tests/unit/core/world.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router {
namespace {

/// A core of several: `other` carries deliveries from and to another one.
struct RelayWorld : World {
    RelayWorld() { core.reach().set_demand(&demand); }
    ~RelayWorld() {
        core.reach().set_demand(nullptr);
        for (const auto& peer : other.peers()) {
            if (peer->link != nullptr) {
                other.detach(*peer);
            }
        }
        CHECK(other.faults == std::vector<std::string>{});
    }

    struct Recorder final : Demand {
        void demand_changed(const Address& address, bool wanted) override {
            told.push_back((wanted ? "+" : "-") + std::string(address.key.name()));
        }
        std::vector<std::string> told;
    } demand;
    FakePort other{core, now, Traits::of_loop()};
};

}  // namespace

TEST_SUITE_BEGIN("Core: relays");

TEST_CASE("the first consumer here and the last one are told, relays are not") {
    RelayWorld world;
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    CHECK(world.demand.told.empty());
    Peer& one = world.right.consumer("a");
    Peer& two = world.right.consumer("a");
    world.other.detach(elsewhere);
    CHECK(world.demand.told == std::vector<std::string>{"+a"});
    world.right.detach(one);
    CHECK(world.demand.told.size() == 1);
    world.right.detach(two);
    CHECK(world.demand.told == std::vector<std::string>{"+a", "-a"});
}

TEST_CASE("consumers elsewhere give a producer credit, and get what nobody here can take") {
    RelayWorld world;
    Peer& producer = world.left.producer("a");
    CHECK(producer.may_send == 0);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 9);
    CHECK(producer.may_send > 0);
    Peer& here = world.right.consumer("a", 1);
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(here.texts() == "1");
    CHECK(elsewhere.texts() == "2");
    CHECK(world.core.counters().egress == 1);
}

TEST_CASE("what came from elsewhere stays here, while somebody here takes it") {
    RelayWorld world;
    Peer& here = world.right.consumer("a", 1);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 9);
    Peer& inlet = world.other.relay(Direction::in, "a");
    CHECK(inlet.may_send == 1);
    world.other.send(inlet, as_bytes("1"), {.settled = true});
    CHECK(inlet.may_send == 0);
    CHECK(here.texts() == "1");
    CHECK(elsewhere.got.empty());
    CHECK(world.core.counters().ingress == 0);
}

TEST_CASE("what came from elsewhere waits for who is first, a consumer here or another loop") {
    RelayWorld world;
    Peer& here = world.right.consumer("a", 0);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    Peer& inlet = world.other.relay(Direction::in, "a");
    CHECK(inlet.may_send == 0);
    const auto send = [&](const char* text, bool settled) {  // under way when the credit was spent
        world.other.send(inlet, as_bytes(text), {.settled = settled, .ignore_credit = true});
    };
    send("1", true);
    send("2", false);
    send("3", false);
    world.right.give_credit(here, 1);
    CHECK(here.texts() == "1");
    world.other.give_credit(elsewhere, 2);
    CHECK(elsewhere.texts() == "2,3");
    world.other.give_credit(elsewhere, 2);
    send("4", true);
    CHECK(elsewhere.texts() == "2,3,4");
    world.other.accept_all(elsewhere);
    CHECK(inlet.outcome(2) == Outcome::accepted);
    CHECK(inlet.outcome(3) == Outcome::accepted);
}

TEST_CASE("what a shut gate keeps out goes on to another loop, and no more is asked for") {
    RelayWorld world;
    world.right.set_window(0, 1);
    Peer& here = world.right.consumer("a", 100);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    Peer& inlet = world.other.relay(Direction::in, "a");
    CHECK(inlet.may_send == 100);
    const auto send = [&](const char* text) {
        world.other.send(inlet, as_bytes(text), {.settled = true, .ignore_credit = true});
    };
    send("1");
    CHECK(inlet.may_send == 99);
    send("2");
    send("3");
    CHECK(inlet.may_send == 0);
    world.other.give_credit(elsewhere, 1);
    CHECK(elsewhere.texts() == "2");
    CHECK(inlet.may_send == 0);
    world.right.set_window(0, 1);
    CHECK(here.texts() == "1,3");
    CHECK(inlet.may_send == 98);
    CHECK(world.right.tries == 3);
}

TEST_CASE("once another loop took all that waited here, all may send again") {
    RelayWorld world;
    Peer& busy = world.right.consumer("a", 10);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    Peer& inlet = world.other.relay(Direction::in, "a");
    Peer& other_inlet = world.other.relay(Direction::in, "a");
    Peer& producer = world.left.producer("a");
    const std::string begun(kStreamFrom, 'b');
    world.left.send(producer, as_bytes(begun), {.more = true});
    world.other.send(inlet, as_bytes("1"), {.settled = true});
    CHECK(inlet.may_send == 0);
    world.other.give_credit(elsewhere, 1);
    CHECK(elsewhere.texts() == "1");
    CHECK(inlet.may_send == 9);
    CHECK(other_inlet.may_send == 9);
    world.left.send(producer, as_bytes("and ended"), {});
    CHECK(busy.texts() == begun + "and ended");
    world.right.accept_all(busy);
}

TEST_CASE("what went between loops too often waits where it is") {
    RelayWorld world;
    Peer& here = world.right.consumer("a", 0);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 9);
    Peer& inlet = world.other.relay(Direction::in, "a");
    const auto send = [&](const char* text, std::uint8_t crossings) {
        world.other.send(inlet, as_bytes(text),
                         {.settled = true, .ignore_credit = true, .crossings = crossings});
    };
    send("1", kCrossingsMax - 1);
    send("2", kCrossingsMax);
    CHECK(elsewhere.texts() == "1");
    world.other.give_credit(elsewhere, 9);
    CHECK(elsewhere.texts() == "1");
    world.right.give_credit(here, 1);
    CHECK(here.texts() == "2");
}

TEST_CASE("what came from elsewhere and finds nobody goes on, but not for ever") {
    RelayWorld world;
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 9);
    Peer& inlet = world.other.relay(Direction::in, "a");
    world.other.send(inlet, as_bytes("1"), {.settled = true, .ignore_credit = true});
    REQUIRE(elsewhere.complete() == 1);
    world.other.send(inlet, as_bytes("2"),
                     {.settled = true, .ignore_credit = true, .crossings = kCrossingsMax});
    CHECK(elsewhere.complete() == 1);
    CHECK(world.dropped(DropReason::no_consumer) == 1);
    world.other.accept_all(elsewhere);
}

TEST_CASE("what came from elsewhere is returned when who could take so much leaves") {
    RelayWorld world;
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    Peer& small =
        world.right.attach({.direction = Direction::out, .address = "a", .max_message_size = 3});
    Peer& any = world.right.consumer("a", 0);
    world.right.give_credit(small, 5);
    Peer& inlet = world.other.relay(Direction::in, "a");
    world.other.send(inlet, as_bytes("large"), {.settled = true});
    world.right.detach(any);
    world.other.send(inlet, as_bytes("larger"), {.settled = true, .ignore_credit = true});
    world.other.give_credit(elsewhere, 9);
    while (world.core.work(world.now)) {
    }
    CHECK(elsewhere.texts() == "large,larger");
    CHECK(world.dropped(DropReason::too_large) == 0);
}

TEST_CASE("a multicast message goes to each other core once, and never back") {
    const Treatment multicast{.distribution = Distribution::multicast};
    RelayWorld world;
    world.rule("m", multicast);
    Peer& here = world.right.consumer("m");
    Peer& elsewhere = world.other.relay(Direction::out, "m", multicast);
    world.other.give_credit(elsewhere, 9);
    Peer& producer = world.left.producer("m");
    Peer& inlet = world.other.relay(Direction::in, "m", multicast);
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.other.send(inlet, as_bytes("2"), {.settled = true});
    CHECK(here.texts() == "1,2");
    CHECK(elsewhere.texts() == "1");
}

TEST_CASE("a consumer here takes the older of what waits, from here or from elsewhere") {
    RelayWorld world;
    Peer& here = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    Peer& inlet = world.other.relay(Direction::in, "a");
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.pass(std::chrono::seconds(1));
    world.other.send(inlet, as_bytes("2"), {.settled = true, .ignore_credit = true});
    world.pass(std::chrono::seconds(1));
    world.left.send(producer, as_bytes("3"), {.settled = true});
    world.right.give_credit(here, 9);
    CHECK(here.texts() == "1,2,3");
}

TEST_CASE(
    "with the last consumer here gone what came from elsewhere is returned, the rest goes on") {
    RelayWorld world;
    Peer& here = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    Peer& inlet = world.other.relay(Direction::in, "a");
    const DeliveryId relayed =
        world.other.send(inlet, as_bytes("relayed"), {.ignore_credit = true});
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    const DeliveryId own = world.left.send(producer, "own");
    world.right.detach(here);
    CHECK(inlet.asked_to_drain);
    CHECK_FALSE(producer.asked_to_drain);
    world.other.give_credit(elsewhere, 3);
    const DeliveryId late = world.other.send(inlet, as_bytes("late"), {.ignore_credit = true});
    CHECK(elsewhere.texts() == "relayed,own,late");
    world.other.accept_all(elsewhere);
    CHECK(producer.outcome(own) == Outcome::accepted);
    CHECK(inlet.outcome(relayed) == Outcome::accepted);
    CHECK(inlet.outcome(late) == Outcome::accepted);
    world.other.detach(elsewhere);
    const DeliveryId last = world.other.send(inlet, as_bytes("last"), {.ignore_credit = true});
    CHECK(inlet.outcome(last) == Outcome::released);
}

TEST_CASE("many consumers that drain are answered in slices, once all loops have sent the rest") {
    constexpr std::size_t kSlice = 100;
    constexpr std::size_t kConsumers = 5 * kSlice;
    World world{{.router_id = "r1", .limits = {.slice = kSlice}}};
    FakePort other{world.core, world.now, Traits::of_loop()};
    std::vector<Peer*> consumers;
    for (std::size_t i = 0; i < kConsumers; ++i) {
        consumers.push_back(&world.right.consumer("a", 1));
    }
    Peer& one = other.relay(Direction::in, "a");
    Peer& two = other.relay(Direction::in, "a");
    const auto answered = [&] {
        return static_cast<std::size_t>(
            std::ranges::count_if(consumers, [](const Peer* peer) { return peer->drained == 1; }));
    };
    for (Peer* consumer : consumers) {
        world.right.give_credit(*consumer, 1, /*drain=*/true);
    }
    CHECK(answered() == 0);
    SUBCASE("by word") {
        other.give_back(one);
        CHECK(answered() == 0);
        other.give_back(two);
    }
    SUBCASE("or are gone") {
        other.detach(one);
        CHECK(answered() == 0);
        other.detach(two);
    }
    CHECK(answered() == kSlice);
    for (std::size_t slices = 2; world.core.work(world.now); ++slices) {
        CHECK(answered() <= slices * kSlice);
    }
    CHECK(answered() == kConsumers);
}

TEST_CASE("a relay that is not wanted any more gets nothing new, but may answer what it has") {
    RelayWorld world;
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 9);
    Peer& producer = world.left.producer("a");
    Peer& anonymous = world.left.producer("");
    const DeliveryId sent = world.left.send(producer, "1");
    world.core.deactivate(*elsewhere.link, world.now);
    CHECK(producer.asked_to_drain);
    world.other.give_credit(elsewhere, 9);  // was under way when it was withdrawn
    const DeliveryId late = world.left.send(anonymous, addressed_message("a", "2"));
    CHECK(anonymous.outcome(late) == Outcome::released);
    CHECK(elsewhere.complete() == 1);
    world.other.accept_all(elsewhere);
    CHECK(producer.outcome(sent) == Outcome::accepted);
    world.core.activate(*elsewhere.link, world.now);
    world.other.give_credit(elsewhere, 9);
    world.left.send(producer, as_bytes("3"), {.settled = true});
    CHECK(elsewhere.texts() == "1,3");
}

TEST_SUITE_END();

}  // namespace weft::router
