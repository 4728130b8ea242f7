/// What a drain does where something is otherwise than it should be.
#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/forwarding_world.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::broker {
namespace {

using State = DrainReport::State;
using Answer = RouterPeer::Answer;

/// What is said of the queues that are not empty.
std::string trouble_of(const ForwardingWorld& world) {
    const DrainReport report = world.forwarder->report();
    return report.left.empty() ? "" : report.left.front().trouble;
}

/// The last frame of a delivery that has begun: with it the delivery is settled.
Buffer last_settled_frame(const amqp::Link& link) {
    Buffer frame{0, 0, 0, 0, 2, 0, 0, 0};
    wire::Writer writer{frame};
    const auto mark = writer.begin_described_list(0x14);  // transfer
    writer.uint(link.handle());
    writer.null();         // delivery-id
    writer.null();         // delivery-tag
    writer.null();         // message-format
    writer.boolean(true);  // settled
    writer.end_shortest(mark);
    frame[3] = static_cast<std::uint8_t>(frame.size());
    return frame;
}

}  // namespace

TEST_SUITE("drain: routers") {
    TEST_CASE("one that does not answer is left for the next one, and named until then") {
        ForwardingWorld world;
        world.patience.answer = Duration{1};  // until a later turn
        world.open();
        world.connect();
        world.connect_second();
        world.router->answer = Answer::nothing;
        world.fill(1);
        CHECK(world.forwarder->drain({"orders"}));
        world.pump();
        CHECK(world.router->asked == 1);
        CHECK(trouble_of(world) == "the router has not answered the attach of a link yet");
        world.run_until([&] { return !trouble_of(world).starts_with("the router has not"); });
        CHECK(trouble_of(world) == "the router does not answer the attach of a link");
        world.run_until([&] { return world.second->asked > 0; });
        CHECK(world.router->asked == 1);
    }

    TEST_CASE("one that refuses is left for the next one") {
        ForwardingWorld world;
        world.connect();
        world.connect_second();
        world.router->answer = Answer::no;
        world.fill(1);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        CHECK(trouble_of(world) == "there is no such address");
        world.run_until([&] { return world.second->taken != nullptr; });
        CHECK(world.router->asked == 1);
        world.second->credit(1);
        world.settle();
        REQUIRE(world.second->came.size() == 1);
        world.second->settle(0, wire::kAccepted);
        world.settle();
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("one by which nobody takes anything is left for the next one, if there is one") {
        ForwardingWorld world;
        world.patience.stand = Duration::zero();
        world.open();
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        REQUIRE(world.router->taken != nullptr);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        CHECK(world.router->taken != nullptr);  // there is no other one
        world.router->credit(1);
        world.settle();
        CHECK(world.router->came.size() == 1);
        world.connect_second();
        CHECK(world.router->taken != nullptr);  // something is under way
        CHECK(world.second->asked == 0);
        CHECK(trouble_of(world).ends_with("; the router 'router' holds 1 until one does"));
        world.router->settle(0, wire::kAccepted);
        world.run_until([&] { return world.second->asked > 0; });
        CHECK(world.router->taken == nullptr);
    }

    TEST_CASE("one that gives everything back is left for the next one, if there is one") {
        ForwardingWorld world;
        world.patience.rests = 1;
        world.open();
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        world.router->credit(2);
        world.settle();
        REQUIRE(world.router->came.size() == 2);
        world.router->settle(0, wire::kReleased);
        world.router->settle(1, wire::kReleased);
        world.connect_second();
        world.run_until([&] { return world.second->taken != nullptr; });
        CHECK(world.router->taken == nullptr);
        world.second->credit(2);
        world.run_until([&] { return world.second->came.size() == 2; });
        world.second->settle(0, wire::kAccepted);
        world.second->settle(1, wire::kAccepted);
        world.settle();
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("a drain of a link on which nothing is given for now is answered at once") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        world.router->credit(1);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        world.router->settle(0, wire::kReleased);
        CHECK(trouble_of(world) == "no other broker took it");
        world.router->credit(5, /*drain=*/true);
        CHECK(world.router->taken->credit() == 0);
    }
}

TEST_SUITE("drain: what stays, and what comes") {
    TEST_CASE("a queue that stays from now on forwards nothing more") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({}));
        world.settle();
        REQUIRE(world.router->taken != nullptr);
        world.router->tell("orders", {"b1"});
        world.settle();
        CHECK(world.forwarder->report().staying == 1);
        CHECK(world.router->taken == nullptr);
        CHECK(world.orders().machine().attached().all() == 0);
        world.router->tell("orders", {"b1", "b2"});
        world.settle();
        CHECK(world.forwarder->report().staying == 0);
        CHECK(world.router->taken != nullptr);
    }

    TEST_CASE("what is too large for the router stays, however much it is, and is no dead letter") {
        constexpr std::size_t kLarge = 110;
        ForwardingWorld world;
        world.connect();
        world.router->largest = 2000;
        for (std::size_t i = 0; i < kLarge; ++i) {
            CHECK(world.orders().offer(sized_message(5000), {}, {}));
        }
        CHECK(world.orders().offer(sized_message(1900), {}, {}));
        world.fill(2);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        world.router->credit(1000);
        for (int i = 0; i < 20; ++i) {
            world.settle();
        }
        REQUIRE(world.router->came.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            world.router->settle(i, wire::kAccepted);
        }
        world.settle();
        CHECK(world.orders().machine().depth() == kLarge);
        CHECK(world.queues->known(kDeadLetters) == nullptr);
        CHECK(trouble_of(world).ends_with("bytes stays: the router takes at most 2000"));
        amqp::Link& receiver = world.router->receiver("orders", 200);
        for (int i = 0; i < 20; ++i) {
            world.settle();
            world.router->accept_all();
        }
        world.router->detach(receiver);
        world.settle();
        CHECK(world.state() == State::drained);
        CHECK(world.orders().offer(numbered_message(1), {}, {}));
        world.settle_store();
        CHECK(trouble_of(world).find("stays") == std::string::npos);
    }

    TEST_CASE("one that is empty has no link until something comes") {
        ForwardingWorld world;
        world.connect();
        world.fill(1);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        world.router->credit(1);
        world.settle();
        world.router->settle(0, wire::kAccepted);
        world.settle();
        CHECK(world.state() == State::drained);
        CHECK(world.router->taken == nullptr);
        world.fill(1);
        CHECK(world.state() == State::draining);
        REQUIRE(world.router->taken != nullptr);
        CHECK(world.router->asked == 2);
    }

    TEST_CASE("what is said of all is said without a line for each") {
        ForwardingWorld world;
        world.connect();
        world.fill(3);
        CHECK(world.forwarder->drain({}));
        world.settle();
        const DrainReport totals = world.forwarder->totals();
        CHECK(totals.messages == 3);
        CHECK(totals.queues == 1);
        CHECK(totals.state == State::draining);
        CHECK(totals.left.empty());
        CHECK(world.forwarder->report().left.size() == 1);
    }
}

