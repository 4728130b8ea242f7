#pragma once

#include "common/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::mqtt_mapping {

/// SHA-256 of bytes that come in parts: what two messages have in common only if they are equal,
/// whoever made them, and whenever the gateway was started.
///
/// Threading: not shared. Spec: FIPS 180-4
class Digest {
public:
    using Value = std::array<std::uint8_t, 32>;

    void add(Bytes part);
    /// How many bytes, and these: so that no two rows of fields are one text.
    void add_field(Bytes field);
    void add_number(std::uint64_t number);
    /// Of all that was added; nothing more may be.
    Value end();

private:
    static constexpr std::size_t kBlockBytes = 64;

    void take(const std::uint8_t* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, kBlockBytes> block_{};
    std::size_t filled_ = 0;  // of `block_`
    std::uint64_t bytes_ = 0;
};

}  // namespace weft::mqtt_mapping
