#include "router/core/lost_producers.hpp"

#include "tests/unit/core/mesh_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace weft::router {
namespace {

constexpr std::size_t kSliceLost = 10;
constexpr std::size_t kManyLost = 300;

/// A core that does ten steps in a slice, and a neighbour that has sent many messages for one
/// consumer.
struct LostWorld {
    explicit LostWorld(bool settles_second) {
        topology.index = {{"far", 1}};
        core.routes().set_topology(&topology);
        from_next = &next.data(Direction::in);
        consumer = &clients.attach(
            {.direction = Direction::out, .address = "a", .settles_second = settles_second});
        clients.give_credit(*consumer, kManyLost);
        for (std::size_t i = 0; i < kManyLost; ++i) {
            next.send(*from_next, stamped(plain_message("m"), {.to = "a", .ingress = "far"}));
        }
        REQUIRE(consumer->complete() == kManyLost);
    }
    ~LostWorld() {
        clients.check_contexts();
        CHECK(clients.faults == std::vector<std::string>{});
        core.routes().set_topology(nullptr);
    }

    std::size_t settled() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(consumer->got, &Got::settled_by_router));
    }
    /// Slices until nothing is left, each of which settles no more than a slice is.
    std::size_t slices() {
        std::size_t count = 1;
        for (bool more = true; more; ++count) {
            const std::size_t before = settled();
            more = core.work(now);
            CHECK(settled() - before <= kSliceLost);
        }
        return count;
    }

    Instant now{std::chrono::hours(1)};
    FakeTopology topology;
    Core core{{.router_id = "here", .limits = {.slice = kSliceLost}}};
    FakePort clients{core, now};
    FakePort next{core, now, Traits::of_router()};
    Peer* from_next = nullptr;
    Peer* consumer = nullptr;
};

}  // namespace

TEST_SUITE_BEGIN("lost producers");

TEST_CASE("who settles after a router that is gone is told in slices") {
    LostWorld world{/*settles_second=*/true};
    world.next.detach(*world.from_next);
    CHECK(world.settled() <= kSliceLost);
    CHECK(world.slices() >= kManyLost / kSliceLost);
    CHECK(world.settled() == kManyLost);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("who settles first goes on, and may answer what a router that is gone has sent") {
    LostWorld world{/*settles_second=*/false};
    world.next.detach(*world.from_next);
    world.slices();
    CHECK(world.settled() == 0);
    CHECK(world.core.deliveries().in_use() == kManyLost);
    world.clients.accept_all(*world.consumer);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("what was answered before the router went is settled, what is answered later too") {
    LostWorld world{/*settles_second=*/true};
    for (std::size_t i = 0; i < kManyLost / 2; ++i) {
        world.clients.update(*world.consumer, world.consumer->got[i].id, kAccepted, false);
    }
    world.next.detach(*world.from_next);
    CHECK(world.settled() <= kSliceLost);
    world.clients.update(*world.consumer, world.consumer->got.back().id, kAccepted, false);
    world.slices();
    CHECK(world.settled() == kManyLost);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("of a multicast each consumer that is told counts") {
    LostWorld world{/*settles_second=*/false};
    constexpr std::size_t kConsumers = 20;
    const auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, "m");
    REQUIRE(world.core.rules().add(
        {.name = {}, .pattern = *pattern, .treatment = {.distribution = Distribution::multicast}}));
    std::vector<Peer*> consumers;
    for (std::size_t i = 0; i < kConsumers; ++i) {
        consumers.push_back(&world.clients.attach(
            {.direction = Direction::out, .address = "m", .settles_second = true}));
        world.clients.give_credit(*consumers.back(), kManyLost);
    }
    for (std::size_t i = 0; i < kManyLost; ++i) {
        world.next.send(*world.from_next,
                        stamped(plain_message("m"), {.to = "m", .ingress = "far"}));
    }
    const auto told = [&] {
        std::size_t count = 0;
        for (const Peer* consumer : consumers) {
            count += static_cast<std::size_t>(
                std::ranges::count_if(consumer->got, &Got::settled_by_router));
        }
        return count;
    };
    world.next.detach(*world.from_next);
    CHECK(told() <= kSliceLost + kConsumers);
    for (bool more = true; more;) {
        const std::size_t before = told();
        more = world.core.work(world.now);
        CHECK(told() - before <= kSliceLost + kConsumers);
    }
    CHECK(told() == kConsumers * kManyLost);
}

TEST_SUITE_END();

}  // namespace weft::router
