#include "mqtt-gateway/mapping/message_writer.hpp"

#include "common/wire/codes.hpp"
#include "common/wire/writer.hpp"
#include "mqtt-gateway/mapping/names.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace weft::mqtt_mapping {
namespace {

using mqtt::PropertyId;
using wire::MessageSection;
using wire::Writer;

constexpr std::uint64_t number_of(MessageSection section) {
    return static_cast<std::uint64_t>(section);
}

/// What a symbol can be.
bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string_view> content_type_of(const mqtt::Publish& publish) {
    return publish.properties.text(PropertyId::content_type);
}

/// When it expires; kForever: never.
WallTime expiry_of(const DevicePublish& message) {
    const auto seconds = message.publish.properties.number(PropertyId::message_expiry_interval);
    return seconds ? mqtt_mapping::expiry_of(seconds, message.arrived) : message.expires;
}

/// None if it can't be said so: then only the time at which it expires says it.
std::optional<std::uint32_t> ttl_of(const DevicePublish& message) {
    const WallTime expires = expiry_of(message);
    constexpr WallTime kMost = std::numeric_limits<std::uint32_t>::max();
    if (expires == kForever || expires - message.arrived > kMost) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(std::max<WallTime>(expires - message.arrived, 0));
}

void put_header(Buffer& out, const DevicePublish& message) {
    const bool durable = message.publish.qos != mqtt::Qos::at_most_once;
    const auto ttl = ttl_of(message);
    if (!durable && !ttl) {
        return;
    }
    Writer writer{out};
    const Writer::Mark header = writer.begin_described_list(number_of(MessageSection::header));
    writer.boolean(durable);
    if (ttl) {
        writer.null();  // priority
        writer.uint(*ttl);
    }
    writer.end_shortest(header);
}

void put_text_or_null(Writer& writer, std::string_view text) {
    if (text.empty()) {
        writer.null();
    } else {
        writer.string(text);
    }
}

}  // namespace

std::optional<Refusal> MessageWriter::append(Buffer& out, const DevicePublish& message) {
    if (!read_user_properties(message.publish.properties)) {
        return Refusal{.reason = mqtt::Reason::quota_exceeded,
                       .what = "the message has too many user properties"};
    }
    reply_to_.clear();
    if (const auto topic = message.publish.properties.text(PropertyId::response_topic);
        topic && !space_.append_reply_to(reply_to_, *topic)) {
        return Refusal{.reason = mqtt::Reason::topic_name_invalid,
                       .what = "the response topic would be read as another one"};
    }
    put_header(out, message);
    put_annotations(out, message);
    put_properties(out, message);
    put_user_properties(out);
    Writer body{out};
    body.descriptor(number_of(MessageSection::data));
    body.binary(message.publish.payload);
    return std::nullopt;
}

/// False: there are too many.
bool MessageWriter::read_user_properties(const mqtt::Properties& properties) {
    user_.clear();
    any_repeats_ = false;
    if (!properties.has(PropertyId::user_property)) {
        return true;
    }
    for (auto all = properties.all(); const auto property = all.next();) {
        if (property->id != PropertyId::user_property) {
            continue;
        }
        if (user_.size() == kUserPropertiesMax) {
            return false;
        }
        user_.push_back({.key = property->name, .value = property->text(), .repeats = false});
    }
    by_key_.resize(user_.size());
    std::iota(by_key_.begin(), by_key_.end(), 0U);
    std::ranges::sort(by_key_, {}, [this](std::uint32_t at) {
        return std::tuple{user_[at].key, at};
    });
    for (std::size_t i = 1; i < by_key_.size(); ++i) {
        UserProperty& one = user_[by_key_[i]];
        one.repeats = one.key == user_[by_key_[i - 1]].key;
        any_repeats_ = any_repeats_ || one.repeats;
    }
    return true;
}

void MessageWriter::put_annotations(Buffer& out, const DevicePublish& message) const {
    const mqtt::Publish& publish = message.publish;
    Writer writer{out};
    writer.descriptor(number_of(MessageSection::message_annotations));
    const Writer::Mark map = writer.begin_map();
    writer.symbol(kQosAnnotation);
    writer.ubyte(static_cast<std::uint8_t>(publish.qos));
    if (publish.retain) {
        writer.symbol(kRetainAnnotation);
        writer.boolean(true);
    }
    if (!message.client_id.empty()) {
        writer.symbol(kClientIdAnnotation);
        writer.string(message.client_id);
    }
    if (publish.properties.number(PropertyId::payload_format_indicator).value_or(0) == 1) {
        writer.symbol(kFormatAnnotation);
        writer.ubyte(1);
    }
    if (const auto type = content_type_of(publish); type && !is_ascii(*type)) {
        writer.symbol(kContentTypeAnnotation);
        writer.string(*type);
    }
    if (message.row != nullptr) {
        writer.symbol(kTopicAnnotation);
        writer.string(message.row->key);
        writer.symbol(kFenceAnnotation);
        const Writer::Mark fence = writer.begin_list();
        writer.ulong(message.row->epoch);
        writer.string(message.row->owner);
        writer.ulong(0);  // there is one message of an epoch
        writer.end_shortest(fence);
    }
    if (any_repeats_) {
        writer.symbol(kUserPropertiesAnnotation);
        const Writer::Mark list = writer.begin_list();
        for (const UserProperty& property : user_) {
            const Writer::Mark pair = writer.begin_list();
            writer.string(property.key);
            writer.string(property.value);
            writer.end_shortest(pair);
        }
        writer.end_shortest(list);
    }
    writer.end_shortest(map);
}

void MessageWriter::put_properties(Buffer& out, const DevicePublish& message) const {
    const mqtt::Properties& from = message.publish.properties;
    Writer writer{out};
    const Writer::Mark list = writer.begin_described_list(number_of(MessageSection::properties));
    put_text_or_null(writer, message.message_id);
    if (message.user_id.empty()) {
        writer.null();
    } else {
        writer.binary(as_bytes(message.user_id));
    }
    writer.string(message.to.address);
    put_text_or_null(writer, message.to.subject);
    const auto type = content_type_of(message.publish);
    const bool has_type = type && is_ascii(*type);
    const auto correlation = from.binary(PropertyId::correlation_data);
    const WallTime expiry = expiry_of(message);
    const bool expires = expiry != kForever;
    if (!reply_to_.empty() || correlation || has_type || expires) {
        put_text_or_null(writer, reply_to_);
        if (correlation) {
            writer.binary(*correlation);
        } else {
            writer.null();
        }
    }
    if (has_type) {
        writer.symbol(*type);
    }
    if (expires) {
        if (!has_type) {
            writer.null();
        }
        writer.null();  // content-encoding
        writer.timestamp(expiry);
    }
    writer.end_shortest(list);
}

void MessageWriter::put_user_properties(Buffer& out) const {
    if (user_.empty()) {
        return;
    }
    Writer writer{out};
    writer.descriptor(number_of(MessageSection::application_properties));
    const Writer::Mark map = writer.begin_map();
    for (const UserProperty& property : user_) {
        if (!property.repeats) {
            writer.string(property.key);
            writer.string(property.value);
        }
    }
    writer.end_shortest(map);
}

}  // namespace weft::mqtt_mapping
