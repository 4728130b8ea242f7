#pragma once

#include <chrono>

namespace weft {

/// Time as machines see it: an argument, never read from a clock by them.
using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// "No deadline."
inline constexpr Instant kNever = Instant::max();

}  // namespace weft
