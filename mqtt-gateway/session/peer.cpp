#include "mqtt-gateway/session/peer.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/answer.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

#include <algorithm>

namespace weft::session {
namespace {

using mqtt::Encoded;
using mqtt::PropertyId;
using mqtt::Reason;

/// Whole seconds that are left, at least a part of one counting as one.
std::uint32_t seconds_left(Instant expires, Instant now) {
    if (expires <= now) {
        return 0;
    }
    const auto left = std::chrono::ceil<std::chrono::seconds>(expires - now).count();
    return static_cast<std::uint32_t>(std::min<std::int64_t>(left, UINT32_MAX));
}

bool points_elsewhere(Reason reason) {
    return reason == Reason::use_another_server || reason == Reason::server_moved;
}

}  // namespace

/// What comes after the end is not written.
template <class Packet>
Encoded Peer::write(const Packet& packet, Output& out) const {
    return is_closed() ? Encoded::written : encode(out.bytes, packet, terms_);
}

void Peer::advance(Phase phase) {
    WEFT_CHECK(phase > phase_);
    phase_ = phase;
}

void Peer::greet(const mqtt::Connect& connect) {
    const auto number = [&](PropertyId id, std::uint32_t otherwise) {
        return connect.properties.number(id).value_or(otherwise);
    };
    terms_.version = connect.version;
    terms_.packet_max = number(PropertyId::maximum_packet_size, mqtt::kPacketBytesMax);
    // Who does not ask is not sent what it did not count on: there are codecs that take no more
    // than the reason code of an acknowledgement.
    explains_acks_ = number(PropertyId::request_problem_information, 0) != 0;
    const std::uint32_t takes =
        is_v5() ? number(PropertyId::receive_maximum, UINT16_MAX) : std::uint32_t{UINT16_MAX};
    window_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(takes, settings_.in_flight_max));
    const std::uint32_t aliases = number(PropertyId::topic_alias_maximum, 0);
    aliases_ = AliasesOut{static_cast<std::uint16_t>(
        std::min<std::uint32_t>(aliases, settings_.aliases_to_device_max))};
}

mqtt::Properties Peer::explanation(Reason reason, std::string_view why, Output& out) const {
    out.scratch.clear();
    if (!is_v5()) {
        return {};
    }
    mqtt::PropertyWriter writer{out.scratch};
    if (!why.empty()) {
        (void)writer.text(PropertyId::reason_string, why);
    }
    if (points_elsewhere(reason) && !settings_.server_reference.empty()) {
        (void)writer.text(PropertyId::server_reference, settings_.server_reference);
    }
    return writer.written();
}

/// Spec: MQTT 5 §3.2.2.3
mqtt::Properties Peer::connack_properties(const Greeting& greeting, Output& out) const {
    out.scratch.clear();
    if (!is_v5()) {
        return {};
    }
    mqtt::PropertyWriter writer{out.scratch};
    const auto unavailable = [&](PropertyId id, bool available) {
        if (!available) {
            writer.number(id, 0);
        }
    };
    if (greeting.expiry != greeting.expiry_asked) {
        writer.number(PropertyId::session_expiry_interval, greeting.expiry);
    }
    writer.number(PropertyId::receive_maximum, settings_.receive_maximum);
    if (settings_.qos_max != mqtt::Qos::exactly_once) {
        writer.number(PropertyId::maximum_qos, static_cast<std::uint32_t>(settings_.qos_max));
    }
    unavailable(PropertyId::retain_available, settings_.retain_available);
    writer.number(PropertyId::maximum_packet_size, settings_.packet_bytes_max);
    if (greeting.assigned) {
        (void)writer.text(PropertyId::assigned_client_identifier, greeting.client_id);
    }
    writer.number(PropertyId::topic_alias_maximum, settings_.topic_aliases_max);
    unavailable(PropertyId::wildcard_subscription_available, settings_.wildcards_available);
    unavailable(PropertyId::subscription_identifier_available,
                settings_.subscription_identifiers_available);
    unavailable(PropertyId::shared_subscription_available, settings_.shared_available);
    if (greeting.keep_alive != greeting.keep_alive_asked) {
        writer.number(PropertyId::server_keep_alive, greeting.keep_alive);
    }
    if (greeting.wants_response_information && !settings_.response_information.empty()) {
        (void)writer.text(PropertyId::response_information, settings_.response_information);
    }
    return writer.written();
}

void Peer::send_connack(const Greeting& greeting, bool session_present, Output& out) {
    const mqtt::Connack connack{.session_present = session_present,
                                .reason = Reason::success,
                                .properties = connack_properties(greeting, out)};
    if (encode(out.bytes, connack, terms_) == Encoded::written) {
        advance(Phase::open);
    } else {
        ask_close(Reason::packet_too_large, "CONNACK is larger than the client takes", out);
    }
}

void Peer::refuse(Reason reason, std::string_view why, Output& out) {
    mqtt::Connack connack{.reason = reason};
    if (!is_v5() || may_carry(mqtt::PacketType::connack, reason)) {
        connack.properties = explanation(reason, why, out);
        if (encode(out.bytes, connack, terms_) == Encoded::too_large) {
            connack.properties = {};
            (void)encode(out.bytes, connack, terms_);  // a client that takes nothing is not told
        }
    }
    ask_close(reason, why, out);
}

