#pragma once

#include "common/daemon/log_modules.hpp"
#include "common/io/log.hpp"

#include <array>

namespace weft::gateway_config {

/// What devices do.
inline constexpr io::Module kDeviceModule = io::own_module(0);
/// What can be named in the section "log".
inline constexpr auto kLogModules =
    daemon::with_common_modules(std::array{io::NamedModule{kDeviceModule, "DEVICE"}});

}  // namespace weft::gateway_config
