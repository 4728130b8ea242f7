#pragma once

#include "common/config/fault.hpp"
#include "common/config/node.hpp"

#include <optional>
#include <string_view>

namespace weft::config {

/// Lists and objects within one another.
inline constexpr std::size_t kTreeNestingMax = 32;

/// Reads one JSON value (with // and /* */ comments) that starts at `place`.
///
/// Total: any byte string gives a value or at least one fault. A key given
/// twice in an object is a fault, but does not end the reading; malformed text
/// and nesting beyond kTreeNestingMax do, with nullopt.
/// Threading: not shared (a function of its arguments).
/// Spec: RFC 8259
[[nodiscard]] std::optional<Node> parse_json(std::string_view text, Place place, Faults& faults);

}  // namespace weft::config
