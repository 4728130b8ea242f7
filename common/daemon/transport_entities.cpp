#include "common/daemon/transport_entities.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "common/daemon/wire_value.hpp"
#include "common/io/tls_tally.hpp"

#include <string>
#include <utility>

namespace weft::daemon {
namespace {

using mgmt::Attributes;
using mgmt::Row;

std::string words(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& each : list) {
        text += (text.empty() ? "" : " ") + each;
    }
    return text;
}

/// What listeners and connectors say in the same words.
Attributes connection_attributes(const ConnectionConfig& config, std::string_view family_key) {
    Attributes row{{"host", config.host},
                   {"port", std::to_string(config.port)},
                   {"saslMechanisms", words(config.sasl_mechanisms)},
                   {"insecure", config.insecure},
                   {"maxFrameSize", config.max_frame_size},
                   {"maxSessions", config.max_sessions},
                   {"idleTimeoutSeconds", seconds(config.idle_timeout)}};
    if (config.family != io::Family::any) {
        row.set(family_key, config.family == io::Family::v4 ? "IPv4" : "IPv6");
    }
    if (config.ssl_profile) {
        row.set("sslProfile", config.ssl_profile->name);
    }
    if (config.max_session_frames != 0) {
        row.set("maxSessionFrames", config.max_session_frames);
    }
    row.set("openProperties", wire_value(config::Node{.value = config.open_properties}));
    return row;
}

std::string url_of(std::string_view scheme, const std::string& host, const std::string& port) {
    const bool bare_v6 = host.find(':') != std::string::npos;
    return std::string{scheme} + (scheme.empty() ? "" : "://") +
           (bare_v6 ? "[" + host + "]" : host) + ":" + port;
}

/// Joins `urls` by commas and blanks; null if there are none.
template <class Urls, class UrlOf>
wire::Value joined(const Urls& urls, UrlOf of) {
    std::string text;
    for (const auto& url : urls) {
        text += (text.empty() ? "" : ", ") + of(url);
    }
    return text.empty() ? wire::Value{} : wire::Value{text};
}

Row listener_row(const Web& web, const OpenListener& open) {
    const ListenerConfig& config = open.config;
    Row row{.identity = open.identity,
            .name = config.connection.name,
            .attributes = connection_attributes(config.connection, "socketAddressFamily")};
    Attributes& attributes = row.attributes;
    attributes.set("authenticatePeer", config.authenticate_peer);
    attributes.set("requireEncryption", config.require_encryption);
    attributes.set("requireSsl", config.require_ssl);
    if (!config.trusted_certs_file.empty()) {
        attributes.set("trustedCertsFile", config.trusted_certs_file);
    }
    attributes.set("initialHandshakeTimeoutSeconds", seconds(config.initial_handshake_timeout));
    attributes.set("maxMessageSize", config.max_message_size);
    attributes.set("http", config.http);
    attributes.set("healthz", config.healthz);
    attributes.set("metrics", config.metrics);
    attributes.set("console", config.console);
    attributes.set("websockets", config.websockets);
    attributes.set("failoverUrls", joined(config.failover_urls, [](const FailoverUrl& url) {
                       return url_of(url.scheme, url.host, std::to_string(url.port));
                   }));
    attributes.set("boundPort", open.listener->bound_port());
    attributes.set("acceptedConnections", open.listener->accepted());
    if (!config.allowed_origins.empty()) {
        attributes.set("allowedOrigins",
                       wire::List{config.allowed_origins.begin(), config.allowed_origins.end()});
    }
    attributes.set("refusedOrigins", web.refused_origins(open));
    if (const auto& tally = open.security.tally()) {
        attributes.set("tlsHandshakes", tally->of(io::TlsEnd::agreed));
        attributes.set("tlsFailures", tally->failed());
    }
    if (open.proxy_door) {
        attributes.set("proxyAddresses",
                       wire::List{config.proxy_addresses.begin(), config.proxy_addresses.end()});
        attributes.set("proxyFailures", open.proxy_door->refused());
    }
    open.service->show(attributes);
    return row;
}

Row connector_row(const OpenConnector& open) {
    Row row{.identity = open.identity,
            .name = open.config.name,
            .attributes = connection_attributes(open.config, "protocolFamily")};
    Attributes& attributes = row.attributes;
    const io::Connector& connector = *open.connector;
    attributes.set("verifyHostname", open.config.verify_hostname);
    if (!open.config.credentials.user.empty()) {
        attributes.set("saslUsername", open.config.credentials.user);
    }
    attributes.set("failoverUrls", joined(connector.targets(), [](const io::HostPort& target) {
                       return url_of("amqp", target.host, target.port);
                   }));
    attributes.set("connectionStatus", name_of(connector.status()));
    attributes.set("connectionMsg", connector.message());
    open.service->show(attributes);
    return row;
}

}  // namespace

std::size_t ListenerSource::size() const {
    return listeners_.all().size();
}

Row ListenerSource::row(const OpenListener& open) const {
    return listener_row(web_, open);
}

void ListenerSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(listeners_.all(), offset, count, visit,
              [this](const auto& open) { return row(*open); });
}

Result<Row> ListenerSource::create(std::string_view name, Attributes attributes) {
    if (!changes_.create) {
        return Source::create(name, std::move(attributes));
    }
    WEFT_TRY(const OpenListener* open, changes_.create(name, attributes));
    Row made = row(*open);
    if (attributes.find("host") == nullptr) {  // the original listens on all interfaces then
        const std::string& host = open->config.connection.host;
        made.remark = "no host was given, so it listens on " +
                      (host.empty() ? "all interfaces" : host + " alone");
    }
    return made;
}

Result<Row> ListenerSource::update(const std::string& identity, Attributes changes) {
    if (!changes_.update) {
        return Source::update(identity, std::move(changes));
    }
    const OpenListener* open = listeners_.find(identity);
    if (open == nullptr) {
        return fail(kNotFound, "The listener is gone");
    }
    if (auto changed = changes_.update(*open, changes); !changed) {
        return tl::unexpected(std::move(changed).error());
    }
    return row(*open);
}

Result<void> ListenerSource::remove(const std::string& identity) {
    if (!listeners_.close(identity)) {
        return fail(kNotFound, "The listener is gone");
    }
    return {};
}

std::size_t ConnectorSource::size() const {
    return connectors_.all().size();
}

void ConnectorSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(connectors_.all(), offset, count, visit,
              [](const auto& open) { return connector_row(*open); });
}

Result<Row> ConnectorSource::create(std::string_view name, Attributes attributes) {
    if (!changes_.create) {
        return Source::create(name, std::move(attributes));
    }
    WEFT_TRY(const OpenConnector* open, changes_.create(name, attributes));
    return connector_row(*open);
}

Result<Row> ConnectorSource::update(const std::string& identity, Attributes changes) {
    if (!changes_.update) {
        return Source::update(identity, std::move(changes));
    }
    const OpenConnector* open = connectors_.find(identity);
    if (open == nullptr) {
        return fail(kNotFound, "The connector is gone");
    }
    if (auto changed = changes_.update(*open, changes); !changed) {
        return tl::unexpected(std::move(changed).error());
    }
    return connector_row(*open);
}

Result<void> ConnectorSource::remove(const std::string& identity) {
    if (!connectors_.close(identity)) {
        return fail(kNotFound, "The connector is gone");
    }
    return {};
}

}  // namespace weft::daemon
