#pragma once

#include "common/daemon/log_modules.hpp"
#include "common/io/log.hpp"

#include <array>

namespace weft::broker_config {

/// What queues do.
inline constexpr io::Module kQueueModule = io::own_module(0);
/// What can be named in the section "log".
inline constexpr auto kLogModules =
    daemon::with_common_modules(std::array{io::NamedModule{kQueueModule, "QUEUE"}});

}  // namespace weft::broker_config
