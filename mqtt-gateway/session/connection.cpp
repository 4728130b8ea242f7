#include "mqtt-gateway/session/connection.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/answer.hpp"
#include "mqtt-gateway/codec/decode.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {
namespace {

using mqtt::PropertyId;
using mqtt::Reason;

/// A packet that is not there as a whole, but grows by so many bytes, is a sign of life: on a slow
/// line it may take longer than the keep alive.
constexpr std::size_t kProgressBytes = 4096;

}  // namespace

Connection::Connection(const Settings& settings,
                       Counters& counters,
                       std::uint64_t unique,
                       Instant now)
    : settings_{settings},
      counters_{counters},
      unique_{unique},
      framer_{settings.connect_bytes_max},
      peer_{settings},
      aliases_{settings.topic_aliases_max} {
    peer_.keep_alive().hear(now);
}

Connection::~Connection() {
    WEFT_CHECK(session() == nullptr);
}

// --- packets -------------------------------------------------------------------------------------

bool Connection::is_reading() const {
    return peer_.phase() == Peer::Phase::waiting ||
           (peer_.is_open() && session_ != nullptr && session_->is_reading());
}

bool Connection::read(Bytes& in, Instant now, Output& out) {
    if (!is_reading()) {
        return false;
    }
    const Bytes packet = framer_.next(in);
    if (packet.empty()) {
        if (framer_.failed()) {
            on_fault(framer_.fault(), now, out);
        } else if (peer_.is_open() && framer_.kept() >= progress_ + kProgressBytes) {
            progress_ = framer_.kept();
            peer_.keep_alive().hear(now);
        }
        return false;
    }
    progress_ = 0;
    if (peer_.is_open()) {
        peer_.keep_alive().hear(now);
    }
    const mqtt::Packet read = mqtt::decode(packet, {.version = peer_.version()});
    if (const auto* fault = std::get_if<mqtt::Fault>(&read)) {
        on_fault(*fault, now, out);
    } else if (const auto* connect = std::get_if<mqtt::Connect>(&read)) {
        on_connect(*connect, now, out);
    } else if (!peer_.is_open()) {
        violate(Reason::protocol_error, "the first packet is not CONNECT", now, out);
    } else {
        on_packet(read, now, out);
    }
    return true;
}

/// Of an open connection.
void Connection::on_packet(const mqtt::Packet& packet, Instant now, Output& out) {
    if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
        on_publish(*publish, now, out);
    } else if (const auto* ack = std::get_if<mqtt::Ack>(&packet)) {
        session_->on_ack(*ack, now, out);
    } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
        session_->on_subscribe(*subscribe, now, out);
    } else if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
        session_->on_unsubscribe(*unsubscribe, now, out);
    } else if (std::holds_alternative<mqtt::Pingreq>(packet)) {
        peer_.send_pingresp(out);
    } else if (const auto* disconnect = std::get_if<mqtt::Disconnect>(&packet)) {
        on_disconnect(*disconnect, now, out);
    } else {
        // The decoder lets nothing else through from a client. Spec: MQTT 5 [MQTT-4.12.0-6]
        violate(Reason::protocol_error, "AUTH without an authentication method", now, out);
    }
    if (peer_.is_closed()) {
        leave({}, now, out);
    }
}

/// Spec: MQTT 5 §4.13
void Connection::on_fault(const mqtt::Fault& fault, Instant now, Output& out) {
    if (peer_.is_open()) {
        const bool again = fault.packet == mqtt::PacketType::connect;
        out.text = again ? "a second CONNECT" : to_string(fault);
        violate(again ? Reason::protocol_error : fault.reason, out.text, now, out);
        return;
    }
    ++counters_.faults;
    peer_.refuse(fault, out);
}

void Connection::violate(Reason reason, std::string_view why, Instant now, Output& out) {
    ++counters_.faults;
    peer_.close(reason, why, out);
    leave({}, now, out);
}

// --- connecting
// ------------------------------------------------------------------------------------

void Connection::on_connect(const mqtt::Connect& connect, Instant now, Output& out) {
    if (peer_.is_open()) {
        violate(Reason::protocol_error, "a second CONNECT", now, out);
        return;
    }
    peer_.greet(connect);
    framer_.speak(connect.version, settings_.packet_bytes_max);
    if (const Refusal refusal = session::refusal_of(connect, settings_); !refusal.why.empty()) {
        refuse(refusal.reason, refusal.why, out);
        return;
    }
    greeting_ = std::make_unique<Greeting>(greeting_of(connect, settings_, unique_));
    if (greeting_->will &&
        counters_.will_bytes + greeting_->will->bytes() > settings_.all_wills_bytes_max) {
        refuse(Reason::quota_exceeded, "the wills of all clients take too much memory", out);
        return;
    }
    peer_.keep_alive().set(greeting_->keep_alive);
    expiry_asked_ = greeting_->expiry_asked;
    peer_.advance(Peer::Phase::authenticating);
    out.actions.emplace_back(Authenticate{.client_id = greeting_->client_id,
                                          .assigned = greeting_->assigned,
                                          .user_name = connect.user_name,
                                          .password = connect.password});
}