TEST_SUITE("drain: transactions and producers") {
    TEST_CASE("a transaction with messages for other queues holds up no queue") {
        ForwardingWorld world;
        world.connect();
        amqp::Link& other = world.router->tell("other");
        const Buffer open = world.router->declare(world.router->coordinator());
        world.router->send_in(open, other, *numbered_message(1));
        CHECK(world.queues->transactions().bytes > 0);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("one with messages for the queue is waited for, and named") {
        ForwardingWorld world;
        world.connect();
        amqp::Link& control = world.router->coordinator();
        const Buffer open = world.router->declare(control);
        world.router->send_in(open, *world.producer, *numbered_message(1));
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        CHECK(world.state() == State::draining);
        CHECK(trouble_of(world) == "transactions that are open have 1 messages for it");
        world.router->send(control, transaction::discharge(open, /*fail=*/true),
                           /*settled=*/false);
        world.settle();
        CHECK(world.queues->transactions().messages.empty());
        CHECK(world.state() == State::drained);
    }

    TEST_CASE("what a transaction brings to one that is empty is released") {
        ForwardingWorld world;
        world.connect();
        amqp::Link& control = world.router->coordinator();
        const Buffer open = world.router->declare(control);
        CHECK(world.forwarder->drain({"orders"}));
        world.settle_store();
        REQUIRE(world.producer->credit() > 0);
        world.router->send_in(open, *world.producer, *numbered_message(1));
        REQUIRE(world.router->states.size() == 1);
        CHECK(wire::outcome_of(world.router->states.front()) == wire::Outcome::released);
        world.router->send(control, transaction::discharge(open, /*fail=*/false),
                           /*settled=*/false);
        world.settle();
        CHECK(world.orders().machine().depth() == 0);
        CHECK(wire::outcome_of(world.router->states.back()) == wire::Outcome::rejected);
    }

    TEST_CASE("a message that is settled by its last frame is the broker's, though it is empty") {
        ForwardingWorld world;
        world.connect();
        CHECK(world.forwarder->drain({"orders"}));
        world.settle_store();
        REQUIRE(world.producer->credit() > 0);
        world.router->send(*world.producer, *numbered_message(1), /*settled=*/false,
                           /*more=*/true);
        world.router->engine().output().append(last_settled_frame(*world.producer));
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
    }
}

TEST_SUITE("drain: the broker ends, or begins") {
    TEST_CASE("while what is under way is waited for, the queue has nothing to do") {
        ForwardingWorld world;
        world.connect();
        world.fill(2);
        CHECK(world.forwarder->drain({}));
        world.settle();
        world.router->credit(1);
        world.settle();
        int ran = 0;
        world.queues->watch(
            [&](QueueNode&, QueueEvent event) { ran += event == QueueEvent::ran ? 1 : 0; });
        world.forwarder->end([] {});
        world.settle();
        const int before = ran;
        for (int i = 0; i < 10; ++i) {
            world.settle();
        }
        CHECK(ran == before);
    }

    TEST_CASE("a queue that comes while the broker ends asks for no link") {
        ForwardingWorld world;
        world.connect();
        CHECK(world.forwarder->drain({}));
        world.settle();
        bool ended = false;
        world.forwarder->end([&] { ended = true; });
        world.router->tell("late");
        CHECK(world.queues->known("late")->offer(numbered_message(1), {}, {}));
        world.settle();
        CHECK(world.queues->known("late")->entry().is_draining());
        CHECK(world.router->asked == 0);
        CHECK(ended);
    }

    TEST_CASE("that all is drained is known after a restart, though there was no queue") {
        ForwardingWorld world;
        CHECK(world.forwarder->drain({}));
        world.settle();
        world.open();
        CHECK(world.forwarder->report().all);
        CHECK(world.forwarder->is_closed());
        world.forwarder->cancel();
        world.settle();
        world.open();
        CHECK_FALSE(world.forwarder->is_closed());
    }
}

}  // namespace weft::broker
