#pragma once

#include "common/daemon/transport_entities.hpp"
#include "router/node/router.hpp"

namespace weft::router {

/// How listeners and connectors are made by management, and what may change of them while they
/// stand: the cost of those to other routers, of connections that stand too.
/// The router and the types, listener and connector, must outlive them.
/// Threading: loop-confined (home's loop).
daemon::Changes<daemon::OpenListener> listener_changes(Router& router,
                                                       const mgmt::EntityType& type);
daemon::Changes<daemon::OpenConnector> connector_changes(Router& router,
                                                         const mgmt::EntityType& type);

}  // namespace weft::router
