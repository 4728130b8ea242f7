#include "mqtt-gateway/codec/decode.hpp"

#include "mqtt-gateway/codec/body_decode.hpp"

namespace weft::mqtt {
namespace {

/// Spec: MQTT 5 §3.3
Publish read_publish(FieldReader& in, unsigned first, Sender from) noexcept {
    Publish publish;
    const unsigned qos = first >> 1 & 3U;
    const bool dup = (first & 0x08) != 0;
    publish.dup = dup && qos != 0;
    publish.retain = (first & 0x01) != 0;
    publish.qos = static_cast<Qos>(qos);
    if (qos == 3) {
        in.fail(Reason::malformed_packet, "QoS", "is 3", 0);
    } else if (qos == 0 && dup && in.version() != Version::v3_1) {  // there it means nothing
        in.fail(Reason::malformed_packet, "DUP flag", "is set at QoS 0", 0);
    }
    const std::size_t topic_at = in.at() + 2;
    const std::string_view topic = as_text(in.binary("topic name"));
    if (!topic.empty() || !in.is_v5()) {
        in.check(topic_name_fault(topic), topic, "topic name");
    }
    publish.topic = topic;
    if (qos != 0) {
        publish.id = in.packet_id();
    }
    if (in.is_v5()) {
        publish.properties = read_properties(in, PacketType::publish, from);
        if (topic.empty() && !publish.properties.has(PropertyId::topic_alias)) {
            in.fail(Reason::protocol_error, "topic name", "is empty, and there is no topic alias",
                    topic_at);
        }
    }
    publish.payload = in.rest();
    return publish;
}

/// Reason and properties may be missing from the end of what MQTT 5 ends with them.
/// Spec: MQTT 5 §3.4.2.1, §3.14.2.1, §3.15.2.1
template <class Ending>
void read_ending(FieldReader& in, PacketType type, Sender from, Ending& to) noexcept {
    if (in.is_v5() && !in.done()) {
        to.reason = read_reason(in, type);
        if (!in.done()) {
            to.properties = read_properties(in, type, from);
        }
    }
}

Ack read_ack(FieldReader& in, PacketType type, Sender from) noexcept {
    Ack ack{.type = type};
    ack.id = in.packet_id();
    read_ending(in, type, from, ack);
    return ack;
}

/// Spec: MQTT 5 §3.2.2, MQTT 3.1.1 §3.2.2
Connack read_connack(FieldReader& in) noexcept {
    Connack connack;
    const std::size_t at = in.at();
    const unsigned flags = in.u8("connect acknowledge flags");
    const std::size_t reason_at = in.at();
    if (in.is_v5()) {
        connack.reason = read_reason(in, PacketType::connack);
        connack.properties = read_properties(in, PacketType::connack, Sender::server);
    } else if (const auto reason = reason_of_return_code(in.u8("return code"))) {
        connack.reason = *reason;
    } else {
        in.fail(Reason::protocol_error, "return code", "is none that there is", reason_at);
    }
    if (in.version() == Version::v3_1) {
        return connack;
    }
    connack.session_present = (flags & 1) != 0;
    if (flags > 1) {
        in.fail(Reason::malformed_packet, "connect acknowledge flags", "have a reserved bit set",
                at);
    } else if (connack.session_present && connack.reason != Reason::success) {
        in.fail(Reason::protocol_error, "connect acknowledge flags",
                "have a session though the client is refused", at);
    }
    return connack;
}

Disconnect read_disconnect(FieldReader& in, Sender from) noexcept {
    Disconnect disconnect;
    read_ending(in, PacketType::disconnect, from, disconnect);
    return disconnect;
}

Auth read_auth(FieldReader& in, Sender from) noexcept {
    Auth auth;
    const bool empty = in.done();
    read_ending(in, PacketType::auth, from, auth);
    if (!empty && !auth.properties.has(PropertyId::authentication_method)) {
        in.fail(Reason::protocol_error, "authentication method", "is missing", in.at());
    }
    return auth;
}

Packet read_body(FieldReader& in, unsigned first, Sender from) noexcept {
    const PacketType type = type_of(static_cast<std::uint8_t>(first));
    switch (type) {
        case PacketType::connect:
            return read_connect(in);
        case PacketType::connack:
            return read_connack(in);
        case PacketType::publish:
            return read_publish(in, first, from);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return read_ack(in, type, from);
        case PacketType::subscribe:
            return read_subscribe(in, from);
        case PacketType::suback:
            return read_suback(in, from);
        case PacketType::unsubscribe:
            return read_unsubscribe(in, from);
        case PacketType::unsuback:
            return read_unsuback(in, from);
        case PacketType::pingreq:
            return Pingreq{};
        case PacketType::pingresp:
            return Pingresp{};
        case PacketType::disconnect:
            return read_disconnect(in, from);
        case PacketType::auth:
            return read_auth(in, from);
        case PacketType::reserved:
            break;
    }
    return Fault{};
}

/// Spec: MQTT 5 §2.1.2, §2.1.3
void check_first(FieldReader& in, std::uint8_t first, Dialect dialect) noexcept {
    constexpr std::string_view kField = "packet type";
    const PacketType type = type_of(first);
    if (is_sent(type, dialect)) {
        if (!has_its_flags(first, dialect.version)) {
            in.fail(Reason::malformed_packet, "fixed header", "has a reserved flag changed", 0);
        }
        return;
    }
    const Sender other = dialect.from == Sender::client ? Sender::server : Sender::client;
    if (is_sent(type, {.version = dialect.version, .from = other})) {
        in.fail(Reason::protocol_error, kField, "is one that only the other end sends", 0);
    } else {
        in.fail(Reason::malformed_packet, kField, "is reserved", 0);
    }
}

}  // namespace

Reason read_reason(FieldReader& in, PacketType type) noexcept {
    const std::size_t at = in.at();
    const auto reason = static_cast<Reason>(in.u8("reason code"));
    if (!may_carry(type, reason)) {
        in.fail(Reason::protocol_error, "reason code", "is none that this packet may carry", at);
    }
    return reason;
}

Packet decode(Bytes packet, Dialect dialect) noexcept {
    FieldReader in{packet, dialect.version};
    const std::uint8_t first = in.u8("packet type");
    check_first(in, first, dialect);
    const Varint remaining = read_varint(in.remaining());
    const std::size_t size = in.varint("remaining length");
    if (size != in.left()) {
        in.fail(Reason::malformed_packet, "remaining length", "is not that of the packet", 1);
    }
    Packet read = in.ok() ? read_body(in, first, dialect.from) : Packet{};
    if (in.is_v5() && !remaining.shortest()) {  // of a CONNECT, only now that it said its version
        in.fail(Reason::malformed_packet, "remaining length", "is not in its shortest form", 1);
    }
    if (!in.done()) {
        in.fail(Reason::malformed_packet, "packet", "goes on behind its last field", in.at());
    }
    if (in.ok()) {
        return read;
    }
    Fault fault = in.fault();
    fault.packet = type_of(first);
    fault.version = in.version();
    return fault;
}

}  // namespace weft::mqtt
