#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/codec/fault.hpp"
#include "mqtt-gateway/codec/properties.hpp"
#include "mqtt-gateway/codec/reason.hpp"
#include "mqtt-gateway/codec/version.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

/// The control packets of MQTT 3.1, 3.1.1 and 5, as views: what is text or bytes here points into
/// the packet that it was read from, or to what it is to be written from. Properties are empty
/// below MQTT 5, and left out there when a packet is written. Spec: MQTT 5 §3
namespace weft::mqtt {

struct Will {
    Qos qos = Qos::at_most_once;
    bool retain = false;
    Properties properties{};
    std::string_view topic{};
    Bytes payload{};
};

struct Connect {
    Version version = Version::v5;
    bool clean_start = true;               // before MQTT 5: clean session
    std::uint16_t keep_alive_seconds = 0;  // 0: none
    Properties properties{};
    std::string_view client_id{};  // empty: the server makes one
    std::optional<Will> will{};
    std::optional<std::string_view> user_name{};
    std::optional<Bytes> password{};
};

struct Connack {
    bool session_present = false;  // never in MQTT 3.1
    Reason reason = Reason::success;
    Properties properties{};
};

struct Publish {
    bool dup = false;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    PacketId id = 0;           // 0 exactly if the QoS is 0
    std::string_view topic{};  // empty: what the topic alias stands for
    Properties properties{};
    Bytes payload{};
};

/// PUBACK, PUBREC, PUBREL or PUBCOMP. Before MQTT 5 all of them say success.
struct Ack {
    PacketType type = PacketType::puback;
    PacketId id = 0;
    Reason reason = Reason::success;
    Properties properties{};
};

struct Subscribe {
    PacketId id = 0;
    Properties properties{};
    Subscriptions entries{};
};

/// A byte for each entry, a Reason: what was granted or why not. Before MQTT 5 every failure is
/// 0x80, in MQTT 3.1 there is none.
struct Suback {
    PacketId id = 0;
    Properties properties{};
    Bytes codes{};
};

struct Unsubscribe {
    PacketId id = 0;
    Properties properties{};
    Filters entries{};
};

/// A byte for each filter, a Reason; before MQTT 5 there are none.
struct Unsuback {
    PacketId id = 0;
    Properties properties{};
    Bytes codes{};
};

struct Pingreq {};
struct Pingresp {};

struct Disconnect {
    Reason reason = Reason::normal_disconnection;
    Properties properties{};
};

/// Since MQTT 5.
struct Auth {
    Reason reason = Reason::success;
    Properties properties{};
};

/// What a packet is read as: itself, or what is wrong with it.
using Packet = std::variant<Fault,
                            Connect,
                            Connack,
                            Publish,
                            Ack,
                            Subscribe,
                            Suback,
                            Unsubscribe,
                            Unsuback,
                            Pingreq,
                            Pingresp,
                            Disconnect,
                            Auth>;

}  // namespace weft::mqtt
