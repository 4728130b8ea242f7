#pragma once

#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {

inline std::shared_ptr<const Buffer> numbered_message(int number) {
    wire::Message message;
    message.body = wire::Value{std::int64_t{number}};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return std::make_shared<const Buffer>(std::move(encoded));
}

/// A message of so many bytes and some more.
inline std::shared_ptr<const Buffer> sized_message(std::size_t bytes) {
    wire::Message message;
    message.body = wire::Value{std::string(bytes, 'x')};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return std::make_shared<const Buffer>(std::move(encoded));
}

/// A router, in memory: it tells entries, and takes what is forwarded.
class RouterPeer final : public test::EnginePeer {
public:
    /// What it says to a link on which messages are to be forwarded.
    enum class Answer : std::uint8_t { yes, no, nothing };

    explicit RouterPeer(io::Loop& loop) : EnginePeer{loop, as_client()} {}

    /// A link to the broker that tells who keeps `address`.
    amqp::Link& tell(std::string_view address,
                     const wire::List& brokers = {"b1", "b2"},
                     const wire::Map& more = {}) {
        wire::Map entry{{"type", "queue"}, {"address", std::string{address}}, {"brokers", brokers}};
        entry.insert(entry.end(), more.begin(), more.end());
        wire::encode(properties_.emplace_back(), wire::Map{{wire::Symbol{"weft.address"}, entry}});
        const std::string name = "out" + std::to_string(properties_.size());
        amqp::Attach attach;
        attach.name = name;
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.target->address = address;
        attach.initial_delivery_count = 0;
        attach.properties = properties_.back();
        return EnginePeer::attach(attach);
    }
    void credit(std::uint32_t count, bool drain = false) {
        taken->grant(count, drain);
        pump();
    }
    /// A transaction is declared; its name.
    Buffer declare(amqp::Link& coordinator) {
        states.clear();
        EnginePeer::send(coordinator, transaction::declare(), /*settled=*/false);
        REQUIRE(states.size() == 1);
        const auto name = transaction::read_declared(states.front());
        REQUIRE(name);
        const Buffer kept{name->begin(), name->end()};
        states.clear();
        return kept;
    }
    void send_in(const Buffer& transaction, amqp::Link& link, Bytes message) {
        const Buffer state = transaction::state_of(transaction, {});
        CHECK(link.send({.state = state}, message, /*more=*/false).complete);
        pump();
    }
    /// A link on which it gets messages of the queue, as any client.
    amqp::Link& receiver(std::string_view address, std::uint32_t count) {
        amqp::Attach attach;
        attach.name = "in";
        attach.receiver = true;
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.source->address = address;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        return EnginePeer::attach(attach, count);
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

    Answer answer = Answer::yes;
    std::uint64_t largest = 0;    // bytes of a message that it takes; 0: any number
    int asked = 0;                // for links on which messages are forwarded
    amqp::Link* taken = nullptr;  // the one that it has
    std::string goal;             // that it is to
    std::vector<amqp::DeliveryId> came;
    std::vector<Buffer> messages;  // likewise, where each came in one frame
    std::vector<Buffer> states;    // of what it sent

private:
    static amqp::Options as_client() {
        amqp::Options options;
        options.server = false;
        options.container_id = "router";
        return options;
    }
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (!link.awaits_answer()) {
            return;
        }
        ++asked;
        goal = attach.target->address.value_or("");
        if (answer == Answer::yes) {
            taken = &link;
            CHECK(link.accept(
                {.source = attach.source, .target = attach.target, .max_message_size = largest}));
        } else if (answer == Answer::no) {
            link.refuse({.condition = "amqp:not-found", .description = "there is no such address"});
        }
    }
    void on_detach(amqp::Link& link, bool, const amqp::ErrorView*) override {
        taken = taken == &link ? nullptr : taken;
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        if (&link != taken) {
            EnginePeer::on_transfer(link, transfer, context);
        } else if (!transfer.more) {
            came.push_back(transfer.id);
            messages.emplace_back(transfer.payload.begin(), transfer.payload.end());
        }
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        states.push_back({update.state.begin(), update.state.end()});
    }

    std::deque<Buffer> properties_;
};

/// A broker that may be started again, and a router or two.
struct ForwardingWorld {
    ForwardingWorld() { open(); }
    ~ForwardingWorld() {
        router.reset();
        second.reset();
    }

    void open() {
        router.reset();
        second.reset();
        forwarder.reset();
        topics.reset();
        queues.reset();
        auto opened = Queues::open(loop, {.store = {.folder = folder.path()}, .auto_create = true},
                                   [](const Error& error) { FAIL(error.text); });
        REQUIRE(opened);
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues, patience);
    }
    void connect() {
        router = made();
        producer = &router->tell("orders");
        settle();
    }
    void connect_second() {
        second = made();
        second->tell("orders");
        settle();
    }
    std::unique_ptr<RouterPeer> made() {
        auto peer = std::make_unique<RouterPeer>(loop);
        endpoint::ConnectionProfile profile{.name = "router"};
        profile.engine.container_id = "b1";
        peer->carry(std::make_unique<BrokerConnection>(
            peer->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, endings, *forwarder));
        peer->open();
        return peer;
    }
    /// What was asked of the store is done, and what follows from that;
    void settle() {
        for (int i = 0; i < 4; ++i) {
            settle_store();
            pump();
        }
    }
    void pump() {
        for (const auto& peer : {router.get(), second.get()}) {
            if (peer != nullptr) {
                peer->pump();
            }
        }
    }
    /// A pause is over, say.
    template <class Condition>
    void run_until(const Condition& is_so) {
        while (!is_so()) {
            loop.run_one();
            pump();
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
    DrainReport::State state() const { return forwarder->report().state; }

    forwarding::Course::Patience patience{};
    node::test::TemporaryFolder folder;
    io::Loop loop;
    daemon::Connections connections{loop};
    mgmt::Agent agent{mgmt::Catalogue{}};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    Endings endings{loop};
    std::optional<Forwarder> forwarder;
    std::unique_ptr<RouterPeer> router;
    std::unique_ptr<RouterPeer> second;
    amqp::Link* producer = nullptr;
};

}  // namespace weft::broker
