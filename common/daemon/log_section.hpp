#pragma once

#include "common/base/result.hpp"
#include "common/config/cli.hpp"
#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/io/log.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// The section "log" of a daemon's configuration.
namespace weft::daemon {

/// One entry: a module, and what it does.
struct LogConfig {
    io::Module module = io::Module::default_;
    io::Log::Settings settings;
    std::string directory{};  // in which management may have files written; DEFAULT's alone
};

/// The names of a daemon's modules, DEFAULT first, for its key table.
template <std::size_t N>
constexpr std::array<config::Choice, N> module_choices(
    const std::array<io::NamedModule, N>& modules) {
    std::array<config::Choice, N> choices{};
    std::size_t next = 1;
    for (const io::NamedModule& each : modules) {
        choices[each.module == io::Module::default_ ? 0 : next++].name = each.name;
    }
    return choices;
}

/// Its keys, with `modules` to choose from, which must live as long as they.
std::array<config::Key, 7> log_keys(std::span<const config::Choice> modules);
config::Section log_section(std::span<const config::Key> keys);

/// Reads an entity of the section; `modules` are those that it chose from.
LogConfig read_log(const config::Entity& entity,
                   std::span<const io::NamedModule> modules,
                   config::Faults& faults);

/// Applies the configured levels, outputs and format to the process's log; the command line's level
/// replaces DEFAULT's. Errors: of a log file that can't be opened.
[[nodiscard]] Result<void> set_up_log(const std::vector<LogConfig>& modules,
                                      const config::CommandLine& command);

}  // namespace weft::daemon
