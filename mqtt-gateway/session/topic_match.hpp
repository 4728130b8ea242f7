#pragma once

#include <string_view>

namespace weft::session {

/// Whether a topic name is one that a filter, without $share/GROUP/, asks for. Neither has a fault
/// (`codec/topic.hpp`). A wildcard at the front does not stand for a name that begins with `$`.
/// Spec: MQTT 5 §4.7.1, §4.7.2
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic) noexcept;

}  // namespace weft::session
