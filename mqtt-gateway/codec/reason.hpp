#pragma once

#include "mqtt-gateway/codec/packet_type.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::mqtt {

/// Why, in the words of MQTT 5; older versions say less (`return_code_of`). From 0x80 on: failures.
/// Spec: MQTT 5 §2.4
enum class Reason : std::uint8_t {
    success = 0x00,
    normal_disconnection = 0x00,
    granted_qos_0 = 0x00,
    granted_qos_1 = 0x01,
    granted_qos_2 = 0x02,
    disconnect_with_will_message = 0x04,
    no_matching_subscribers = 0x10,
    no_subscription_existed = 0x11,
    continue_authentication = 0x18,
    reauthenticate = 0x19,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    unsupported_protocol_version = 0x84,
    client_identifier_not_valid = 0x85,
    bad_user_name_or_password = 0x86,
    not_authorized = 0x87,
    server_unavailable = 0x88,
    server_busy = 0x89,
    banned = 0x8a,
    server_shutting_down = 0x8b,
    bad_authentication_method = 0x8c,
    keep_alive_timeout = 0x8d,
    session_taken_over = 0x8e,
    topic_filter_invalid = 0x8f,
    topic_name_invalid = 0x90,
    packet_identifier_in_use = 0x91,
    packet_identifier_not_found = 0x92,
    receive_maximum_exceeded = 0x93,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
    message_rate_too_high = 0x96,
    quota_exceeded = 0x97,
    administrative_action = 0x98,
    payload_format_invalid = 0x99,
    retain_not_supported = 0x9a,
    qos_not_supported = 0x9b,
    use_another_server = 0x9c,
    server_moved = 0x9d,
    shared_subscriptions_not_supported = 0x9e,
    connection_rate_exceeded = 0x9f,
    maximum_connect_time = 0xa0,
    subscription_identifiers_not_supported = 0xa1,
    wildcard_subscriptions_not_supported = 0xa2,
};

constexpr bool is_failure(Reason reason) noexcept {
    return static_cast<std::uint8_t>(reason) >= 0x80;
}

/// "malformed packet"; "unknown reason" of a number that has none.
[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

/// True if a packet of MQTT 5 of that type may carry the reason.
[[nodiscard]] bool may_carry(PacketType type, Reason reason) noexcept;

/// The return code of a CONNACK of MQTT 3.1 and 3.1.1; none: the connection is closed without one.
/// Spec: MQTT 3.1.1 §3.2.2.3
[[nodiscard]] std::optional<std::uint8_t> return_code_of(Reason reason) noexcept;
/// What such a code means; none of a code that is none.
[[nodiscard]] std::optional<Reason> reason_of_return_code(std::uint8_t code) noexcept;

}  // namespace weft::mqtt
