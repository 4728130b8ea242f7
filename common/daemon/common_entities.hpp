#pragma once

#include "common/daemon/catalogue.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/log_entities.hpp"
#include "common/daemon/transport_entities.hpp"
#include "common/mgmt/agent.hpp"

namespace weft::daemon {

/// Their sources, for a daemon of one loop that makes no listener by request.
/// Threading: loop-confined (loop 0).
class CommonEntities {
public:
    /// Registers with `agent`, whose catalogue is common_catalogue's, or has its types. All must
    /// outlive it.
    CommonEntities(mgmt::Agent& agent,
                   Listeners& listeners,
                   const Web& web,
                   Connectors& connectors,
                   Connections& connections);

private:
    LogSource log_;
    LogStatsSource log_stats_;
    ListenerSource listeners_;
    ConnectorSource connectors_;
};

}  // namespace weft::daemon
