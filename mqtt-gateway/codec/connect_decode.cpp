#include "mqtt-gateway/codec/body_decode.hpp"

namespace weft::mqtt {
namespace {

/// Spec: MQTT 5 §3.1.2.3
struct ConnectFlags {
    bool reserved = false;
    bool clean_start = false;
    bool will = false;
    unsigned will_qos = 0;
    bool will_retain = false;
    bool password = false;
    bool user_name = false;
};

constexpr ConnectFlags connect_flags_of(unsigned byte) noexcept {
    return {.reserved = (byte & 0x01) != 0,
            .clean_start = (byte & 0x02) != 0,
            .will = (byte & 0x04) != 0,
            .will_qos = byte >> 3 & 3U,
            .will_retain = (byte & 0x20) != 0,
            .password = (byte & 0x40) != 0,
            .user_name = (byte & 0x80) != 0};
}

/// Bridges of other brokers set it in the level, and come back without it once they are refused.
constexpr unsigned kBridgeBit = 0x80;

constexpr Version nearest_version(unsigned level) noexcept {
    const unsigned plain = level & ~kBridgeBit;
    return plain >= 5 ? Version::v5 : plain == 3 ? Version::v3_1 : Version::v3_1_1;
}

/// Reads the protocol's name and level. What is answered to one that is none of ours is written in
/// the version that comes nearest. Spec: MQTT 5 §3.1.2.1, MQTT 3.1.1 [MQTT-3.1.2-2]
Version read_version(FieldReader& in) noexcept {
    const std::size_t name_at = in.at();
    const std::string_view name = in.text("protocol name");
    const std::size_t level_at = in.at();
    const unsigned level = in.u8("protocol level");
    if (!in.ok()) {
        return Version::v3_1_1;
    }
    const Version version = nearest_version(level);
    in.set_version(version);
    if (name != "MQTT" && name != "MQIsdp") {
        in.fail(Reason::unsupported_protocol_version, "protocol name",
                "is neither MQTT nor, of MQTT 3.1, MQIsdp", name_at);
    } else if (level < 3 || level > 5) {
        in.fail(Reason::unsupported_protocol_version, "protocol level",
                "is none of 3, 4 and 5 (MQTT 3.1, 3.1.1 and 5)", level_at);
    } else if ((name == "MQIsdp") != (level == 3)) {
        in.fail(Reason::unsupported_protocol_version, "protocol level",
                "does not go with the name: MQIsdp has 3, MQTT has 4 and 5", level_at);
    }
    return version;
}

/// In MQTT 3.1 the reserved bit is not looked at, nor a will's bits where there is no will.
void check_flags(FieldReader& in, ConnectFlags flags, std::size_t at) noexcept {
    constexpr std::string_view kField = "connect flags";
    const bool strict = in.version() != Version::v3_1;
    const auto fail = [&](std::string_view what) {
        in.fail(Reason::malformed_packet, kField, what, at);
    };
    if (strict && flags.reserved) {
        fail("have their reserved bit set");
    }
    if (strict && !flags.will && (flags.will_qos != 0 || flags.will_retain)) {
        fail("have QoS or retain of a will, but no will");
    }
    if (flags.will && flags.will_qos == 3) {
        fail("have QoS 3 for the will");
    }
    if (!in.is_v5() && flags.password && !flags.user_name) {
        fail("have a password without a user name, which came with MQTT 5");
    }
}

Will read_will(FieldReader& in, ConnectFlags flags) noexcept {
    Will will;
    will.qos = static_cast<Qos>(flags.will_qos);
    will.retain = flags.will_retain;
    if (in.is_v5()) {
        will.properties = read_properties(in, kWill, Sender::client);
    }
    will.topic = in.topic_name("will topic");
    will.payload = in.binary("will payload");
    return will;
}

/// Spec: MQTT 3.1.1 [MQTT-3.1.3-8], MQTT 3.1 §3.1. Longer ids than the 23 characters of MQTT 3.1
/// are taken, as everybody does.
void check_client_id(FieldReader& in, const Connect& connect, std::size_t at) noexcept {
    if (!connect.client_id.empty() || in.is_v5()) {
        return;
    }
    if (in.version() == Version::v3_1) {
        in.fail(Reason::client_identifier_not_valid, "client identifier", "is empty", at);
    } else if (!connect.clean_start) {
        in.fail(Reason::client_identifier_not_valid, "client identifier",
                "is empty, but the session is to be kept", at);
    }
}

}  // namespace

Connect read_connect(FieldReader& in) noexcept {
    Connect connect;
    connect.version = read_version(in);
    const std::size_t flags_at = in.at();
    const ConnectFlags flags = connect_flags_of(in.u8("connect flags"));
    check_flags(in, flags, flags_at);
    connect.clean_start = flags.clean_start;
    connect.keep_alive_seconds = in.u16("keep alive");
    if (in.is_v5()) {
        const std::size_t at = in.at();
        connect.properties = read_properties(in, PacketType::connect, Sender::client);
        in.set_answer_max(
            connect.properties.number(PropertyId::maximum_packet_size).value_or(UINT32_MAX));
        if (connect.properties.has(PropertyId::authentication_data) &&
            !connect.properties.has(PropertyId::authentication_method)) {
            in.fail(Reason::protocol_error, "authentication data", "has no authentication method",
                    at);
        }
    }
    const std::size_t id_at = in.at();
    connect.client_id = in.text("client identifier");
    check_client_id(in, connect, id_at);
    if (flags.will) {
        connect.will = read_will(in, flags);
    }
    // MQTT 3.1 §3.1: the flag may be set and the name, or the password, be missing.
    const auto follows = [&in](bool flag) {
        return flag && !(in.version() == Version::v3_1 && in.done());
    };
    if (follows(flags.user_name)) {
        connect.user_name = in.text("user name");
    }
    if (follows(flags.password)) {
        connect.password = in.binary("password");
    }
    return connect;
}

}  // namespace weft::mqtt
