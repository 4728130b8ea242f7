#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;

/// In management `type` is what kind of entity it is.
Attribute address_type() {
    Attribute attribute = daemon::setting_attribute(*router_config::address_section().find("type"));
    attribute.name = "addressType";
    return attribute;
}

std::vector<Attribute> setting_readings() {
    return {
        address_type(),
        reading("attachedAt", Kind::map,
                "With `brokers`: by each of them, the routers that it is connected to."),
        reading("source", one_of({"file", "management"}), "Where it was said."),
        reading("origin", Kind::string, "Router that said it to the mesh last."),
        reading("version", Kind::integer, "How new it is; of two, the greater one holds."),
        reading("conflict", Kind::string,
                "Why this router does not use it, or how its own file differs."),
    };
}

std::vector<Attribute> link_route_readings() {
    return {
        reading("operStatus", one_of({"inactive", "active"}),
                "Whether a container is connected that takes the links."),
        reading("source", one_of({"file", "management", "address"}),
                "Where it was said; `address`: an entry of the addresses with brokers needs it."),
    };
}

std::vector<Attribute> auto_link_readings() {
    return {
        reading("linkRef", Kind::string, "Identity of the link while it is attached."),
        reading("operStatus",
                one_of({"inactive", "attaching", "failed", "active", "quiescing", "idle"}),
                "What the link is doing."),
        reading("lastError", Kind::string, "Why the last attach failed."),
    };
}

std::vector<Attribute> exchange_readings() {
    return {
        reading("bindingCount", Kind::integer, "Bindings of this exchange."),
        reading("receivedCount", Kind::integer, "Messages that came in."),
        reading("droppedCount", Kind::integer, "Messages that went nowhere."),
        reading("forwardedCount", Kind::integer,
                "Messages that went to a next hop or to the alternate address."),
        reading("divertedCount", Kind::integer,
                "Of these, those that went to the alternate address."),
        reading("loopedCount", Kind::integer, "Of the dropped, those that had been here before."),
        reading("rejectedCount", Kind::integer, "Of the dropped, those that could not be read."),
        reading("leftOutCount", Kind::integer,
                "Copies not made because a next hop had as many as it may have."),
    };
}

}  // namespace

void add_routing_types(mgmt::Catalogue& catalogue) {
    const auto add = [&](const config::Section& section, std::vector<Attribute> readings) {
        mgmt::EntityType type =
            daemon::entity_type(section, std::move(readings), {"CREATE", "DELETE"});
        type.null_for_unknown = true;
        for (Attribute& attribute : type.attributes) {  // as the original takes them
            attribute.spelled = attribute.name == "prefix" || attribute.name == "pattern";
        }
        catalogue.add(std::move(type), "configurationEntity");
    };
    add(router_config::address_section(), setting_readings());
    add(router_config::link_route_section(), link_route_readings());
    add(router_config::auto_link_section(), auto_link_readings());
    add(router_config::exchange_section(), exchange_readings());
    add(router_config::binding_section(),
        {reading("matchedCount", Kind::integer, "Messages that matched.")});
    add(router_config::connection_link_route_section(),
        {reading("containerId", Kind::string, "Container that made the link route.")});
}

}  // namespace weft::router_mgmt