void Peer::refuse(const mqtt::Fault& fault, Output& out) {
    mqtt::append_answer(out.bytes, fault, mqtt::kPacketBytesMax);
    out.text = to_string(fault);
    ask_close(fault.reason, out.text, out);
}

void Peer::send_ack(
    mqtt::PacketType type, mqtt::PacketId id, Reason reason, std::string_view why, Output& out) {
    mqtt::Ack ack{.type = type, .id = id, .reason = is_v5() ? reason : Reason::success};
    if (explains_acks_ && !why.empty()) {
        ack.properties = explanation(reason, why, out);
        if (write(ack, out) == Encoded::written) {
            return;
        }
        ack.properties = {};
    }
    if (write(ack, out) != Encoded::written) {
        close(Reason::packet_too_large, "acknowledgements are larger than the client takes", out);
    }
}

mqtt::Properties Peer::publish_properties(const Delivered& publish,
                                          std::uint16_t alias,
                                          Instant now,
                                          Output& out) const {
    out.scratch.clear();
    mqtt::PropertyWriter writer{out.scratch};
    for (auto cursor = publish.message->properties.all(); const auto property = cursor.next();) {
        writer.copy(*property);
    }
    if (publish.message->expires != kNever) {
        writer.number(PropertyId::message_expiry_interval,
                      seconds_left(publish.message->expires, now));
    }
    if (alias != 0) {
        writer.number(PropertyId::topic_alias, alias);
    }
    for (const std::uint32_t identifier : publish.identifiers) {
        writer.number(PropertyId::subscription_identifier, identifier);
    }
    return writer.written();
}

Encoded Peer::send_publish(const Delivered& publish, Instant now, Output& out) {
    const Message& message = *publish.message;
    mqtt::Publish packet{.dup = publish.dup,
                         .qos = publish.qos,
                         .retain = publish.retain,
                         .id = publish.id,
                         .topic = message.topic,
                         .payload = message.payload};
    if (!is_v5()) {
        return write(packet, out);
    }
    const AliasesOut::Use use = aliases_.use(message.topic);
    packet.properties = publish_properties(publish, use.alias, now, out);
    packet.topic = use.known ? std::string_view{} : std::string_view{message.topic};
    const Encoded encoded = write(packet, out);
    if (use.alias == 0 || use.known) {
        return encoded;
    }
    if (encoded == Encoded::written) {
        aliases_.set(message.topic);
        return encoded;
    }
    packet.properties = publish_properties(publish, 0, now, out);  // it may fit without
    return write(packet, out);
}

void Peer::send_suback(mqtt::PacketId id, Bytes codes, Output& out) {
    const mqtt::Suback suback{.id = id, .codes = codes};
    mqtt::Terms terms = terms_;
    if (terms.version == mqtt::Version::v3_1 &&
        settings_.failed_subscribe == FailedSubscribe::code) {
        terms.version = mqtt::Version::v3_1_1;  // whose SUBACK has a failure
    }
    switch (is_closed() ? Encoded::written : encode(out.bytes, suback, terms)) {
        case Encoded::written:
            return;
        case Encoded::not_in_version:
            close(Reason::unspecified_error, "a subscription is refused, MQTT 3.1 can't say so",
                  out);
            return;
        case Encoded::too_large:
        case Encoded::text_too_long:
            close(Reason::packet_too_large, "SUBACK is larger than the client takes", out);
            return;
    }
}

void Peer::send_unsuback(mqtt::PacketId id, Bytes codes, Output& out) {
    if (write(mqtt::Unsuback{.id = id, .codes = codes}, out) != Encoded::written) {
        close(Reason::packet_too_large, "UNSUBACK is larger than the client takes", out);
    }
}

void Peer::send_pingresp(Output& out) {
    if (write(mqtt::Pingresp{}, out) != Encoded::written) {
        close(Reason::packet_too_large, "PINGRESP is larger than the client takes", out);
    }
}

void Peer::close(Reason reason, std::string_view why, Output& out) {
    if (is_closed()) {
        return;
    }
    if (phase_ == Phase::authenticating || phase_ == Phase::opening) {
        refuse(reason, why, out);
        return;
    }
    if (is_open() && is_v5() && may_carry(mqtt::PacketType::disconnect, reason)) {
        mqtt::Disconnect disconnect{.reason = reason, .properties = explanation(reason, why, out)};
        if (encode(out.bytes, disconnect, terms_) == Encoded::too_large) {
            disconnect.properties = {};
            (void)encode(out.bytes, disconnect, terms_);
        }
    }
    ask_close(reason, why, out);
}

void Peer::ask_close(Reason reason, std::string_view why, Output& out) {
    advance(Phase::closed);
    out.actions.emplace_back(Close{.reason = reason, .why = why});
}

void Peer::end(Reason reason, Output& out) {
    advance(Phase::closed);
    out.actions.emplace_back(Close{.reason = reason, .why = "DISCONNECT", .by_client = true});
}

}  // namespace weft::session
