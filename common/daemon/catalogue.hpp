#pragma once

#include "common/config/keys.hpp"
#include "common/mgmt/catalogue.hpp"

#include <string_view>
#include <vector>

namespace weft::daemon {

/// The entity types that every daemon serves: log, logStats, sslProfile, listener, connector,
/// connection. What is configured comes from the sections of `table`, which lives as long as the
/// program; what is read is told here.
[[nodiscard]] mgmt::Catalogue common_catalogue(const config::KeyTable& table);

// Those with readings one by one, for a daemon that has others between them or more to say.

mgmt::EntityType log_stats_type();
mgmt::EntityType ssl_profile_type(std::vector<std::string_view> operations);
/// Of the daemon's section, which lives as long as the program.
mgmt::EntityType listener_type(const config::Section& section,
                               std::vector<std::string_view> operations);
mgmt::EntityType connector_type(const config::Section& section,
                                std::vector<std::string_view> operations);
mgmt::EntityType connection_type();
mgmt::EntityType refusal_type();
mgmt::EntityType audit_type();

}  // namespace weft::daemon
