#pragma once

#include "common/io/log.hpp"

#include <array>

/// A small daemon's log, for tests.
namespace weft::daemon::test {

inline constexpr io::Module kKettle = io::own_module(0);
inline constexpr io::Module kLeaf = io::own_module(1);
inline constexpr std::array kModules{io::NamedModule{kKettle, "KETTLE"},
                                     io::NamedModule{kLeaf, "LEAF"},
                                     io::NamedModule{io::Module::default_, "DEFAULT"}};

/// Names them to the process's log.
inline void name_modules() {
    io::log().set_modules(kModules);
}

}  // namespace weft::daemon::test
