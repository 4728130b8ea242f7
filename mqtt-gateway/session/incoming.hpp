#pragma once

#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/serials.hpp"
#include "mqtt-gateway/session/settings.hpp"
#include "mqtt-gateway/session/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::session {

/// The publishes of a device, from PUBLISH to PUBACK or PUBCOMP.
///
/// Invariants:
///   P1  a packet id is in `publishes_` once, or in `received_` once, or free
///   P2  PUBACK and PUBREC are sent once the mesh has the message, PUBREC and PUBCOMP once the
///   store
///       knows the id (or no longer knows it)
///   P3  `unacknowledged_` counts those of this connection that are not free; in MQTT 5 they are at
///       most the receive maximum
///
/// Threading: not shared.
class Incoming {
public:
    Incoming(const Settings& settings, Counters& counters)
        : settings_{settings}, counters_{counters} {}

    /// One with the topic that was meant.
    void publish(const mqtt::Publish& publish, std::string_view topic, const Turn& turn);
    void on_published(PublishTicket ticket, Taken taken, std::string_view why, const Turn& turn);
    void on_pubrel(mqtt::PacketId id, const Turn& turn);
    void on_stored(const Turn& turn);
    void on_time(const Turn& turn);
    Instant deadline() const;

    /// The connection is gone: QoS 1 is the client's to send again, QoS 2 goes on.
    void on_detached(const Turn& turn);
    /// The session ends.
    void clear(const Turn& turn);
    /// From the store, in this order.
    void restore_base(std::uint64_t base) { serials_.restore_base(base); }
    void restore(Use use, bool taken);

    /// So many wait for the mesh: older versions, which know no receive maximum, are not read.
    bool is_full() const { return publishes_.size() >= settings_.receive_maximum; }
    /// QoS 1 and 2 that the mesh does not have yet, or the store.
    std::size_t unfinished() const { return publishes_.size(); }
    /// QoS 2 that wait for PUBREL, or for the store after it.
    std::size_t received() const { return received_.size(); }
    const Serials& serials() const { return serials_; }
    /// Before it is durable nothing may be published: its name would be another after a kill.
    StoreTicket serials_asked() const { return serials_asked_; }

private:
    enum class Stage : std::uint8_t {
        publishing,  // the mesh has been asked
        held,        // it is asked again later
        storing,     // QoS 2: the mesh has it; the store has been asked
        freeing,     // QoS 2: it was refused; the store has been asked
    };
    struct Publishing {
        PublishTicket ticket{};
        mqtt::PacketId id = 0;
        mqtt::Qos qos = mqtt::Qos::at_least_once;
        Stage stage = Stage::publishing;
        bool counted = true;            // it came by this connection
        std::uint32_t repeats = 0;      // QoS 2: so often again; each is answered
        Taken taken = Taken::accepted;  // the last answer
        mqtt::Reason reason{};          // freeing: what PUBREC is to say
        std::string why{};              // the same
        StoreTicket store = 0;
        Duration pause{};        // before it is tried again; 0: it was not held yet
        Instant again = kNever;  // held: then it is tried again
        Instant give_up = kNever;
    };
    struct Received {
        mqtt::PacketId id = 0;
        bool counted = true;
        StoreTicket forgetting = 0;  // PUBREL came, PUBCOMP waits for the store; 0: no PUBREL
    };

    bool is_within_limits(const Turn& turn);
    bool count_again(bool& counted, const Turn& turn);
    bool repeat(const mqtt::Publish& publish, const Turn& turn);
    void refuse_id(const mqtt::Publish& publish, const Turn& turn);
    void refuse_topic(const mqtt::Publish& publish, const Turn& turn);
    void take(std::size_t at, mqtt::Reason reason, const Turn& turn);
    void receive(std::size_t at, const Turn& turn);
    void refuse(std::size_t at, Taken taken, std::string_view why, const Turn& turn);
    void answer_failure(std::size_t at,
                        mqtt::Reason reason,
                        std::string_view why,
                        const Turn& turn);
    StoreTicket free(mqtt::PacketId id, const Turn& turn);
    void shorten_serials(const Turn& turn);
    void send_failure(std::size_t at, const Turn& turn);
    void wait_on(std::string_view why, const Turn& turn);
    void hold(std::size_t at, Taken taken, const Turn& turn);
    void give_up(std::size_t at, const Turn& turn);
    Publishing remove(std::size_t at);
    void complete(std::size_t at, const Turn& turn);
    std::size_t find_received(mqtt::PacketId id) const;

    const Settings& settings_;
    Counters& counters_;
    std::vector<Publishing> publishes_;  // in the order in which they came
    std::vector<Received> received_;     // ascending by id
    Unstored unstored_;                  // of both
    Serials serials_;
    StoreTicket serials_asked_ = 0;
    /// The client has sent something new by this connection: all that it had sent before, and had
    /// to send again, is here.
    bool is_up_to_date_ = false;
    std::uint64_t last_ticket_ = 0;
    std::uint32_t unacknowledged_ = 0;
};

}  // namespace weft::session
