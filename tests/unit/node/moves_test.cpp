#include "router/node/linkroute/moves.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/node/container_connection.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

/// Links that are attached before their session has a coordinator.
namespace weft::node::test {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kKept = R"({"router": {"id": "A"}, "addresses": [
    {"address": "q", "type": "queue", "brokers": ["broker"]}]})";

Buffer part_of_one() {
    Buffer state;
    wire::Writer out{state};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::transactional));
    out.binary(as_bytes("one"));
    out.raw(Bytes{});
    out.end_shortest(list);
    return state;
}

/// A broker that answers links which are passed on to it when it is told to.
class LateBroker final : public weft::test::EnginePeer {
public:
    explicit LateBroker(Router& router)
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "broker",
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}} {
        const auto config = parsed(R"({"listeners": [{"name": "b", "role": "route-container"}]})");
        Shard& home = router.shards().home();
        carry(std::make_unique<ContainerConnection>(
            home.core(), transport(),
            std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A")), home,
            router.containers()));
        open();
    }
    void answer(bool takes = true) {
        for (amqp::Link* const link : std::exchange(asked_, {})) {
            if (!takes) {
                link->refuse({"amqp:not-found", "no such queue", {}});
                continue;
            }
            CHECK(link->accept({.source = amqp::Terminus{}, .target = amqp::Terminus{}}));
            if (link->is_receiver()) {
                link->grant(credit);
                taken.push_back(link);
            }
        }
        pump();
    }
    bool has_auto_links() const { return out != nullptr && in != nullptr; }

    std::uint32_t credit = 2;   // that it gives at first over links that are passed on to it
    amqp::Link* out = nullptr;  // of the router, by which it sends
    amqp::Link* in = nullptr;
    std::vector<amqp::Link*> taken;  // links that are passed on to it, over which it receives
    Names asked;                     // the addresses of links that are passed on to it
    Names came;                      // the states of what came over those, and over the router's
    Names heard;                     // outcomes of what it sent

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (attach.name.starts_with("address/")) {
            CHECK(link.accept({.source = attach.source, .target = attach.target}));
            (link.is_receiver() ? in : out) = &link;
            if (link.is_receiver()) {
                link.grant(100);
            }
            return;
        }
        const auto& terminus = attach.receiver ? attach.source : attach.target;
        asked.push_back(terminus->kind == amqp::Terminus::Kind::coordinator
                            ? "coordinator"
                            : std::string(terminus->address.value_or("")));
        asked_.push_back(&link);
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        heard.push_back(std::to_string(static_cast<int>(wire::outcome_of(update.state))));
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        came.push_back((&link == in ? "router's " : "passed ") +
                       std::to_string(static_cast<int>(wire::outcome_of(transfer.state))));
        EnginePeer::on_transfer(link, transfer, context);
        link.update(transfer.id, wire::kAccepted, /*settled=*/true);
    }

    std::vector<amqp::Link*> asked_;
};

/// A client that attaches its links first.
class EarlyClient final : public weft::test::EnginePeer {
public:
    explicit EarlyClient(Router& router)
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
    amqp::Link& link(bool receiver, std::uint32_t credit = 0) {
        amqp::Attach wish{.name = receiver ? "r" : "s", .receiver = receiver};
        wish.source.emplace().kind = amqp::Terminus::Kind::source;
        wish.target.emplace().kind = amqp::Terminus::Kind::target;
        (receiver ? wish.source : wish.target)->address = "q";
        wish.initial_delivery_count = 0;
        return attach(wish, credit);
    }
    amqp::Link& coordinator() {
        amqp::Attach wish{.name = "c"};
        wish.source.emplace().kind = amqp::Terminus::Kind::source;
        wish.target.emplace().kind = amqp::Terminus::Kind::coordinator;
        wish.initial_delivery_count = 0;
        return attach(wish);
    }

    int settled = 0;

private:
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        settled += update.settled ? 1 : 0;
    }
};

