#pragma once

#include "common/config/cli.hpp"
#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/daemon/audit.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile.hpp"
#include "common/daemon/users_section.hpp"

#include <optional>
#include <span>
#include <vector>

namespace weft::daemon {

/// The sections of every daemon, checked.
struct CommonConfig {
    SslProfiles ssl_profiles;
    UserFile users;
    std::vector<ListenerConfig> listeners;
    std::vector<ConnectionConfig> connectors;
    std::vector<LogConfig> log;
    AuditConfig audit;
};

/// Reads the JSON file that the command line names, with its --set, against the daemon's table.
/// What is wrong is in `faults`, and left out of the document; nullopt if the file can't be read.
[[nodiscard]] std::optional<config::Document> load_document(const config::CommandLine& command,
                                                            const config::KeyTable& table,
                                                            config::Faults& faults);

/// Reads the TLS profiles, users, listeners, connectors and the log of a document whose table has
/// these sections.
[[nodiscard]] CommonConfig read_common(const config::Document& document,
                                       std::span<const io::NamedModule> modules,
                                       config::Faults& faults,
                                       Websockets websockets = Websockets::with_http);

}  // namespace weft::daemon
