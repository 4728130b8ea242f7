#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/field_reader.hpp"
#include "mqtt-gateway/codec/property.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::mqtt {

/// One property; which members say something depends on its type.
struct Property {
    PropertyId id{};
    std::uint32_t number = 0;
    Bytes value{};            // binary data, a text, or the second text of a pair
    std::string_view name{};  // the first text of a pair

    std::string_view text() const { return as_text(value); }
};

/// The properties of a packet, or of its will: a view of their bytes, in which each stands where
/// it may, as often as it may, with a value that it may have. Valid as long as the bytes.
class Properties {
public:
    Properties() = default;

    bool empty() const { return encoded_.empty(); }
    bool has(PropertyId id) const { return (present_ & bit(id)) != 0; }

    // The first of that number, which must be of the type that is asked for; none if it is absent.
    std::optional<std::uint32_t> number(PropertyId id) const;
    std::optional<std::string_view> text(PropertyId id) const;
    std::optional<Bytes> binary(PropertyId id) const;

    /// All, in the order of the packet: user properties and subscription identifiers may be many.
    /// Returns the next one each time; a copy goes on where this is.
    class Cursor {
    public:
        std::optional<Property> next();

    private:
        friend class Properties;
        explicit Cursor(Bytes encoded) : in_{encoded, Version::v5} {}

        FieldReader in_;
    };
    Cursor all() const { return Cursor{encoded_}; }

    /// As they stand in the packet, without the length in front.
    Bytes encoded() const { return encoded_; }

private:
    friend class PropertyWriter;
    friend Properties read_properties(FieldReader& in, PacketType carrier, Sender from) noexcept;

    static constexpr std::uint64_t bit(PropertyId id) {
        return std::uint64_t{1} << static_cast<unsigned>(id);
    }
    std::optional<Property> find(PropertyId id) const;

    Bytes encoded_{};
    std::uint64_t present_ = 0;  // by number
};

/// Reads the length of the properties and checks all of them. `carrier`: the packet, or kWill.
/// A property that does not belong there is malformed; one that must not come from `from`, a second
/// one, and a value that it may not have, are protocol errors. Spec: MQTT 5 §2.2.2
[[nodiscard]] Properties read_properties(FieldReader& in, PacketType carrier, Sender from) noexcept;

}  // namespace weft::mqtt
