#include "mqtt-gateway/codec/properties.hpp"

#include "common/base/assert.hpp"

namespace weft::mqtt {
namespace {

/// The value of a property; its texts are not looked into.
Property read_value(FieldReader& in, const PropertyRule& rule) noexcept {
    Property read{.id = rule.id};
    switch (rule.type) {
        case PropertyType::byte:
            read.number = in.u8(rule.name);
            break;
        case PropertyType::two_byte_integer:
            read.number = in.u16(rule.name);
            break;
        case PropertyType::four_byte_integer:
            read.number = in.u32(rule.name);
            break;
        case PropertyType::variable_byte_integer:
            read.number = in.varint(rule.name);
            break;
        case PropertyType::text_pair:
            read.name = as_text(in.binary(rule.name));
            read.value = in.binary(rule.name);
            break;
        case PropertyType::binary_data:
        case PropertyType::text:
            read.value = in.binary(rule.name);
            break;
    }
    return read;
}

void check_texts(FieldReader& in, const PropertyRule& rule, const Property& read) noexcept {
    const std::string_view text = read.text();
    if (rule.type == PropertyType::text_pair) {
        // The name ends two bytes before the value.
        if (const TextFault fault = text_fault(read.name)) {
            in.fail(Reason::malformed_packet, rule.name, fault.what,
                    in.at() - text.size() - 2 - read.name.size() + fault.at);
        }
        in.check(text_fault(text), text, rule.name);
    } else if (rule.values == PropertyValues::topic_name) {
        in.check(topic_name_fault(text), text, rule.name);
    } else if (rule.type == PropertyType::text) {
        in.check(text_fault(text), text, rule.name);
    }
}

void check_number(FieldReader& in,
                  const PropertyRule& rule,
                  std::uint32_t number,
                  std::size_t at) noexcept {
    if (rule.values == PropertyValues::zero_or_one && number > 1) {
        in.fail(Reason::protocol_error, rule.name, "is neither 0 nor 1", at);
    } else if (rule.values == PropertyValues::not_zero && number == 0) {
        in.fail(rule.id == PropertyId::topic_alias ? Reason::topic_alias_invalid
                                                   : Reason::protocol_error,
                rule.name, "is 0", at);
    }
}

/// Whether the property whose number stood at `at` may stand here, too.
void check_place(FieldReader& in,
                 const PropertyRule& rule,
                 PacketType carrier,
                 Dialect dialect,
                 bool again,
                 std::size_t at) noexcept {
    const bool client = dialect.from == Sender::client;
    if (!has(client ? rule.from_client : rule.from_server, carrier)) {
        const bool theirs = has(client ? rule.from_server : rule.from_client, carrier);
        in.fail(theirs ? Reason::protocol_error : Reason::malformed_packet, rule.name,
                theirs ? "comes from the wrong end" : "does not belong there", at);
    } else if (again && !has(rule.repeats, carrier)) {
        in.fail(Reason::protocol_error, rule.name, "stands there twice", at);
    }
}

}  // namespace

Properties read_properties(FieldReader& in, PacketType carrier, Sender from) noexcept {
    constexpr std::string_view kField = "property";
    const std::size_t outer = in.narrow(in.varint("property length"), "property length");
    Properties read;
    const std::size_t begin = in.at();
    while (!in.done()) {
        const std::size_t at = in.at();
        const PropertyRule* rule = find_rule(in.u8(kField));
        if (rule == nullptr) {
            in.fail(Reason::malformed_packet, kField, "has an unknown identifier", at);
            break;
        }
        check_place(in, *rule, carrier, {.version = in.version(), .from = from}, read.has(rule->id),
                    at);
        const Property property = read_value(in, *rule);
        if (in.ok()) {
            check_texts(in, *rule, property);
            check_number(in, *rule, property.number, at);
        }
        read.present_ |= Properties::bit(rule->id);
    }
    in.widen(outer);
    read.encoded_ = in.since(begin);
    return in.ok() ? read : Properties{};
}

std::optional<Property> Properties::Cursor::next() {
    if (in_.done()) {
        return std::nullopt;
    }
    const PropertyRule* rule = find_rule(in_.u8({}));
    WEFT_CHECK(rule != nullptr);
    return read_value(in_, *rule);
}

std::optional<Property> Properties::find(PropertyId id) const {
    if (!has(id)) {
        return std::nullopt;
    }
    for (Cursor cursor = all(); auto property = cursor.next();) {
        if (property->id == id) {
            return property;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> Properties::number(PropertyId id) const {
    WEFT_CHECK(is_number(rule_of(id).type));
    const auto found = find(id);
    return found ? std::optional(found->number) : std::nullopt;
}

std::optional<std::string_view> Properties::text(PropertyId id) const {
    WEFT_CHECK(rule_of(id).type == PropertyType::text);
    const auto found = find(id);
    return found ? std::optional(found->text()) : std::nullopt;
}

std::optional<Bytes> Properties::binary(PropertyId id) const {
    WEFT_CHECK(rule_of(id).type == PropertyType::binary_data);
    const auto found = find(id);
    return found ? std::optional(found->value) : std::nullopt;
}

}  // namespace weft::mqtt
