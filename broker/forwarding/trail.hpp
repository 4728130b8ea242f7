#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::forwarding {

/// The message annotation that says which queues a message was forwarded from, the first first.
inline constexpr std::string_view kTrail = "x-opt-weft-forwarded";
/// Queues that it names; then the message is forwarded no more.
inline constexpr std::size_t kTrailMost = 16;

using Trail = std::vector<std::string>;

/// A queue as a trail names it: "b1/orders".
std::string trail_name(std::string_view broker, std::string_view queue);

/// Nothing of a message that has none. Threading: any thread (no state).
[[nodiscard]] Trail trail_of(Bytes message);

/// Why a message of that trail is not forwarded from `here` once more, for people; empty: it is.
/// So no message goes in a circle, whatever rules say.
std::string why_no_further(const Trail& trail, std::string_view here);

}  // namespace weft::forwarding
