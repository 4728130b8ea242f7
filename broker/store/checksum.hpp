#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>

namespace weft::store {

/// CRC-32C (Castagnoli) of what has the checksum `before`, and `bytes` behind it. Threading: any
/// thread (no state).
[[nodiscard]] std::uint32_t checksum(Bytes bytes, std::uint32_t before = 0) noexcept;

/// The same without the processor's own instruction, for one that has none.
[[nodiscard]] std::uint32_t checksum_by_tables(Bytes bytes, std::uint32_t before = 0) noexcept;

}  // namespace weft::store
