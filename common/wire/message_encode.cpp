#include "common/wire/message.hpp"
#include "common/wire/writer.hpp"

namespace weft::wire {
namespace {

/// The fields of a section; absent ones at the end are left out.
class FieldWriter {
public:
    FieldWriter(Writer& out, MessageSection section)
        : out_{out}, mark_{out.begin_described_list(static_cast<std::uint64_t>(section))} {}

    template <class T, class Write>
    void field(const std::optional<T>& value, const Write& write) {
        field(value.has_value(), [&] { write(*value); });
    }
    void field(const Value& value) {
        field(!value.is_null(), [&] { encode(out_, value); });
    }
    void string(const std::optional<std::string>& value) {
        field(value, [&](const std::string& text) { out_.string(text); });
    }
    void symbol(const std::optional<std::string>& value) {
        field(value, [&](const std::string& text) { out_.symbol(text); });
    }
    void timestamp(const std::optional<Timestamp>& value) {
        field(value, [&](Timestamp time) { out_.timestamp(time.milliseconds); });
    }
    void end() { out_.end_shortest(mark_); }

    template <class Write>
    void field(bool present, const Write& write) {
        if (!present) {
            ++nulls_;
            return;
        }
        for (; nulls_ > 0; --nulls_) {
            out_.null();
        }
        write();
    }

private:
    Writer& out_;
    Writer::Mark mark_;
    int nulls_ = 0;
};

void put_header(Writer& out, const Message& m) {
    if (!m.durable && m.priority == kPriorityDefault && !m.ttl && !m.first_acquirer &&
        m.delivery_count == 0) {
        return;
    }
    FieldWriter fields(out, MessageSection::header);
    fields.field(m.durable, [&] { out.boolean(m.durable); });
    fields.field(m.priority != kPriorityDefault, [&] { out.ubyte(m.priority); });
    fields.field(m.ttl, [&](std::uint32_t milliseconds) { out.uint(milliseconds); });
    fields.field(m.first_acquirer, [&] { out.boolean(m.first_acquirer); });
    fields.field(m.delivery_count != 0, [&] { out.uint(m.delivery_count); });
    fields.end();
}

void put_properties(Writer& out, const Message& m) {
    FieldWriter fields(out, MessageSection::properties);
    fields.field(m.message_id);
    fields.field(m.user_id, [&](const Buffer& bytes) { out.binary(bytes); });
    fields.string(m.to);
    fields.string(m.subject);
    fields.string(m.reply_to);
    fields.field(m.correlation_id);
    fields.symbol(m.content_type);
    fields.symbol(m.content_encoding);
    fields.timestamp(m.absolute_expiry_time);
    fields.timestamp(m.creation_time);
    fields.string(m.group_id);
    fields.field(m.group_sequence, [&](std::uint32_t sequence) { out.uint(sequence); });
    fields.string(m.reply_to_group_id);
    fields.end();
}

bool has_properties(const Message& m) {
    return !m.message_id.is_null() || m.user_id || m.to || m.subject || m.reply_to ||
           !m.correlation_id.is_null() || m.content_type || m.content_encoding ||
           m.absolute_expiry_time || m.creation_time || m.group_id || m.group_sequence ||
           m.reply_to_group_id;
}

void put_map(Writer& out, MessageSection section, const Map& map) {
    if (!map.empty()) {
        out.descriptor(static_cast<std::uint64_t>(section));
        encode(out, map);
    }
}

struct BodyWriter {
    Writer& out;

    void operator()(const Value& value) const {
        start(MessageSection::amqp_value);
        encode(out, value);
    }
    void operator()(const Data& data) const {
        for (const Buffer& bytes : data.sections) {
            start(MessageSection::data);
            out.binary(bytes);
        }
        if (data.sections.empty()) {
            start(MessageSection::data);
            out.binary({});
        }
    }
    void operator()(const Sequence& sequence) const {
        for (const List& list : sequence.sections) {
            start(MessageSection::amqp_sequence);
            encode(out, list);
        }
        if (sequence.sections.empty()) {
            start(MessageSection::amqp_sequence);
            encode(out, List{});
        }
    }
    void start(MessageSection section) const {
        out.descriptor(static_cast<std::uint64_t>(section));
    }
};

}  // namespace

void encode_message(Buffer& out, const Message& message) {
    Writer writer(out);
    put_header(writer, message);
    put_map(writer, MessageSection::delivery_annotations, message.delivery_annotations);
    put_map(writer, MessageSection::message_annotations, message.message_annotations);
    if (has_properties(message)) {
        put_properties(writer, message);
    }
    put_map(writer, MessageSection::application_properties, message.application_properties);
    std::visit(BodyWriter{writer}, message.body);
    put_map(writer, MessageSection::footer, message.footer);
}

}  // namespace weft::wire
