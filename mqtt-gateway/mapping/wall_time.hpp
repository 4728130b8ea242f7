#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace weft::mqtt_mapping {

/// Milliseconds since 1970, UTC: what is kept over a restart, or said to others, has such times.
using WallTime = std::int64_t;
inline constexpr WallTime kForever = std::numeric_limits<WallTime>::max();

/// The message expiry interval, in seconds, of what expires then and is delivered now; none if it
/// never expires. What has less than a second left has one: 0 is for what has expired.
constexpr std::optional<std::uint32_t> seconds_left(WallTime expires, WallTime now) noexcept {
    if (expires == kForever) {
        return std::nullopt;
    }
    if (expires <= now) {
        return 0;
    }
    const auto left = static_cast<std::uint64_t>(expires) - static_cast<std::uint64_t>(now);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(left / 1000, 1, kMost));
}

/// When that expires what a device published just now with that interval.
constexpr WallTime expiry_of(std::optional<std::uint32_t> interval_seconds, WallTime now) noexcept {
    return interval_seconds ? now + WallTime{*interval_seconds} * 1000 : kForever;
}

}  // namespace weft::mqtt_mapping
