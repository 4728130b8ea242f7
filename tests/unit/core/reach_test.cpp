#include "router/core/reach.hpp"

#include "tests/unit/core/mesh_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace weft::router {
namespace {

constexpr std::size_t kSliceReach = 10;
constexpr std::size_t kManyReach = 100;
constexpr RouterIndex kFar = 1;

/// A core that does ten steps in a slice, and a neighbour.
struct FarWorld {
    FarWorld() {
        topology.index = {{"far", kFar}};
        core.routes().set_topology(&topology);
        to_next = &next.data(Direction::out, 0, /*credit=*/0);
    }
    ~FarWorld() {
        path(false);
        while (core.work(now)) {
        }
        next.detach(*to_next);
        core.routes().set_topology(nullptr);
    }

    void path(bool leads) {
        core.reach().set_path(kFar, "far", leads ? &next.trunk() : nullptr, 1, now);
    }
    void remote(std::size_t address, bool has) {
        core.reach().set_remote(kFar, "M0" + std::to_string(address), has, {}, now);
    }
    std::size_t routable() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            core.addresses().all(), [](const Address* each) { return each->routable; }));
    }
    /// Slices until nothing is left.
    std::size_t slices() {
        std::size_t count = 1;
        for (; core.work(now); ++count) {
        }
        return count;
    }

    Instant now{std::chrono::hours(1)};
    FakeTopology topology;
    Core core{{.router_id = "here", .limits = {.slice = kSliceReach}}};
    FakePort clients{core, now};
    FakePort next{core, now, Traits::of_router()};
    Peer* to_next = nullptr;
};

}  // namespace

TEST_SUITE_BEGIN("reach");

TEST_CASE("the addresses of a router follow its path in slices, when it comes and when it goes") {
    FarWorld world;
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.remote(i, true);
    }
    CHECK(world.routable() == 0);
    world.path(true);
    CHECK(world.routable() <= kSliceReach + 1);
    CHECK(world.slices() >= kManyReach / kSliceReach - 1);
    CHECK(world.routable() == kManyReach + 1);
    world.path(false);
    CHECK(world.routable() >= kManyReach - kSliceReach);
    world.slices();
    CHECK(world.routable() == 0);
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.remote(i, false);
    }
}

TEST_CASE("no router takes requests to the management of another in its name") {
    FarWorld world;
    world.path(true);
    world.core.reach().set_remote(kFar, "M0$management", true, Distribution::closest, world.now);
    CHECK(world.core.addresses().find("M0$management") == nullptr);
    world.core.reach().set_remote(kFar, "M0$management", false, {}, world.now);
}

TEST_CASE("a message finds no way before its address has followed, and is not lost") {
    FarWorld world;
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.remote(i, true);
    }
    world.path(true);
    world.slices();
    Peer& producer = world.clients.producer("0");
    REQUIRE(producer.may_send > 0);
    world.path(false);
    REQUIRE(world.core.addresses().find("M00")->routable);
    const DeliveryId id = world.clients.send(producer, plain_message("m"));
    CHECK(producer.outcome(id) == Outcome::released);
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.remote(i, false);
    }
}

TEST_CASE("addresses that come and go while others follow are where they belong") {
    FarWorld world;
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.remote(i, true);
    }
    world.path(true);
    for (std::size_t i = 0; i < kManyReach; i += 3) {
        world.remote(i, false);
        world.remote(kManyReach + i, true);
        if (i % 2 == 0) {
            world.core.work(world.now);
        }
    }
    world.slices();
    CHECK(world.routable() == kManyReach + 1);
    world.path(false);
    for (std::size_t i = 0; i < 2 * kManyReach; ++i) {
        world.remote(i, false);
    }
    CHECK(world.core.addresses().size() == 0);
}

TEST_CASE("who takes back an address disturbs what waits for others as little as can be") {
    FarWorld world;
    world.path(true);
    world.remote(1, true);
    world.remote(2, true);
    Peer& producer = world.clients.producer("1");
    const DeliveryId id = world.clients.send(producer, plain_message("m"));
    world.remote(2, false);
    CHECK_FALSE(world.next.trunk().strayed);
    world.remote(1, false);
    CHECK(world.next.trunk().strayed);
    world.core.tick(world.now);
    CHECK(producer.outcome(id) == Outcome::released);
}

