#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/node/container_connection.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

/// What becomes of states that name a transaction on links that the core has.
namespace weft::node::test {
namespace {

constexpr const char* kQueue = R"({"router": {"id": "A"}, "addresses": [
    {"address": "q", "type": "queue", "brokers": ["broker"]}]})";

Buffer state_with(Bytes outcome) {
    Buffer state;
    wire::Writer out{state};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::transactional));
    out.binary(as_bytes("a name that nobody has"));
    out.raw(outcome);
    out.end_shortest(list);
    return state;
}

std::shared_ptr<const PeerProfile> to_containers() {
    const auto config = parsed(R"({"listeners": [{"name": "b", "role": "route-container"}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

/// A broker that takes the router's links, and writes down what it hears of its messages.
class Keeper final : public weft::test::EnginePeer {
public:
    explicit Keeper(Router& router)
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "broker",
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}} {
        Shard& home = router.shards().home();
        carry(std::make_unique<ContainerConnection>(home.core(), transport(), to_containers(), home,
                                                    router.containers()));
        open();
    }

    amqp::Link* out = nullptr;  // by which it sends
    amqp::Link* in = nullptr;
    std::vector<wire::Outcome> heard;
    std::vector<wire::Outcome> states;  // of what came

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        CHECK(link.accept({.source = attach.source, .target = attach.target}));
        (link.is_receiver() ? in : out) = &link;
        if (link.is_receiver()) {
            link.grant(100);
        }
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        heard.push_back(wire::outcome_of(update.state));
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        states.push_back(wire::outcome_of(transfer.state));
        EnginePeer::on_transfer(link, transfer, context);
    }
};

/// A client that says more of its deliveries than Client does.
class Saying final : public weft::test::EnginePeer {
public:
    explicit Saying(Router& router)
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "client",
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}} {
        const auto config = parsed(R"({"listeners": [{"name": "clients"}]})");
        Shard& home = router.shards().home();
        carry(std::make_unique<ClientConnection>(
            home.core(), transport(),
            std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A")), home));
        open();
    }
    amqp::Link& link(bool receiver, std::string_view address) {
        amqp::Attach wish{.name = address, .receiver = receiver};
        wish.source.emplace();
        wish.target.emplace().kind = amqp::Terminus::Kind::target;
        (receiver ? wish.source : wish.target)->address = address;
        wish.initial_delivery_count = 0;
        return attach(wish, receiver ? 10 : 0);
    }

    std::vector<wire::Outcome> heard;

private:
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        heard.push_back(wire::outcome_of(update.state));
    }
};

struct Kept : RouterWorld {
    Kept() : RouterWorld{kQueue} {
        while (broker.in == nullptr || broker.out == nullptr) {
            loop.run_one();
            broker.pump();
        }
    }
    void pump() {
        for (int i = 0; i < 4; ++i) {
            broker.pump();
            client.pump();
            other.pump();
        }
    }
    void send(amqp::Link& link, const amqp::OutgoingDelivery& head) {
        (void)link.send(head, message, /*more=*/false);
        pump();
    }

    const Buffer message{0x00, 0x53, 0x75, 0xa0, 0x01, 0x2a};
    Keeper broker{router};
    Saying client{router};
    Saying other{router};
};

}  // namespace

TEST_SUITE_BEGIN("transactional_states");

TEST_CASE("an acknowledgement in a transaction that nobody knows never comes to the queue's link") {
    Kept f;
    f.client.link(/*receiver=*/true, "q");
    f.other.link(/*receiver=*/true, "q");
    f.pump();
    REQUIRE(f.broker.out != nullptr);
    REQUIRE(f.broker.out->credit() >= 2);
    f.broker.send(*f.broker.out, f.message, /*settled=*/false);
    f.broker.send(*f.broker.out, f.message, /*settled=*/false);
    f.pump();
    REQUIRE(f.client.received() == 1);
    REQUIRE(f.other.received() == 1);
    const auto one = f.client.deliveries().front();
    bool is_settled = true;
    SUBCASE("settled") {}
    SUBCASE("not settled") {
        is_settled = false;
    }
    one.link->update(one.id, state_with(wire::kAccepted), is_settled);
    f.pump();
    CHECK(f.broker.heard == std::vector{wire::Outcome::modified});
    REQUIRE(f.client.detached().size() == 1);
    CHECK(f.client.detached().front().starts_with(kTransactionUnknownId));
    f.other.accept_all();
    f.pump();
    CHECK(f.broker.heard.back() == wire::Outcome::accepted);
    CHECK(f.broker.detached().empty());
}

TEST_CASE("a message of a transaction that nobody knows never comes to the queue's link") {
    Kept f;
    amqp::Link& link = f.client.link(/*receiver=*/false, "q");
    f.pump();
    REQUIRE(link.credit() > 0);
    const Buffer state = state_with({});
    SUBCASE("not settled: it is rejected, and the link goes on") {
        f.send(link, {.state = state});
        CHECK(f.client.heard == std::vector{wire::Outcome::rejected});
        CHECK(f.broker.states.empty());
        f.send(link, {.settled = true});
        CHECK(f.broker.states.size() == 1);
    }
    SUBCASE("settled: the client's own link ends") {
        f.send(link, {.settled = true, .state = state});
        CHECK(f.broker.states.empty());
        REQUIRE(f.client.detached().size() == 1);
        CHECK(f.client.detached().front().starts_with(kTransactionUnknownId));
    }
    CHECK(f.broker.detached().empty());
}

TEST_CASE("at an address that no broker keeps nothing is part of a transaction") {
    Kept f;
    amqp::Link& from = f.client.link(/*receiver=*/false, "plain");
    f.other.link(/*receiver=*/true, "plain");
    f.pump();
    REQUIRE(from.credit() > 0);
    f.send(from, {.state = state_with({})});
    REQUIRE(f.other.received() == 1);
    const auto one = f.other.deliveries().front();
    SUBCASE("an outcome") {
        one.link->update(one.id, state_with(wire::kReleased), /*settled=*/true);
        f.pump();
        CHECK(f.client.heard == std::vector{wire::Outcome::released});
    }
    SUBCASE("another transaction's state instead of one") {
        one.link->update(one.id, state_with(state_with(wire::kAccepted)), /*settled=*/false);
        f.pump();
        CHECK(f.client.heard.empty());
    }
    CHECK(f.client.detached().empty());
    CHECK(f.other.detached().empty());
}

TEST_SUITE_END();

}  // namespace weft::node::test
