#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;
using mgmt::updatable;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

std::vector<Attribute> link_readings() {
    Attribute admin = updatable(reading("adminStatus", one_of({"enabled", "disabled"}),
                                        "Whether the operator lets the link run."));
    admin.default_value = "enabled";
    return {
        admin,
        reading("operStatus", one_of({"up", "down", "quiescing", "idle"}),
                "What the link is doing."),
        reading("linkName", kString, "Name given in the attach."),
        reading("linkType", one_of({"endpoint", "router-control", "inter-router", "edge-downlink"}),
                "What the link is for."),
        reading("linkDir", one_of({"in", "out"}), "Flow of messages, seen from the router."),
        reading("owningAddr", kString,
                "Address the link is attached to; null for anonymous senders."),
        reading("capacity", kInteger, "Messages that may be unsettled on the link."),
        reading("peer", kString, "Identity of the other half of a link-routed link."),
        reading("undeliveredCount", kInteger,
                "Messages waiting to go out here; of those waiting for any consumer, its part."),
        reading("unsettledCount", kInteger,
                "Messages sent and not settled yet; of a producer, those waiting, too."),
        reading("deliveryCount", kInteger, "Messages that passed."),
        reading("presettledCount", kInteger, "Of these, those that came settled."),
        reading("droppedPresettledCount", kInteger,
                "Settled messages dropped because nobody could take them in time."),
        reading("acceptedCount", kInteger, "Messages settled as accepted."),
        reading("rejectedCount", kInteger, "Messages settled as rejected."),
        reading("releasedCount", kInteger, "Messages settled as released."),
        reading("modifiedCount", kInteger, "Messages settled as modified."),
        reading("deliveriesDelayed1Sec", kInteger, "Messages that took 1 to 10 seconds to settle."),
        reading("deliveriesDelayed10Sec", kInteger,
                "Messages that took more than 10 seconds to settle."),
        reading("deliveriesStuck", kInteger, "Messages unsettled now for more than 10 seconds."),
        reading("creditAvailable", kInteger,
                "Messages the link may carry before new credit is needed."),
        reading("zeroCreditSeconds", kInteger,
                "Seconds since the link ran out of credit; 0 while it has some."),
        reading("settleRate", kInteger, "Messages settled a second, over the last 5 seconds."),
        reading("ingressHistogram", Kind::list,
                "Messages by the router where they entered the mesh."),
        reading("priority", kInteger, "Priority that a link between routers is for."),
        reading("connectionId", kString, "Identity of the connection the link is on."),
        reading("blockedReason", kString, "Why it does not move; null if it may."),
        reading("carries", kString,
                "Of a link to another router: control, data, or a stream at a time."),
    };
}

std::vector<Attribute> address_readings() {
    return {
        reading(
            "distribution",
            one_of({"flood", "multicast", "closest", "balanced", "linkBalanced", "unavailable"}),
            "Who gets a message."),
        reading("inProcess", kInteger, "Consumers inside the router."),
        reading("subscriberCount", kInteger, "Consumers attached here."),
        reading("remoteCount", kInteger, "Routers that have consumers."),
        reading("containerCount", kInteger, "Containers here that take the links of a link route."),
        reading("deliveriesIngress", kInteger, "Messages from senders attached here."),
        reading("deliveriesEgress", kInteger, "Messages to consumers attached here."),
        reading("deliveriesTransit", kInteger, "Messages passed on to another router."),
        reading("deliveriesToContainer", kInteger, "Messages to consumers inside the router."),
        reading("deliveriesFromContainer", kInteger, "Messages from senders inside the router."),
        reading("deliveriesIngressRouteContainer", kInteger,
                "Messages from brokers and other route containers."),
        reading("deliveriesEgressRouteContainer", kInteger,
                "Messages to brokers and other route containers."),
        reading("deliveriesRedirectedToFallback", kInteger,
                "Messages sent to the fallback for want of a consumer."),
        reading("key", kString,
                "The address with a letter in front for its class and a digit for its phase."),
        reading("remoteHostRouters", Kind::list, "Names of the routers that have consumers."),
        reading("transitOutstanding", Kind::list, "Unsettled messages by the router they went to."),
        reading("trackedDeliveries", kInteger, "Messages of this address on their way now."),
        reading("priority", kInteger,
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
