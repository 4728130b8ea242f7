#include "common/daemon/common_entities.hpp"

#include <utility>

namespace weft::daemon {

CommonEntities::CommonEntities(mgmt::Agent& agent,
                               Listeners& listeners,
                               const Web& web,
                               Connectors& connectors,
                               mgmt::Source& connections,
                               SslProfiles& ssl_profiles,
                               const Gate& gate,
                               Making making)
    : listeners_{listeners, web, std::move(making.listeners)},
      connectors_{connectors, std::move(making.connectors)},
      ssl_profiles_{ssl_profiles, std::move(making.ssl_profiles)},
      auth_services_{gate.services()} {
    agent.serve("log", log_);
    agent.serve("logStats", log_stats_);
    agent.serve_log(recent_lines);
    agent.serve("sslProfile", ssl_profiles_);
    agent.serve("authServicePlugin", auth_services_);
    agent.serve("listener", listeners_);
    agent.serve("connector", connectors_);
    agent.serve("connection", connections);
    agent.serve("refusal", refusals_);
    agent.serve("audit", audit_);
    agent.tell_changes([](const mgmt::Change& change) { audit().add(event_of(change)); });
}

}  // namespace weft::daemon
