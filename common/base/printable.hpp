#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weft {

enum class Breaks : std::uint8_t { kept, escaped };  // ends of lines

/// `text`, which others chose, as a terminal may show it: nothing in it is obeyed. Controls (C0,
/// DEL, C1), marks that turn the direction of writing, and separators of lines and paragraphs
/// become "\u009b"; a byte that belongs to no UTF-8 character becomes "\xff".
///
/// All else stays as it is. Total on any bytes. Threading: any thread.
[[nodiscard]] std::string printable(std::string_view text, Breaks breaks = Breaks::escaped);

}  // namespace weft
