#include "broker/node/forwarder.hpp"

#include "broker/node/broker_connection.hpp"
#include "common/base/conditions.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

using State = DrainReport::State;

std::shared_ptr<const Buffer> numbered_message(int number) {
    wire::Message message;
    message.body = wire::Value{std::int64_t{number}};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return std::make_shared<const Buffer>(std::move(encoded));
}

/// A router, in memory: it tells entries, and takes what is forwarded.
class RouterPeer final : public test::EnginePeer {
public:
    explicit RouterPeer(io::Loop& loop) : EnginePeer{loop, as_client()} {}

    /// A link to the broker that tells who keeps `address`.
    amqp::Link& tell(std::string_view address) {
        wire::encode(properties_.emplace_back(),
                     wire::Map{{wire::Symbol{"weft.address"},
                                wire::Map{{"type", "queue"},
                                          {"address", std::string{address}},
                                          {"brokers", wire::List{"b1", "b2"}}}}});
        amqp::Attach attach;
        attach.name = "out";
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.target->address = address;
        attach.initial_delivery_count = 0;
        attach.properties = properties_.back();
        return EnginePeer::attach(attach);
    }
    void credit(std::uint32_t count) {
        taken->grant(count);
        pump();
    }
    /// A link to the broker's coordinator of transactions.
    amqp::Link& coordinator() {
        amqp::Attach attach;
        attach.name = "control";
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::coordinator;
        attach.initial_delivery_count = 0;
        return EnginePeer::attach(attach);
    }
    void settle(std::size_t which, Bytes state) {
        taken->update(came.at(which), state, /*settled=*/true);
        pump();
    }

    amqp::Link* taken = nullptr;  // the link on which messages are forwarded
    std::string goal;             // that it is to
    std::vector<amqp::DeliveryId> came;
    std::vector<Buffer> states;  // of what it sent

private:
    static amqp::Options as_client() {
        amqp::Options options;
        options.server = false;
        options.container_id = "router";
        return options;
    }
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (link.awaits_answer()) {
            goal = attach.target->address.value_or("");
            taken = &link;
            CHECK(link.accept({.source = attach.source, .target = attach.target}));
        }
    }
    void on_detach(amqp::Link& link, bool, const amqp::ErrorView*) override {
        taken = taken == &link ? nullptr : taken;
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        came.push_back(transfer.id);
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        states.push_back({update.state.begin(), update.state.end()});
    }

    std::vector<Buffer> properties_;
};

/// A broker that may be started again, and a router.
struct ForwardingWorld {
    ForwardingWorld() { open(); }
    ~ForwardingWorld() { router.reset(); }

    void open() {
        router.reset();
        forwarder.reset();
        topics.reset();
        queues.reset();
        auto opened = Queues::open(loop, {.store = {.folder = folder.path()}, .auto_create = true},
                                   [](const Error& error) { FAIL(error.text); });
        REQUIRE(opened);
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
    }
    void connect() {
        router = std::make_unique<RouterPeer>(loop);
        endpoint::ConnectionProfile profile{.name = "router"};
        profile.engine.container_id = "b1";
        router->carry(std::make_unique<BrokerConnection>(
            router->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, *forwarder));
        router->open();
        producer = &router->tell("orders");
        settle();
    }
    /// What was asked of the store is done, and what follows from that;
    void settle() {
        for (int i = 0; i < 4; ++i) {
            settle_store();
            if (router) {
                router->pump();
            }
        }
    }
    /// the router hears nothing of it.
    void settle_store() {
        for (int i = 0; i < 4; ++i) {
            bool idle = false;
            queues->finish([&] { idle = true; });
            while (!idle) {
                loop.run_one();
            }
        }
    }
    QueueNode& orders() { return *queues->find("orders", std::nullopt).value(); }
    void fill(int count) {
        for (int i = 0; i < count; ++i) {
            CHECK(orders().offer(numbered_message(i), {}, {}));
        }
        settle();
    }
    State state() const { return forwarder->report().state; }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    daemon::Connections connections{loop};
    mgmt::Agent agent{mgmt::Catalogue{}};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    std::optional<Forwarder> forwarder;
    std::unique_ptr<RouterPeer> router;
    amqp::Link* producer = nullptr;
};

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
        world.router->send(control, transaction::declare(), /*settled=*/false);
        world.settle();
        REQUIRE(world.router->states.size() == 1);
        const Buffer declared = world.router->states.front();
        const auto name = transaction::read_declared(declared);
        REQUIRE(name);
        world.router->settle(0, transaction::state_of(*name, wire::kAccepted));
        world.settle();
        CHECK(world.forwarder->report().returned == 1);
        CHECK(world.orders().machine().depth() == 1);
        world.router->detach(*world.router->taken);
        world.router->send(control, transaction::discharge(*name, /*fail=*/false),
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
