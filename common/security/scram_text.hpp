#pragma once

#include "common/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The attributes that SCRAM's messages are made of. Internal to common/security.
/// Threading: any thread (pure functions). Spec: RFC 5802 §5.1, §7
namespace weft::security {

/// Takes "NAME=value" and the comma behind it from the front of `message`; nothing: another one
/// stands there. `message` is empty afterwards if it was the last.
std::optional<std::string_view> take_attribute(std::string_view& message, char name);
/// Whether `rest` has attributes alone, none of which must be understood.
bool is_optional(std::string_view rest);

/// A name with "=2C" and "=3D" for what would end it, and back; nothing: it is none.
std::string escaped_name(std::string_view name);
std::optional<std::string> unescaped_name(std::string_view text);

/// A nonce of at most `max` bytes: printable, without commas.
bool is_nonce(std::string_view text, std::size_t max);

/// `a` becomes a xor `b`, which is as long.
void combine(Buffer& a, Bytes b);

}  // namespace weft::security
