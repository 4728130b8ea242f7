#pragma once

#include "mqtt-gateway/codec/properties.hpp"

#include <cstdint>
#include <string_view>

namespace weft::mqtt {

/// Bytes of a text, or of binary data. Spec: MQTT 5 §1.5.4, §1.5.6
inline constexpr std::size_t kTextBytesMax = 65'535;

/// Writes properties to the end of a buffer that the caller owns, for packets that are encoded.
///
/// A value has the type of its number and a property stands there as often as it may: all else is
/// the caller's error. Whoever writes has made sure that the packet may carry it. Nothing else is
/// written to the buffer meanwhile. Threading: not shared.
class PropertyWriter {
public:
    explicit PropertyWriter(Buffer& out) : out_{out}, begin_{out.size()} {}

    void number(PropertyId id, std::uint32_t value);

    // Each is false, and nothing written, if a value has more than kTextBytesMax bytes.
    [[nodiscard]] bool text(PropertyId id, std::string_view value);
    [[nodiscard]] bool binary(PropertyId id, Bytes value);
    [[nodiscard]] bool user(std::string_view name, std::string_view value);

    /// A property that was read, as it is.
    void copy(const Property& property);

    /// What was written; valid until the buffer changes.
    Properties written() const;

private:
    void begin(PropertyId id, PropertyType type);

    Buffer& out_;
    std::size_t begin_;
    std::uint64_t present_ = 0;
};

}  // namespace weft::mqtt
