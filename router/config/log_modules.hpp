#pragma once

#include "common/io/log.hpp"

#include <array>

namespace weft::router_config {

/// The router's own parts of the log, beside those of every daemon.
struct LogModule {
    // NOLINTBEGIN(readability-identifier-naming): more enumerators of io::Module
    static constexpr io::Module router = io::own_module(0);
    static constexpr io::Module router_core = io::own_module(1);
    static constexpr io::Module router_ls = io::own_module(2);
    static constexpr io::Module policy = io::own_module(9);
    // NOLINTEND(readability-identifier-naming)
};

/// All that the log entity lists: the names are those of Qpid Dispatch, so that what configures
/// its log configures this one, and of some nothing is heard.
inline constexpr std::array kLogModules{io::NamedModule{LogModule::router, "ROUTER"},
                                        io::NamedModule{LogModule::router_core, "ROUTER_CORE"},
                                        io::NamedModule{io::own_module(3), "ROUTER_HELLO"},
                                        io::NamedModule{LogModule::router_ls, "ROUTER_LS"},
                                        io::NamedModule{io::own_module(4), "ROUTER_MA"},
                                        io::NamedModule{io::own_module(5), "MESSAGE"},
                                        io::NamedModule{io::Module::server, "SERVER"},
                                        io::NamedModule{io::Module::agent, "AGENT"},
                                        io::NamedModule{io::own_module(6), "AUTHSERVICE"},
                                        io::NamedModule{io::own_module(7), "CONTAINER"},
                                        io::NamedModule{io::own_module(8), "ERROR"},
                                        io::NamedModule{LogModule::policy, "POLICY"},
                                        io::NamedModule{io::Module::http, "HTTP"},
                                        io::NamedModule{io::Module::conn_mgr, "CONN_MGR"},
                                        io::NamedModule{io::own_module(10), "PYTHON"},
                                        io::NamedModule{io::Module::protocol, "PROTOCOL"},
                                        io::NamedModule{io::Module::default_, "DEFAULT"}};

}  // namespace weft::router_config
