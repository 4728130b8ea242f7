#pragma once

#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/node.hpp"
#include "common/json/tree.hpp"

#include <optional>
#include <string_view>

namespace weft::config {

/// What one text may have; kFileBytesMax holds of files too.
inline constexpr json::Limits kJsonLimits{
    .bytes = kFileBytesMax, .values = 4'000'000, .nesting = 32, .members = 65'536};

/// Reads one JSON value (with // and /* */ comments) that starts at `place`.
///
/// Total: any byte string gives a value or at least one fault. A key given
/// twice in an object is a fault, but does not end the reading, and the first
/// holds; malformed text and more than kJsonLimits end it, with nullopt.
/// Threading: not shared (a function of its arguments).
/// Spec: RFC 8259
[[nodiscard]] std::optional<Node> parse_json(std::string_view text, Place place, Faults& faults);

}  // namespace weft::config
