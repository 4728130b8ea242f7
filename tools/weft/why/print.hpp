#pragma once

#include "tools/weft/why/trace.hpp"

#include <ostream>

namespace weft::tools {

/// One router's block: rule, receivers, ways to others, senders, and what is decided.
/// Of each list it shows kWhyRowsMax, and counts the rest.
inline constexpr std::size_t kWhyRowsMax = 10;
void print_hop(const Hop& hop, bool first, std::ostream& out);

}  // namespace weft::tools
