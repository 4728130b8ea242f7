#include "router/node/peer_connection.hpp"

#include "router/node/linkroute/routed_list.hpp"
#include "router/node/termini.hpp"
#include "tests/support/engine_peer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

std::shared_ptr<const PeerProfile> of_clients() {
    endpoint::ConnectionProfile common;
    common.name = "clients";
    return std::make_shared<PeerProfile>(PeerProfile{std::move(common), router_config::Role::normal,
                                                     /*cost=*/1, router::Stripping{}, 250});
}

class Observer final : public PeerObserver {
public:
    void on_made(PeerConnection& connection) override { there.push_back(&connection); }
    void on_gone(PeerConnection& connection) override { std::erase(there, &connection); }
    bool others_know(ClientConnection&, const router::Link&) override { return true; }
    RoutedList& routed_list() override { return routed; }
    MemoryShares& attaches() override { return memory; }
    RoutedList routed;
    MemoryShares memory{1'000'000};

    std::vector<PeerConnection*> there;
};

/// A connection whose links go to the core, but for those whose names begin with "own".
class Plain final : public PeerConnection {
public:
    Plain(router::Core& core, io::Transport& transport, PeerObserver& observer)
        : PeerConnection{core, transport, of_clients(), observer, router::Traits::of_client()} {
        begin();
    }

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (!link.name().starts_with("own")) {
            auto request = read_attach(attach);
            request->port_link = reinterpret_cast<std::uintptr_t>(&link);
            tie(link, *core().attach(core_connection(), *request)->link);
        }
        static_cast<void>(link.accept({.source = attach.source, .target = attach.target}));
        if (link.user == 0) {
            if (link.is_receiver()) {
                link.grant(1);
            }
        } else {
            core().activate(*core_link(link), now());
        }
    }
    void on_detach(amqp::Link& link, bool, const amqp::ErrorView*) override {
        if (link.user != 0) {
            core().detach(*core_link(link), now());
        }
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        if (link.user != 0) {
            core().on_transfer(*core_link(link), router::Arrival{transfer}, context, now());
        }
    }
    void on_credit(amqp::Link& link) override {
        if (link.user != 0) {
            core().on_credit(*core_link(link), link.credit(), link.drain(), now());
        } else {
            link.send({}, as_bytes("own"), /*more=*/false);
        }
    }
};

class PeerClient final : public weft::test::EnginePeer {
public:
    PeerClient(router::Core& core, io::Loop& loop, Observer& observer)
        : EnginePeer{loop, {.server = false, .container_id = "client"}} {
        auto made = std::make_unique<Plain>(core, transport(), observer);
        connection = made.get();
        carry(std::move(made));
        open();
    }

    amqp::Link& attach(bool receiver, const char* name, std::uint32_t credit = 0) {
        amqp::Attach attach;
        attach.name = name;
        attach.receiver = receiver;
        attach.source.emplace();
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        (receiver ? attach.source : attach.target)->address = "q";
        return EnginePeer::attach(attach, credit);
    }

    Plain* connection;
};

struct PeerWorld {
    io::Loop loop;
    Observer observer;
    router::Core core{{.router_id = "A"}};
    PeerClient producer{core, loop, observer};
    PeerClient consumer{core, loop, observer};

    void pump() {
        for (int turn = 0; turn < 3; ++turn) {  // what one does is there for the other
            producer.pump();
            consumer.pump();
        }
    }
    std::size_t connections() { return core.links().connections().size(); }
};

/// One data section.
const Buffer kMessage{0x00, 0x53, 0x75, 0xa0, 0x01, 0x2a};

}  // namespace

TEST_SUITE_BEGIN("peer connection");

TEST_CASE_FIXTURE(PeerWorld, "core and observer know it under one id while it lives") {
    REQUIRE(observer.there.size() == 2);
    CHECK(connections() == 2);
    CHECK(observer.there.front() == producer.connection);
    CHECK(producer.connection->id() == producer.connection->in_core().id);
    CHECK(producer.connection->id() != consumer.connection->id());
    producer.drop();
    CHECK(observer.there == std::vector<PeerConnection*>{consumer.connection});
    CHECK(connections() == 1);
}

TEST_CASE_FIXTURE(PeerWorld, "credit, messages and outcomes pass between engine and core") {
    amqp::Link& sends = producer.attach(/*receiver=*/false, "out");
    CHECK(sends.credit() == 0);  // nobody receives
    consumer.attach(/*receiver=*/true, "in", /*credit=*/2);
    pump();
    CHECK(sends.credit() == 250);
    producer.send(sends, kMessage, /*settled=*/false);
    pump();
    CHECK(consumer.received() == 1);
    CHECK(sends.unsettled() == 1);
    consumer.accept_all();
    pump();
    CHECK(sends.unsettled() == 0);
}

TEST_CASE_FIXTURE(PeerWorld, "a producer's settlement comes to the consumer") {
    amqp::Link& sends = producer.attach(/*receiver=*/false, "out");
    amqp::Link& receives = consumer.attach(/*receiver=*/true, "in", /*credit=*/2);
    pump();
    const auto sent = sends.send({}, kMessage, /*more=*/false);
    pump();
    REQUIRE(consumer.received() == 1);
    CHECK(receives.unsettled() == 1);
    sends.update(sent.id, {}, /*settled=*/true);
    pump();
    CHECK(receives.unsettled() == 0);
}

TEST_CASE_FIXTURE(PeerWorld, "a message that is broken off is aborted at the consumer") {
    amqp::Link& sends = producer.attach(/*receiver=*/false, "out");
    amqp::Link& receives = consumer.attach(/*receiver=*/true, "in", /*credit=*/2);
    pump();
    producer.send(sends, kMessage, /*settled=*/false, /*more=*/true);
    pump();
    CHECK(receives.in_delivery());
    sends.abort();
    pump();
    CHECK_FALSE(receives.in_delivery());
    CHECK(consumer.received() == 1);  // its end came
}

TEST_CASE_FIXTURE(PeerWorld, "a consumer that drains gets its credit back from the core") {
    producer.attach(/*receiver=*/false, "out");
    amqp::Link& receives = consumer.attach(/*receiver=*/true, "in", /*credit=*/5);
    pump();
    receives.grant(5, /*drain=*/true);
    pump();
    CHECK(receives.credit() == 0);
}

TEST_CASE_FIXTURE(PeerWorld, "a producer's unused credit is taken back when nobody receives") {
    amqp::Link& sends = producer.attach(/*receiver=*/false, "out");
    amqp::Link& receives = consumer.attach(/*receiver=*/true, "in", /*credit=*/2);
    pump();
    REQUIRE(sends.credit() == 250);
    consumer.detach(receives);
    pump();
    CHECK(sends.drain());
    sends.drained();
    pump();
    CHECK(sends.credit() == 0);
    consumer.attach(/*receiver=*/true, "again", /*credit=*/2);
    pump();
    CHECK(sends.credit() == 250);
}

TEST_CASE_FIXTURE(PeerWorld, "links that are not the core's are the derived class's alone") {
    consumer.attach(/*receiver=*/true, "own of it", /*credit=*/1);
    CHECK(consumer.received() == 1);
    consumer.accept_all();  // an update of a delivery that the core does not know
    CHECK(core.links().peer_links().empty());
    CHECK(consumer.closed().empty());
}

TEST_SUITE_END();

}  // namespace weft::node
