#pragma once

#include "common/mgmt/catalogue.hpp"

namespace weft::router_mgmt {

// The tables of the router's catalogue, a file for each subject.

void add_router_types(mgmt::Catalogue& catalogue);  // router, router.node
void add_transport_types(
    mgmt::Catalogue& catalogue);  // listener, connector, connection, sslProfile, …
void add_routing_types(mgmt::Catalogue& catalogue);  // router.config.*, router.connection.linkRoute
void add_link_types(mgmt::Catalogue& catalogue);     // router.link, router.address
void add_policy_types(mgmt::Catalogue& catalogue);   // policy, vhost, …
void add_process_types(mgmt::Catalogue& catalogue);  // log, logStats, allocator, console

}  // namespace weft::router_mgmt
