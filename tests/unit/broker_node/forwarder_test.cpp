#include "broker/node/forwarder.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/forwarding_world.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::broker {
namespace {

using State = DrainReport::State;

}  // namespace

TEST_SUITE("forwarder") {
    TEST_CASE("what a queue has leaves on a link of the broker's own, and then it is drained") {
        ForwardingWorld world;
        world.connect();
        world.fill(3);
        CHECK(world.producer->credit() > 0);
        CHECK(world.forwarder->drain({}));
        CHECK(world.forwarder->is_closed());
        world.settle();
        CHECK(world.producer->credit() == 0);
        REQUIRE(world.router->taken != nullptr);
        CHECK(world.router->goal == "orders");
        CHECK(world.state() == State::draining);
        world.router->credit(10);
        world.settle();
        REQUIRE(world.router->came.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(world.state() == State::draining);
            world.router->settle(i, wire::kAccepted);
            world.settle();
        }
        CHECK(world.state() == State::drained);
        CHECK(world.orders().machine().depth() == 0);
        CHECK(world.orders().machine().counters().forwarded == 3);
        CHECK(world.forwarder->report().forwarded == 3);
    }

    TEST_CASE("what producers bring to one that is empty is released") {
        ForwardingWorld world;
        world.connect();
        CHECK(world.forwarder->drain({"orders"}));
        CHECK_FALSE(world.forwarder->is_closed());
        world.settle_store();
        CHECK(world.state() == State::drained);
        REQUIRE(world.producer->credit() > 0);  // it has not heard yet that there is none
        world.router->send(*world.producer, *numbered_message(1), /*settled=*/false);
        world.settle();
        CHECK(world.orders().machine().depth() == 0);
        REQUIRE(world.router->states.size() == 1);
        CHECK(world.router->states.front() ==
              Buffer{wire::kReleased.begin(), wire::kReleased.end()});
        CHECK(world.producer->credit() == 0);
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("what a producer brings by the credit that it had goes on to the others") {
        ForwardingWorld world;
        world.connect();
        world.fill(1);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle_store();
        REQUIRE(world.producer->credit() > 0);
        world.router->send(*world.producer, *numbered_message(2), /*settled=*/false);
        world.settle();
        REQUIRE(world.router->states.size() == 1);
        CHECK(world.router->states.front() ==
              Buffer{wire::kAccepted.begin(), wire::kAccepted.end()});
        world.router->credit(10);
        world.settle();
        CHECK(world.router->came.size() == 2);
    }

    TEST_CASE("a rejected one is a dead letter, one that nobody took is tried again later") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        world.router->credit(10);
        world.settle();
        REQUIRE(world.router->came.size() == 2);
        world.router->settle(0, wire::rejected(kInvalidField, "it is wrong"));
        world.router->settle(1, wire::kReleased);
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
        CHECK(world.queues->known("$dlq")->machine().depth() == 1);
        const DrainReport report = world.forwarder->report();
        CHECK(report.rejected == 1);
        CHECK(report.returned == 1);
        REQUIRE(report.left.size() == 1);
        CHECK(report.left.front().trouble == "no other broker took it");
        while (world.router->came.size() < 3) {  // after a pause
            world.loop.run_one();
            world.router->pump();
        }
        world.router->settle(2, wire::kAccepted);
        world.settle();
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("what leaves has no part in a peer's transaction") {
        ForwardingWorld world;
        world.connect();
        world.fill(1);
        CHECK(world.forwarder->drain({"orders"}));
        amqp::Link& control = world.router->coordinator();
        world.settle();
        world.router->credit(10);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        const Buffer name = world.router->declare(control);
        world.router->settle(0, transaction::state_of(name, wire::kAccepted));
        world.settle();
        CHECK(world.forwarder->report().returned == 1);
        CHECK(world.orders().machine().depth() == 1);
        world.router->detach(*world.router->taken);
        world.router->send(control, transaction::discharge(name, /*fail=*/false),
                           /*settled=*/false);
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
    }

    TEST_CASE("a subscription that comes during a drain of all is named") {
        ForwardingWorld world;
        world.connect();
        CHECK(world.forwarder->drain({}));
        world.settle();
        CHECK(world.forwarder->report().staying == 0);
        world.queues->add_subscription({});
        world.settle();
        CHECK(world.forwarder->report().staying == 1);
    }

    TEST_CASE("one that is full is no reason for dead letters") {
        ForwardingWorld world;
        world.connect();
        world.fill(1);
        CHECK(world.forwarder->drain({}));
        world.settle();
        world.router->credit(1);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        world.router->settle(0, wire::rejected(kResourceLimitExceeded, "it is full"));
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
        CHECK(world.forwarder->report().left.front().trouble == "rejected: it is full");
    }

    TEST_CASE("it goes on after a restart, and is called off") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({}));
        world.settle();
        world.open();
        CHECK(world.state() == State::draining);
        CHECK(world.forwarder->report().all);
        world.connect();
        CHECK(world.producer->credit() == 0);
        REQUIRE(world.router->taken != nullptr);
        world.router->credit(1);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        world.forwarder->cancel();
        world.settle();
        CHECK(world.state() == State::none);
        CHECK(world.producer->credit() > 0);
        REQUIRE(world.router->taken != nullptr);  // one is under way
        world.router->settle(0, wire::kAccepted);
        world.settle();
        CHECK(world.router->taken == nullptr);
        CHECK(world.orders().machine().depth() == 1);
        world.open();
        CHECK(world.state() == State::none);
    }

    TEST_CASE("what no router tells stays, and is named") {
        ForwardingWorld world;
        world.fill(1);
        CHECK_FALSE(world.forwarder->drain({"orders", "nothing"}));
        CHECK(world.state() == State::none);
        CHECK(world.forwarder->drain({}));
        world.settle();
        const DrainReport report = world.forwarder->report();
        CHECK(report.staying == 1);
        CHECK(report.staying_messages == 1);
        REQUIRE(report.stays.size() == 1);
        CHECK(report.stays.front().queue == "orders");
        CHECK_FALSE(world.orders().entry().is_draining());
        world.connect();  // a router tells that others keep it
        CHECK(world.forwarder->report().staying == 0);
        CHECK(world.orders().entry().is_draining());
    }

    TEST_CASE("a broker that ends waits for what is under way") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({}));
        world.settle();
        world.router->credit(1);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        bool ended = false;
        world.forwarder->end([&] { ended = true; });
        world.router->credit(10);
        world.settle();
        CHECK_FALSE(ended);
        CHECK(world.router->came.size() == 1);
        world.router->settle(0, wire::kAccepted);
        while (!ended) {
            world.loop.run_one();
        }
        CHECK(world.orders().machine().depth() == 1);
        CHECK(world.orders().entry().is_draining());
    }
}

}  // namespace weft::broker
