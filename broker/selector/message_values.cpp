#include "broker/selector/message_values.hpp"

#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value_head.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

namespace weft::selector {
namespace {

using wire::Code;
using wire::MessageSection;

// How Qpid JMS shows the ids of messages that no JMS client made.
constexpr std::string_view kJmsId = "ID:";
constexpr std::string_view kJmsBareText = "ID:AMQP_NO_PREFIX:";
constexpr std::string_view kJmsText = "ID:AMQP_STRING:";
constexpr std::string_view kJmsUuid = "ID:AMQP_UUID:";
constexpr std::string_view kJmsUlong = "ID:AMQP_ULONG:";
constexpr std::string_view kJmsBinary = "ID:AMQP_BINARY:";

constexpr std::size_t kHeaderFields = kFirstProperty;
constexpr std::size_t kPropertyFields = kLastProperty - kFirstProperty + std::size_t{1};

/// Takes the next value, of which the contents are not looked at. Empty: there is none, or it is
/// described, which none of what is read here may be.
Bytes take_value(Bytes& rest) noexcept {
    const std::size_t size = wire::stated_size(rest);
    if (size == wire::kNoValue || size > rest.size()) {
        rest = {};
        return {};
    }
    const Bytes value = rest.first(size);
    rest = rest.subspan(size);
    return value;
}

Code code_of(Bytes encoded) noexcept {
    return encoded.empty() ? Code::null : static_cast<Code>(encoded[0]);
}

Value integer_of(Bytes encoded) noexcept {
    wire::Reader reader{encoded};
    if (code_of(encoded) == Code::ulong) {
        const std::uint64_t number = reader.ulong().value_or(0);
        if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
            return Value::of(static_cast<double>(number));
        }
        return Value::of(static_cast<std::int64_t>(number));
    }
    return Value::of(reader.integer().value_or(0));
}

/// Of a value that take_value() took.
Value value_of(Bytes encoded) noexcept {
    switch (code_of(encoded)) {
        case Code::null:
            return {};
        case Code::boolean_true:
        case Code::boolean_false:
        case Code::boolean: {
            const auto value = wire::Reader{encoded}.boolean();
            return value ? Value::of(*value) : Value::other();
        }
        case Code::ubyte:
        case Code::ushort:
        case Code::uint0:
        case Code::smalluint:
        case Code::uint:
        case Code::ulong0:
        case Code::smallulong:
        case Code::ulong:
        case Code::byte:
        case Code::short_:
        case Code::smallint:
        case Code::int_:
        case Code::smalllong:
        case Code::long_:
            return integer_of(encoded);
        case Code::timestamp:
            return Value::of(wire::Reader{encoded}.timestamp().value_or(0));
        case Code::float_: {
            const auto value = std::bit_cast<float>(wire::load_u32(&encoded[1]));
            return Value::of(static_cast<double>(value));
        }
        case Code::double_:
            return Value::of(std::bit_cast<double>(wire::load_u64(&encoded[1])));
        case Code::str8:
        case Code::str32:
        case Code::sym8:
        case Code::sym32:
            return Value::of(wire::Reader{encoded}.text().value_or(""));
        default:
            return Value::other();
    }
}

/// What stands for a field of the header that is absent. Spec: AMQP 1.0 §3.2.1
Value header_default(Field field) noexcept {
    switch (field) {
        case Field::durable:
        case Field::first_acquirer:
            return Value::of(false);
        case Field::priority:
            return Value::of(std::int64_t{wire::kPriorityDefault});
        case Field::delivery_count:
            return Value::of(std::int64_t{0});
        default:
            return {};
    }
}

bool says_type(std::string_view jms_id) noexcept {
    return std::ranges::any_of(
        std::array{kJmsBareText, kJmsText, kJmsUuid, kJmsUlong, kJmsBinary},
        [jms_id](std::string_view prefix) { return jms_id.starts_with(prefix); });
}

void put_hex(char* out, std::uint8_t byte, std::string_view digits) noexcept {
    out[0] = digits[byte >> 4U];
    out[1] = digits[byte & 0xfU];
}

/// 36 characters: "8-4-4-4-12". `uuid` has 16 bytes.
std::array<char, 36> uuid_text(Bytes uuid) noexcept {
    std::array<char, 36> text{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        put_hex(&text[at], uuid[i], "0123456789abcdef");
        at += 2;
    }
    return text;
}

}  // namespace

MessageValues::MessageValues(const Program& program,
                             const Candidate& candidate,
                             Budget& budget) noexcept
    : program_{program}, candidate_{candidate}, budget_{budget} {
    read_sections(candidate.message);
    for (std::size_t i = 0; i < program_.names(); ++i) {
        if (const auto field = program_.field(i)) {
            values_[i] = seen(*field);
        }
    }
}

void MessageValues::read_sections(Bytes message) noexcept {
    wire::SectionOrder order;
    const MessageSection last = program_.asks_application_properties()
                                    ? MessageSection::application_properties
                                : program_.asks_properties() ? MessageSection::properties
                                                             : MessageSection::header;
    while (budget_.spend(1)) {
        const wire::SectionStart start = wire::section_start(message);
        if (start.kind != wire::SectionStart::Kind::section || start.section > last ||
            !order.take(start.section)) {
            return;
        }
        message = message.subspan(start.size);
        const Bytes section = take_value(message);
        if (section.empty()) {
            return;
        }
        if (start.section == MessageSection::header && program_.asks_header()) {
            read_list(section, 0, kHeaderFields);
        } else if (start.section == MessageSection::properties && program_.asks_properties()) {
            read_list(section, kFirstProperty, kPropertyFields);
        } else if (start.section == MessageSection::application_properties) {
            read_application_properties(section);
        }
    }
}

