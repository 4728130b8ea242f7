#include "tests/unit/core/world.hpp"

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

TEST_CASE("what a consumer can take is told to very many containers in slices") {
    constexpr std::size_t kMany = 2'000;
    DemandWorld world;
    std::vector<Peer*> brokers;
    for (std::size_t i = 0; i < kMany; ++i) {
        brokers.push_back(&world.broker());
    }
    Peer& consumer = world.right.consumer("a", 1);
    while (world.core.work(world.now)) {
    }
    const auto knowing = [&](std::uint32_t credit) {
        return static_cast<std::size_t>(std::ranges::count_if(
            brokers, [credit](const Peer* broker) { return broker->may_send == credit; }));
    };
    REQUIRE(knowing(1) == kMany);
    world.right.give_credit(consumer, 7);
    CHECK(knowing(7) <= 16);
    std::size_t slices = 0;
    while (world.core.work(world.now)) {
        ++slices;
    }
    CHECK(slices >= kMany / 1'000);
    CHECK(knowing(7) == kMany);
}

TEST_SUITE_END();

}  // namespace weft::router