struct Late : RouterWorld {
    Late() : RouterWorld{kKept} {
        while (!broker.has_auto_links()) {
            loop.run_one();
            broker.pump();
        }
        pump();
    }
    void pump() {
        for (int i = 0; i < 4; ++i) {
            router.shards().home().routed_attaches().move_links();
            broker.pump();
            client.pump();
        }
    }
    void answer(bool takes = true) {
        broker.answer(takes);
        pump();
    }
    /// So many are over.
    void seconds(std::uint32_t count) {
        for (; count > 0; --count) {
            router.shards().home().routed_attaches().tick();
            pump();
        }
    }
    RoutedList& list() { return router.shards().home().routed_attaches().list(); }
    std::size_t core_links() { return router.shards().home().core().links().size(); }

    const Buffer message{0x00, 0x53, 0x75, 0xa0, 0x01, 0x2a};
    const Buffer part = part_of_one();
    LateBroker broker{router};
    EarlyClient client{router};
};

}  // namespace

TEST_SUITE_BEGIN("moves");

TEST_CASE("links of before are at their broker when the coordinator is asked for") {
    Late f;
    const std::size_t links = f.core_links();
    amqp::Link& sender = f.client.link(/*receiver=*/false);
    amqp::Link& receiver = f.client.link(/*receiver=*/true, 3);
    f.pump();
    REQUIRE(sender.credit() > 2);
    CHECK(f.core_links() == links + 2);
    amqp::Link& control = f.client.coordinator();
    f.pump();
    CHECK(f.core_links() == links);
    CHECK(f.broker.asked == Names{"q", "q"});
    // What comes meanwhile waits, and beyond the broker's credit.
    for (int i = 0; i < 3; ++i) {
        (void)sender.send({}, f.message, /*more=*/false);
    }
    f.pump();
    f.answer();
    CHECK(f.broker.asked == Names{"q", "q", "coordinator"});
    CHECK(f.broker.came == Names{"passed 0", "passed 0"});
    f.broker.taken.front()->grant(10);
    f.pump();
    f.answer();
    CHECK(control.credit() == 2);
    f.pump();
    (void)sender.send({.state = f.part}, f.message, /*more=*/false);
    f.pump();
    CHECK(f.broker.came == Names{"passed 0", "passed 0", "passed 0", "passed 52"});
    CHECK(f.client.settled == 4);
    CHECK(receiver.credit() == 3);
    CHECK(f.client.detached().empty());
}

TEST_CASE("the end of a transaction waits for credit of its parts, and no longer than that") {
    Late f;
    amqp::Link& sender = f.client.link(/*receiver=*/false);
    f.pump();
    amqp::Link& control = f.client.coordinator();
    f.pump();
    f.broker.credit = 0;
    f.answer();
    f.broker.credit = 2;
    f.answer();
    REQUIRE(control.credit() == 2);
    REQUIRE(sender.credit() > 2);  // of the router's
    const auto send = [&](amqp::Link& link, Bytes state = {}) {
        (void)link.send({.state = state}, f.message, /*more=*/false);
        f.pump();
    };
    send(sender);
    SUBCASE("what is part of none is not waited for") {
        send(control);
        CHECK(f.broker.came == Names{"passed 0"});
        f.seconds(2 * RoutedList::kCreditMax);
        CHECK(f.client.detached().empty());
    }
    SUBCASE("a part goes first") {
        send(sender, f.part);
        send(sender);
        send(control);
        f.seconds(RoutedList::kCreditMax - 1);
        CHECK(f.broker.came.empty());
        f.broker.taken.front()->grant(1);
        f.pump();
        CHECK(f.broker.came == Names{"passed 0"});
        f.seconds(RoutedList::kCreditMax - 1);  // anew
        f.broker.taken.front()->grant(1);
        f.pump();
        CHECK(f.broker.came == Names{"passed 0", "passed 52", "passed 0"});
        CHECK(f.client.detached().empty());
    }
    SUBCASE("the transaction is rolled back") {
        send(sender, f.part);
        send(control);
        f.seconds(RoutedList::kCreditMax);
        CHECK(f.broker.came.empty());
        REQUIRE(f.client.detached().size() == 2);
        for (const std::string& error : f.client.detached()) {
            CHECK(error.starts_with("amqp:transaction:rollback"));
            CHECK(error.find("no credit for 30 seconds") != std::string::npos);
        }
        CHECK(f.broker.detached().size() == 2);
        CHECK(f.list().uncredited() == 1);
        CHECK(f.list().memory().bytes() == 0);
    }
    SUBCASE("nothing is rolled back once nobody waits") {
        send(sender, f.part);
        send(control);
        f.broker.detach(*f.broker.taken.back());
        f.pump();
        f.seconds(2 * RoutedList::kCreditMax);
        CHECK(f.client.detached().empty());
        CHECK(f.list().uncredited() == 0);
    }
}

