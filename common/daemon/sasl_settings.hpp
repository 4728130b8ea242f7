#pragma once

#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/users_section.hpp"

/// By which SASL mechanisms peers of listeners say who they are, and connectors do: what is
/// configured of it, and what contradicts itself there.
namespace weft::daemon {

/// Reads a listener's keys of this kind; the others were read, but for those of TLS.
void read_sasl(const config::Entity& entity,
               const UserFile& users,
               ListenerConfig& listener,
               config::Faults& faults);
/// The same of a connector.
void read_sasl(const config::Entity& entity, ConnectionConfig& connector, config::Faults& faults);

}  // namespace weft::daemon
