#include "common/amqp/capabilities.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/support/engine_peer.hpp"
#include "tools/weft/bench/receiver.hpp"
#include "tools/weft/bench/sender.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::tools;

namespace {

constexpr std::uint64_t kRun = bench_run(7);

/// What a connection of the load generator tells.
struct Heard final : BenchConnection::Observer {
    void on_ready(BenchConnection&) override { ++ready; }
    void on_done(BenchConnection& connection) override {
        ++done;
        connection.leave();
    }
    void on_gone(BenchConnection&, const std::string& why) override { gone = why; }

    int ready = 0;
    int done = 0;
    std::optional<std::string> gone;
};

amqp::Options options_of_router() {
    return {.container_id = "router", .sasl_mechanisms = {"ANONYMOUS", "PLAIN"}};
}

/// A router that lets everybody attach, with so much credit, or nobody.
class Router final : public weft::test::EnginePeer {
public:
    explicit Router(io::Loop& loop) : EnginePeer{loop, options_of_router()} {}

    template <class Connection, class... Args>
    Connection& connect(Heard& heard, Args&&... args) {
        const BenchCall call{
            .url = {.host = "example.org", .port = "5672", .user = user, .password = "secret"},
            .name = "s0",
            .id = 1};
        auto made =
            std::make_unique<Connection>(transport(), heard, call, std::forward<Args>(args)...);
        Connection& connection = *made;
        carry(std::move(made));
        open();
        return connection;
    }

    std::string user;
    std::uint32_t credit = 10;
    bool refuses = false;
    int attached = 0;
    std::string mechanism;
    std::string response;
    amqp::Link* link = nullptr;  // the last one
    // Of its attach.
    std::string link_name;
    std::uint32_t durable = 0;
    std::string expiry_policy;
    bool is_topic = false;
    int closed_links = 0;
    std::vector<wire::Outcome> outcomes;

private:
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        outcomes.push_back(wire::outcome_of(update.state));
    }
    void on_detach(amqp::Link& detached, bool closed, const amqp::ErrorView* error) override {
        closed_links += closed ? 1 : 0;
        EnginePeer::on_detach(detached, closed, error);
    }
    void on_sasl_init(amqp::Engine& engine, std::string_view chosen, Bytes first) override {
        mechanism = chosen;
        response = as_text(first);
        EnginePeer::on_sasl_init(engine, chosen, first);
    }
    void on_attach(amqp::Link& attaching, const amqp::Attach& attach) override {
        if (refuses) {
            attaching.refuse({"amqp:unauthorized-access", "not you", {}});
            return;
        }
        ++attached;
        link = &attaching;
        link_name = attach.name;
        if (attach.source) {
            durable = attach.source->durable;
            expiry_policy = attach.source->expiry_policy;
            is_topic = amqp::has_capability(attach.source->capabilities, "topic");
        }
        CHECK(attaching.accept({.source = attach.source, .target = attach.target}));
        if (attaching.is_receiver()) {
            attaching.grant(credit);
        }
    }
};

struct World {
    io::Loop loop;
    Heard heard;
    BenchSendTotals sent;
    BenchNumbers accepted;
    BenchArrivals arrivals;
    BenchReceived received;
    Router router{loop};
};

BenchSending three_messages() {
    return {.node = {"q"}, .run = kRun, .size = 100, .window = 2, .limit = 3};
}

}  // namespace

TEST_SUITE_BEGIN("bench connection");

TEST_CASE("a sender is done when all its messages are settled, and leaves in good order") {
    World world;
    world.router.connect<BenchSender>(world.heard, three_messages(), world.sent);
    CHECK(world.heard.ready == 1);
    CHECK(world.router.received() == 2);  // its window
    world.router.accept_all();
    CHECK(world.heard.done == 0);
    CHECK(world.router.received() == 1);
    world.router.accept_all();
    CHECK(world.heard.done == 1);
    CHECK(world.sent.sent == BenchSent{.sent = 3, .accepted = 3});
    CHECK(world.sent.latency.count() == 3);
    CHECK(world.router.transport().aborted() == "closed");  // at once: both closes were exchanged
    world.router.drop("closed");
    CHECK(world.heard.gone.value_or("?") == "");
}

TEST_CASE("a receiver accepts what comes and gives the credit back") {
    World world;
    world.router.connect<BenchReceiver>(
        world.heard, BenchReceiving{.addresses = {"q", "r"}, .run = kRun, .credit = 4},
        world.received);
    CHECK(world.heard.ready == 1);
    CHECK(world.router.attached == 2);
    REQUIRE(world.router.link->credit() == 4);
    BenchMessage message{kRun, 100};
    for (int i = 0; i < 10; ++i) {
        world.router.send(*world.router.link, message.stamped(1, 0), /*settled=*/false);
    }
    CHECK(world.received.received == 10);
    CHECK(world.received.foreign == 0);
    CHECK(world.router.link->unsettled() == 0);
    CHECK(world.router.link->credit() == 4);
    BenchMessage of_others{kRun + 1, 100};
    world.router.send(*world.router.link, of_others.stamped(1, 0), /*settled=*/true);
    CHECK(world.received.foreign == 1);
}

TEST_CASE("a receiver knows which of its messages came before") {
    World world;
    world.router.connect<BenchReceiver>(
        world.heard,
        BenchReceiving{.addresses = {"q"}, .run = kRun, .credit = 10, .arrivals = &world.arrivals},
        world.received);
    BenchMessage message{kRun, 100};
    for (const std::uint64_t number : {0U, 1U, 1U, 3U}) {
        world.router.send(*world.router.link, message.stamped(1, number), /*settled=*/false);
    }
    CHECK(world.received.received == 4);
    CHECK(world.received.doubled == 1);
    CHECK(world.arrivals.holes() == 1);
}

