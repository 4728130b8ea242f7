#include "mqtt-gateway/mapping/message_reader.hpp"

#include "common/wire/reader.hpp"
#include "common/wire/value.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/mapping/mesh_sections.hpp"
#include "mqtt-gateway/mapping/names.hpp"

#include <algorithm>
#include <optional>

namespace weft::mqtt_mapping {
namespace {

using mqtt::PropertyId;
using wire::Code;
using wire::Reader;
using Body = MeshSections::Body;

bool is_sayable(std::string_view text) {
    return text.size() <= mqtt::kTextBytesMax && !mqtt::text_fault(text);
}

/// The text of an encoded value: what a string is, or another in words, kept in `words`.
std::string_view text_of(Bytes encoded, std::string& words) {
    Reader reader{encoded};
    if (encoded.empty() || wire::is_text(reader.peek())) {
        return reader.text().value_or("");
    }
    const auto value = wire::decode(encoded);
    words = value ? wire::to_string(*value) : "";
    return words;
}

/// What a message is correlated by, as bytes; none: it is no message-id.
std::optional<Bytes> correlation_of(Bytes encoded, std::string& words) {
    if (encoded.empty()) {
        return std::nullopt;
    }
    Reader reader{encoded};
    switch (reader.peek()) {
        case Code::vbin8:
        case Code::vbin32:
            return reader.binary();
        case Code::str8:
        case Code::str32:
        case Code::sym8:
        case Code::sym32:
        case Code::ulong0:
        case Code::smallulong:
        case Code::ulong:
        case Code::uuid:
            return as_bytes(text_of(encoded, words));
        default:
            return std::nullopt;
    }
}

bool is_binary(Code code) {
    return code == Code::vbin8 || code == Code::vbin32;
}
bool is_string(Code code) {
    return code == Code::str8 || code == Code::str32;
}

/// See MeshMessage::name.
std::string_view name_in(const MeshSections& sections) {
    Reader reader{sections.message_id};
    if (sections.message_id.empty() || sections.client_id.empty() || !is_string(reader.peek())) {
        return {};
    }
    const std::string_view id = reader.string().value_or("");
    return id.size() <= MessageReader::kNameBytesMax ? id : std::string_view{};
}

/// The pairs that the user properties come from, one after the other.
class UserPairs {
public:
    explicit UserPairs(const MeshSections& sections) : listed_{!sections.user_properties.empty()} {
        Reader outer{listed_ ? sections.user_properties : sections.application};
        std::uint32_t count = 0;
        pairs_ = listed_ ? outer.list(count) : outer.map(count);
    }

