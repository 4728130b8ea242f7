#pragma once

#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "common/wire/reader.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {

inline Buffer message_with(wire::Value body) {
    wire::Message message;
    message.body = std::move(body);
    Buffer bytes;
    wire::encode_message(bytes, message);
    return bytes;
}

inline Buffer control(std::uint64_t code, wire::List fields) {
    return message_with(wire::Described{std::make_shared<const wire::Value>(code),
                                        std::make_shared<const wire::Value>(std::move(fields))});
}

/// A client of a broker, in memory.
class TransactionPeer final : public test::EnginePeer {
public:
    TransactionPeer(io::Loop& loop)
        : EnginePeer{loop, {.server = false, .container_id = "client"}} {}

    amqp::Link& coordinator(Buffer outcomes = {}) {
        amqp::Attach attach = base("control");
        attach.target->kind = amqp::Terminus::Kind::coordinator;
        attach.source->outcomes = outcomes;
        return EnginePeer::attach(attach);
    }
    amqp::Link& sender(std::string_view address, std::string_view capability = {}) {
        const Buffer capabilities = capability.empty() ? Buffer{} : symbol(capability);
        amqp::Attach attach = base("out " + std::string{address});
        attach.target->address = address;
        attach.target->capabilities = capabilities;
        return EnginePeer::attach(attach);
    }
    amqp::Link& receiver(std::string_view address,
                         std::uint32_t credit,
                         std::string_view capability = {},
                         std::string_view mode = {},
                         Bytes filter = {}) {
        const Buffer capabilities = capability.empty() ? Buffer{} : symbol(capability);
        amqp::Attach attach = base("in " + std::string{address});
        attach.receiver = true;
        attach.source->address = address;
        attach.source->capabilities = capabilities;
        attach.source->distribution_mode = mode;
        attach.source->filter = filter;
        attach.sender_settle_mode = amqp::SenderSettleMode::unsettled;
        return EnginePeer::attach(attach, credit);
    }
    /// What became of a delivery that was sent, so far.
    struct Answer {
        Buffer state;
        bool settled = false;
        wire::Outcome outcome() const { return wire::outcome_of(state); }
        std::string_view condition() const {
            std::uint64_t descriptor = 0;
            wire::Reader fields = wire::Reader{state}.described_list(descriptor);
            return fields.described_list(descriptor).symbol().value_or("");
        }
    };
    amqp::DeliveryId send(amqp::Link& link,
                          const Buffer& message,
                          Bytes state = {},
                          bool settled = false) {
        const amqp::Sent sent = link.send({.settled = settled, .state = state}, message, false);
        CHECK(sent.complete);
        pump();
        return sent.id;
    }
    const Answer& answer(amqp::DeliveryId id) { return answers[id]; }
    /// The deliveries that came since the last call.
    std::vector<amqp::DeliveryId> take() { return std::exchange(came, {}); }
    void say(amqp::Link& link, amqp::DeliveryId id, Bytes state, bool settled = false) {
        link.update(id, state, settled);
        pump();
    }

    std::map<amqp::DeliveryId, Answer> answers;
    std::map<amqp::DeliveryId, Answer> verdicts;  // on what came in
    std::vector<amqp::DeliveryId> came;
    Buffer offered;   // by the coordinator
    int drained = 0;  // links of which the broker used up the credit

private:
    static Buffer symbol(std::string_view text) {
        Buffer bytes;
        wire::encode(bytes, wire::Value{wire::Symbol{std::string{text}}});
        return bytes;
    }
    amqp::Attach base(const std::string& name) {
        names_.push_back(std::make_unique<std::string>(name + std::to_string(names_.size())));
        amqp::Attach attach;
        attach.name = *names_.back();
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.initial_delivery_count = 0;
        return attach;
    }
    void on_attach(amqp::Link&, const amqp::Attach& attach) override {
        if (attach.target && attach.target->kind == amqp::Terminus::Kind::coordinator) {
            offered.assign(attach.target->capabilities.begin(), attach.target->capabilities.end());
        }
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        if (!transfer.more) {
            came.push_back(transfer.id);
        }
    }
    void on_drained(amqp::Link&) override { ++drained; }
    void on_update(amqp::Link& link, const amqp::DeliveryUpdate& update, amqp::Context) override {
        auto& all = link.is_receiver() ? verdicts : answers;
        all[update.id] = {{update.state.begin(), update.state.end()}, update.settled};
    }

    std::vector<std::unique_ptr<std::string>> names_;
};

/// A broker and one client of it.
struct TransactionWorld {
    explicit TransactionWorld(transaction::Limits limits = {}, std::uint64_t store_max = 0) {
        auto opened = Queues::open(
            loop,
            {.store = {.folder = folder.path(), .space = {.free_min = 1024, .used_max = store_max}},
             .auto_create = true,
             .transactions = limits},
            [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
        peer = connect();
        control_link = &peer->coordinator();
    }
    std::unique_ptr<TransactionPeer> connect() {
        auto made = std::make_unique<TransactionPeer>(loop);
        endpoint::ConnectionProfile profile{.name = "clients"};
        profile.engine.container_id = "b1";
        made->carry(std::make_unique<BrokerConnection>(
            made->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, endings, *forwarder));
        made->open();
        return made;
    }
    ~TransactionWorld() { peer.reset(); }

    /// All that was asked is durable, what that brings, too, and the client has heard of it.
    void settle() {
        for (int round = 0; round < 4; ++round) {
            bool idle = false;
            queues->finish([&] { idle = true; });
            while (!idle) {
                loop.run_one();
            }
            peer->pump();
        }
    }
    transaction::Id declare() {
        const auto delivery = peer->send(*control_link, control(0x31, {wire::Value{}}));
        const auto& answer = peer->answer(delivery);
        REQUIRE(answer.outcome() == wire::Outcome::declared);
        CHECK(answer.settled);
        std::uint64_t descriptor = 0;
        const Bytes bytes =
            wire::Reader{answer.state}.described_list(descriptor).binary().value_or(Bytes{});
        transaction::Id id{};
        REQUIRE(bytes.size() == id.size());
        std::copy(bytes.begin(), bytes.end(), id.begin());
        return id;
    }
    amqp::DeliveryId discharge(const transaction::Id& id, bool fail = false) {
        return peer->send(*control_link,
                          control(0x32, {wire::Binary{{id.begin(), id.end()}}, fail}));
    }
    /// True: it was.
    bool commit(const transaction::Id& id) {
        const auto delivery = discharge(id);
        settle();
        return peer->answer(delivery).outcome() == wire::Outcome::accepted;
    }
    amqp::DeliveryId send(amqp::Link& link, const transaction::Id& id, bool settled = false) {
        return peer->send(link, message_with("m"), transaction::state_of(id, {}), settled);
    }
    void put(std::string_view queue, int messages) {
        amqp::Link& link = peer->sender(queue);
        for (int i = 0; i < messages; ++i) {
            peer->send(link, message_with(i));
        }
        settle();
        peer->detach(link);
    }
    const queue::Queue& queue(std::string_view name) {
        return queues->find(name, std::nullopt).value()->machine();
    }
    const transaction::Counters& counters() const { return queues->transactions().counters; }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    daemon::Connections connections{loop};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    Endings endings{loop};
    std::optional<Forwarder> forwarder;
    std::unique_ptr<TransactionPeer> peer;
    amqp::Link* control_link = nullptr;
};

}  // namespace weft::broker
