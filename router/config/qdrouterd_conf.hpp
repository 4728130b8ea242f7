#pragma once

#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/config/node.hpp"

#include <string>
#include <string_view>

namespace weft::router_config {

/// Whether a file is a qdrouterd.conf, in lines or as a JSON list; otherwise it is our JSON.
/// Decided by its first character that is no space and in no # comment.
bool is_qdrouterd_conf(std::string_view text);

/// Reads a qdrouterd.conf into the object of sections that our JSON would be.
///
/// Sections go by their management names ("listener" → "listeners"), with or without
/// "org.apache.qpid.dispatch."; address, linkRoute, autoLink, exchange and binding may be written
/// without "router.config.". Always gives an object: what could be read.
/// Threading: not shared.
[[nodiscard]] config::Node load_qdrouterd_conf(const std::string& path,
                                               std::string_view text,
                                               const config::KeyTable& table,
                                               config::Faults& faults);

}  // namespace weft::router_config
