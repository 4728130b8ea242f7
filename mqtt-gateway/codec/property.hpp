#pragma once

#include "mqtt-gateway/codec/packet_type.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The one table of what properties there are. Spec: MQTT 5 §2.2.2.2
namespace weft::mqtt {

enum class PropertyId : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0b,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1a,
    server_reference = 0x1c,
    reason_string = 0x1f,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2a,
};

inline constexpr std::size_t kPropertyIdsEnd = 0x2b;  // all are below

enum class PropertyType : std::uint8_t {
    byte,
    two_byte_integer,
    four_byte_integer,
    variable_byte_integer,
    binary_data,
    text,
    text_pair,
};

constexpr bool is_number(PropertyType type) noexcept {
    return type < PropertyType::binary_data;
}

/// What its type alone does not say of a value.
enum class PropertyValues : std::uint8_t { any, zero_or_one, not_zero, topic_name };

/// In PacketSets of properties, a will stands for the type that no packet has.
inline constexpr PacketType kWill = PacketType::reserved;

struct PropertyRule {
    PropertyId id{};
    std::string_view name{};  // a literal, in the specification's words
    PropertyType type{};
    PacketSet from_client{};  // the packets that may carry it
    PacketSet from_server{};
    PropertyValues values = PropertyValues::any;
    PacketSet repeats{};  // in which it may stand more than once
};

/// All, ascending by number.
[[nodiscard]] std::span<const PropertyRule> property_rules() noexcept;
/// Null if no property has that number.
[[nodiscard]] const PropertyRule* find_rule(std::uint8_t id) noexcept;
/// Of a property that there is.
[[nodiscard]] const PropertyRule& rule_of(PropertyId id) noexcept;

}  // namespace weft::mqtt
