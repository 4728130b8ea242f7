#pragma once

#include "tools/weft/description.hpp"

#include <string>
#include <string_view>

namespace weft::tools {

/// A manual page in the macros of man(7), UTF-8. `section`: 1 of commands, 8 of daemons. Pure.
[[nodiscard]] std::string man_page(const Description& words, int section, std::string_view version);

/// "weft-stat.1": the file of the page.
[[nodiscard]] std::string man_file(const Description& words, int section);

}  // namespace weft::tools
