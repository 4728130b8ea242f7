#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

/// Variable byte integers: seven bits a byte, the lowest first, the eighth set if more follow.
/// Spec: MQTT 5 §1.5.5, MQTT 3.1.1 §2.2.3
namespace weft::mqtt {

inline constexpr std::size_t kVarintBytesMax = 4;
inline constexpr std::uint32_t kVarintMax = 268'435'455;

constexpr std::size_t varint_size(std::uint32_t value) noexcept {
    return value < 1U << 7 ? 1 : value < 1U << 14 ? 2 : value < 1U << 21 ? 3 : 4;
}

struct Varint {
    std::uint32_t value = 0;
    std::size_t size = 0;  // 0: cut off; above kVarintBytesMax: it does not end where it must

    constexpr bool shortest() const noexcept { return size == varint_size(value); }
};

/// The one at the front of `in`. Total: any bytes, none too.
constexpr Varint read_varint(Bytes in) noexcept {
    Varint read;
    for (std::size_t i = 0; i < kVarintBytesMax; ++i) {
        if (i == in.size()) {
            return {};
        }
        read.value |= (in[i] & 0x7fU) << (7 * i);
        if (in[i] < 0x80) {
            read.size = i + 1;
            return read;
        }
    }
    return {.value = 0, .size = kVarintBytesMax + 1};
}

}  // namespace weft::mqtt
