#include "router/core/chores.hpp"
#include "tests/unit/core/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {
namespace {

constexpr std::uint16_t kShut = 1;
constexpr std::uint16_t kOther = 2;
constexpr std::size_t kManyGate = 300;

Peer& consumer_in(FakePort& port, std::uint16_t session, std::string_view address) {
    Peer& peer = port.attach({.direction = Direction::out, .address = address, .session = session});
    port.give_credit(peer, 1);
    return peer;
}

/// Many consumers of an address share a session of which the window is used up.
struct GateWorld : World {
    GateWorld() {
        right.set_window(kShut, 0);
        for (std::size_t i = 0; i < kManyGate; ++i) {
            shut.push_back(&consumer_in(right, kShut, "a"));
        }
    }
    std::size_t served() const {
        std::size_t count = 0;
        for (const Peer* each : shut) {
            count += each->complete();
        }
        return count;
    }

    Peer& producer = left.producer("a");
    std::vector<Peer*> shut;
};

}  // namespace

TEST_SUITE_BEGIN("gates");

TEST_CASE("of the consumers of a session without window one is tried, and the message waits") {
    GateWorld world;
    world.left.send(world.producer, "1");
    CHECK(world.right.tries == 1);
    world.left.send(world.producer, as_bytes("2"), {.settled = true});
    CHECK(world.right.tries == 1);
    CHECK(world.served() == 0);
}

TEST_CASE("a message finds the one consumer that can take it, among many that cannot") {
    GateWorld world;
    Peer& ready = consumer_in(world.right, kOther, "a");
    for (int i = 0; i < 3; ++i) {
        world.left.send(world.producer, "m");
        CHECK(ready.complete() == static_cast<std::size_t>(i) + 1);
        world.right.accept_all(ready);
        world.right.give_credit(ready, 1);
    }
    CHECK(world.right.tries <= 5);
}

TEST_CASE("a session that opens does not ask the links of another that stays shut") {
    GateWorld world;
    world.left.send(world.producer, "1");
    Peer& other = consumer_in(world.right, kOther, "b");
    Peer& producer = world.left.producer("b");
    world.right.set_window(kOther, 0);
    world.left.send(producer, "x");
    const std::size_t before = world.right.tries;
    for (int i = 0; i < 100; ++i) {
        world.right.set_window(kOther, 1);
    }
    CHECK(world.right.tries == before + 1);
    CHECK(other.complete() == 1);
    CHECK(world.served() == 0);
}

TEST_CASE("a window of one frame costs two tries, however many wait behind the gate") {
    GateWorld world;
    for (std::size_t i = 0; i < 10; ++i) {
        world.left.send(world.producer, "m");
    }
    for (std::size_t i = 1; i <= 10; ++i) {
        const std::size_t before = world.right.tries;
        world.right.set_window(kShut, 1);
        CHECK(world.served() == i);
        CHECK(world.right.tries <= before + 2);
    }
}

TEST_CASE("room for a connection is offered to each of its sessions") {
    GateWorld world;
    Peer& other = consumer_in(world.right, kOther, "b");
    Peer& producer = world.left.producer("b");
    world.right.set_window(kShut, 100);
    world.right.room = 0;
    world.left.send(producer, "x");
    world.left.send(world.producer, "y");
    CHECK(world.right.tries == 2);
    world.right.make_room(FakePort::kEndless);
    CHECK(other.complete() == 1);
    CHECK(world.served() == 1);
}

TEST_CASE("a gate is shut no longer once those who waited before it have left") {
    GateWorld world;
    Peer& leaver = consumer_in(world.right, kOther, "x");
    world.right.room = 0;
    world.left.send(world.left.producer("x"), "1");
    world.right.detach(leaver);
    world.right.make_room(FakePort::kEndless);
    FakePort elsewhere{world.core, world.now};
    elsewhere.room = 0;
    consumer_in(elsewhere, kOther, "y");
    Peer& ready = consumer_in(world.right, kOther, "y");
    Peer& producer = world.left.producer("y");
    world.left.send(producer, "2");
    world.left.send(producer, "3");
    CHECK(ready.complete() == 1);
}

TEST_CASE("links before a gate that opens are asked in slices") {
    World world{{.router_id = "r1", .limits = {.slice = 10}}};
    world.right.set_window(kShut, 0);
    std::vector<Peer*> consumers;
    for (int i = 0; i < 25; ++i) {
        const std::string address = "a" + std::to_string(i);
        consumers.push_back(&consumer_in(world.right, kShut, address));
        world.left.send(world.left.producer(address), "m");
    }
    const auto served = [&] {
        return std::ranges::count_if(consumers, [](const Peer* each) { return each->complete(); });
    };
    world.right.set_window(kShut, 1000);
    CHECK(served() == 10);
    CHECK(world.core.work(world.now));
    CHECK(served() == 20);
    CHECK_FALSE(world.core.work(world.now));
    CHECK(served() == 25);
}

TEST_SUITE_END();

}  // namespace weft::router