TEST_CASE("what waits for consumers here finds its new way in slices, before what comes later") {
    FarWorld world;
    world.path(true);
    Peer& here = world.clients.consumer("0", 0);
    Peer& producer = world.clients.producer("0", kManyReach + 1);
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.clients.send(producer, as_bytes("m"), {.settled = true});
    }
    const Link& link = *world.to_next->link;
    const auto on_their_way = [&] { return std::size_t{link.queued}; };
    world.remote(0, true);
    CHECK(on_their_way() == kSliceReach);
    CHECK(world.core.work(world.now));
    CHECK(on_their_way() == 2 * kSliceReach);
    world.clients.send(producer, as_bytes("last"), {.settled = true});
    CHECK(on_their_way() == 2 * kSliceReach);
    CHECK(world.slices() >= kManyReach / kSliceReach - 2);
    REQUIRE(on_their_way() == kManyReach + 1);
    CHECK(here.got.empty());
    world.next.give_credit(*world.to_next, 2 * kManyReach);
    CHECK(world.to_next->got.back().text().ends_with("last"));
    world.next.accept_all(*world.to_next);
    world.remote(0, false);
}

TEST_CASE("a message of another router waits behind others that have not found their way yet") {
    FarWorld world;
    world.path(true);
    world.clients.consumer("0", 0);
    Peer& producer = world.clients.producer("0", kManyReach);
    Peer& from_next = world.next.data(Direction::in);
    for (std::size_t i = 0; i < 2 * kSliceReach; ++i) {
        world.clients.send(producer, as_bytes("m"), {.settled = true});
    }
    world.remote(0, true);
    const Address& address = *world.core.addresses().find("M00");
    CHECK(address.waiting.count() == kSliceReach);
    const Buffer late = stamped(plain_message("late"), {.to = "0", .ingress = "far"});
    world.next.send(from_next, late, {.settled = true, .presettled = true});
    CHECK(address.waiting.count() == kSliceReach + 1);
    world.slices();
    CHECK(address.waiting.empty());
    world.next.give_credit(*world.to_next, 2 * kManyReach);
    CHECK(Dissected(world.to_next->got.back().bytes).bare == as_text(plain_message("late")));
    world.next.accept_all(*world.to_next);
    world.next.detach(from_next);
    world.remote(0, false);
}

TEST_CASE("addresses that follow a path share a slice with what waits at them") {
    FarWorld world;
    world.clients.consumer("0", 0);
    world.clients.consumer("1", 0);
    for (const char* name : {"0", "1"}) {
        Peer& producer = world.clients.producer(name, kManyReach);
        for (std::size_t i = 0; i < kSliceReach; ++i) {
            world.clients.send(producer, as_bytes("m"), {.settled = true});
        }
    }
    world.remote(0, true);
    world.remote(1, true);
    world.path(true);
    CHECK(world.to_next->link->queued == kSliceReach);
    world.slices();
    CHECK(world.to_next->link->queued == 2 * kSliceReach);
    world.next.give_credit(*world.to_next, kManyReach);
    world.next.accept_all(*world.to_next);
    world.remote(0, false);
    world.remote(1, false);
}

TEST_CASE("what strays takes its new way in slices, and nothing begins on the old one meanwhile") {
    FarWorld world;
    FakePort other{world.core, world.now, Traits::of_router()};
    Peer& to_other = other.data(Direction::out, 0, /*credit=*/0);
    world.path(true);
    world.remote(0, true);
    Peer& producer = world.clients.producer("0", kManyReach);
    for (std::size_t i = 0; i < kManyReach; ++i) {
        world.clients.send(producer, as_bytes(std::to_string(i)), {.settled = true});
    }
    REQUIRE(world.to_next->link->queued == kManyReach);
    world.core.reach().set_path(kFar, "far", &other.trunk(), 1, world.now);
    world.core.tick(world.now);
    CHECK(to_other.link->queued == kSliceReach);
    SUBCASE("the neighbour would take it") {
        world.next.give_credit(*world.to_next, kManyReach);
        CHECK(world.to_next->got.empty());
        CHECK(world.slices() >= kManyReach / kSliceReach - 2);
    }
    SUBCASE("its link goes meanwhile") {
        world.next.detach(*world.to_next);
        world.slices();
        world.to_next = &world.next.data(Direction::out, 0, /*credit=*/0);
    }
    REQUIRE(to_other.link->queued == kManyReach);
    other.give_credit(to_other, kManyReach);
    for (std::size_t i = 0; i < kManyReach; ++i) {
        CHECK(to_other.got[i].text().ends_with(std::to_string(i)));
    }
    other.accept_all(to_other);
    world.remote(0, false);
    world.path(false);
    other.detach(to_other);
}

TEST_SUITE_END();

}  // namespace weft::router
