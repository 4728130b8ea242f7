#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "common/wire/reader.hpp"

namespace weft::wire {
namespace {

template <class View>
std::optional<std::string> owned(std::optional<View> text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<Timestamp> timestamp(Reader& fields) {
    const auto milliseconds = fields.timestamp();
    return milliseconds ? std::optional(Timestamp{*milliseconds}) : std::nullopt;
}

/// Reads the sections one after the other.
class MessageDecoder {
public:
    explicit MessageDecoder(Bytes bytes) : in_{bytes} {}

    Result<Message> run();

private:
    Result<void> section();
    Result<void> header();
    Result<void> properties();
    Result<void> id(Reader& fields, Value& out);
    Result<void> map(Map& out);
    Result<void> data();
    Result<void> sequence();
    Result<void> value();
    Result<void> fields(std::uint32_t count_max, Reader& out);

    Bytes in_;
    std::size_t values_left_ = kValuesMax;
    SectionOrder order_;
    Message message_;
};

Result<Message> MessageDecoder::run() {
    while (!in_.empty()) {
        if (auto read = section(); !read) {
            return tl::unexpected(std::move(read).error());
        }
    }
    return std::move(message_);
}

Result<void> MessageDecoder::section() {
    const SectionStart start = section_start(in_);
    if (start.kind != SectionStart::Kind::section) {
        return fail(kDecodeError, "a message holds something other than its sections");
    }
    if (!order_.take(start.section)) {
        return fail(kDecodeError, "a section is repeated or out of order");
    }
    in_ = in_.subspan(start.size);
    switch (start.section) {
        case MessageSection::header:
            return header();
        case MessageSection::delivery_annotations:
            return map(message_.delivery_annotations);
        case MessageSection::message_annotations:
            return map(message_.message_annotations);
        case MessageSection::properties:
            return properties();
        case MessageSection::application_properties:
            return map(message_.application_properties);
        case MessageSection::data:
            return data();
        case MessageSection::amqp_sequence:
            return sequence();
        case MessageSection::amqp_value:
            return value();
        case MessageSection::footer:
            return map(message_.footer);
    }
    return fail(kDecodeError, "a section has no known descriptor");
}

Result<void> MessageDecoder::fields(std::uint32_t count_max, Reader& out) {
    Reader section(in_);
    Reader list(section.raw());  // a whole value, so that its count is that of its fields
    std::uint32_t count = 0;
    out = list.list(count);
    if (!section.ok() || !list.ok() || count > count_max) {
        return fail(kDecodeError, "a section is not a list of its fields");
    }
    in_ = section.rest();
    return {};
}

/// Spec: AMQP 1.0 §3.2.1
Result<void> MessageDecoder::header() {
    Reader list;
    if (auto read = fields(5, list); !read) {
        return read;
    }
    message_.durable = list.boolean().value_or(false);
    message_.priority = list.ubyte().value_or(kPriorityDefault);
    message_.ttl = list.uint();
    message_.first_acquirer = list.boolean().value_or(false);
    message_.delivery_count = list.uint().value_or(0);
    if (!list.ok()) {
        return fail(kDecodeError, "a field of the header has the wrong type");
    }
    return {};
}

/// Spec: AMQP 1.0 §3.2.4
Result<void> MessageDecoder::properties() {
    Reader list;
    if (auto read = fields(13, list); !read) {
        return read;
    }
    if (auto has_id = id(list, message_.message_id); !has_id) {
        return has_id;
    }
    if (const auto user_id = list.binary()) {
        message_.user_id = Buffer(user_id->begin(), user_id->end());
    }
    message_.to = owned(list.string());
    message_.subject = owned(list.string());
    message_.reply_to = owned(list.string());
    if (auto has_correlation = id(list, message_.correlation_id); !has_correlation) {
        return has_correlation;
    }
    message_.content_type = owned(list.symbol());
    message_.content_encoding = owned(list.symbol());
    message_.absolute_expiry_time = timestamp(list);
    message_.creation_time = timestamp(list);
    message_.group_id = owned(list.string());
    message_.group_sequence = list.uint();
    message_.reply_to_group_id = owned(list.string());
    if (!list.ok()) {
        return fail(kDecodeError, "a field of the properties has the wrong type");
    }
    return {};
}

Result<void> MessageDecoder::id(Reader& list, Value& out) {
    Bytes encoded = list.raw();
    if (!encoded.empty()) {
        WEFT_TRY(out, decode(encoded, values_left_));
    }
    return {};
}

Result<void> MessageDecoder::map(Map& out) {
    WEFT_TRY(Value tree, decode(in_, values_left_));
    Map* const pairs = std::get_if<Map>(&tree.data);
    if (pairs == nullptr) {
        return fail(kDecodeError, "a section that must be a map is none");
    }
    out = std::move(*pairs);
    return {};
}

Result<void> MessageDecoder::data() {
    Reader reader(in_);
    const auto bytes = reader.binary();
    if (!bytes) {
        return fail(kDecodeError, "a data section is not binary");
    }
    in_ = reader.rest();
    if (!std::holds_alternative<Data>(message_.body)) {
        message_.body = Data{};
    }
    std::get<Data>(message_.body).sections.emplace_back(bytes->begin(), bytes->end());
    return {};
}

Result<void> MessageDecoder::sequence() {
    WEFT_TRY(Value tree, decode(in_, values_left_));
    List* const list = std::get_if<List>(&tree.data);
    if (list == nullptr) {
        return fail(kDecodeError, "a sequence section is not a list");
    }
    if (!std::holds_alternative<Sequence>(message_.body)) {
        message_.body = Sequence{};
    }
    std::get<Sequence>(message_.body).sections.push_back(std::move(*list));
    return {};
}

Result<void> MessageDecoder::value() {
    WEFT_TRY(Value tree, decode(in_, values_left_));
    message_.body = std::move(tree);
    return {};
}

}  // namespace

Result<Message> decode_message(Bytes bytes) {
    return MessageDecoder(bytes).run();
}

}  // namespace weft::wire
