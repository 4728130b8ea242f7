#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/properties.hpp"
#include "mqtt-gateway/codec/varint.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::mqtt {

/// Counts the bytes that FieldWriter writes when it is told the same.
class FieldCounter {
public:
    void u8(std::uint8_t) { size_ += 1; }
    void u16(std::uint16_t) { size_ += 2; }
    void varint(std::uint32_t value) { size_ += varint_size(value); }
    void raw(Bytes bytes) { size_ += bytes.size(); }
    void binary(Bytes value) {
        fits_ = fits_ && value.size() <= UINT16_MAX;
        size_ += 2 + value.size();
    }
    void text(std::string_view value) { binary(as_bytes(value)); }
    void properties(const Properties& properties) {
        const std::size_t size = properties.encoded().size();
        fits_ = fits_ && size <= kVarintMax;
        size_ += varint_size(static_cast<std::uint32_t>(size)) + size;
    }

    std::size_t size() const { return size_; }
    /// No text is longer than its length can say.
    bool fits() const { return fits_; }

private:
    std::size_t size_ = 0;
    bool fits_ = true;
};

/// Writes the fields of a packet, one after the other, to the end of a buffer. What does not fit
/// its length was found by counting. Threading: not shared.
class FieldWriter {
public:
    explicit FieldWriter(Buffer& out) : out_{out} {}

    void u8(std::uint8_t value) { out_.push_back(value); }
    void u16(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value >> 8));
        u8(static_cast<std::uint8_t>(value & 0xff));
    }
    void u32(std::uint32_t value) {
        u16(static_cast<std::uint16_t>(value >> 16));
        u16(static_cast<std::uint16_t>(value & 0xffff));
    }
    void varint(std::uint32_t value) {
        for (; value > 0x7f; value >>= 7) {
            u8(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
        }
        u8(static_cast<std::uint8_t>(value));
    }
    void raw(Bytes bytes) { append(out_, bytes); }
    void binary(Bytes value) {
        u16(static_cast<std::uint16_t>(value.size()));
        raw(value);
    }
    void text(std::string_view value) { binary(as_bytes(value)); }
    void properties(const Properties& properties) {
        varint(static_cast<std::uint32_t>(properties.encoded().size()));
        raw(properties.encoded());
    }

private:
    Buffer& out_;
};

}  // namespace weft::mqtt
