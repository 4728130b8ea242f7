#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;
using mgmt::required;
using mgmt::setting;
using mgmt::shown_as_well;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;
constexpr auto kBoolean = Kind::boolean;

Attribute direction(std::string_view description) {
    return required(setting("direction", one_of({"in", "out"}), description));
}

std::vector<Attribute> address_attributes() {
    return {
        setting("prefix", kString,
                "Leading levels of the addresses meant; either this or pattern."),
        setting("pattern", kString, "Pattern of the addresses meant; either this or prefix."),
        setting("distribution", one_of({"multicast", "closest", "balanced", "unavailable"}),
                "Who gets a message: all consumers, a near one, or the least busy.", "balanced"),
        setting("waypoint", kBoolean,
                "Whether messages pass through a broker: ingressPhase 0, egressPhase 1.", false),
        setting("ingressPhase", kInteger, "Phase of messages that senders bring, 0 to 9."),
        setting("egressPhase", kInteger, "Phase of messages that receivers get, 0 to 9."),
        setting("priority", kInteger, "Priority of messages between routers, 0 to 9."),
        shown_as_well(
            "fallback",
            setting("enableFallback", kBoolean,
                    "Whether messages without a consumer go to a fallback destination.", false)),
    };
}

std::vector<Attribute> link_route_attributes() {
    return {
        setting("prefix", kString,
                "Leading levels of the addresses meant; either this or pattern."),
        setting("pattern", kString, "Pattern of the addresses meant; either this or prefix."),
        setting("addExternalPrefix", kString, "Put in front of the address toward the container."),
        setting("delExternalPrefix", kString,
                "Taken from the front of the address toward the container."),
        setting("containerId", kString,
                "Container the links are routed to; either this or connection."),
        setting("connection", kString,
                "Name of the connector or listener the links are routed to."),
        setting("distribution", one_of({"linkBalanced"}),
                "How links are spread over several containers.", "linkBalanced"),
        shown_as_well("dir", direction("Links meant: in takes senders' links, out receivers'.")),
        reading("operStatus", one_of({"inactive", "active"}),
                "Whether a container is connected that takes the links."),
    };
}

std::vector<Attribute> auto_link_attributes() {
    return {
        shown_as_well("addr",
                      required(setting("address", kString, "Address that the link serves."))),
        shown_as_well("dir",
                      direction("Flow of messages: in comes from the container, out goes to it.")),
        setting("phase", kInteger, "Phase of the address; 1 for in and 0 for out if not given."),
        setting("containerId", kString, "Container to attach to; either this or connection."),
        setting("connection", kString, "Name of the connector or listener to attach over."),
        shown_as_well("externalAddr",
                      setting("externalAddress", kString,
                              "The container's own name for the address, if it differs.")),
        setting("fallback", kBoolean, "Whether the link serves the address as its fallback.",
                false),
        reading("linkRef", kString, "Identity of the link while it is attached."),
        reading("operStatus",
                one_of({"inactive", "attaching", "failed", "active", "quiescing", "idle"}),
                "What the link is doing."),
        reading("lastError", kString, "Why the last attach failed."),
    };
}

std::vector<Attribute> exchange_attributes() {
    return {
        required(setting("address", kString, "Address whose messages the exchange distributes.")),
        setting("phase", kInteger, "Phase of that address."),
        setting("alternateAddress", kString, "Where messages go that no binding matches."),
        setting("alternatePhase", kInteger, "Phase of the alternate address."),
        setting("matchMethod", one_of({"amqp", "mqtt"}),
                "Rules by which binding keys match subjects.", "amqp"),
        reading("bindingCount", kInteger, "Bindings of this exchange."),
        reading("receivedCount", kInteger, "Messages that came in."),
        reading("droppedCount", kInteger, "Messages that nothing matched."),
        reading("forwardedCount", kInteger, "Messages that a binding matched."),
        reading("divertedCount", kInteger, "Messages sent to the alternate address."),
    };
}

std::vector<Attribute> binding_attributes() {
    return {
        required(setting("exchangeName", kString, "Name of the exchange it belongs to.")),
        setting("bindingKey", kString,
                "Pattern of the subjects that match; none matches everything."),
        required(setting("nextHopAddress", kString, "Address that matching messages go to.")),
        setting("nextHopPhase", kInteger, "Phase of that address."),
        reading("matchedCount", kInteger, "Messages that matched."),
    };
}

std::vector<Attribute> connection_link_route_attributes() {
    return {
        required(setting("pattern", kString, "Pattern of the addresses meant.")),
        direction("Links meant: in takes senders' links, out receivers'."),
        reading("containerId", kString, "Container that made the link route."),
    };
}

void add(mgmt::Catalogue& catalogue,
         std::string name,
         std::string_view description,
         std::vector<Attribute> attributes) {
    catalogue.add({.short_name = std::move(name),
                   .description = description,
                   .operations = {"CREATE", "DELETE"},
                   .attributes = std::move(attributes),
                   .null_for_unknown = true},
                  "configurationEntity");
}

}  // namespace

void add_routing_types(mgmt::Catalogue& catalogue) {
    add(catalogue, "router.config.address", "What an address, or a family of them, means.",
        address_attributes());
    add(catalogue, "router.config.linkRoute",
        "Addresses whose links are passed through to a container.", link_route_attributes());
    add(catalogue, "router.config.autoLink",
        "A link that the router attaches to a container by itself.", auto_link_attributes());
    add(catalogue, "router.config.exchange",
        "An address whose messages are distributed by their subject.", exchange_attributes());
    add(catalogue, "router.config.binding",
        "A subject pattern of an exchange and where its messages go.", binding_attributes());
    add(catalogue, "router.connection.linkRoute",
        "A link route that lives as long as the connection that made it.",
        connection_link_route_attributes());
}

}  // namespace weft::router
