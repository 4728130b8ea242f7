#pragma once

#include "common/base/result.hpp"
#include "common/json/tree.hpp"
#include "common/wire/codes.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// AMQP values as JSON and back.
///
/// To JSON: symbols, UUIDs and characters become strings, binaries and decimals hex, timestamps
/// milliseconds, arrays lists, described values what they describe; NaN and infinities null. Map
/// keys that aren't text are spelled out. Text that isn't UTF-8 gets replacement characters.
/// Threading: any thread.
namespace weft::mgmt {

/// `indent` below 0: all on one line.
std::string to_json(const wire::Value& value, int indent = -1);

/// What one text may have: no more than a value from a peer.
inline constexpr json::Limits kJsonLimits{.bytes = std::size_t{16} << 20,
                                          .values = wire::kValuesMax,
                                          .nesting = wire::kValueNestingMax,
                                          .members = 1024};

/// Objects become maps in their order, integers long (ulong where they don't fit). Errors:
/// kInvalidField, with line and column, for text that isn't JSON, has more than kJsonLimits, or
/// gives a name twice in one object.
[[nodiscard]] Result<wire::Value> from_json(std::string_view text);

}  // namespace weft::mgmt
