#include "common/daemon/catalogue.hpp"

#include "common/base/assert.hpp"
#include "common/daemon/auth_service_section.hpp"
#include "common/daemon/setting_attributes.hpp"
#include "common/daemon/ssl_profile_section.hpp"

#include <utility>
#include <vector>

namespace weft::daemon {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::one_of;
using mgmt::reading;
using mgmt::updatable;

std::vector<Attribute> log_statistics() {
    return {reading("traceCount", Kind::integer, "Lines of level trace."),
            reading("debugCount", Kind::integer, "Lines of level debug."),
            reading("infoCount", Kind::integer, "Lines of level info."),
            reading("noticeCount", Kind::integer, "Lines of level notice."),
            reading("warningCount", Kind::integer, "Lines of level warning."),
            reading("errorCount", Kind::integer, "Lines of level error."),
            reading("criticalCount", Kind::integer, "Lines of level critical."),
            reading("droppedCount", Kind::integer,
                    "Lines that were left out: an output is too slow, or fails.")};
}

std::vector<Attribute> ssl_profile_readings() {
    return {reading("certSubject", Kind::string, "Subject of the certificate."),
            reading("certNotAfter", Kind::integer,
                    "Until when the certificate holds, in seconds since 1970."),
            reading("crlCertificates", Kind::integer, "Certificates that are revoked by `crl`."),
            reading("crlNextUpdate", Kind::integer,
                    "When the first of those lists is out of date, in seconds since 1970.")};
}

std::vector<Attribute> listener_readings() {
    return {
        reading("boundPort", Kind::integer,
                "Port that it listens on, which the system chose if port is 0."),
        reading("acceptedConnections", Kind::integer, "Connections that came in."),
        reading("refusedOrigins", Kind::integer,
                "Requests of browsers that were refused because of their page's origin."),
        reading("tlsHandshakes", Kind::integer, "Connections that came to speak TLS."),
        reading("tlsFailures", Kind::integer,
                "Connections that did not: the log and the metrics tell why."),
        reading("proxyFailures", Kind::integer,
                "With proxyAddresses: connections that were not let in; the metrics tell why.")};
}

std::vector<Attribute> connector_readings() {
    return {reading("connectionStatus", Kind::string,
                    "CONNECTING, while it retries as well, or SUCCESS."),
            reading("connectionMsg", Kind::string, "What the last attempt to connect came to.")};
}

std::vector<Attribute> connection_readings() {
    Attribute admin = updatable(reading("adminStatus", one_of({"enabled", "deleted"}),
                                        "Set it to deleted to close the connection."));
    admin.default_value = "enabled";
    Attribute trace = updatable(reading("enableProtocolTrace", Kind::boolean,
                                        "Whether the frames of this connection are logged."));
    trace.default_value = false;
    return {
        admin,
        reading("operStatus", one_of({"up", "closing"}), "What the connection is doing."),
        reading("protocol", Kind::string, "Protocol spoken, amqp as a rule."),
        reading("container", Kind::string, "Container id of the peer."),
        reading("opened", Kind::boolean, "Whether both sides have sent their Open."),
        reading("host", Kind::string, "Address of the peer, or the host and port connected to."),
        reading("dir", one_of({"in", "out"}), "Who connected: in is the peer."),
        reading("role", Kind::string, "Who the peer is to this daemon."),
        reading("isAuthenticated", Kind::boolean, "Whether the peer proved who it is."),
        reading("isEncrypted", Kind::boolean, "Whether the connection is encrypted."),
        trace,
        reading("sasl", Kind::string, "SASL mechanism used."),
        reading("user", Kind::string, "User the peer authenticated as."),
        reading("ssl", Kind::boolean, "Whether TLS is used."),
        reading("sslProto", Kind::string, "Version of TLS in use."),
        reading("sslCipher", Kind::string, "TLS cipher in use."),
        reading("sslSsf", Kind::integer, "Strength of the cipher in bits."),
        reading("sslPeerSubject", Kind::string, "Subject of the certificate that the peer showed."),
        reading("uptimeSeconds", Kind::integer, "Seconds since the connection was made."),
        reading("properties", Kind::map, "Properties of the peer's Open."),
        reading("listener", Kind::string, "Name of the listener or connector it came about by.")};
}

const config::Section& section_of(const config::KeyTable& table, std::string_view name) {
    const config::Section* section = table.find(name);
    WEFT_CHECK(section != nullptr);
    return *section;
}

}  // namespace

