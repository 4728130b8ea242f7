#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Small things that are done with text. Letters are those of ASCII; other bytes stay as they are.
/// Threading: any thread (pure functions).
namespace weft {

[[nodiscard]] constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] std::string lower(std::string_view text);

/// True if both are the same but for the case of letters.
[[nodiscard]] bool same_but_case(std::string_view a, std::string_view b);

/// Two lower-case digits a byte: "00ff".
[[nodiscard]] std::string hex(Bytes bytes);
void append_hex(std::string& out, Bytes bytes);
void append_hex(std::string& out, std::uint8_t byte);

/// The one of `names` that a mistyped `name` most likely means; empty if none is near.
///
/// Insertions, deletions, replacements and swaps of neighbours count one each, the case of letters
/// nothing. A name is near if at most a third of `name`'s length (at least two) and not all of the
/// candidate's letters change. The first of equals wins. Names past 64 bytes are not compared.
[[nodiscard]] std::string_view nearest(std::string_view name,
                                       std::span<const std::string_view> names);

}  // namespace weft
