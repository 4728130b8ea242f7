#pragma once

#include "common/config/document.hpp"
#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/ssl_profile.hpp"
#include "common/daemon/users_section.hpp"

#include <set>
#include <string>
#include <string_view>

/// Turns checked entities of "listeners" and "connectors" into their structs, and reports what the
/// key table cannot know. Total: a faulty entity gives a struct too.
namespace weft::daemon {

/// Names listeners or connectors that have no name after their host and port, as Qpid Dispatch
/// does; a number sets apart those that share them (port 0).
class ConnectionNames {
public:
    /// `kind` is "listener" or "connector".
    explicit ConnectionNames(std::string_view kind) : kind_{kind} {}
    void name(ConnectionConfig& connection);

private:
    std::string kind_;
    std::set<std::string> taken_;
};

/// What entities refer to besides their own keys.
struct ConnectionContext {
    const SslProfiles& profiles;
    const UserFile& users;
    const config::FileReader& reader;
    Websockets websockets = Websockets::with_http;
};

/// The entity's sslProfile; null: it names none, or none of these, which is reported.
SslProfilePtr find_profile(const config::Entity& entity,
                           const SslProfiles& profiles,
                           config::Faults& faults);

ListenerConfig read_listener(const config::Entity& entity,
                             const ConnectionContext& context,
                             config::Faults& faults);
ConnectionConfig read_connector(const config::Entity& entity,
                                const ConnectionContext& context,
                                config::Faults& faults);

/// Reports names that stand twice, of listeners, of connectors and of the log, and listeners that
/// share a port.
void check_connections(const config::Document& document, config::Faults& faults);

/// No two of `entities` may have the same value of `key`.
void check_unique(const std::vector<const config::Entity*>& entities,
                  std::string_view key,
                  config::Faults& faults);

/// "router.json:7 /listeners/1": another entity, in the text of a fault.
std::string where(const config::Entity& entity, const config::Faults& faults);

}  // namespace weft::daemon
