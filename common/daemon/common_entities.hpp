#pragma once

#include "common/daemon/audit_entities.hpp"
#include "common/daemon/auth_service_entities.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/log_entities.hpp"
#include "common/daemon/refusal_entities.hpp"
#include "common/daemon/ssl_profile_entities.hpp"
#include "common/daemon/transport_entities.hpp"
#include "common/mgmt/agent.hpp"

namespace weft::daemon {

/// The sources of the types that every daemon serves; what requests change goes to the audit.
/// Threading: loop-confined (loop 0).
class CommonEntities {
public:
    /// What requests may make and change; nothing, if that is not said.
    struct Making {
        Changes<OpenListener> listeners{};
        Changes<OpenConnector> connectors{};
        SslProfileSource::Make ssl_profiles{};
    };

    /// Registers with `agent`, whose catalogue is common_catalogue's, or has its types.
    /// `connections` is the daemon's own source, of one loop (Connections) or of several. All must
    /// outlive it.
    CommonEntities(mgmt::Agent& agent,
                   Listeners& listeners,
                   const Web& web,
                   Connectors& connectors,
                   mgmt::Source& connections,
                   SslProfiles& ssl_profiles,
                   const Gate& gate,
                   Making making);

private:
    LogSource log_;
    LogStatsSource log_stats_;
    ListenerSource listeners_;
    ConnectorSource connectors_;
    SslProfileSource ssl_profiles_;
    AuthServiceSource auth_services_;
    RefusalSource refusals_;
    AuditSource audit_;
};

}  // namespace weft::daemon
