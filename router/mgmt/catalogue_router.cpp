#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"
#include "router/mgmt/explain_operation.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;
using mgmt::shown_as_well;

std::vector<Attribute> router_readings() {
    Attribute area = reading("area", Kind::string, "Always 0; kept for clients that ask.");
    area.default_value = "0";
    return {
        area,
        reading("version", Kind::string, "Version of the running program."),
        reading("hostName", Kind::string, "Name of the machine the router runs on."),
        reading("addrCount", Kind::integer, "Addresses known."),
        reading("linkCount", Kind::integer, "Links attached."),
        shown_as_well("linksBlocked",
                      reading("blockedLinkCount", Kind::integer,
                              "Links that have had no credit for more than 10 seconds.")),
        reading("nodeCount", Kind::integer, "Other routers known in the mesh."),
        reading("linkRouteCount", Kind::integer, "Link routes configured."),
        reading("autoLinkCount", Kind::integer, "Auto links configured."),
        reading("connectionCount", Kind::integer, "Connections open."),
        reading("presettledDeliveries", Kind::integer, "Deliveries that came settled."),
        reading("droppedPresettledDeliveries", Kind::integer,
                "Settled deliveries dropped because nobody could take them in time."),
        reading("acceptedDeliveries", Kind::integer, "Deliveries settled as accepted."),
        reading("rejectedDeliveries", Kind::integer, "Deliveries settled as rejected."),
        reading("releasedDeliveries", Kind::integer, "Deliveries settled as released."),
        reading("modifiedDeliveries", Kind::integer, "Deliveries settled as modified."),
        reading("deliveriesDelayed1Sec", Kind::integer,
                "Deliveries that took 1 to 10 seconds to settle."),
        reading("deliveriesDelayed10Sec", Kind::integer,
                "Deliveries that took more than 10 seconds to settle."),
        reading("deliveriesStuck", Kind::integer,
                "Deliveries unsettled now for more than 10 seconds."),
        reading("deliveriesIngress", Kind::integer, "Deliveries from senders attached here."),
        reading("deliveriesEgress", Kind::integer, "Deliveries to receivers attached here."),
        reading("deliveriesTransit", Kind::integer, "Deliveries passed on to another router."),
        reading("deliveriesIngressRouteContainer", Kind::integer,
                "Deliveries from brokers and other route containers."),
        reading("deliveriesEgressRouteContainer", Kind::integer,
                "Deliveries to brokers and other route containers."),
        reading("deliveriesRedirectedToFallback", Kind::integer,
                "Deliveries sent to a fallback because the address had no consumer."),
        reading("uptimeSeconds", Kind::integer, "Seconds since the router started."),
        reading("memoryUsage", Kind::integer,
                "Bytes of address space the process uses; null where unknown."),
        reading("droppedDeliveries", Kind::map, "Deliveries that were let go, by the reason."),
        reading("deliveriesForwardedAgain", Kind::integer,
                "Deliveries that took another way when theirs was lost."),
    };
}

std::vector<Attribute> node_readings() {
    return {
        reading("id", Kind::string, "Name of the router."),
        reading("protocolVersion", Kind::integer,
                "Version of the inter-router protocol it speaks."),
        reading("instance", Kind::integer,
                "Time it started, in milliseconds since 1970; changes with a restart."),
        reading("linkState", Kind::list, "Routers it is directly connected to."),
        reading("linkCosts", Kind::list, "What the links to these cost, in the same order."),
        reading("nextHop", Kind::string, "First router on the way to it; '(self)' for this one."),
        reading("validOrigins", Kind::list, "Routers whose messages for it pass through this one."),
        reading("address", Kind::string, "Address of the router itself."),
        reading("routerLink", Kind::entity_id,
                "Link on which it is reached, if it is a neighbour."),
        reading("cost", Kind::integer, "Cost of the path to it."),
        reading("lastTopoChange", Kind::integer,
                "Time of the last change of topology, in seconds since 1970."),
        reading("index", Kind::integer, "Position in histograms by ingress router."),
        reading("reachable", Kind::boolean, "Whether there is a path to it."),
        reading("addresses", Kind::integer, "Addresses that it has consumers of."),
    };
}

}  // namespace

void add_router_types(mgmt::Catalogue& catalogue) {
    mgmt::EntityType router = daemon::entity_type(router_config::node_section(), router_readings(),
                                                  {std::string_view{kExplain}});
    router.null_for_unknown = true;
    router.typed_among_all = true;
    catalogue.add(std::move(router), "configurationEntity");
    catalogue.add({.short_name = "router.node",
                   .description = "A router of the mesh, this one included.",
                   .attributes = node_readings()},
                  "operationalEntity");
}

}  // namespace weft::router_mgmt
