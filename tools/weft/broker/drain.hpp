#pragma once

#include "tools/weft/commands.hpp"

namespace weft::tools {

/// `weft broker drain`: its words and flags. Returns the exit status: 0, or 2 if what stays in the
/// broker keeps it from being safe to stop. Throws Failure.
int run_drain(Arguments arguments);
CommandLine drain_line();

}  // namespace weft::tools
