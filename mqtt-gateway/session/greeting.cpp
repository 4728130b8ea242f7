#include "mqtt-gateway/session/greeting.hpp"

#include "mqtt-gateway/codec/property_writer.hpp"

#include <algorithm>
#include <array>

namespace weft::session {
namespace {

std::string name_of_unnamed(std::uint64_t unique) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string name = "weft-";
    for (int shift = 60; shift >= 0; shift -= 4) {
        name += kDigits[unique >> shift & 0xf];
    }
    return name;
}

std::uint32_t number_or(const mqtt::Properties& properties,
                        mqtt::PropertyId id,
                        std::uint32_t otherwise) {
    return properties.number(id).value_or(otherwise);
}

WillMessage owned(const mqtt::Will& will) {
    WillMessage kept;
    kept.topic = will.topic;
    kept.payload.assign(will.payload.begin(), will.payload.end());
    kept.qos = will.qos;
    kept.retain = will.retain;
    kept.delay_seconds = number_or(will.properties, mqtt::PropertyId::will_delay_interval, 0);
    mqtt::PropertyWriter writer{kept.property_bytes};
    for (auto cursor = will.properties.all(); const auto property = cursor.next();) {
        if (property->id != mqtt::PropertyId::will_delay_interval) {
            writer.copy(*property);
        }
    }
    kept.properties = writer.written();
    return kept;
}

std::uint16_t granted_keep_alive(const mqtt::Connect& connect, const Settings& settings) {
    std::uint16_t seconds = connect.keep_alive_seconds;
    if (seconds == 0) {
        seconds = settings.keep_alive_default;
    }
    if (connect.version >= mqtt::Version::v5 && settings.keep_alive_max != 0) {
        // Older clients can't be told: what they say is theirs.
        seconds =
            seconds == 0 ? settings.keep_alive_max : std::min(seconds, settings.keep_alive_max);
    }
    return seconds;
}

}  // namespace

Greeting greeting_of(const mqtt::Connect& connect, const Settings& settings, std::uint64_t unique) {
    using mqtt::PropertyId;

    Greeting greeting;
    greeting.assigned = connect.client_id.empty();
    greeting.client_id = greeting.assigned ? name_of_unnamed(unique) : connect.client_id;
    greeting.clean_start = connect.clean_start;
    greeting.keep_alive_asked = connect.keep_alive_seconds;
    greeting.keep_alive = granted_keep_alive(connect, settings);
    if (connect.version >= mqtt::Version::v5) {
        greeting.expiry_asked =
            number_or(connect.properties, PropertyId::session_expiry_interval, 0);
        greeting.wants_response_information =
            number_or(connect.properties, PropertyId::request_response_information, 0) != 0;
    } else if (!connect.clean_start) {
        greeting.expiry_asked = settings.session_expiry_old;
    }
    greeting.expiry = std::min(greeting.expiry_asked, settings.session_expiry_max);
    if (connect.will) {
        greeting.will = owned(*connect.will);
    }
    return greeting;
}

Refusal refusal_of(const mqtt::Connect& connect, const Settings& settings) {
    using mqtt::Reason;

    if (connect.properties.has(mqtt::PropertyId::authentication_method)) {
        return {Reason::bad_authentication_method,
                "enhanced authentication is not supported; use user name and password"};
    }
    if (connect.client_id.size() > settings.name_bytes_max) {
        return {Reason::client_identifier_not_valid, "the client identifier is too long"};
    }
    if (connect.user_name.value_or("").size() > settings.name_bytes_max) {
        return {Reason::bad_user_name_or_password, "the user name is too long"};
    }
    if (!connect.will) {
        return {};
    }
    const bool v5 = connect.version >= mqtt::Version::v5;
    if (connect.will->qos > settings.qos_max) {
        return {Reason::qos_not_supported, "the QoS of the will is higher than is supported"};
    }
    if (connect.will->retain && !settings.retain_available) {
        return {Reason::retain_not_supported, "the will is to be retained; nothing is here"};
    }
    if (settings.dollar_publish != DollarPublish::pass && connect.will->topic.starts_with('$')) {
        return {v5 ? Reason::topic_name_invalid : Reason::not_authorized,
                "the topic of the will begins with '$': such topics are not for clients"};
    }
    return {};
}

}  // namespace weft::session
