#include "tests/unit/core/world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::router {
namespace {

/// A core with another loop beside it, and a producer that sends on demand.
struct DemandWorld : World {
    ~DemandWorld() {
        for (const auto& peer : other.peers()) {
            if (peer->link != nullptr) {
                other.detach(*peer);
            }
        }
        CHECK(other.faults == std::vector<std::string>{});
    }
    Peer& broker(std::string_view address = "a") {
        return left.attach({.direction = Direction::in, .address = address, .on_demand = true});
    }

    FakePort other{core, now, Traits::of_loop()};
};

}  // namespace

TEST_SUITE_BEGIN("Core: on demand");

TEST_CASE("a container may send what consumers can take together, and no more") {
    DemandWorld world;
    Peer& broker = world.broker();
    CHECK(broker.may_send == 0);
    Peer& one = world.right.consumer("a", 3);
    CHECK(broker.may_send == 3);
    Peer& two = world.right.consumer("a", 4);
    CHECK(broker.may_send == 7);
    world.left.send(broker, "1");
    CHECK(broker.may_send == 6);
    world.right.give_credit(one, 0);
    CHECK(broker.may_send == two.credit);
    world.right.detach(one);
    world.right.accept_all(two);
    CHECK(broker.may_send == two.credit);
}

TEST_CASE("never more than its capacity") {
    DemandWorld world;
    Peer& broker = world.left.attach(
        {.direction = Direction::in, .address = "a", .capacity = 5, .on_demand = true});
    Peer& consumer = world.right.consumer("a", 100);
    CHECK(broker.may_send == 5);
    world.left.send(broker, "1");
    CHECK(broker.may_send == 4);
    world.right.accept_all(consumer);
    CHECK(broker.may_send == 5);
}

TEST_CASE("what another producer sends takes of what a container may") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& producer = world.left.producer("a");
    Peer& consumer = world.right.consumer("a", 2);
    CHECK(broker.may_send == 2);
    world.left.send(producer, "1");
    CHECK(broker.may_send == 1);
    world.left.send(producer, "2");
    CHECK(broker.may_send == 0);
    world.left.send(producer, "3");  // waits
    world.right.give_credit(consumer, 1);
    CHECK(consumer.texts() == "1,2,3");
    CHECK(broker.may_send == 0);
    world.right.give_credit(consumer, 1);
    CHECK(broker.may_send == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("consumers on other loops count") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 2);
    CHECK(broker.may_send == 2);
    world.right.consumer("a", 1);
    CHECK(broker.may_send == 3);
    world.other.give_credit(elsewhere, 0);
    CHECK(broker.may_send == 1);
}

TEST_CASE("who drains is answered once the container has sent what it had") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& consumer = world.right.consumer("a", 0);
    world.right.give_credit(consumer, 5, /*drain=*/true);
    CHECK(broker.may_send == 5);
    CHECK(broker.asked_to_drain);
    CHECK(consumer.drained == 0);
    world.left.send(broker, "1");
    CHECK(consumer.drained == 0);
    world.left.give_back(broker);
    while (world.core.work(world.now)) {
    }
    CHECK(consumer.texts() == "1");
    CHECK(consumer.drained == 1);
    CHECK(broker.may_send == 0);
    world.right.accept_all(consumer);
}

TEST_CASE("another loop that drains is answered after the container, too") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 2, /*drain=*/true);
    CHECK(broker.asked_to_drain);
    CHECK(elsewhere.drained == 0);
    world.left.send(broker, "1");
    world.left.give_back(broker);
    while (world.core.work(world.now)) {
    }
    CHECK(elsewhere.texts() == "1");
    CHECK(elsewhere.drained == 1);
    world.other.accept_all(elsewhere);
}

TEST_CASE("what a consumer that leaves has not taken is wanted of no container any more") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& one = world.right.consumer("a", 100);
    world.right.consumer("a", 2);
    Peer& elsewhere = world.other.relay(Direction::out, "a");
    world.other.give_credit(elsewhere, 5);
    CHECK(broker.may_send == 107);
    world.right.detach(one);
    CHECK(broker.may_send == 7);
    world.core.deactivate(*elsewhere.link, world.now);
    CHECK(broker.may_send == 2);
}

