#pragma once

#include "common/base/time.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace weft::sim {

/// The longest time that a simulation takes.
inline constexpr Duration kTimeMax = std::chrono::hours(24);

/// "10s", "1.5s", "500ms", "2m", "1h"; at most kTimeMax. The error says what is right.
[[nodiscard]] tl::expected<Duration, std::string> parse_time(std::string_view text);

/// For a person: "0 s", "4.2 ms", "3.005 s", "2 min 5 s".
std::string time_text(Duration time);

}  // namespace weft::sim
