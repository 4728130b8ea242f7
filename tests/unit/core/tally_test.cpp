#include "router/core/tally.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/port.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace weft::router {
namespace {

struct Counted {
    Clock clock;
    Tally tally{clock};
    Connection client{no_port(), Traits::of_client(), {}};
    Connection loop{no_port(), Traits::of_loop(), {}};
    Link from_client{client, Direction::in, 10};
    Link from_loop{loop, Direction::in, 10};
};

}  // namespace

TEST_SUITE_BEGIN("Tally");

TEST_CASE("what a client sends counts on its link and of the router") {
    Counted world;
    world.tally.came(world.from_client, {{.settled = true}});
    CHECK(world.from_client.counters.deliveries == 1);
    CHECK(world.from_client.counters.presettled == 1);
    CHECK(world.tally.counters().ingress == 1);
    CHECK(world.tally.counters().presettled == 1);
    world.tally.outcome(world.from_client, wire::kAccepted);
    CHECK(world.tally.counters().accepted == 1);
}

TEST_CASE("what comes from another loop counts of the router there, not here") {
    Counted world;
    world.tally.came(world.from_loop, {{.settled = true}});
    world.tally.outcome(world.from_loop, wire::kReleased);
    CHECK(world.from_loop.counters.presettled == 1);
    CHECK(world.from_loop.counters.released == 1);
    CHECK(world.tally.counters().ingress == 0);
    CHECK(world.tally.counters().presettled == 0);
    CHECK(world.tally.counters().released == 0);
}

TEST_CASE("a drop counts by its reason; of a presettled one the link is told, if it is there") {
    Counted world;
    world.tally.drop(&world.from_client, DropReason::no_path, /*presettled=*/true);
    world.tally.drop(nullptr, DropReason::no_path, /*presettled=*/true);
    world.tally.drop(nullptr, DropReason::aborted, /*presettled=*/false);
    CHECK(world.tally.counters().dropped[static_cast<int>(DropReason::no_path)] == 2);
    CHECK(world.tally.counters().dropped_presettled == 2);
    CHECK(world.from_client.counters.dropped_presettled == 1);
}

TEST_CASE("a delivery is late from one second on, and very late from ten") {
    Counted world;
    const Instant start{std::chrono::hours(1)};
    world.clock.set(start);
    Delivery delivery;
    delivery.arrived = world.clock.tenths();
    world.tally.delay(world.from_client, delivery);
    world.clock.set(start + std::chrono::seconds(2));
    world.tally.delay(world.from_client, delivery);
    world.clock.set(start + std::chrono::seconds(11));
    world.tally.delay(world.from_client, delivery);
    CHECK(world.tally.counters().delayed_1s == 1);
    CHECK(world.tally.counters().delayed_10s == 1);
}

TEST_CASE("a stuck delivery counts until it is over") {
    Counted world;
    Delivery delivery;
    world.tally.stuck(delivery, &world.from_client);
    CHECK(world.tally.counters().stuck == 1);
    CHECK(world.from_client.stuck == 1);
    world.tally.unstuck(delivery, &world.from_client);
    CHECK(world.tally.counters().stuck == 0);
    CHECK(world.from_client.stuck == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
