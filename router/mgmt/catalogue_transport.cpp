#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router {
namespace {

using mgmt::Attribute;
using mgmt::AttributeType;
using mgmt::Kind;
using mgmt::once_called;
using mgmt::one_of;
using mgmt::reading;
using mgmt::secret;
using mgmt::setting;
using mgmt::updatable;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;
constexpr auto kBoolean = Kind::boolean;

AttributeType role() {
    return one_of({"normal", "inter-router", "route-container", "edge"});
}

/// What listeners and connectors say in the same words.
std::vector<Attribute> session_attributes() {
    return {
        setting("role", role(),
                "Who is at the other end: a client, a router, a broker or an edge router.",
                "normal"),
        setting("cost", kInteger,
                "Cost of the connection for the choice of paths between routers; at least 1.",
                std::int64_t{1}),
        setting("sslProfile", kString,
                "Name of the sslProfile whose certificates and ciphers are used."),
        setting("saslMechanisms", kString, "SASL mechanisms allowed, separated by spaces."),
        setting("maxFrameSize", kInteger, "Largest frame in bytes that the peer may send.",
                std::int64_t{16384}),
        setting("maxSessions", kInteger, "Sessions that may be open at once.", std::int64_t{32768}),
        setting("maxSessionFrames", kInteger,
                "Transfer frames that may be in flight in a session."),
        setting("idleTimeoutSeconds", kInteger,
                "Silence of the peer after which the connection is closed; 0 never.",
                std::int64_t{16}),
        setting("stripAnnotations", one_of({"in", "out", "both", "no"}),
                "Direction in which the router's own annotations are removed.", "both"),
        setting("linkCapacity", kInteger, "Messages that may be unsettled on one link."),
        once_called("logMessage", setting("messageLoggingComponents", kString,
                                          "Parts of messages to log, or all, or none.", "none")),
        setting("policyVhost", kString,
                "Vhost whose policy applies whatever the peer's Open says."),
        setting("openProperties", Kind::properties, "Properties to add to the Open that is sent."),
    };
}

std::vector<Attribute> with_session(std::vector<Attribute> own) {
    for (Attribute& attribute : session_attributes()) {
        own.push_back(std::move(attribute));
    }
    return own;
}

std::vector<Attribute> listener_attributes() {
    return with_session({
        setting("host", kString,
                "Local address or name to listen on; empty listens on every address.", "127.0.0.1"),
        setting("port", kString, "Port or service name; 0 lets the system choose one and logs it.",
                "amqp"),
        once_called("protocolFamily", setting("socketAddressFamily", one_of({"IPv4", "IPv6"}),
                                              "Address family, where the host leaves a choice.")),
        setting("authenticatePeer", kBoolean, "Whether peers must authenticate.", false),
        setting("saslPlugin", kString, "Name of the authServicePlugin that checks credentials."),
        setting("requireEncryption", kBoolean, "Whether unencrypted connections are refused.",
                false),
        setting("requireSsl", kBoolean, "Whether connections without TLS are refused.", false),
        once_called(
            "trustedCerts",
            setting("trustedCertsFile", Kind::path,
                    "Certificates trusted for clients; prefer the sslProfile's caCertFile.")),
        setting("initialHandshakeTimeoutSeconds", kInteger,
                "Time a peer has until its Open must have come; 0 is no limit.", std::int64_t{0}),
        setting("multiTenant", kBoolean,
                "Whether addresses are kept apart by the hostname of the peer's Open.", false),
        once_called("failoverList",
                    setting("failoverUrls", kString,
                            "Other URLs, comma-separated, that clients are told to try.")),
        setting("healthz", kBoolean, "Whether /healthz is answered on an http listener.", true),
        setting("metrics", kBoolean, "Whether /metrics is answered on an http listener.", true),
        setting("websockets", kBoolean, "Whether AMQP over WebSocket is taken on an http listener.",
                true),
        setting("http", kBoolean,
                "Whether the listener speaks HTTP and WebSocket instead of plain AMQP.", false),
        once_called("httpRoot", setting("httpRootDir", Kind::path,
                                        "Directory whose files an http listener serves.")),
    });
}

std::vector<Attribute> connector_attributes() {
    return with_session({
        setting("host", kString, "Address or name to connect to.", "127.0.0.1"),
        setting("port", kString, "Port or service name to connect to.", "amqp"),
        setting("protocolFamily", one_of({"IPv4", "IPv6"}),
                "Address family, where the host leaves a choice."),
        setting("allowRedirect", kBoolean, "Whether the peer may send the connection elsewhere.",
                true),
        once_called("verifyHostName",
                    setting("verifyHostname", kBoolean,
                            "Whether the peer's certificate must name the host.", true)),
        setting("saslUsername", kString, "User name to authenticate with."),
        secret(setting("saslPassword", kString,
                       "Password to authenticate with; may be env:NAME or file:PATH.")),
        once_called("failoverList",
                    reading("failoverUrls", kString,
                            "URLs in use and those the peer offered in case of failure.")),
        reading("connectionStatus", kString, "CONNECTING, SUCCESS or FAILED."),
        reading("connectionMsg", kString, "What the last attempt to connect came to."),
    });
}

std::vector<Attribute> connection_attributes() {
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
    };
}

