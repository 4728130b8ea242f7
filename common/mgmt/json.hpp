#pragma once

#include "common/base/result.hpp"
#include "common/wire/value.hpp"

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

/// Objects become maps in their order, integers long (ulong where they don't fit). Errors:
/// kInvalidField for text that isn't JSON, is nested deeper than wire::kValueNestingMax or has more
/// than wire::kValuesMax values.
[[nodiscard]] Result<wire::Value> from_json(std::string_view text);

}  // namespace weft::mgmt