mgmt::EntityType log_stats_type() {
    return {.short_name = "logStats",
            .description = "How much one part of the program has logged.",
            .attributes = log_statistics()};
}

mgmt::EntityType ssl_profile_type(std::vector<std::string_view> operations) {
    return entity_type(ssl_profile_section(), ssl_profile_readings(), std::move(operations));
}

mgmt::EntityType listener_type(const config::Section& section,
                               std::vector<std::string_view> operations) {
    return entity_type(section, listener_readings(), std::move(operations));
}

mgmt::EntityType connector_type(const config::Section& section,
                                std::vector<std::string_view> operations) {
    return entity_type(section, connector_readings(), std::move(operations));
}

mgmt::EntityType connection_type() {
    return {.short_name = "connection",
            .description = "A connection that is open now.",
            .operations = {"UPDATE"},
            .attributes = connection_readings(),
            .null_for_unknown = true};
}

mgmt::EntityType refusal_type() {
    return {.short_name = "refusal",
            .description = "Something that a peer wanted of late and did not get.",
            .attributes = {
                reading("what", Kind::string,
                        "What it wanted: tls, login, connection, session, link, message, publish, "
                        "subscription, will."),
                reading("lastAt", Kind::integer, "When it was refused, in seconds since 1970."),
                reading("times", Kind::integer, "How often, in the same way."),
                reading("host", Kind::string, "Where it came from the last time."),
                reading("user", Kind::string, "Who it was, or said it was."),
                reading("client", Kind::string, "Its container id or client identifier."),
                reading("subject", Kind::string, "The address, topic or listener."),
                reading("reason", Kind::string, "Why; the peer may have heard less."),
                reading("remedy", Kind::string, "What lets it have that.")}};
}

mgmt::EntityType audit_type() {
    return {.short_name = "audit",
            .description = "Something that somebody did of late, or tried to: a login, a change.",
            .attributes = {
                reading("at", Kind::integer, "When, in seconds since 1970."),
                reading("action", Kind::string,
                        "What: login, create, update, delete, an operation such as purge, renewed, "
                        "started, stopped."),
                reading("subject", Kind::string, "To what: listener/clients, queue/orders."),
                reading("user", Kind::string, "Who it was, or said it was."),
                reading("host", Kind::string, "Where it came from."),
                reading("connection", Kind::string, "By which connection, and its container."),
                reading("via", Kind::string, "AMQP, HTTP, MQTT or file."),
                reading("arguments", Kind::map, "What the operation was told besides."),
                reading("before", Kind::map, "The values that were changed or deleted."),
                reading("after", Kind::map, "The values that were set, or what was answered."),
                reading("outcome", one_of({"done", "refused"}), "What became of it."),
                reading("reason", Kind::string, "Why it was refused, or failed.")}};
}

mgmt::Catalogue common_catalogue(const config::KeyTable& table) {
    mgmt::Catalogue catalogue;
    catalogue.add(entity_type(section_of(table, "log")), "configurationEntity");
    catalogue.add(log_stats_type(), "operationalEntity");
    catalogue.add(ssl_profile_type({}), "configurationEntity");
    catalogue.add(entity_type(auth_service_section(), {}, {}), "configurationEntity");
    catalogue.add(listener_type(section_of(table, "listeners"), {"DELETE"}), "configurationEntity");
    catalogue.add(connector_type(section_of(table, "connectors"), {"DELETE"}),
                  "configurationEntity");
    catalogue.add(connection_type(), "operationalEntity");
    catalogue.add(refusal_type(), "operationalEntity");
    catalogue.add(audit_type(), "operationalEntity");
    return catalogue;
}

}  // namespace weft::daemon
