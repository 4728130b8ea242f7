#include "mqtt-gateway/codec/property.hpp"

#include <array>

namespace weft::mqtt {
namespace {

constexpr auto kRules = [] {
    using enum PacketType;
    using enum PropertyType;
    using enum PropertyValues;

    constexpr PacketSet in_none = 0;
    constexpr PacketSet in_connect = packets(connect);
    constexpr PacketSet in_connack = packets(connack);
    constexpr PacketSet in_publish = packets(publish);
    constexpr PacketSet in_message = packets(publish, kWill);
    constexpr PacketSet in_auth = packets(auth);
    constexpr PacketSet in_disconnect = packets(disconnect);
    constexpr PacketSet in_answers =
        packets(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth);
    constexpr PacketSet in_all =
        in_answers | in_connect | in_message | packets(subscribe, unsubscribe);

    using enum PropertyId;

    return std::array{
        PropertyRule{payload_format_indicator, "payload format indicator", byte, in_message,
                     in_publish, zero_or_one},
        PropertyRule{message_expiry_interval, "message expiry interval", four_byte_integer,
                     in_message, in_publish},
        PropertyRule{content_type, "content type", text, in_message, in_publish},
        PropertyRule{response_topic, "response topic", text, in_message, in_publish, topic_name},
        PropertyRule{correlation_data, "correlation data", binary_data, in_message, in_publish},
        PropertyRule{subscription_identifier, "subscription identifier", variable_byte_integer,
                     packets(subscribe), in_publish, not_zero, in_publish},
        PropertyRule{session_expiry_interval, "session expiry interval", four_byte_integer,
                     in_connect | in_disconnect, in_connack},
        PropertyRule{assigned_client_identifier, "assigned client identifier", text, in_none,
                     in_connack},
        PropertyRule{server_keep_alive, "server keep alive", two_byte_integer, in_none, in_connack},
        PropertyRule{authentication_method, "authentication method", text, in_connect | in_auth,
                     in_connack | in_auth},
        PropertyRule{authentication_data, "authentication data", binary_data, in_connect | in_auth,
                     in_connack | in_auth},
        PropertyRule{request_problem_information, "request problem information", byte, in_connect,
                     in_none, zero_or_one},
        PropertyRule{will_delay_interval, "will delay interval", four_byte_integer, packets(kWill),
                     in_none},
        PropertyRule{request_response_information, "request response information", byte, in_connect,
                     in_none, zero_or_one},
        PropertyRule{response_information, "response information", text, in_none, in_connack},
        PropertyRule{server_reference, "server reference", text, in_none,
                     in_connack | in_disconnect},
        PropertyRule{reason_string, "reason string", text, in_answers, in_answers},
        PropertyRule{receive_maximum, "receive maximum", two_byte_integer, in_connect, in_connack,
                     not_zero},
        PropertyRule{topic_alias_maximum, "topic alias maximum", two_byte_integer, in_connect,
                     in_connack},
        PropertyRule{topic_alias, "topic alias", two_byte_integer, in_publish, in_publish,
                     not_zero},
        PropertyRule{maximum_qos, "maximum QoS", byte, in_none, in_connack, zero_or_one},
        PropertyRule{retain_available, "retain available", byte, in_none, in_connack, zero_or_one},
        PropertyRule{user_property, "user property", text_pair, in_all, in_all, any, in_all},
        PropertyRule{maximum_packet_size, "maximum packet size", four_byte_integer, in_connect,
                     in_connack, not_zero},
        PropertyRule{wildcard_subscription_available, "wildcard subscription available", byte,
                     in_none, in_connack, zero_or_one},
        PropertyRule{subscription_identifier_available, "subscription identifier available", byte,
                     in_none, in_connack, zero_or_one},
        PropertyRule{shared_subscription_available, "shared subscription available", byte, in_none,
                     in_connack, zero_or_one},
    };
}();

/// Which rule a number has, counted from 1; 0: none.
constexpr auto kPlaces = [] {
    std::array<std::uint8_t, kPropertyIdsEnd> places{};
    for (std::size_t i = 0; i < kRules.size(); ++i) {
        places[static_cast<std::size_t>(kRules[i].id)] = static_cast<std::uint8_t>(i + 1);
    }
    return places;
}();

}  // namespace

std::span<const PropertyRule> property_rules() noexcept {
    return kRules;
}

const PropertyRule* find_rule(std::uint8_t id) noexcept {
    const std::size_t place = id < kPlaces.size() ? kPlaces[id] : 0;
    return place == 0 ? nullptr : &kRules[place - 1];
}

const PropertyRule& rule_of(PropertyId id) noexcept {
    return *find_rule(static_cast<std::uint8_t>(id));
}

}  // namespace weft::mqtt
