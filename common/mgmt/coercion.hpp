#pragma once

#include "common/base/result.hpp"
#include "common/mgmt/entity_type.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

/// What requesters send, turned into what an attribute wants.
/// Threading: not shared (values).
namespace weft::mgmt {

/// Characters of a refused value that an error text repeats.
inline constexpr std::size_t kValueShownMax = 200;

/// `value` as the attribute's type wants it: what command lines send as text ("5672", "yes")
/// becomes an integer or boolean, and numbers become text where text is wanted.
/// Errors: kInvalidField, naming the attribute and what would be right.
[[nodiscard]] Result<wire::Value> coerce(const Attribute& attribute, const wire::Value& value);

/// The integer that a value is or spells in decimal.
std::optional<std::int64_t> integer_of(const wire::Value& value);

/// A value of Kind::number: a whole number is an integer, so that equal ones are equal values. Null
/// for what is not finite.
wire::Value number_value(double number);

}  // namespace weft::mgmt
