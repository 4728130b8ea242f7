#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::mqtt_mapping {

/// Of a key in a queue's last values; broker queues take 256.
inline constexpr std::size_t kRowKeyMax = 256;

/// What the row of a topic is known by in the queue of retained messages: the topic, or, if that
/// has more than kRowKeyMax bytes, '#' (which no topic has) and its SHA-256 as 64 hex digits.
/// Threading: any thread (no state).
[[nodiscard]] std::string row_key(std::string_view topic);

}  // namespace weft::mqtt_mapping
