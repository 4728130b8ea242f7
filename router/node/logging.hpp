#pragma once

#include "common/base/result.hpp"
#include "common/config/cli.hpp"
#include "router/config/router_config.hpp"

#include <vector>

namespace weft::router {

/// Applies the configured levels, outputs and format to the process's log; the command line's level
/// replaces DEFAULT's. Errors: of a log file that can't be opened.
[[nodiscard]] Result<void> set_up_log(const std::vector<LogConfig>& modules,
                                      const config::CommandLine& command);

}  // namespace weft::router