TEST_CASE("what a consumer that leaves has not taken is wanted of no other loop any more") {
    DemandWorld world;
    Peer& producer = world.other.relay(Direction::in, "a");
    Peer& one = world.right.consumer("a", 3);
    world.right.consumer("a", 4);
    CHECK(producer.may_send == 7);
    world.right.detach(one);
    CHECK(producer.may_send == 4);
}

TEST_CASE("a container that does not say that it sent the rest is not waited for without end") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& consumer = world.right.consumer("a", 0);
    world.right.give_credit(consumer, 5, /*drain=*/true);
    world.tick(9);
    CHECK(consumer.drained == 0);
    world.left.send(broker, "1");  // it has begun to
    world.tick(9);
    CHECK(consumer.drained == 0);
    world.tick(2);
    CHECK(consumer.drained == 1);
    CHECK_FALSE(broker.asked_to_drain);
    CHECK(broker.may_send == 0);
    // Its word comes late, and means nothing any more.
    world.left.give_back(broker);
    CHECK(consumer.drained == 1);
    world.right.give_credit(consumer, 3);
    CHECK(broker.may_send == 3);
    world.right.accept_all(consumer);
}

TEST_CASE("a container that goes is not waited for") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& consumer = world.right.consumer("a", 0);
    world.right.give_credit(consumer, 5, /*drain=*/true);
    CHECK(consumer.drained == 0);
    world.left.detach(broker);
    while (world.core.work(world.now)) {
    }
    CHECK(consumer.drained == 1);
}

TEST_CASE("very many containers hear what each may send once a turn") {
    constexpr std::size_t kMany = 2'000;
    DemandWorld world;
    std::vector<Peer*> brokers;
    for (std::size_t i = 0; i < kMany; ++i) {
        brokers.push_back(&world.broker());
    }
    const auto work = [&] {
        while (world.core.work(world.now)) {
        }
    };
    const auto knowing = [&](std::uint32_t credit) {
        return static_cast<std::size_t>(std::ranges::count_if(
            brokers, [credit](const Peer* broker) { return broker->may_send == credit; }));
    };
    Peer& consumer = world.right.consumer("a", kMany);
    work();
    REQUIRE(knowing(1) == kMany);
    const std::uint64_t before = world.left.grants;
    for (std::uint32_t i = 1; i <= 100; ++i) {
        world.right.give_credit(consumer, kMany * (2 + i % 2));
        world.right.detach(world.right.consumer("a", i));
    }
    CHECK(world.left.grants == before);
    work();
    CHECK(knowing(2) == kMany);
    CHECK(world.left.grants == before + kMany);

    world.right.give_credit(consumer, kMany * 2, /*drain=*/true);
    work();
    for (Peer* broker : brokers) {
        world.left.give_back(*broker);
    }
    CHECK(consumer.drained == 0);
    work();
    CHECK(consumer.drained == 1);
    CHECK(knowing(0) == kMany);
    CHECK(world.left.grants == before + 2 * kMany);
}

