#include "mqtt-gateway/codec/reason.hpp"

#include <algorithm>
#include <array>

namespace weft::mqtt {
namespace {

struct ReasonRule {
    Reason reason;
    std::string_view name;
    PacketSet packets;
};

constexpr auto kReasons = [] {
    using enum PacketType;
    constexpr PacketSet in_connack = packets(connack);
    constexpr PacketSet in_taken = packets(puback, pubrec);  // or refused: a PUBLISH
    constexpr PacketSet in_continued = packets(pubrel, pubcomp);
    constexpr PacketSet in_suback = packets(suback);
    constexpr PacketSet in_unsuback = packets(unsuback);
    constexpr PacketSet in_disconnect = packets(disconnect);
    constexpr PacketSet in_auth = packets(auth);

    return std::array{
        ReasonRule{Reason::success, "success",
                   in_connack | in_taken | in_continued | in_suback | in_unsuback | in_disconnect |
                       in_auth},
        ReasonRule{Reason::granted_qos_1, "granted QoS 1", in_suback},
        ReasonRule{Reason::granted_qos_2, "granted QoS 2", in_suback},
        ReasonRule{Reason::disconnect_with_will_message, "disconnect with will message",
                   in_disconnect},
        ReasonRule{Reason::no_matching_subscribers, "no matching subscribers", in_taken},
        ReasonRule{Reason::no_subscription_existed, "no subscription existed", in_unsuback},
        ReasonRule{Reason::continue_authentication, "continue authentication", in_auth},
        ReasonRule{Reason::reauthenticate, "re-authenticate", in_auth},
        ReasonRule{Reason::unspecified_error, "unspecified error",
                   in_connack | in_taken | in_suback | in_unsuback | in_disconnect},
        ReasonRule{Reason::malformed_packet, "malformed packet", in_connack | in_disconnect},
        ReasonRule{Reason::protocol_error, "protocol error", in_connack | in_disconnect},
        ReasonRule{Reason::implementation_specific_error, "implementation specific error",
                   in_connack | in_taken | in_suback | in_unsuback | in_disconnect},
        ReasonRule{Reason::unsupported_protocol_version, "unsupported protocol version",
                   in_connack},
        ReasonRule{Reason::client_identifier_not_valid, "client identifier not valid", in_connack},
        ReasonRule{Reason::bad_user_name_or_password, "bad user name or password", in_connack},
        ReasonRule{Reason::not_authorized, "not authorized",
                   in_connack | in_taken | in_suback | in_unsuback | in_disconnect},
        ReasonRule{Reason::server_unavailable, "server unavailable", in_connack},
        ReasonRule{Reason::server_busy, "server busy", in_connack | in_disconnect},
        ReasonRule{Reason::banned, "banned", in_connack},
        ReasonRule{Reason::server_shutting_down, "server shutting down", in_disconnect},
        ReasonRule{Reason::bad_authentication_method, "bad authentication method",
                   in_connack | in_disconnect},
        ReasonRule{Reason::keep_alive_timeout, "keep alive timeout", in_disconnect},
        ReasonRule{Reason::session_taken_over, "session taken over", in_disconnect},
        ReasonRule{Reason::topic_filter_invalid, "topic filter invalid",
                   in_suback | in_unsuback | in_disconnect},
        ReasonRule{Reason::topic_name_invalid, "topic name invalid",
                   in_connack | in_taken | in_disconnect},
        ReasonRule{Reason::packet_identifier_in_use, "packet identifier in use",
                   in_taken | in_suback | in_unsuback},
        ReasonRule{Reason::packet_identifier_not_found, "packet identifier not found",
                   in_continued},
        ReasonRule{Reason::receive_maximum_exceeded, "receive maximum exceeded", in_disconnect},
        ReasonRule{Reason::topic_alias_invalid, "topic alias invalid", in_disconnect},
        ReasonRule{Reason::packet_too_large, "packet too large", in_connack | in_disconnect},
        ReasonRule{Reason::message_rate_too_high, "message rate too high", in_disconnect},
        ReasonRule{Reason::quota_exceeded, "quota exceeded",
                   in_connack | in_taken | in_suback | in_disconnect},
        ReasonRule{Reason::administrative_action, "administrative action", in_disconnect},
        ReasonRule{Reason::payload_format_invalid, "payload format invalid",
                   in_connack | in_taken | in_disconnect},
        ReasonRule{Reason::retain_not_supported, "retain not supported",
                   in_connack | in_disconnect},
        ReasonRule{Reason::qos_not_supported, "QoS not supported", in_connack | in_disconnect},
        ReasonRule{Reason::use_another_server, "use another server", in_connack | in_disconnect},
        ReasonRule{Reason::server_moved, "server moved", in_connack | in_disconnect},
        ReasonRule{Reason::shared_subscriptions_not_supported, "shared subscriptions not supported",
                   in_suback | in_disconnect},
        ReasonRule{Reason::connection_rate_exceeded, "connection rate exceeded",
                   in_connack | in_disconnect},
        ReasonRule{Reason::maximum_connect_time, "maximum connect time", in_disconnect},
        ReasonRule{Reason::subscription_identifiers_not_supported,
                   "subscription identifiers not supported", in_suback | in_disconnect},
        ReasonRule{Reason::wildcard_subscriptions_not_supported,
                   "wildcard subscriptions not supported", in_suback | in_disconnect},
    };
}();

const ReasonRule* find_reason(Reason reason) noexcept {
    const auto found = std::ranges::find(kReasons, reason, &ReasonRule::reason);
    return found == kReasons.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(Reason reason) noexcept {
    const ReasonRule* rule = find_reason(reason);
    return rule != nullptr ? rule->name : "unknown reason";
}

bool may_carry(PacketType type, Reason reason) noexcept {
    const ReasonRule* rule = find_reason(reason);
    return rule != nullptr && has(rule->packets, type);
}

std::optional<std::uint8_t> return_code_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::success:
            return 0;
        case Reason::unsupported_protocol_version:
            return 1;
        case Reason::client_identifier_not_valid:
            return 2;
        case Reason::server_unavailable:
        case Reason::server_busy:
        case Reason::quota_exceeded:
        case Reason::use_another_server:
        case Reason::server_moved:
        case Reason::connection_rate_exceeded:
            return 3;
        case Reason::bad_user_name_or_password:
        case Reason::bad_authentication_method:
            return 4;
        case Reason::not_authorized:
        case Reason::banned:
            return 5;
        default:
            return std::nullopt;
    }
}

std::optional<Reason> reason_of_return_code(std::uint8_t code) noexcept {
    constexpr std::array kMeanings{Reason::success,
                                   Reason::unsupported_protocol_version,
                                   Reason::client_identifier_not_valid,
                                   Reason::server_unavailable,
                                   Reason::bad_user_name_or_password,
                                   Reason::not_authorized};
    return code < kMeanings.size() ? std::optional(kMeanings[code]) : std::nullopt;
}

}  // namespace weft::mqtt
