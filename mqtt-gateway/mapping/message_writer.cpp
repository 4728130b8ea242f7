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

/// None if it can't be said so: then only the time at which it expires says it.
std::optional<std::uint32_t> ttl_of(const mqtt::Publish& publish) {
    const auto seconds = publish.properties.number(PropertyId::message_expiry_interval);
    if (!seconds || *seconds > std::numeric_limits<std::uint32_t>::max() / 1000) {
        return std::nullopt;
    }
    return *seconds * 1000;
}

void put_header(Buffer& out, const mqtt::Publish& publish) {
    const bool durable = publish.qos != mqtt::Qos::at_most_once;
    const auto ttl = ttl_of(publish);
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
                       .what = "the response topic would be read as one that is mapped"};
    }
    put_header(out, message.publish);
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
    const auto expiry = from.number(PropertyId::message_expiry_interval);
    if (!reply_to_.empty() || correlation || has_type || expiry) {
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
    if (expiry) {
        if (!has_type) {
            writer.null();
        }
        writer.null();  // content-encoding
        writer.timestamp(expiry_of(expiry, message.arrived));
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
