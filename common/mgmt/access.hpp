#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// How much of management somebody may use. Threading: any thread (pure functions).
namespace weft::mgmt {

struct EntityType;

/// Each may what those before it may.
///
///   viewer    sees everything but messages
///   operator  runs what is there: addresses, queues and what is in them, connections
///   admin     says who gets in, and where: listeners, connectors, TLS, vhosts, the log
enum class Access : std::uint8_t { none, viewer, operator_, admin };

/// "operator".
std::string_view name_of(Access access);
std::optional<Access> access_named(std::string_view name);
/// "an operator", "nobody".
std::string_view person_of(Access access);

/// What an operation takes; `type` is null where it is of none, or of all.
Access needed_for(const EntityType* type, std::string_view operation);

}  // namespace weft::mgmt
