#pragma once

#include "router/core/core.hpp"

#include <string>
#include <vector>

namespace weft::router {

/// What of the core's state contradicts itself; empty if nothing does.
///
/// Counts every delivery, branch and byte anew from the lists in which they stand, and looks for
/// deliveries that wait although somebody could take them. O(all that is there).
std::vector<std::string> audit(const Core& core);

}  // namespace weft::router
