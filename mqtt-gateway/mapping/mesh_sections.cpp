#include "mqtt-gateway/mapping/mesh_sections.hpp"

#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "mqtt-gateway/mapping/names.hpp"

namespace weft::mqtt_mapping {
namespace {

using wire::MessageSection;
using wire::Reader;
using Body = MeshSections::Body;

/// The fields of a section; false: it is no list.
bool enter_list(Bytes value, Reader& fields) noexcept {
    Reader section{value};
    std::uint32_t count = 0;
    fields = section.list(count);
    return section.ok();
}

bool read_header(Bytes value, MeshSections& to) noexcept {
    Reader fields;
    if (!enter_list(value, fields)) {
        return false;
    }
    to.durable = fields.boolean().value_or(false);
    static_cast<void>(fields.ubyte());  // priority
    to.ttl = fields.uint();
    return fields.ok();
}

/// What a mistyped value says is nothing: annotations are anybody's.
void read_annotation(std::string_view key, Bytes encoded, MeshSections& to) noexcept {
    Reader value{encoded};
    if (key == kQosAnnotation) {
        to.qos = value.integer();
    } else if (key == kRetainAnnotation) {
        to.retain = value.boolean().value_or(false);
    } else if (key == kFormatAnnotation) {
        to.text_payload = value.integer() == 1;
    } else if (key == kClientIdAnnotation) {
        to.client_id = value.text().value_or("");
    } else if (key == kAddressAnnotation) {
        to.address = value.text().value_or("");
    } else if (key == kContentTypeAnnotation) {
        to.content_type_annotation = value.text().value_or("");
    } else if (key == kUserPropertiesAnnotation) {
        to.user_properties = encoded;
    } else if (key == kFenceAnnotation) {
        to.fence = encoded;
    }
}

bool read_annotations(Bytes value, MeshSections& to) noexcept {
    Reader section{value};
    std::uint32_t count = 0;
    Reader entries = section.map(count);
    if (!section.ok()) {
        return false;
    }
    while (!entries.done()) {
        if (!wire::is_text(entries.peek())) {  // other keys are reserved
            static_cast<void>(entries.raw());
            static_cast<void>(entries.raw());
            continue;
        }
        const std::string_view key = entries.text().value_or("");
        read_annotation(key, entries.raw(), to);
    }
    return entries.ok();
}

bool read_properties_section(Bytes value, MeshSections& to) noexcept {
    Reader fields;
    if (!enter_list(value, fields)) {
        return false;
    }
    to.message_id = fields.raw();
    static_cast<void>(fields.binary());  // user-id
    to.to = fields.text().value_or("");
    to.subject = fields.text().value_or("");
    to.reply_to = fields.text().value_or("");
    to.correlation = fields.raw();
    to.content_type = fields.text().value_or("");
    static_cast<void>(fields.text());  // content-encoding
    to.expires = fields.timestamp();
    return fields.ok();
}

bool read_application(Bytes value, MeshSections& to) noexcept {
    Reader section{value};
    std::uint32_t count = 0;
    static_cast<void>(section.map(count));
    to.application = value;
    return section.ok();
}

bool read_body(MessageSection section, Bytes value, MeshSections& to) noexcept {
    Reader reader{value};
    ++to.count;
    if (section == MessageSection::amqp_value) {
        to.body = Body::value;
        to.first = value;
        return true;
    }
    if (section == MessageSection::data) {
        const auto bytes = reader.binary();
        to.body = Body::data;
        to.first = to.count == 1 ? bytes.value_or(Bytes{}) : to.first;
        return bytes.has_value();
    }
    std::uint32_t count = 0;
    static_cast<void>(reader.list(count));
    to.body = Body::sequence;
    to.first = to.count == 1 ? value : to.first;
    return reader.ok();
}

bool read_section(MessageSection section, Bytes value, MeshSections& to) noexcept {
    switch (section) {
        case MessageSection::header:
            return read_header(value, to);
        case MessageSection::message_annotations:
            return read_annotations(value, to);
        case MessageSection::properties:
            return read_properties_section(value, to);
        case MessageSection::application_properties:
            return read_application(value, to);
        case MessageSection::data:
        case MessageSection::amqp_sequence:
        case MessageSection::amqp_value:
            return read_body(section, value, to);
        case MessageSection::delivery_annotations:
        case MessageSection::footer:
            return true;
    }
    return false;
}

/// Takes the section at the front; false: there is none.
bool take_section(Bytes& in, MessageSection& section, Bytes& value) noexcept {
    const wire::SectionStart start = wire::section_start(in);
    if (start.kind != wire::SectionStart::Kind::section) {
        return false;
    }
    const Bytes rest = in.subspan(start.size);
    const std::size_t size = wire::encoded_size(rest);
    section = start.section;
    value = rest.first(size);
    in = rest.subspan(size);
    return size > 0;
}

}  // namespace

bool read_sections(Bytes message, MeshSections& to) noexcept {
    wire::SectionOrder order;
    while (!message.empty()) {
        const Bytes before = message;
        MessageSection section{};
        Bytes value;
        if (!take_section(message, section, value) || !order.take(section) ||
            !read_section(section, value, to)) {
            return false;
        }
        if (section == MessageSection::data || section == MessageSection::amqp_sequence) {
            if (to.count == 1) {
                to.all = before;
            }
            to.all = {to.all.data(), static_cast<std::size_t>(message.data() - to.all.data())};
        }
    }
    return true;
}

Bytes take_body(Bytes& all, MeshSections::Body body) noexcept {
    MessageSection section{};
    Bytes value;
    if (!take_section(all, section, value)) {
        all = {};
        return {};
    }
    return body == Body::data ? Reader{value}.binary().value_or(Bytes{}) : value;
}

}  // namespace weft::mqtt_mapping
