#include "tools/weft/messages/message_json.hpp"

#include "tools/weft/values/value_json.hpp"

#include <proton/duration.hpp>
#include <proton/message_id.hpp>
#include <proton/timestamp.hpp>

#include <utility>

namespace weft::tools {
namespace {

void add(Json& section, const char* name, const std::string& text) {
    if (!text.empty()) {
        section[name] = text;
    }
}

void add(Json& section, const char* name, const proton::message_id& id) {
    if (!id.empty()) {
        section[name] = to_json(proton::value(id));
    }
}

template <class Number>
requires std::is_integral_v<Number>
void add(Json& section, const char* name, Number number, Number otherwise) {
    if (number != otherwise) {
        section[name] = number;
    }
}

Json header(const proton::message& message) {
    Json section = Json::object();
    add(section, "durable", message.durable(), false);
    add(section, "priority", message.priority(), proton::message::default_priority);
    add(section, "ttl", message.ttl().milliseconds(), proton::duration::numeric_type{0});
    add(section, "first-acquirer", message.first_acquirer(), false);
    add(section, "delivery-count", message.delivery_count(), std::uint32_t{0});
    return section;
}

Json properties(const proton::message& message) {
    using Milliseconds = proton::timestamp::numeric_type;
    Json section = Json::object();
    add(section, "message-id", message.id());
    add(section, "user-id", message.user());
    add(section, "to", message.to());
    add(section, "subject", message.subject());
    add(section, "reply-to", message.reply_to());
    add(section, "correlation-id", message.correlation_id());
    add(section, "content-type", message.content_type());
    add(section, "content-encoding", message.content_encoding());
    add(section, "absolute-expiry-time", message.expiry_time().milliseconds(), Milliseconds{0});
    add(section, "creation-time", message.creation_time().milliseconds(), Milliseconds{0});
    add(section, "group-id", message.group_id());
    add(section, "group-sequence", message.group_sequence(), std::int32_t{0});
    add(section, "reply-to-group-id", message.reply_to_group_id());
    return section;
}

template <class Map>
Json map_json(const Map& map) {
    return map.empty() ? Json::object() : to_json(map.value());
}

}  // namespace

Json message_json(const proton::message& message) {
    Json object = Json::object();
    const auto add_section = [&object](const char* name, Json section) {
        if (!section.empty()) {
            object[name] = std::move(section);
        }
    };
    add_section("header", header(message));
    add_section("delivery-annotations", map_json(message.delivery_annotations()));
    add_section("message-annotations", map_json(message.message_annotations()));
    add_section("properties", properties(message));
    add_section("application-properties", map_json(message.properties()));
    object["body"] = to_json(message.body());
    return object;
}

std::string body_text(const proton::message& message) {
    return plain_text(to_json(message.body()));
}

}  // namespace weft::tools
