#pragma once

#include "broker/selector/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Patterns of LIKE: text, with a mark for any run of characters and one for any character.
/// Threading: any thread (no state).
namespace weft::selector {

/// The pattern that `text` means, where '%' is any run and '_' any character, unless `escape`, a
/// character or none, stands before it. Nothing: `escape` is the last character. Patterns that mean
/// the same are equal. `text` is UTF-8.
[[nodiscard]] std::optional<std::string> like_pattern(std::string_view text,
                                                      std::string_view escape);

/// Appends a pattern as selectors write it: 'a%', or '5\%' ESCAPE '\'.
void print_like(std::string& out, std::string_view pattern);

/// True if all of `text` matches. What it costs is a step for each character that is looked at; if
/// there are not so many it is false, and the budget exhausted.
[[nodiscard]] bool is_like(std::string_view pattern,
                           std::string_view text,
                           Budget& budget) noexcept;

}  // namespace weft::selector
