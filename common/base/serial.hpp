#pragma once

#include <cstdint>

/// Serial numbers: 32-bit counters that wrap around. Two of them can be compared while they are
/// less than 2^31 apart; at exactly 2^31 neither precedes the other.
/// Threading: any thread (pure functions). Spec: RFC 1982 §3; AMQP 1.0 §2.8.10
namespace weft {

/// True if `a` comes before `b`.
[[nodiscard]] constexpr bool precedes(std::uint32_t a, std::uint32_t b) noexcept {
    return a != b && b - a < 0x80000000;
}

/// How far `a` is ahead of `b`; 0 if it is not.
[[nodiscard]] constexpr std::uint32_t ahead(std::uint32_t a, std::uint32_t b) noexcept {
    return precedes(b, a) ? a - b : 0;
}

}  // namespace weft