void MessageValues::read_list(Bytes list, std::size_t first, std::size_t count) noexcept {
    std::uint32_t stated = 0;
    Bytes rest = wire::Reader{list}.list(stated).rest();
    for (std::size_t i = 0; i < count && !rest.empty(); ++i) {
        raw_[first + i] = take_value(rest);
    }
}

void MessageValues::read_application_properties(Bytes map) noexcept {
    std::uint32_t stated = 0;
    Bytes rest = wire::Reader{map}.map(stated).rest();
    while (!rest.empty() && budget_.spend(1)) {
        const Bytes key = take_value(rest);
        const Bytes encoded = take_value(rest);
        const auto name = wire::is_text(code_of(key))
                              ? program_.find_property(wire::Reader{key}.text().value_or(""))
                              : std::nullopt;
        if (name && values_[*name].kind == Value::Kind::null) {
            values_[*name] = value_of(encoded);
        }
    }
}

Value MessageValues::seen(Field field) noexcept {
    switch (field) {
        case Field::message_id:
        case Field::correlation_id:
            return id(raw(field));
        case Field::user_id: {
            const auto user = wire::Reader{raw(field)}.binary();
            return user ? Value::of(as_text(*user)) : Value{};
        }
        case Field::delivery_count:
            return delivery_count(0);
        case Field::jms_delivery_count:
            return delivery_count(1);
        case Field::redelivered:
            return Value::of(delivery_count(0).integer > 0);
        case Field::delivery_mode: {
            const bool durable = value_of(raw(Field::durable)).is_true();
            return Value::of(std::string_view{durable ? "PERSISTENT" : "NON_PERSISTENT"});
        }
        case Field::jms_message_id:
            return jms_id(raw(Field::message_id), kJmsBareText);
        case Field::jms_correlation_id:
            return jms_id(raw(Field::correlation_id), "");
        case Field::jms_expiration:
        case Field::jms_timestamp: {
            const Value time =
                value_of(raw(field == Field::jms_expiration ? Field::absolute_expiry_time
                                                            : Field::creation_time));
            return time.kind == Value::Kind::null ? Value::of(std::int64_t{0}) : time;
        }
        default: {
            const Value value = value_of(raw(field));
            return value.kind == Value::Kind::null ? header_default(field) : value;
        }
    }
}

Value MessageValues::delivery_count(std::uint32_t more) const noexcept {
    const Value stated = value_of(raw(Field::delivery_count));
    const std::int64_t count = stated.kind == Value::Kind::integer
                                   ? std::clamp<std::int64_t>(stated.integer, 0, UINT32_MAX)
                                   : 0;
    const std::int64_t failures = candidate_.failures ? *candidate_.failures : count;
    return Value::of(failures + more);
}

/// Of a message or correlation id: a text, a number, or the text of a uuid.
Value MessageValues::id(Bytes encoded) noexcept {
    if (code_of(encoded) == Code::uuid) {
        const auto text = uuid_text(encoded.subspan(1));
        return written("", {text.data(), text.size()});
    }
    return value_of(encoded);
}

/// The same as Qpid JMS shows it. `of_bare_text` goes before a text that does not begin with "ID:".
Value MessageValues::jms_id(Bytes encoded, std::string_view of_bare_text) noexcept {
    switch (code_of(encoded)) {
        case Code::null:
            return {};
        case Code::uuid: {
            const auto text = uuid_text(encoded.subspan(1));
            return written(kJmsUuid, {text.data(), text.size()});
        }
        case Code::ulong0:
        case Code::smallulong:
        case Code::ulong: {
            std::array<char, 20> digits{};
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                           wire::Reader{encoded}.ulong().value_or(0))
                                 .ptr;
            return written(kJmsUlong,
                           {digits.data(), static_cast<std::size_t>(end - digits.data())});
        }
        case Code::vbin8:
        case Code::vbin32: {
            const Bytes bytes = wire::Reader{encoded}.binary().value_or(Bytes{});
            std::array<char, kIdTextMax> digits;
            if (bytes.size() > digits.size() / 2) {
                return Value::other();
            }
            for (std::size_t i = 0; i < bytes.size(); ++i) {
                put_hex(&digits[2 * i], bytes[i], "0123456789ABCDEF");
            }
            return written(kJmsBinary, {digits.data(), 2 * bytes.size()});
        }
        case Code::str8:
        case Code::str32: {
            const std::string_view text = wire::Reader{encoded}.string().value_or("");
            if (!text.starts_with(kJmsId)) {
                return of_bare_text.empty() ? Value::of(text) : written(of_bare_text, text);
            }
            return says_type(text) ? written(kJmsText, text) : Value::of(text);
        }
        default:
            return Value::other();
    }
}

/// A text that is made here; `other` if there is no room for it.
Value MessageValues::written(std::string_view prefix, std::string_view text) noexcept {
    const std::size_t size = prefix.size() + text.size();
    if (size > ids_.size() - ids_size_) {
        return Value::other();
    }
    char* const begin = ids_.data() + ids_size_;
    std::ranges::copy(text, std::ranges::copy(prefix, begin).out);
    ids_size_ += size;
    return Value::of(std::string_view{begin, size});
}

}  // namespace weft::selector
