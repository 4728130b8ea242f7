#pragma once

namespace weft::mgmt {

class Catalogue;

// The tables of the router's catalogue, a file for each subject.

void add_router_types(Catalogue& catalogue);     // router, router.node
void add_transport_types(Catalogue& catalogue);  // listener, connector, connection, sslProfile, …
void add_routing_types(Catalogue& catalogue);    // router.config.*, router.connection.linkRoute
void add_link_types(Catalogue& catalogue);       // router.link, router.address
void add_policy_types(Catalogue& catalogue);     // policy, vhost, …
void add_process_types(Catalogue& catalogue);    // log, logStats, allocator, console

}  // namespace weft::mgmt
