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

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

std::vector<Attribute> router_readings() {
    Attribute area = reading("area", kString, "Always 0; kept for clients that ask.");
    area.default_value = "0";
    return {
        area,
        reading("version", kString, "Version of the running program."),
        reading("hostName", kString, "Name of the machine the router runs on."),
        reading("addrCount", kInteger, "Addresses known."),
        reading("linkCount", kInteger, "Links attached."),
        shown_as_well("linksBlocked",
                      reading("blockedLinkCount", kInteger,
                              "Links that have had no credit for more than 10 seconds.")),
        reading("nodeCount", kInteger, "Other routers known in the mesh."),
        reading("linkRouteCount", kInteger, "Link routes configured."),
        reading("autoLinkCount", kInteger, "Auto links configured."),
        reading("connectionCount", kInteger, "Connections open."),
        reading("presettledDeliveries", kInteger, "Deliveries that came settled."),
        reading("droppedPresettledDeliveries", kInteger,
                "Settled deliveries dropped because nobody could take them in time."),
        reading("acceptedDeliveries", kInteger, "Deliveries settled as accepted."),
        reading("rejectedDeliveries", kInteger, "Deliveries settled as rejected."),
        reading("releasedDeliveries", kInteger, "Deliveries settled as released."),
        reading("modifiedDeliveries", kInteger, "Deliveries settled as modified."),
        reading("deliveriesDelayed1Sec", kInteger,
                "Deliveries that took 1 to 10 seconds to settle."),
        reading("deliveriesDelayed10Sec", kInteger,
                "Deliveries that took more than 10 seconds to settle."),
        reading("deliveriesStuck", kInteger, "Deliveries unsettled now for more than 10 seconds."),
        reading("deliveriesIngress", kInteger, "Deliveries from senders attached here."),
        reading("deliveriesEgress", kInteger, "Deliveries to receivers attached here."),
        reading("deliveriesTransit", kInteger, "Deliveries passed on to another router."),
        reading("deliveriesIngressRouteContainer", kInteger,
                "Deliveries from brokers and other route containers."),
        reading("deliveriesEgressRouteContainer", kInteger,
                "Deliveries to brokers and other route containers."),
        reading("deliveriesRedirectedToFallback", kInteger,
                "Deliveries sent to a fallback because the address had no consumer."),
        reading("uptimeSeconds", kInteger, "Seconds since the router started."),
        reading("memoryUsage", kInteger,
                "Bytes of address space the process uses; null where unknown."),
        reading("droppedDeliveries", Kind::map, "Deliveries that were let go, by the reason."),
        reading("deliveriesForwardedAgain", kInteger,
                "Deliveries that took another way when theirs was lost."),
    };
}

std::vector<Attribute> node_readings() {
    return {
        reading("id", kString, "Name of the router."),
        reading("protocolVersion", kInteger, "Version of the inter-router protocol it speaks."),
        reading("instance", kInteger,
                "Time it started, in milliseconds since 1970; changes with a restart."),
        reading("linkState", Kind::list, "Routers it is directly connected to."),
        reading("nextHop", kString, "First router on the way to it; '(self)' for this one."),
        reading("validOrigins", Kind::list, "Routers whose messages for it pass through this one."),
        reading("address", kString, "Address of the router itself."),
        reading("routerLink", Kind::entity_id,
                "Link on which it is reached, if it is a neighbour."),
        reading("cost", kInteger, "Cost of the path to it."),
        reading("lastTopoChange", kInteger,
                "Time of the last change of topology, in seconds since 1970."),
        reading("index", kInteger, "Position in histograms by ingress router."),
        reading("reachable", Kind::boolean, "Whether there is a path to it."),
        reading("addresses", kInteger, "Addresses that it has consumers of."),
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
