#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
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
constexpr auto kBoolean = Kind::boolean;

std::vector<Attribute> listener_readings() {
    return {
        reading("boundPort", kInteger,
                "Port that it listens on, which the system chose if port is 0."),
        reading("acceptedConnections", kInteger, "Connections that came in."),
        reading("refusedOrigins", kInteger,
                "Requests of browsers that were refused because of their page's origin."),
    };
}

std::vector<Attribute> connector_readings() {
    return {
        reading("connectionStatus", kString, "CONNECTING, SUCCESS or FAILED."),
        reading("connectionMsg", kString, "What the last attempt to connect came to."),
    };
}

std::vector<Attribute> connection_readings() {
    Attribute admin = updatable(reading("adminStatus", one_of({"enabled", "deleted"}),
                                        "Set it to deleted to close the connection."));
    admin.default_value = "enabled";
    Attribute trace = updatable(reading("enableProtocolTrace", kBoolean,
                                        "Whether the frames of this connection are logged."));
    trace.default_value = false;
    return {
        admin,
        reading("operStatus", one_of({"up", "closing"}), "What the connection is doing."),
        reading("protocol", kString, "Protocol spoken, amqp as a rule."),
        reading("container", kString, "Container id of the peer."),
        reading("opened", kBoolean, "Whether both sides have sent their Open."),
        reading("host", kString, "Address of the peer, or the host and port connected to."),
        reading("dir", one_of({"in", "out"}), "Who connected: in is the peer."),
        reading("role", kString, "Who the peer is: normal, inter-router, route-container or edge."),
        reading("isAuthenticated", kBoolean, "Whether the peer proved who it is."),
        reading("isEncrypted", kBoolean, "Whether the connection is encrypted."),
        trace,
        reading("sasl", kString, "SASL mechanism used."),
        reading("user", kString, "User the peer authenticated as."),
        reading("ssl", kBoolean, "Whether TLS is used."),
        reading("sslProto", kString, "Version of TLS in use."),
        reading("sslCipher", kString, "TLS cipher in use."),
        reading("sslSsf", kInteger, "Strength of the cipher in bits."),
        reading("tenant", kString, "Tenant whose address space the peer is in."),
        reading("uptimeSeconds", kInteger, "Seconds since the connection was made."),
        reading("properties", Kind::map, "Properties of the peer's Open."),
        reading("lastDlvSeconds", kInteger,
                "Seconds since the last delivery; null if there was none."),
        reading("listener", kString, "Name of the listener or connector it came about by."),
    };
}

}  // namespace

void add_transport_types(mgmt::Catalogue& catalogue) {
    const auto add = [&](const config::Section& section, std::vector<Attribute> readings) {
        catalogue.add(daemon::entity_type(section, std::move(readings), {"CREATE", "DELETE"}),
                      "configurationEntity");
    };
    add(router_config::ssl_profile_section(), {});
    add(router_config::auth_service_section(), {});
    add(router_config::listener_section(), listener_readings());
    add(router_config::connector_section(), connector_readings());
    catalogue.add({.short_name = "connection",
                   .description = "A connection that is open now.",
                   .operations = {"UPDATE"},
                   .attributes = connection_readings(),
                   .null_for_unknown = true},
                  "operationalEntity");
}

}  // namespace weft::router_mgmt