TEST_CASE("who drains and has all it wanted waits for no container") {
    DemandWorld world;
    Peer& full = world.broker();
    Peer& silent = world.broker();
    Peer& consumer = world.right.consumer("a", 0);
    world.right.give_credit(consumer, 2, /*drain=*/true);
    REQUIRE(silent.asked_to_drain);
    Peer& producer = world.right.producer("a");
    world.left.send(full, "1");
    world.right.send(producer, "2");
    while (world.core.work(world.now)) {
    }
    CHECK(consumer.texts() == "1,2");
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("several containers together may send what consumers can take, and no more") {
    DemandWorld world;
    Peer& one = world.broker();
    Peer& two = world.broker();
    Peer& consumer = world.right.consumer("a", 10);
    CHECK(one.may_send == 5);
    CHECK(two.may_send == 5);
    world.left.send(one, "1");
    world.left.send(two, "2");
    CHECK(one.may_send + two.may_send == 8);
    world.right.give_credit(consumer, 3);
    CHECK(one.may_send + two.may_send == 3);
    world.right.accept_all(consumer);
    world.right.detach(consumer);
    CHECK(one.may_send + two.may_send == 0);
}

TEST_CASE("a container that has nothing gives its part to the one that has used its own") {
    DemandWorld world;
    Peer& full = world.broker();
    Peer& empty = world.broker();
    Peer& consumer = world.right.consumer("a", 4);
    CHECK_FALSE(empty.asked_to_drain);
    world.left.send(full, "1");
    world.left.send(full, "2");
    CHECK(full.may_send == 0);
    CHECK(empty.asked_to_drain);
    world.left.give_back(empty);
    CHECK(full.may_send == 2);
    CHECK(empty.may_send == 0);
    world.right.accept_all(consumer);
    world.right.give_credit(consumer, 4);
    CHECK(full.may_send == 4);
    world.tick();
    CHECK(full.asked_to_drain);  // the other one may have some meanwhile
    for (int i = 0; i < 4; ++i) {
        world.left.send(full, "x");
    }
    world.left.give_back(full);
    world.right.give_credit(consumer, 4);
    CHECK(empty.may_send == 1);
    CHECK(full.may_send == 3);
    world.right.accept_all(consumer);
}

TEST_CASE("who drains is answered once all containers have") {
    DemandWorld world;
    Peer& one = world.broker();
    Peer& two = world.broker();
    Peer& consumer = world.right.consumer("a", 0);
    const auto work = [&] {
        while (world.core.work(world.now)) {
        }
    };
    world.right.give_credit(consumer, 1, /*drain=*/true);
    REQUIRE(one.may_send == 1);
    CHECK(one.asked_to_drain);
    CHECK(two.may_send == 0);
    world.left.give_back(one);
    work();
    CHECK(consumer.drained == 0);
    REQUIRE(two.may_send == 1);
    CHECK(two.asked_to_drain);
    world.left.send(two, "1");
    world.left.give_back(two);
    work();
    CHECK(consumer.texts() == "1");
    CHECK(consumer.drained == 1);
    world.right.accept_all(consumer);

    world.right.give_credit(consumer, 1, /*drain=*/true);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(one.may_send + two.may_send == 1);
        CHECK(consumer.drained == 1);
        world.left.give_back(one.may_send > 0 ? one : two);
        work();
    }
    CHECK(consumer.drained == 2);
    CHECK(one.may_send + two.may_send == 0);
}

TEST_CASE("what a container that goes had is for the others, and nobody waits for its answer") {
    DemandWorld world;
    Peer& one = world.broker();
    Peer& two = world.broker();
    Peer& consumer = world.right.consumer("a", 6);
    CHECK(two.may_send == 3);
    world.left.detach(one);
    CHECK(two.may_send == 6);
    Peer& third = world.broker();
    world.right.give_credit(consumer, 6, /*drain=*/true);
    world.left.give_back(two);
    CHECK(consumer.drained == 0);
    world.left.detach(third);
    while (world.core.work(world.now)) {
    }
    CHECK(consumer.drained == 1);
}

TEST_CASE("a container that goes amid a message is told nothing more") {
    DemandWorld world;
    Peer& broker = world.broker();
    Peer& consumer = world.right.consumer("a", 5);
    world.left.send(broker, plain_message("1"), {.more = true});
    world.left.detach(broker);
    CHECK(world.left.faults == std::vector<std::string>{});
    world.right.accept_all(consumer);
}

TEST_CASE("producers are spread over the containers that take something") {
    DemandWorld world;
    Peer& one = world.right.consumer("a", 100);
    Peer& two = world.right.consumer("a", 100);
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 10; ++i) {
        world.left.send(producer, "x");
    }
    CHECK(one.got.size() == 5);
    CHECK(two.got.size() == 5);
    world.right.give_credit(one, 0);
    for (int i = 0; i < 10; ++i) {
        world.left.send(producer, "x");
    }
    CHECK(one.got.size() == 5);
    CHECK(two.got.size() == 15);
    world.right.accept_all(one);
    world.right.accept_all(two);
}

TEST_SUITE_END();

}  // namespace weft::router
