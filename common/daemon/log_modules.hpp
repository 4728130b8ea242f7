#pragma once

#include "common/io/common_modules.hpp"

#include <array>
#include <cstddef>

namespace weft::daemon {

/// A daemon's own modules, and after them those of every daemon.
template <std::size_t N>
constexpr auto with_common_modules(const std::array<io::NamedModule, N>& own) {
    std::array<io::NamedModule, N + io::kCommonModules.size()> all{};
    std::size_t size = 0;
    for (const io::NamedModule& each : own) {
        all[size++] = each;
    }
    for (const io::NamedModule& each : io::kCommonModules) {
        all[size++] = each;
    }
    return all;
}

}  // namespace weft::daemon
