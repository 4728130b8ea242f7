#include "common/base/assert.hpp"
#include "common/daemon/catalogue.hpp"
#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;

using Columns = std::vector<Attribute>;

Columns::iterator found(Columns& attributes, std::string_view name) {
    const auto at = std::ranges::find(attributes, name, &Attribute::name);
    WEFT_CHECK(at != attributes.end());
    return at;
}

/// Columns stand where the original's clients expect them.
void insert_behind(Columns& attributes, std::string_view name, Attribute own) {
    attributes.insert(found(attributes, name) + 1, std::move(own));
}

/// What every daemon says of a connection, and what a router says besides.
mgmt::EntityType router_connection_type() {
    mgmt::EntityType type = daemon::connection_type();
    found(type.attributes, "role")->description =
        "Who the peer is: normal, inter-router, route-container or edge.";
    insert_behind(type.attributes, "sslPeerSubject",
                  reading("tenant", Kind::string, "Tenant whose address space the peer is in."));
    insert_behind(type.attributes, "opened",
                  reading("active", Kind::boolean,
                          "Whether messages go over it: of an edge router's uplinks they do over "
                          "one, the others stand by."));
    insert_behind(type.attributes, "properties",
                  reading("lastDlvSeconds", Kind::integer,
                          "Seconds since the last delivery; null if there was none."));
    return type;
}

}  // namespace

void add_transport_types(mgmt::Catalogue& catalogue) {
    using namespace router_config;
    const std::vector<std::string_view> made = {"CREATE", "DELETE"};
    const auto add = [&](mgmt::EntityType type) {
        catalogue.add(std::move(type), "configurationEntity");
    };
    add(daemon::ssl_profile_type(made));
    add(daemon::entity_type(daemon::auth_service_section(), {}, {}));
    add(daemon::listener_type(listener_section(), made));
    add(daemon::connector_type(connector_section(), made));
    catalogue.add(router_connection_type(), "operationalEntity");
    catalogue.add(daemon::refusal_type(), "operationalEntity");
    catalogue.add(daemon::audit_type(), "operationalEntity");
}

}  // namespace weft::router_mgmt
