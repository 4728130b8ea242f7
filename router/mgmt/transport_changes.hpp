#pragma once

#include "common/daemon/ssl_profile_entities.hpp"
#include "common/daemon/transport_entities.hpp"
#include "router/node/router.hpp"

namespace weft::router_mgmt {

/// How listeners, connectors and TLS profiles are made by management, and what may change of them
/// while they stand: the cost of those to other routers, of connections that stand too. The router
/// must outlive them. Threading: loop-confined (home's loop).
daemon::Changes<daemon::OpenListener> listener_changes(node::Router& router);
daemon::Changes<daemon::OpenConnector> connector_changes(node::Router& router);
daemon::SslProfileSource::Make ssl_profile_making(node::Router& router);

}  // namespace weft::router_mgmt