TEST_CASE("a message that comes in parts is known by the first one") {
    World world;
    world.router.connect<BenchReceiver>(
        world.heard,
        BenchReceiving{.addresses = {"q"}, .run = kRun, .credit = 10, .arrivals = &world.arrivals},
        world.received);
    BenchMessage message{kRun, 5'000};
    const Bytes whole = message.stamped(1, 0);
    world.router.send(*world.router.link, whole.first(900), /*settled=*/false, /*more=*/true);
    CHECK(world.received.received == 0);
    world.router.send(*world.router.link, whole.subspan(900), /*settled=*/false);
    CHECK(world.received.received == 1);
    CHECK(world.received.foreign == 0);
}

TEST_CASE("what comes beyond the limit of a receiver is given back") {
    World world;
    world.router.connect<BenchReceiver>(
        world.heard,
        BenchReceiving{
            .addresses = {"q"}, .run = kRun, .credit = 10, .limit = 2, .arrivals = &world.arrivals},
        world.received);
    BenchMessage message{kRun, 100};
    for (std::uint64_t number = 0; number < 3; ++number) {  // before its credit is taken back
        (void)world.router.link->send({}, message.stamped(1, number), /*more=*/false);
    }
    world.router.pump();
    CHECK(world.received.received == 2);
    CHECK(world.router.outcomes ==
          std::vector{wire::Outcome::accepted, wire::Outcome::accepted, wire::Outcome::released});
    CHECK(world.router.link->credit() == 0);
}

TEST_CASE("a durable subscription has a name of its own, and ends when its receiver leaves") {
    World world;
    auto& receiver = world.router.connect<BenchReceiver>(
        world.heard,
        BenchReceiving{.addresses = {"news"}, .kind = BenchNode::Kind::durable_topic, .credit = 4},
        world.received);
    CHECK(world.router.link_name.starts_with("weft-bench-"));
    CHECK(world.router.link_name.ends_with("-s0-receiver-0"));
    CHECK(world.router.durable == 2);
    CHECK(world.router.expiry_policy == "never");
    CHECK(world.router.is_topic);
    receiver.leave();
    world.router.pump();
    CHECK(world.router.closed_links == 1);
}

TEST_CASE("a sender that waits sends nothing until it is told to begin") {
    World world;
    BenchSending sending = three_messages();
    sending.waits = true;
    auto& sender = world.router.connect<BenchSender>(world.heard, sending, world.sent);
    CHECK(world.heard.ready == 1);
    CHECK(world.router.received() == 0);
    sender.begin();
    world.router.pump();
    CHECK(world.router.received() == 2);
}

TEST_CASE("a sender notes which of its messages were accepted") {
    World world;
    BenchSending sending = three_messages();
    sending.accepted = &world.accepted;
    world.router.connect<BenchSender>(world.heard, sending, world.sent);
    const auto first = world.router.take_deliveries();
    REQUIRE(first.size() == 2);
    first[1].link->update(first[1].id, wire::kAccepted, /*settled=*/true);
    first[0].link->update(first[0].id, wire::kReleased, /*settled=*/true);
    world.router.pump();
    world.router.accept_all();
    CHECK(world.sent.sent == BenchSent{.sent = 3, .accepted = 2, .released = 1});
    CHECK(world.accepted.count() == 2);
    CHECK(world.accepted.add(0) == BenchNumbers::Added::added);
    CHECK(world.accepted.add(1) == BenchNumbers::Added::was_there);
    CHECK(world.accepted.add(2) == BenchNumbers::Added::was_there);
}

TEST_CASE("without an address a receiver is just open") {
    World world;
    world.router.connect<BenchReceiver>(world.heard, BenchReceiving{}, world.received);
    CHECK(world.heard.ready == 1);
    CHECK(world.router.attached == 0);
}

TEST_CASE("the first reason is told why a connection ended") {
    World world;
    SUBCASE("the router refuses the link") {
        world.router.refuses = true;
        world.router.connect<BenchSender>(world.heard, three_messages(), world.sent);
        world.router.drop("the peer closed");
        REQUIRE(world.heard.gone);
        CHECK(world.heard.gone->starts_with(
            "the router detached a sender: amqp:unauthorized-access: not you; name another"));
    }
    SUBCASE("the router closes") {
        world.router.connect<BenchSender>(world.heard, three_messages(), world.sent);
        world.router.engine().close(amqp::ErrorView{"amqp:connection:forced", "it stops", {}});
        world.router.pump();
        world.router.drop("the peer closed");
        CHECK(world.heard.gone.value_or("?") ==
              "the connection ended: amqp:connection:forced: it stops");
    }
    SUBCASE("the transport is lost") {
        world.router.connect<BenchSender>(world.heard, three_messages(), world.sent);
        world.router.drop("reset by peer");
        CHECK(world.heard.gone.value_or("?") == "the connection was lost: reset by peer");
    }
    CHECK(world.heard.done == 0);
}

TEST_CASE("a user of the URL is told with a password, nobody is anonymous") {
    World world;
    SUBCASE("a user") {
        world.router.user = "ann";
        world.router.connect<BenchReceiver>(world.heard, BenchReceiving{}, world.received);
        CHECK(world.router.mechanism == "PLAIN");
        CHECK(world.router.response == std::string{"\0ann\0secret", 11});
    }
    SUBCASE("nobody") {
        world.router.connect<BenchReceiver>(world.heard, BenchReceiving{}, world.received);
        CHECK(world.router.mechanism == "ANONYMOUS");
    }
    CHECK(world.router.engine().remote_container().starts_with("weft-bench-"));
    CHECK(world.router.engine().remote_container().ends_with("-s0"));
}

TEST_SUITE_END();
