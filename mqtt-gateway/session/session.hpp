#pragma once

#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/greeting.hpp"
#include "mqtt-gateway/session/incoming.hpp"
#include "mqtt-gateway/session/kept_will.hpp"
#include "mqtt-gateway/session/outgoing.hpp"
#include "mqtt-gateway/session/requests.hpp"
#include "mqtt-gateway/session/settings.hpp"
#include "mqtt-gateway/session/subscription_table.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::session {

/// Which session it is, and how long it lives. Threading: not shared (a value).
struct Life {
    /// Drawn when it begins: of it alone, among the sessions of all gateways ever, and not to be
    /// guessed. With it begins what its messages are called.
    std::uint64_t birth = 0;
    std::uint64_t epoch = 0;           // counts connections
    std::uint32_t expiry_seconds = 0;  // it outlives a connection by so many
};

/// A session as a store has it. Subscriptions get new numbers. Threading: not shared (a value).
struct SessionRow {
    /// A packet id of the device: with its serial, and whether the mesh has its message.
    struct Incoming {
        Use use{};
        bool taken = false;
    };

    Life life{};
    std::vector<SubscriptionEntry> subscriptions{};
    std::uint64_t serial_base = 0;           // Serials::base
    std::vector<Incoming> incoming{};        // StoreIncoming, StoreSerials
    std::vector<mqtt::PacketId> outgoing{};  // StoreOutgoing
    std::optional<WillMessage> will{};
};

/// How a connection ended.
struct Departure {
    bool fires_will = true;
    std::optional<std::uint32_t> expiry_seconds{};  // if DISCONNECT changed it
};

/// A message for a session.
struct Delivery {
    MessagePtr message{};
    /// Those that it comes for. Empty: the session looks which of its subscriptions match, as with
    /// a queue that all of them share.
    std::span<const SubscriptionNumber> subscriptions{};
    bool retained = false;  // because of a new subscription, not because it was published
    DeliveryToken token{};  // not 0: Settle says what became of it
    /// Not 0: it has this one, and waits while another message has it. Who makes it of what it has
    /// on disk need not write it down before the message goes out: after a restart it is the same.
    /// 0: the session gives it one, up to kGivenIdMax. Without a message: the device has that of
    /// QoS 2, and is to hear PUBREL.
    mqtt::PacketId id = 0;
    bool again = false;  // another gateway may have sent it, under that id
};

/// What a client id has, with or without a connection. README.md has its life as a picture.
///
/// Calls need `out` of the connection that has it, if there is one. Invariants:
///   S1  it has at most one connection, and no other client id ever
///   S2  its will, if it has one, is fired once, or forgotten
///   S3  without connection it ends at `deadline`, and at once if its expiry is 0
///
/// Threading: loop-confined.
class Session {
public:
    /// `birth`: see Life. Settings and counters must outlive this.
    Session(std::string client_id,
            std::uint64_t birth,
            const Settings& settings,
            Counters& counters);
    /// One that a store has, without connection since `now`.
    Session(std::string client_id,
            const Settings& settings,
            Counters& counters,
            SessionRow row,
            Instant now);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // --- the mesh --------------------------------------------------------------------------------
    void deliver(const Delivery& delivery, Instant now, Output& out);
    /// Deliveries that could go out at once: what its links may have as credit, together. 0 without
    /// connection.
    std::uint32_t credit() const { return outgoing_.credit(peer_); }
    /// `why`: for the device, a reason string.
    void on_published(
        PublishTicket ticket, Taken taken, std::string_view why, Instant now, Output& out);
    /// The QoS that was granted, or a failure that a SUBACK may carry.
    void on_subscribed(const SubscribeTicket& ticket,
                       mqtt::Reason reason,
                       Instant now,
                       Output& out);
    void on_unsubscribed(const SubscribeTicket& ticket, Instant now, Output& out);
    /// All retained messages that the subscription was to get were delivered. Until the device has
    /// them the store keeps that they are due.
    void on_retained_given(SubscriptionNumber number, Instant now, Output& out);

    // --- the store, time, the end ----------------------------------------------------------------
    /// All that was asked with tickets up to this one is durable.
    void on_stored(StoreTicket upto, Instant now, Output& out);
    void on_time(Instant now, Output& out);
    Instant deadline() const;
    /// It is to be no more; its connection was closed. Its will is fired.
    void end(Instant now, Output& out);

    // --- its connection --------------------------------------------------------------------------
    /// Takes the greeting's will. CONNACK follows, once the store knows.
    void attach(Peer& peer, Greeting greeting, Instant now, Output& out);
    void detach(const Departure& departure, Instant now, Output& out);
    void on_publish(const mqtt::Publish& publish, std::string_view topic, Instant now, Output& out);
    void on_ack(const mqtt::Ack& ack, Instant now, Output& out);
    void on_subscribe(const mqtt::Subscribe& subscribe, Instant now, Output& out);
    void on_unsubscribe(const mqtt::Unsubscribe& unsubscribe, Instant now, Output& out);
    void on_uncongested(Instant now, Output& out);
    bool is_reading() const;

    // --- what there is ---------------------------------------------------------------------------
    const std::string& client_id() const { return client_id_; }
    const Life& life() const { return life_; }
    bool is_connected() const { return peer_ != nullptr; }
    const std::optional<WillMessage>& will() const { return will_.get(); }
    const SubscriptionTable& subscriptions() const { return subscriptions_; }
    const Incoming& incoming() const { return incoming_; }
    const Outgoing& outgoing() const { return outgoing_; }

private:
    Turn turn(Instant now, Output& out);
    void after(Instant now, Output& out);
    void store_row(Output& out);
    void attach_subscriptions(Output& out);
    void greet(Instant now, Output& out);
    void await_end(Instant now);
    void fire_due_will(Instant now, Output& out);
    void discard(const Turn& turn);
    void drop_unmatched(const Delivery& delivery, Instant now, Output& out);
    std::optional<mqtt::Reason> refusal_of(const mqtt::Subscription& wanted,
                                           std::uint32_t identifier);
    void subscribe_to(const mqtt::Subscription& wanted,
                      std::uint32_t identifier,
                      SubscribeTicket ticket,
                      Output& out);
    void note_retained(Output& out);
    void lose(SubscriptionEntry* entry, const SubscribeTicket& ticket, Output& out);
    bool refuse_id(
        mqtt::PacketId id, std::size_t entries, Requests::Kind kind, Instant now, Output& out);

    std::string client_id_;
    const Settings& settings_;
    Counters& counters_;
    Peer* peer_ = nullptr;
    std::optional<Greeting> greeting_;  // until CONNACK
    bool is_present_ = false;           // there is something that a client may find again
    bool is_loaded_ = false;            // from a store, and nothing is attached yet
    bool is_stored_ = false;            // the store has, or was asked to have, a row
    bool resumes_ = false;              // its connection found it
    bool is_accepted_ = false;          // its connection heard CONNACK
    bool retained_given_ = false;       // a subscription is Retained::given
    StoreRequests store_;
    StoreTicket row_ticket_ = 0;  // CONNACK waits for it
    Life life_{};
    KeptWill will_;
    Instant will_at_ = kNever;
    Instant ends_at_ = kNever;
    SubscriptionTable subscriptions_;
    Requests requests_;
    Incoming incoming_;
    Outgoing outgoing_;
};

}  // namespace weft::session
