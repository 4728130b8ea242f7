#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace weft {

/// A view of bytes that somebody else owns.
using Bytes = std::span<const std::uint8_t>;

/// Bytes that are owned.
using Buffer = std::vector<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(Buffer& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace weft
