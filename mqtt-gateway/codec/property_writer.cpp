#include "mqtt-gateway/codec/property_writer.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/field_writer.hpp"

namespace weft::mqtt {

void PropertyWriter::begin(PropertyId id, PropertyType type) {
    const std::uint64_t bit = Properties::bit(id);
    WEFT_CHECK(rule_of(id).type == type);
    WEFT_CHECK((present_ & bit) == 0 || rule_of(id).repeats != 0);
    present_ |= bit;
    FieldWriter{out_}.u8(static_cast<std::uint8_t>(id));
}

void PropertyWriter::number(PropertyId id, std::uint32_t value) {
    const PropertyType type = rule_of(id).type;
    WEFT_CHECK(is_number(type));
    begin(id, type);
    FieldWriter to{out_};
    switch (type) {
        case PropertyType::byte:
            WEFT_CHECK(value <= UINT8_MAX);
            to.u8(static_cast<std::uint8_t>(value));
            break;
        case PropertyType::two_byte_integer:
            WEFT_CHECK(value <= UINT16_MAX);
            to.u16(static_cast<std::uint16_t>(value));
            break;
        case PropertyType::variable_byte_integer:
            WEFT_CHECK(value <= kVarintMax);
            to.varint(value);
            break;
        case PropertyType::four_byte_integer:
        case PropertyType::binary_data:
        case PropertyType::text:
        case PropertyType::text_pair:
            to.u32(value);
            break;
    }
}

bool PropertyWriter::text(PropertyId id, std::string_view value) {
    if (value.size() > kTextBytesMax) {
        return false;
    }
    begin(id, PropertyType::text);
    FieldWriter{out_}.text(value);
    return true;
}

bool PropertyWriter::binary(PropertyId id, Bytes value) {
    if (value.size() > kTextBytesMax) {
        return false;
    }
    begin(id, PropertyType::binary_data);
    FieldWriter{out_}.binary(value);
    return true;
}

bool PropertyWriter::user(std::string_view name, std::string_view value) {
    if (name.size() > kTextBytesMax || value.size() > kTextBytesMax) {
        return false;
    }
    begin(PropertyId::user_property, PropertyType::text_pair);
    FieldWriter to{out_};
    to.text(name);
    to.text(value);
    return true;
}

void PropertyWriter::copy(const Property& property) {
    const PropertyType type = rule_of(property.id).type;
    bool fits = true;
    if (is_number(type)) {
        number(property.id, property.number);
    } else if (type == PropertyType::text_pair) {
        fits = user(property.name, property.text());
    } else if (type == PropertyType::text) {
        fits = text(property.id, property.text());
    } else {
        fits = binary(property.id, property.value);
    }
    WEFT_CHECK(fits);  // it was read from a packet
}

Properties PropertyWriter::written() const {
    Properties all;
    all.encoded_ = Bytes{out_}.subspan(begin_);
    all.present_ = present_;
    return all;
}

}  // namespace weft::mqtt
