#pragma once

#include "common/base/bytes.hpp"

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

/// Appends the filter set of a receiver that looks at the row of one key, as AMQP encodes it: a
/// queue that has no keys refuses it.
void append_key_filter(Buffer& out, std::string_view key);

}  // namespace weft::mqtt_mapping
