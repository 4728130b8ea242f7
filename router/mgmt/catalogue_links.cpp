#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;
using mgmt::updatable;

std::vector<Attribute> link_readings() {
    Attribute admin = updatable(reading("adminStatus", one_of({"enabled", "disabled"}),
                                        "Whether the operator lets the link run."));
    admin.default_value = "enabled";
    return {
        admin,
        reading("operStatus", one_of({"up", "down", "quiescing", "idle"}),
                "What the link is doing."),
        reading("linkName", Kind::string, "Name given in the attach."),
        reading("linkType", one_of({"endpoint", "router-control", "inter-router", "edge-downlink"}),
                "What the link is for."),
        reading("linkDir", one_of({"in", "out"}), "Flow of messages, seen from the router."),
        reading("owningAddr", Kind::string,
                "Address the link is attached to; null for anonymous senders."),
        reading("capacity", Kind::integer, "Messages that may be unsettled on the link."),
        reading("peer", Kind::string, "Identity of the other half of a link-routed link."),
        reading("undeliveredCount", Kind::integer,
                "Messages waiting to go out here; of those waiting for any consumer, its part."),
        reading("unsettledCount", Kind::integer,
                "Messages sent and not settled yet; of a producer, those waiting, too."),
        reading("deliveryCount", Kind::integer, "Messages that passed."),
        reading("presettledCount", Kind::integer, "Of these, those that came settled."),
        reading("droppedPresettledCount", Kind::integer,
                "Settled messages dropped because nobody could take them in time."),
        reading("acceptedCount", Kind::integer, "Messages settled as accepted."),
        reading("rejectedCount", Kind::integer, "Messages settled as rejected."),
        reading("releasedCount", Kind::integer, "Messages settled as released."),
        reading("modifiedCount", Kind::integer, "Messages settled as modified."),
        reading("deliveriesDelayed1Sec", Kind::integer,
                "Messages that took 1 to 10 seconds to settle."),
        reading("deliveriesDelayed10Sec", Kind::integer,
                "Messages that took more than 10 seconds to settle."),
        reading("deliveriesStuck", Kind::integer,
                "Messages unsettled now for more than 10 seconds."),
        reading("creditAvailable", Kind::integer,
                "Messages the link may carry before new credit is needed."),
        reading("zeroCreditSeconds", Kind::integer,
                "Seconds since the link ran out of credit; 0 while it has some."),
        reading("settleRate", Kind::integer, "Messages settled a second, over the last 5 seconds."),
        reading("ingressHistogram", Kind::list,
                "Messages by the router where they entered the mesh."),
        reading("priority", Kind::integer, "Priority that a link between routers is for."),
        reading("connectionId", Kind::string, "Identity of the connection the link is on."),
        reading("blockedReason", Kind::string, "Why it does not move; null if it may."),
        reading("carries", Kind::string,
                "Of a link to another router: control, data, or a stream at a time."),
    };
}

std::vector<Attribute> address_readings() {
    return {
        reading(
            "distribution",
            one_of({"flood", "multicast", "closest", "balanced", "linkBalanced", "unavailable"}),
            "Who gets a message."),
        reading("inProcess", Kind::integer, "Consumers inside the router."),
        reading("subscriberCount", Kind::integer, "Consumers attached here."),
        reading("remoteCount", Kind::integer, "Routers that have consumers."),
        reading("containerCount", Kind::integer,
                "Containers here that take the links of a link route."),
        reading("deliveriesIngress", Kind::integer, "Messages from senders attached here."),
        reading("deliveriesEgress", Kind::integer, "Messages to consumers attached here."),
        reading("deliveriesTransit", Kind::integer, "Messages passed on to another router."),
        reading("deliveriesToContainer", Kind::integer, "Messages to consumers inside the router."),
        reading("deliveriesFromContainer", Kind::integer,
                "Messages from senders inside the router."),
        reading("deliveriesIngressRouteContainer", Kind::integer,
                "Messages from brokers and other route containers."),
        reading("deliveriesEgressRouteContainer", Kind::integer,
                "Messages to brokers and other route containers."),
        reading("deliveriesRedirectedToFallback", Kind::integer,
                "Messages sent to the fallback for want of a consumer."),
        reading("key", Kind::string,
                "The address with a letter in front for its class and a digit for its phase."),
        reading("remoteHostRouters", Kind::list, "Names of the routers that have consumers."),
        reading("transitOutstanding", Kind::list, "Unsettled messages by the router they went to."),
        reading("trackedDeliveries", Kind::integer, "Messages of this address on their way now."),
        reading("priority", Kind::integer,
                "Priority of its messages between routers; -1 if none is set."),
    };
}

}  // namespace

void add_link_types(mgmt::Catalogue& catalogue) {
    catalogue.add({.short_name = "router.link",
                   .description = "A link that is attached now.",
                   .operations = {"UPDATE"},
                   .attributes = link_readings(),
                   .null_for_unknown = true},
                  "operationalEntity");
    catalogue.add({.short_name = "router.address",
                   .description = "An address that somebody uses now.",
                   .attributes = address_readings(),
                   .null_for_unknown = true},
                  "operationalEntity");
}

}  // namespace weft::router_mgmt
