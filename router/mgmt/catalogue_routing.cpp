#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

std::vector<Attribute> address_readings() {
    return {
        reading("source", one_of({"file", "management"}), "Where it was said."),
        reading("origin", kString, "Router that said it to the mesh last."),
        reading("version", kInteger, "How new it is; of two, the greater one holds."),
        reading("conflict", kString,
                "Why this router does not use it, or how its own file differs."),
    };
}

std::vector<Attribute> link_route_readings() {
    return {
        reading("operStatus", one_of({"inactive", "active"}),
                "Whether a container is connected that takes the links."),
        reading("source", one_of({"file", "management"}), "Where it was said."),
    };
}

std::vector<Attribute> auto_link_readings() {
    return {
        reading("linkRef", kString, "Identity of the link while it is attached."),
        reading("operStatus",
                one_of({"inactive", "attaching", "failed", "active", "quiescing", "idle"}),
                "What the link is doing."),
        reading("lastError", kString, "Why the last attach failed."),
    };
}

std::vector<Attribute> exchange_readings() {
    return {
        reading("bindingCount", kInteger, "Bindings of this exchange."),
        reading("receivedCount", kInteger, "Messages that came in."),
        reading("droppedCount", kInteger, "Messages that nothing matched."),
        reading("forwardedCount", kInteger, "Messages that a binding matched."),
        reading("divertedCount", kInteger, "Messages sent to the alternate address."),
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
    add(router_config::address_section(), address_readings());
    add(router_config::link_route_section(), link_route_readings());
    add(router_config::auto_link_section(), auto_link_readings());
    add(router_config::exchange_section(), exchange_readings());
    add(router_config::binding_section(),
        {reading("matchedCount", kInteger, "Messages that matched.")});
    add(router_config::connection_link_route_section(),
        {reading("containerId", kString, "Container that made the link route.")});
}

}  // namespace weft::router_mgmt
