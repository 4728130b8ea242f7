#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::once_called;
using mgmt::one_of;
using mgmt::reading;
using mgmt::setting;
using mgmt::shown_as_well;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;
constexpr auto kBoolean = Kind::boolean;

std::vector<Attribute> router_attributes() {
    return {
        setting("id", kString,
                "Name of this router, unique in its mesh; no spaces, at most 127 characters."),
        setting("mode", one_of({"standalone", "interior", "edge"}),
                "How the router takes part in a mesh.", "standalone"),
        {.name = "area",
         .type = kString,
         .description = "Always 0; kept for clients that ask.",
         .default_value = "0"},
        reading("version", kString, "Version of the running program."),
        reading("hostName", kString, "Name of the machine the router runs on."),
        once_called("helloInterval", setting("helloIntervalSeconds", kInteger,
                                             "How often neighbours are greeted.", std::int64_t{1})),
        setting("fastHelloSeconds", kInteger,
                "How often neighbours are greeted that are Weft routers; 0: like all others."),
        once_called("helloMaxAge",
                    setting("helloMaxAgeSeconds", kInteger,
                            "Silence after which a neighbour is taken for lost.", std::int64_t{3})),
        once_called("raInterval", setting("raIntervalSeconds", kInteger,
                                          "How often the router advertises itself in a quiet mesh.",
                                          std::int64_t{30})),
        once_called("raIntervalFlux",
                    setting("raIntervalFluxSeconds", kInteger,
                            "How often it does while the topology changes.", std::int64_t{4})),
        once_called("remoteLsMaxAge",
                    setting("remoteLsMaxAgeSeconds", kInteger,
                            "Silence after which a remote router's link state is forgotten.",
                            std::int64_t{60})),
        setting("workerThreads", kInteger, "Event loops that share the connections."),
        once_called("debugDump",
                    setting("debugDumpFile", Kind::path,
                            "Accepted for old configurations; nothing is written there.")),
        once_called("saslConfigPath",
                    setting("saslConfigDir", Kind::path, "Directory of SASL configuration files.")),
        setting("saslConfigName", kString, "SASL configuration to use.", "qdrouterd"),
        setting("allowResumableLinkRoute", kBoolean,
                "Whether links that ask to be resumable may be link-routed.", true),
        setting("timestampsInUTC", kBoolean, "Whether log lines carry UTC instead of local time."),
        setting("timestampFormat", kString,
                "Format of the time in log lines, as strftime takes it."),
        setting("allowUnsettledMulticast", kBoolean,
                "Accepted for old configurations; unsettled multicast always works.", false),
        setting("defaultDistribution", one_of({"multicast", "closest", "balanced", "unavailable"}),
                "Distribution of addresses that no configured rule covers.", "balanced"),
        setting("metadata", kString, "Free text that tools show beside the router."),
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
    };
}

std::vector<Attribute> node_attributes() {
    return {
        reading("id", kString, "Name of the router."),
        reading("protocolVersion", kInteger, "Version of the inter-router protocol it speaks."),
        reading("instance", kInteger,
                "Time it started, in seconds since 1970; changes with a restart."),
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
    };
}

}  // namespace

void add_router_types(mgmt::Catalogue& catalogue) {
    catalogue.add({.short_name = "router",
                   .description = "This router: its settings and its totals.",
                   .attributes = router_attributes(),
                   .null_for_unknown = true,
                   .singleton = true},
                  "configurationEntity");
    catalogue.add({.short_name = "router.node",
                   .description = "A router of the mesh, this one included.",
                   .attributes = node_attributes()},
                  "operationalEntity");
}

}  // namespace weft::router
