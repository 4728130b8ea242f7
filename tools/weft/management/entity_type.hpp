#pragma once

#include <string>
#include <string_view>

namespace weft::tools {

/// The management model's common prefix, with its dot.
inline constexpr std::string_view kEntityPrefix = "org.apache.qpid.dispatch.";

/// The full name of an entity type as people may spell it.
///
/// "link" and "node" are `router.…`, "address", "linkRoute" and "autoLink" are `router.config.…`;
/// a name that begins with "org.amqp." or the prefix is full; all others get the prefix.
/// Threading: any thread (pure function).
std::string entity_type(std::string_view name);

}  // namespace weft::tools
