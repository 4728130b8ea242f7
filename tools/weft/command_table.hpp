#pragma once

#include "tools/weft/command_line.hpp"
#include "tools/weft/commands.hpp"

#include <span>
#include <string_view>

namespace weft::tools {

/// A subcommand of `weft`.
struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(Arguments arguments);
    CommandLine (*line)();
    std::string_view verbs = {};  // that may be its first word, with spaces between
};

/// All of them, in the order of the help.
std::span<const Command> commands();

}  // namespace weft::tools