    bool done() const { return pairs_.done(); }
    /// False: the next one is none.
    bool next(Bytes& key, Bytes& value) {
        if (!listed_) {
            key = pairs_.raw();
            value = pairs_.raw();
            return true;
        }
        Reader outer{pairs_.raw()};
        std::uint32_t count = 0;
        Reader pair = outer.list(count);
        key = pair.raw();
        value = pair.raw();
        return outer.ok() && pair.ok() && count == 2;
    }

private:
    bool listed_;
    Reader pairs_;
};

}  // namespace

std::string_view name_of(Unreadable why) noexcept {
    switch (why) {
        case Unreadable::malformed:
            return "not a message";
        case Unreadable::no_topic:
            return "its address is not known";
        case Unreadable::topic_invalid:
            return "its address and subject are no topic";
    }
    return "unknown";
}

tl::expected<MeshMessage, Unreadable> MessageReader::read(Bytes message,
                                                          std::string_view address,
                                                          WallTime now) {
    MeshSections sections;
    if (!read_sections(message, sections)) {
        return tl::unexpected(Unreadable::malformed);
    }
    const bool many = address.empty() || is_pattern(address, space_.separator());
    const std::string_view said = sections.address.empty() ? sections.to : sections.address;
    const std::string_view from = many ? said : address;
    if (from.empty()) {
        return tl::unexpected(Unreadable::no_topic);
    }
    topic_.clear();
    if (!space_.append_topic_of(topic_, from, sections.subject)) {
        return tl::unexpected(Unreadable::topic_invalid);
    }
    MeshMessage to = read_rest(sections, now);
    to.address = from;
    return to;
}

tl::expected<MeshMessage, Unreadable> MessageReader::read_row(Bytes message, WallTime now) {
    MeshSections sections;
    if (!read_sections(message, sections) || sections.fence.empty()) {
        return tl::unexpected(Unreadable::malformed);
    }
    Reader outer{sections.fence};
    std::uint32_t count = 0;
    Reader fence = outer.list(count);
    const auto epoch = fence.ulong();
    topic_.clear();
    append_topic(topic_, sections.subject, Separator::slash);
    if (!epoch) {
        return tl::unexpected(Unreadable::malformed);
    }
    if (mqtt::topic_name_fault(topic_) || topic_.size() > mqtt::kTextBytesMax ||
        count_levels(topic_) > kTopicLevelsMax) {
        return tl::unexpected(Unreadable::topic_invalid);
    }
    MeshMessage to = read_rest(sections, now);
    to.epoch = *epoch;
    return to;
}

/// Of a message whose topic is known.
MeshMessage MessageReader::read_rest(const MeshSections& sections, WallTime now) {
    MeshMessage to{.topic = topic_,
                   .retain = sections.retain,
                   .client_id = sections.client_id,
                   .name = name_in(sections)};
    const std::int64_t qos = sections.qos.value_or(sections.durable ? 1 : 0);
    to.qos = static_cast<mqtt::Qos>(std::clamp<std::int64_t>(qos, 0, 2));
    if (sections.expires) {
        to.expires = *sections.expires;
    } else if (sections.ttl) {
        to.expires = now + WallTime{*sections.ttl};
    }
    put_payload(sections, to);
    put_properties(sections, to);
    return to;
}

void MessageReader::put_payload(const MeshSections& sections, MeshMessage& to) {
    form_ = {.text = sections.text_payload, .encoded = false};
    const Code code = Reader{sections.first}.peek();
    if (sections.body == Body::value && is_binary(code)) {
        to.payload = Reader{sections.first}.binary().value_or(Bytes{});
        return;
    }
    if (sections.body == Body::value && is_string(code)) {
        to.payload = as_bytes(Reader{sections.first}.string().value_or(""));
        form_.text = !mqtt::text_fault(as_text(to.payload));
        return;
    }
    const bool absent = sections.body == Body::value && code == Code::null;
    if (sections.body == Body::none || absent) {
        return;
    }
    form_.encoded = sections.body != Body::data;
    form_.text = form_.text && !form_.encoded;
    to.payload = sections.first;
    if (sections.count > 1) {
        payload_.clear();
        for (Bytes all = sections.all; !all.empty();) {
            append(payload_, take_body(all, sections.body));
        }
        to.payload = payload_;
    }
}

void MessageReader::put_properties(const MeshSections& sections, MeshMessage& to) {
    properties_.clear();
    mqtt::PropertyWriter writer{properties_};
    if (form_.text) {
        writer.number(PropertyId::payload_format_indicator, 1);
    }
    std::string_view type =
        sections.content_type.empty() ? sections.content_type_annotation : sections.content_type;
    if (form_.encoded) {
        type = kAmqpContentType;
    }
    if (!type.empty() && !(is_sayable(type) && writer.text(PropertyId::content_type, type))) {
        ++to.left_out;
    }
    if (!sections.reply_to.empty()) {
        text_.clear();
        if (!space_.append_topic_of(text_, sections.reply_to) ||
            !writer.text(PropertyId::response_topic, text_)) {
            ++to.left_out;
        }
    }
    if (!sections.correlation.empty()) {
        const auto correlation = correlation_of(sections.correlation, text_);
        if (!correlation || !writer.binary(PropertyId::correlation_data, *correlation)) {
            ++to.left_out;
        }
    }
    put_user_properties(sections, writer, to);
    to.properties = writer.written();
}

void MessageReader::put_user_properties(const MeshSections& sections,
                                        mqtt::PropertyWriter& writer,
                                        MeshMessage& to) {
    if (sections.user_properties.empty() && sections.application.empty()) {
        return;
    }
    UserPairs pairs{sections};
    for (std::size_t count = 0; !pairs.done(); ++count) {
        Bytes key;
        Bytes value;
        if (!pairs.next(key, value) || count >= kUserPropertiesMax) {
            ++to.left_out;
            continue;
        }
        const std::string_view name = text_of(key, name_);
        const std::string_view text = text_of(value, text_);
        if (!is_sayable(name) || !is_sayable(text) || !writer.user(name, text)) {
            ++to.left_out;
        }
    }
}

}  // namespace weft::mqtt_mapping
