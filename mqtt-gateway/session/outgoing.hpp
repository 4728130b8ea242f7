#pragma once

#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/settings.hpp"
#include "mqtt-gateway/session/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::session {

/// One message for the device, merged from all its subscriptions that want it.
struct Merged {
    const MessagePtr& message;
    DeliveryToken token{};
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool retain = false;
    std::span<const std::uint32_t> identifiers{};
    mqtt::PacketId id = 0;  // not 0: it has this one
    bool again = false;     // another gateway may have sent it
};

/// The messages to a device: those that wait for their turn, and those of QoS 1 and 2 that were
/// sent, in order, until they are acknowledged.
///
/// Invariants:
///   D1  at most the window are in flight and were sent by this connection; each is sent when all
///       older ones were
///   D2  a delivery with a token is settled exactly once
///   D3  in flight they keep their order, and their ids from connection to connection
///   D4  an id of QoS 2 that the device may know means no other message before PUBCOMP, whoever
///       goes on with the session: it follows from the message, or is on disk before PUBLISH
///
/// Threading: not shared.
class Outgoing {
public:
    Outgoing(const Settings& settings, Counters& counters)
        : settings_{settings}, counters_{counters} {}
    ~Outgoing();
    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;

    /// Sends it, or keeps it, or drops it and counts.
    void deliver(const Merged& merged, const Turn& turn);
    /// PUBACK, PUBREC, PUBCOMP. False: not for a message of that QoS, or not at this time.
    [[nodiscard]] bool on_ack(const mqtt::Ack& ack, const Turn& turn);
    /// Nobody gives the device this message any more. `begun`: the QoS with which another gateway
    /// may have sent it; 0: none has.
    void give_up(DeliveryToken token, mqtt::Qos begun, mqtt::PacketId id, const Turn& turn);
    void on_stored(const Turn& turn);
    /// What is to be sent goes out as far as there is room.
    void send_waiting(const Turn& turn);

    /// A connection of this session begins: all in flight is sent again.
    void resend(const Turn& turn);
    /// The connection is gone: what waits and has a token is released; the mesh keeps it.
    void on_detached(const Turn& turn);
    /// The session ends: all that has a token is settled.
    void clear(const Turn& turn);
    /// From the store: the device has it, and is to hear PUBREL. `peer` null: when it is there.
    void restore(mqtt::PacketId id, Peer* peer, Output& out);

    /// Deliveries that could be sent now.
    std::uint32_t credit(const Peer* peer) const;
    std::size_t in_flight() const { return flights_.size(); }
    std::size_t waiting() const { return waiting_.size() - head_; }
    /// Of what is waiting and in flight.
    std::size_t bytes() const { return bytes_; }
    /// Messages that have no token, and that the device does not have.
    std::size_t unowned() const { return unowned_; }

private:
    enum class Stage : std::uint8_t {
        reserving,  // QoS 2: the store is to have its id, or what gives it, and no other use of it
        unsent,     // by this connection
        sent,       // PUBLISH; PUBACK or PUBREC comes
        storing,    // PUBREC came; the store has been asked
        releasing,  // PUBREL; PUBCOMP comes
    };
    struct Kept {
        MessagePtr message{};  // null once the device has it
        DeliveryToken token{};
        mqtt::Qos qos = mqtt::Qos::at_most_once;
        bool retain = false;
        std::vector<std::uint32_t> identifiers{};
        mqtt::PacketId id = 0;  // 0: one is to be given
        bool again = false;
    };
    struct Flight {
        mqtt::PacketId id = 0;
        Stage stage = Stage::unsent;
        bool again = false;     // an older connection sent it
        bool reserved = false;  // the store has a row of its id, or was asked to
        Kept kept{};
    };

    /// The device may acknowledge it: also what an older connection sent, if it waits to go again.
    static bool was_sent(const Flight& flight) {
        return flight.stage >= Stage::sent || flight.again;
    }
    bool has_room(const Peer& peer) const;
    bool takes_more(const Peer& peer) const;
    bool is_free(mqtt::PacketId id) const { return id == 0 || find(id) == flights_.size(); }
    bool can_keep(const Message& message, bool online) const;
    bool leaves_to_others(std::size_t more, bool online) const;
    void deliver_at_most_once(const Merged& merged, const Turn& turn);
    void drop_offline(const Merged& merged, const Turn& turn);
    void start(Kept kept, const Turn& turn);
    bool reserve(Flight& flight, const Turn& turn);
    bool send(Flight& flight, const Turn& turn);
    void send_unsent(const Turn& turn);
    bool on_puback(std::size_t at, mqtt::Reason reason, const Turn& turn);
    bool on_pubrec(std::size_t at, mqtt::Reason reason, const Turn& turn);
    bool on_pubcomp(std::size_t at, const Turn& turn);
    void reject(std::size_t at, const Turn& turn);
    void release(Flight& flight, const Turn& turn);
    void send_pubrel(mqtt::PacketId id, mqtt::Reason reason, const Turn& turn);
    void charge(const Kept& kept);
    void let_go(Kept& kept);
    void erase(std::size_t at);
    std::size_t find(mqtt::PacketId id) const;
    mqtt::PacketId next_id();

    const Settings& settings_;
    Counters& counters_;
    std::vector<Flight> flights_;
    std::vector<Kept> waiting_;
    std::size_t head_ = 0;    // of `waiting_`: before it all is gone
    std::size_t unsent_ = 0;  // of `flights_`: reserving, too
    Unstored unstored_;       // of `flights_`
    std::size_t bytes_ = 0;
    std::size_t unowned_ = 0;
    mqtt::PacketId last_id_ = 0;
};

}  // namespace weft::session