std::vector<Attribute> ssl_profile_attributes() {
    return {
        setting("ciphers", kString, "Ciphers allowed, as OpenSSL writes them."),
        setting("protocols", kString, "Versions of TLS allowed, separated by spaces."),
        once_called("certDb", setting("caCertFile", Kind::path,
                                      "Certificates of the authorities that are trusted (PEM).")),
        setting("certFile", Kind::path, "Certificate to show to peers (PEM)."),
        once_called("keyFile", setting("privateKeyFile", Kind::path,
                                       "Private key of that certificate (PEM).")),
        setting("passwordFile", Kind::path,
                "File that holds the key's password; prefer password with file:PATH."),
        secret(setting("password", kString, "Password of the key; may be env:NAME or file:PATH.")),
        setting("uidFormat", kString,
                "Parts of a client's certificate that make up its user name."),
        once_called("displayNameFile",
                    setting("uidNameMappingFile", kString,
                            "File that maps such user names to names for display.")),
    };
}

std::vector<Attribute> auth_service_attributes() {
    return {
        setting("authService", kString, "Old form of host and port in one."),
        setting("host", kString, "Host of the authentication service.", ""),
        setting("port", kString, "Port of the authentication service.", "amqp"),
        once_called("saslInitHostname",
                    setting("realm", kString, "Hostname to give in the SASL exchange.")),
        once_called("authSslProfile",
                    setting("sslProfile", kString,
                            "Name of the sslProfile for the connection to the service.")),
    };
}

}  // namespace

void add_transport_types(mgmt::Catalogue& catalogue) {
    catalogue.add(
        {.short_name = "sslProfile",
         .description = "Certificates, key and TLS rules that listeners and connectors share.",
         .operations = {"CREATE", "DELETE"},
         .attributes = ssl_profile_attributes()},
        "configurationEntity");
    catalogue.add({.short_name = "authServicePlugin",
                   .description = "A service elsewhere that checks the credentials of clients.",
                   .operations = {"CREATE", "DELETE"},
                   .attributes = auth_service_attributes()},
                  "configurationEntity");
    catalogue.add({.short_name = "listener",
                   .description = "A port on which the router takes connections.",
                   .operations = {"CREATE", "DELETE"},
                   .attributes = listener_attributes()},
                  "configurationEntity");
    catalogue.add({.short_name = "connector",
                   .description = "A connection that the router makes and keeps making.",
                   .operations = {"CREATE", "DELETE"},
                   .attributes = connector_attributes()},
                  "configurationEntity");
    catalogue.add({.short_name = "connection",
                   .description = "A connection that is open now.",
                   .operations = {"UPDATE"},
                   .attributes = connection_attributes(),
                   .null_for_unknown = true},
                  "operationalEntity");
}

}  // namespace weft::router
