#pragma once

#include "common/io/log.hpp"

#include <array>

namespace weft::io {

/// The log's modules of every daemon; a process that names none has these.
inline constexpr std::array kCommonModules{
    NamedModule{Module::server, "SERVER"},     NamedModule{Module::agent, "AGENT"},
    NamedModule{Module::http, "HTTP"},         NamedModule{Module::conn_mgr, "CONN_MGR"},
    NamedModule{Module::protocol, "PROTOCOL"}, NamedModule{Module::default_, "DEFAULT"}};

}  // namespace weft::io
