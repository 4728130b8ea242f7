#pragma once

#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/aliases.hpp"
#include "mqtt-gateway/session/greeting.hpp"
#include "mqtt-gateway/session/keep_alive.hpp"
#include "mqtt-gateway/session/settings.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace weft::session {

/// A PUBLISH to a device, as its session wants it.
struct Delivered {
    const Message* message = nullptr;
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool retain = false;
    bool dup = false;
    mqtt::PacketId id = 0;
    std::span<const std::uint32_t> identifiers{};  // of the subscriptions
};

/// The client as its session sees it: what it speaks, what it takes, and what is written to it.
/// Threading: loop-confined.
class Peer {
public:
    /// How far a connection is. It goes only forward.
    enum class Phase : std::uint8_t {
        waiting,         // for CONNECT
        authenticating,  // for the answer to Authenticate
        opening,         // for the session, and for the store
        open,            // CONNACK was sent
        closed,
    };

    explicit Peer(const Settings& settings) : settings_{settings} {}

    Phase phase() const { return phase_; }
    void advance(Phase phase);
    bool is_open() const { return phase_ == Phase::open; }
    bool is_closed() const { return phase_ == Phase::closed; }

    /// What a CONNECT says of the client.
    void greet(const mqtt::Connect& connect);
    mqtt::Version version() const { return terms_.version; }
    bool is_v5() const { return terms_.version >= mqtt::Version::v5; }
    /// QoS 1 and 2 that it takes at once.
    std::uint16_t window() const { return window_; }
    bool is_congested() const { return congested_; }
    void set_congested(bool congested) { congested_ = congested; }

    KeepAlive& keep_alive() { return keep_alive_; }
    const KeepAlive& keep_alive() const { return keep_alive_; }
    /// A session has it. The session says so, and lets it go in the call in which it is closed.
    bool has_session() const { return has_session_; }
    void set_session(bool has) { has_session_ = has; }

    void send_connack(const Greeting& greeting, bool session_present, Output& out);
    /// Instead of a CONNACK with success.
    void refuse(mqtt::Reason reason, std::string_view why, Output& out);
    /// `why`: a reason string, for those that asked for problem information in so many words;
    /// left out where it can't be said. Spec: MQTT 5 §3.1.2.11.7
    void send_ack(mqtt::PacketType type,
                  mqtt::PacketId id,
                  mqtt::Reason reason,
                  std::string_view why,
                  Output& out);
    [[nodiscard]] mqtt::Encoded send_publish(const Delivered& publish, Instant now, Output& out);
    void send_suback(mqtt::PacketId id, Bytes codes, Output& out);
    void send_unsuback(mqtt::PacketId id, Bytes codes, Output& out);
    void send_pingresp(Output& out);
    /// For what it sent instead of a CONNECT.
    void refuse(const mqtt::Fault& fault, Output& out);
    /// Says why, if it can be said, and asks for the end.
    void close(mqtt::Reason reason, std::string_view why, Output& out);
    /// The client said DISCONNECT.
    void end(mqtt::Reason reason, Output& out);
    /// Its socket is gone.
    void lose() { phase_ = Phase::closed; }

private:
    template <class Packet>
    mqtt::Encoded write(const Packet& packet, Output& out) const;
    mqtt::Properties explanation(mqtt::Reason reason, std::string_view why, Output& out) const;
    mqtt::Properties publish_properties(const Delivered& publish,
                                        std::uint16_t alias,
                                        Instant now,
                                        Output& out) const;
    mqtt::Properties connack_properties(const Greeting& greeting, Output& out) const;
    void ask_close(mqtt::Reason reason, std::string_view why, Output& out);

    const Settings& settings_;
    Phase phase_ = Phase::waiting;
    bool congested_ = false;
    bool has_session_ = false;
    KeepAlive keep_alive_;
    bool explains_acks_ = false;
    std::uint16_t window_ = 0;
    mqtt::Terms terms_{};
    AliasesOut aliases_{0};
};

}  // namespace weft::session
