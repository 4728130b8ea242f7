#include "router/core/core.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace weft::router {
namespace {

constexpr std::size_t kSliceChores = 10;
constexpr std::size_t kManyChores = 100;

/// A core that does ten steps in a slice, and an address with a hundred producers.
struct ChoresWorld {
    ChoresWorld() {
        for (std::size_t i = 0; i < kManyChores; ++i) {
            producers.push_back(&left.producer("a", 5));
        }
    }
    std::size_t told() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(producers, [](const Peer* each) { return each->may_send > 0; }));
    }
    /// Slices until nothing is left.
    std::size_t slices() {
        std::size_t count = 0;
        do {
            ++count;
        } while (core.work(now));
        return count;
    }

    /// Each producer has sent one message, and the only consumer has gone without taking any.
    void leave_all_waiting() {
        Peer& consumer = right.consumer("a", 0);
        slices();
        for (Peer* producer : producers) {
            left.send(*producer, "m");
        }
        right.detach(consumer);
    }

    Instant now{std::chrono::hours(1)};
    Core core{{.router_id = "r", .limits = {.slice = kSliceChores}}};
    FakePort left{core, now};
    FakePort right{core, now};
    std::vector<Peer*> producers;
};

}  // namespace

TEST_SUITE_BEGIN("chores");

TEST_CASE("producers hear of their first consumer in slices") {
    ChoresWorld world;
    world.right.consumer("a", 1);
    CHECK(world.told() == kSliceChores);
    CHECK(world.core.work(world.now));
    CHECK(world.told() == 2 * kSliceChores);
    CHECK(world.slices() == kManyChores / kSliceChores - 2);
    CHECK(world.told() == kManyChores);
    CHECK_FALSE(world.core.work(world.now));
}

TEST_CASE("a consumer that comes and goes again and again makes one round, not many") {
    ChoresWorld world;
    for (int i = 0; i < 600; ++i) {
        Peer& consumer = world.right.consumer("a", 1);
        world.right.detach(consumer);
    }
    CHECK(world.slices() <= kManyChores / kSliceChores + 1);
    world.right.consumer("a", 1);
    world.slices();
    CHECK(world.told() == kManyChores);
}

TEST_CASE("who comes or goes during a round leaves nobody out") {
    ChoresWorld world;
    world.right.consumer("a", 1);
    for (std::size_t i = 0; i < kManyChores; i += 3) {
        world.left.detach(*world.producers[i]);
        world.producers[i] = &world.left.producer("a", 5);
        if (i % 2 == 0) {
            world.core.work(world.now);
        }
    }
    world.slices();
    CHECK(world.told() == kManyChores);
}

TEST_CASE("what waits when the last consumer leaves is let go in slices") {
    ChoresWorld world;
    world.leave_all_waiting();
    CHECK(world.core.deliveries().in_use() == kManyChores - kSliceChores);
    world.core.work(world.now);
    CHECK(world.core.deliveries().in_use() == kManyChores - 2 * kSliceChores);
    world.slices();
    CHECK(world.core.deliveries().in_use() == 0);
    for (Peer* producer : world.producers) {
        CHECK(producer->told.back().outcome() == Outcome::released);
    }
}

TEST_CASE("a consumer that comes before all that waited was let go gets the rest") {
    ChoresWorld world;
    world.leave_all_waiting();
    Peer& late = world.right.consumer("a", kManyChores);
    CHECK(late.got.size() == kManyChores - kSliceChores);
    world.slices();
    CHECK(late.got.size() == kManyChores - kSliceChores);
}

TEST_CASE("an address that nobody uses goes once its chores are done") {
    ChoresWorld world;
    world.right.consumer("a", 1);
    for (Peer* producer : world.producers) {
        world.left.detach(*producer);
    }
    world.right.detach(*world.right.peers().front());
    world.slices();
    CHECK(world.core.addresses().size() == 0);
}

TEST_CASE("the look at everything each second is made in slices") {
    ChoresWorld world;
    world.right.consumer("a", 1);
    world.slices();
    world.now += std::chrono::seconds(1);
    world.core.tick(world.now);
    CHECK(world.core.work(world.now));
    CHECK(world.slices() >= (kManyChores + 2) / kSliceChores - 2);
    CHECK_FALSE(world.core.work(world.now));
}

TEST_CASE("what many causes of one turn have done at once is one slice together") {
    ChoresWorld world;
    constexpr std::size_t kAddresses = 20;
    constexpr std::size_t kEach = 5;
    std::vector<Peer*> consumers;
    for (std::size_t i = 0; i < kAddresses; ++i) {
        const std::string address = "b" + std::to_string(i);
        consumers.push_back(&world.right.consumer(address, 0));
        Peer& producer = world.left.producer(address, kEach);
        for (std::size_t k = 0; k < kEach; ++k) {
            world.left.send(producer, "m");
        }
    }
    world.slices();
    const auto waiting = [&] { return world.core.deliveries().in_use(); };
    REQUIRE(waiting() == kAddresses * kEach);
    world.now += std::chrono::milliseconds(1);
    for (std::size_t i = 0; i + 1 < kAddresses; ++i) {
        world.right.detach(*consumers[i]);
    }
    const std::size_t left = waiting();  // beside those who were told that nobody is there
    CHECK(left < kAddresses * kEach);
    CHECK(left >= kAddresses * kEach - kSliceChores);
    world.now += std::chrono::milliseconds(1);
    world.right.detach(*consumers.back());
    CHECK(waiting() == left - kEach);
    for (bool more = true; more;) {
        const std::size_t before = waiting();
        more = world.core.work(world.now);
        CHECK(before - waiting() <= kSliceChores);
    }
    CHECK(waiting() == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
