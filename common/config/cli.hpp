#pragma once

#include "common/config/fault.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::config {

/// What a daemon is and which command line it takes.
struct Program {
    std::string_view name;     // "weft-router"
    std::string_view version;  // "0.1.0"
    std::string_view summary;  // one line for --help
    /// Also takes the options of the original qdrouterd: -I is ignored with a warning, those
    /// that start a daemon or change the user are refused with the reason.
    bool takes_qdrouterd_options = false;
};

enum class Action : std::uint8_t {
    run,
    check,  // parse, validate, exit 0 or 1
    print,  // print `output`, exit 0
};

/// A daemon's command line.
struct CommandLine {
    Action action = Action::run;
    std::string output;                 // of --help and --version
    std::string config;                 // path; never empty unless action is print
    std::vector<std::string> settings;  // "/json/pointer=value", in order
    std::string log_level;              // "info", as in management; empty if not given
    std::string log_format;             // text json
};

/// Reads a command line without the program's name. Nullopt if there is a fault of severity
/// error; faults are in the file "command line", without line or pointer.
/// Threading: not shared (a function of its arguments).
[[nodiscard]] std::optional<CommandLine> parse_command_line(const Program& program,
                                                            std::span<const std::string> arguments,
                                                            Faults& faults);

/// One of its options in words: man pages are written from these.
struct OptionText {
    std::string letter;     // "c"; empty: it has none
    std::string name;       // "config"
    std::string parameter;  // "FILE"; empty: it takes none
    std::string meaning;
};
[[nodiscard]] std::vector<OptionText> options_of(const Program& program);

}  // namespace weft::config
