#pragma once

#include <span>
#include <string>

namespace weft::tools {

/// `weft config check FILE…` reads router configurations and prints every fault, one a line, on
/// standard error; `weft config schema [router]` prints the JSON Schema.
///
/// `arguments` is what follows "config". Returns the exit status: 0, 1 if a file has an error,
/// 2 if the command line has.
int config_command(std::span<const std::string> arguments);

}  // namespace weft::tools
