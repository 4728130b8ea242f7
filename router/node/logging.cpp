#include "router/node/logging.hpp"

#include "common/io/log.hpp"

#include <string>

namespace weft::router {
namespace {

/// "warn" of the command line is "warning" of the log, and all above it.
std::string and_above(const std::string& level) {
    return (level == "warn" ? "warning" : level) + "+";
}

}  // namespace

Result<void> set_up_log(const std::vector<LogConfig>& modules, const config::CommandLine& command) {
    io::Log& log = io::log();
    log.set_format(command.log_format == "json" ? io::Log::Format::json : io::Log::Format::text);
    for (const LogConfig& config : modules) {
        if (auto set = log.set(config.module, config.settings); !set) {
            return set;
        }
    }
    if (!command.log_level.empty()) {
        return log.set(io::Module::default_,
                       {.levels = *io::parse_levels(and_above(command.log_level))});
    }
    return {};
}

}  // namespace weft::router
