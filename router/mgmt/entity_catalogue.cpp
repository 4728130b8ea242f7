#include "router/mgmt/entity_catalogue.hpp"

#include "router/mgmt/catalogue_tables.hpp"
#include "router/mgmt/explain_operation.hpp"

namespace weft::router {

using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;
using mgmt::setting;

mgmt::Catalogue entity_catalogue() {
    mgmt::Catalogue catalogue;
    add_router_types(catalogue);
    add_transport_types(catalogue);
    add_routing_types(catalogue);
    add_link_types(catalogue);
    add_policy_types(catalogue);
    add_process_types(catalogue);
    catalogue.extend(
        "router",
        {reading("droppedDeliveries", Kind::map, "Deliveries that were let go, by the reason."),
         reading("deliveriesForwardedAgain", Kind::integer,
                 "Deliveries that took another way when theirs was lost.")},
        {kExplain});
    catalogue.extend("router.node",
                     {reading("reachable", Kind::boolean, "Whether there is a path to it."),
                      reading("addresses", Kind::integer, "Addresses that it has consumers of.")});
    catalogue.extend(
        "listener",
        {setting("maxMessageSize", Kind::integer,
                 "Largest message in bytes that a client may send; 0 is any.", std::int64_t{0}),
         setting(
             "allowedOrigins", Kind::list,
             "Origins of pages that may use an http listener, * for all; else the same host's."),
         reading("boundPort", Kind::integer,
                 "Port that it listens on, which the system chose if port is 0."),
         reading("acceptedConnections", Kind::integer, "Connections that came in."),
         reading("refusedOrigins", Kind::integer,
                 "Requests of browsers that were refused because of their page's origin.")});
    catalogue.allow_update("listener", "cost");
    catalogue.allow_update("connector", "cost");
    catalogue.extend(
        "router.config.address",
        {setting("address", Kind::string,
                 "The address, or + or * for a level and # for the rest; or give prefix, pattern."),
         setting(
             "slowConsumer", one_of({"block", "drop"}),
             "For a consumer of a multicast that took nothing for 10 s: 250 messages are kept, or "
             "none.",
             "block"),
         setting("scope", one_of({"node", "mesh"}),
                 "Where it is known: on this router alone, or on every Weft router of the mesh.",
                 "node"),
         reading("source", one_of({"file", "management"}), "Where it was said."),
         reading("origin", Kind::string, "Router that said it to the mesh last."),
         reading("version", Kind::integer, "How new it is; of two, the greater one holds."),
         reading("conflict", Kind::string,
                 "Why this router does not use it, or how its own file differs.")});
    for (const char* attribute : {"distribution", "priority", "slowConsumer"}) {
        catalogue.allow_update("router.config.address", attribute);
    }
    catalogue.extend(
        "router.link",
        {reading("blockedReason", Kind::string, "Why it does not move; null if it may."),
         reading("carries", Kind::string,
                 "Of a link to another router: control, data, or a stream at a time.")});
    catalogue.extend(
        "connection",
        {reading("listener", Kind::string, "Name of the listener or connector it came about by.")});
    catalogue.extend("allocator", {reading("inUse", Kind::integer, "Pieces in use now.")});
    return catalogue;
}

}  // namespace weft::router