void Connection::on_authenticated(Reason reason, std::string_view why, Output& out) {
    if (peer_.phase() != Peer::Phase::authenticating) {
        return;
    }
    if (is_failure(reason)) {
        refuse(reason, why, out);
        return;
    }
    peer_.advance(Peer::Phase::opening);
    out.actions.emplace_back(OpenSession{.client_id = greeting_->client_id,
                                         .clean_start = greeting_->clean_start,
                                         .will = greeting_->will ? &*greeting_->will : nullptr});
}

void Connection::on_session(Session& session, Instant now, Output& out) {
    if (peer_.phase() != Peer::Phase::opening || !greeting_) {
        return;
    }
    session_ = &session;
    const std::unique_ptr<Greeting> greeting = std::move(greeting_);
    session.attach(peer_, std::move(*greeting), now, out);
}

void Connection::refuse(Reason reason, std::string_view why, Output& out) {
    if (peer_.is_closed() || session_ != nullptr) {
        return;
    }
    ++counters_.refused;
    peer_.refuse(reason, why, out);
    greeting_.reset();
}

// --- from the client
// ---------------------------------------------------------------------------------

void Connection::on_publish(const mqtt::Publish& publish, Instant now, Output& out) {
    std::string_view topic = publish.topic;
    if (const auto alias = publish.properties.number(PropertyId::topic_alias)) {
        if (!aliases_.is_valid(*alias)) {
            violate(Reason::topic_alias_invalid, "a topic alias is above the maximum", now, out);
            return;
        }
        if (topic.empty()) {
            topic = aliases_.find(*alias);
        } else if (topic.size() > kAliasedTopicBytesMax) {
            violate(Reason::topic_name_invalid, "a topic is too long to have an alias", now, out);
            return;
        } else {
            aliases_.set(*alias, topic);
        }
    }
    if (topic.empty()) {
        violate(Reason::protocol_error, "a topic alias stands for nothing yet", now, out);
    } else if (publish.qos > settings_.qos_max) {
        violate(Reason::qos_not_supported, "a publish has a higher QoS than is supported", now,
                out);
    } else if (publish.retain && !settings_.retain_available) {
        violate(Reason::retain_not_supported, "a publish is to be retained; nothing is here", now,
                out);
    } else {
        session_->on_publish(publish, topic, now, out);
    }
}

/// Spec: MQTT 5 §3.14.2.2.2, §3.14.4
void Connection::on_disconnect(const mqtt::Disconnect& disconnect, Instant now, Output& out) {
    const auto expiry = disconnect.properties.number(PropertyId::session_expiry_interval);
    if (expiry.value_or(0) != 0 && expiry_asked_ == 0) {
        violate(Reason::protocol_error, "DISCONNECT keeps a session that CONNECT did not", now,
                out);
        return;
    }
    Departure departure{.fires_will = disconnect.reason != Reason::normal_disconnection};
    if (expiry) {
        departure.expiry_seconds = std::min(*expiry, settings_.session_expiry_max);
    }
    peer_.end(disconnect.reason, out);
    leave(departure, now, out);
}

/// The session goes on without this, if it still has it: it may be gone already.
void Connection::leave(const Departure& departure, Instant now, Output& out) {
    if (peer_.has_session()) {
        session_->detach(departure, now, out);
    }
    session_ = nullptr;
}

// --- time, the end
// -----------------------------------------------------------------------------------

void Connection::set_congested(bool congested, Instant now, Output& out) {
    peer_.set_congested(congested);
    if (!congested && session() != nullptr) {
        session_->on_uncongested(now, out);
    }
}

Instant Connection::deadline() const {
    if (peer_.phase() == Peer::Phase::waiting) {
        return peer_.keep_alive().heard() + settings_.connect_timeout;
    }
    return peer_.is_open() ? peer_.keep_alive().deadline() : kNever;
}

void Connection::on_time(Instant now, Output& out) {
    if (now < deadline()) {
        return;
    }
    if (peer_.is_open() && !is_reading()) {
        peer_.keep_alive().hear(now);  // it has no chance to be heard
        return;
    }
    ++counters_.timed_out;
    peer_.close(Reason::keep_alive_timeout,
                peer_.is_open() ? "nothing came within the keep alive" : "no CONNECT came in time",
                out);
    leave({}, now, out);
}

void Connection::close(Reason reason, std::string_view why, Instant now, Output& out) {
    if (peer_.is_closed()) {
        return;
    }
    counters_.taken_over += reason == Reason::session_taken_over ? 1 : 0;
    peer_.close(reason, why, out);
    greeting_.reset();
    leave({}, now, out);
}

void Connection::on_lost(Instant now, Output& out) {
    if (!peer_.is_closed()) {
        peer_.lose();
    }
    greeting_.reset();
    leave({}, now, out);
}

}  // namespace weft::session
