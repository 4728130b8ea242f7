#pragma once

#include "tools/weft/values/json.hpp"

#include <proton/scalar.hpp>
#include <proton/value.hpp>

namespace weft::tools {

/// AMQP values as JSON and back, in order, as far as JSON can say it.
///
/// To JSON: symbols, UUIDs and decimals become strings, timestamps milliseconds, binary its text
/// if it is UTF-8 and else {"hex": "…"}, described values {"descriptor": …, "value": …}, map
/// keys their text. To AMQP: whole numbers become long (ulong above its range), fractions double.
/// Limits: kShownNestingMax; what is deeper throws Failure.
/// Threading: any thread (pure functions).
inline constexpr int kShownNestingMax = 64;

Json to_json(const proton::value& value);
proton::value to_value(const Json& json);

/// For application properties, which hold no maps and lists. Throws Failure, naming `name`.
proton::scalar to_scalar(const std::string& name, const Json& json);

/// A value for people: text as it stands, all else as one line of JSON.
std::string plain_text(const Json& json);

}  // namespace weft::tools