TEST_CASE("what came before is settled where it came from") {
    Late f;
    f.client.link(/*receiver=*/true, 1);
    f.pump();
    REQUIRE(f.broker.out->credit() > 0);
    f.broker.send(*f.broker.out, f.message, /*settled=*/false);
    f.pump();
    REQUIRE(f.client.received() == 1);
    f.client.coordinator();
    f.pump();
    f.answer();
    f.answer();
    const auto one = f.client.deliveries().front();
    SUBCASE("outside of a transaction") {
        one.link->update(one.id, wire::kAccepted, /*settled=*/true);
        f.pump();
        CHECK(f.broker.heard == Names{"36"});
        CHECK(f.client.detached().empty());
    }
    SUBCASE("in one it is refused") {
        one.link->update(one.id, f.part, /*settled=*/true);
        f.pump();
        CHECK(f.broker.heard == Names{"39"});
        REQUIRE(f.client.detached().size() == 1);
        CHECK(f.client.detached().front().find("before messages are received") !=
              std::string::npos);
    }
    SUBCASE("by the end of its link") {
        f.client.detach(*one.link);
        f.pump();
        f.broker.pump();
        CHECK(f.broker.heard == Names{"39"});
    }
}

TEST_CASE("a link that its broker refuses ends, and the coordinator is asked for then") {
    Late f;
    f.client.link(/*receiver=*/false);
    f.pump();
    f.client.coordinator();
    f.pump();
    CHECK(f.broker.asked == Names{"q"});
    f.answer(/*takes=*/false);
    REQUIRE(f.client.detached().size() == 1);
    CHECK(f.client.detached().front().starts_with("amqp:not-found"));
    CHECK(f.broker.asked == Names{"q", "coordinator"});
}

TEST_CASE("a link in the middle of a message is moved behind it") {
    Late f;
    amqp::Link& sender = f.client.link(/*receiver=*/false);
    f.pump();
    f.client.send(sender, f.message, /*settled=*/false, /*more=*/true);
    amqp::Link& control = f.client.coordinator();
    f.pump();
    CHECK(f.broker.asked.empty());
    SUBCASE("which ends") {
        f.client.send(sender, f.message, /*settled=*/false);
        f.pump();
        CHECK(f.broker.asked == Names{"q"});
    }
    SUBCASE("which does not end in time") {
        for (std::uint32_t i = 0; i < Moves::kReadyMax; ++i) {
            f.router.shards().home().routed_attaches().tick();
        }
        f.pump();
        CHECK(f.broker.asked == Names{"coordinator"});
    }
    SUBCASE("unless the client leaves") {
        f.client.detach(control);
        f.client.send(sender, f.message, /*settled=*/false);
        f.pump();
        CHECK(f.broker.asked.empty());
    }
    SUBCASE("or its session ends") {
        f.client.end_session();
        f.pump();
        CHECK(f.broker.asked.empty());
    }
}

TEST_SUITE_END();

}  // namespace weft::node::test
