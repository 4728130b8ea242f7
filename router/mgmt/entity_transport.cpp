#include "router/mgmt/entity_transport.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/status.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/mgmt/web.hpp"
#include "router/node/router.hpp"
#include "router/node/wire_value.hpp"

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Row;

std::string_view stripped(const ConnectionConfig& config) {
    if (config.strip_in) {
        return config.strip_out ? "both" : "in";
    }
    return config.strip_out ? "out" : "no";
}

/// What listeners and connectors say in the same words.
Attributes connection_attributes(const ConnectionConfig& config, std::string_view family_key) {
    Attributes row{{"host", config.host},
                   {"port", std::to_string(config.port)},
                   {"role", name_of(config.role)},
                   {"cost", std::int64_t{config.cost}},
                   {"saslMechanisms", "ANONYMOUS"},
                   {"maxFrameSize", config.max_frame_size},
                   {"maxSessions", config.max_sessions},
                   {"idleTimeoutSeconds", whole_seconds(config.idle_timeout)},
                   {"stripAnnotations", stripped(config)},
                   {"linkCapacity", config.link_capacity},
                   {"messageLoggingComponents", "none"}};
    if (config.family != io::Family::any) {
        row.set(family_key, config.family == io::Family::v4 ? "IPv4" : "IPv6");
    }
    if (config.max_session_frames != 0) {
        row.set("maxSessionFrames", config.max_session_frames);
    }
    if (!config.open_properties.empty()) {
        row.set("openProperties", wire_value(config::Node{.value = config.open_properties}));
    }
    return row;
}

std::string url_of(std::string_view scheme, const std::string& host, const std::string& port) {
    const bool bare_v6 = host.find(':') != std::string::npos;
    return std::string{scheme} + "://" + (bare_v6 ? "[" + host + "]" : host) + ":" + port;
}

/// Joins `urls` by commas; null if there are none.
template <class Urls, class UrlOf>
wire::Value joined(const Urls& urls, UrlOf of) {
    std::string text;
    for (const auto& url : urls) {
        text += (text.empty() ? "" : ",") + of(url);
    }
    return text.empty() ? wire::Value{} : wire::Value{text};
}

Row listener_row(const Web& web, const OpenListener& open) {
    const ListenerConfig& config = open.config;
    Row row{.identity = open.identity,
            .name = config.connection.name,
            .attributes = connection_attributes(config.connection, "socketAddressFamily")};
    Attributes& attributes = row.attributes;
    attributes.set("authenticatePeer", false);
    attributes.set("requireEncryption", false);
    attributes.set("requireSsl", false);
    attributes.set("multiTenant", false);
    attributes.set("initialHandshakeTimeoutSeconds",
                   whole_seconds(config.initial_handshake_timeout));
    attributes.set("maxMessageSize", config.max_message_size);
    attributes.set("http", config.http);
    attributes.set("healthz", config.healthz);
    attributes.set("metrics", config.metrics);
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
    return row;
}

Row connector_row(const OpenConnector& open) {
    Row row{.identity = open.identity,
            .name = open.config.connection.name,
            .attributes = connection_attributes(open.config.connection, "protocolFamily")};
    Attributes& attributes = row.attributes;
    const io::Connector& connector = *open.connector;
    attributes.set("allowRedirect", false);
    attributes.set("verifyHostname", true);
    attributes.set("failoverUrls", joined(connector.targets(), [](const io::HostPort& target) {
                       return url_of("amqp", target.host, target.port);
                   }));
    attributes.set("connectionStatus", name_of(connector.status()));
    attributes.set("connectionMsg", connector.message());
    return row;
}

/// The new cost among `changes`, read as the configuration reads it. Errors: amqp:invalid-field.
Result<int> new_cost(const NodeConfig& node,
                     const mgmt::EntityType& type,
                     std::string_view section,
                     const ConnectionConfig& now,
                     const Attributes& changes) {
    if (now.role != Role::inter_router) {
        return fail(kInvalidField, "'cost' has no effect without \"role\": \"inter-router\"");
    }
    const wire::Value* cost = changes.find("cost");
    WEFT_CHECK(cost != nullptr);  // nothing else can be updated
    const Attributes entity{
        {"port", std::to_string(now.port)}, {"role", name_of(now.role)}, {"cost", *cost}};
    WEFT_TRY(const RouterConfig config, read_settings(node, type, section, now.name, entity));
    return section == "listeners" ? config.listeners.front().connection.cost
                                  : config.connectors.front().connection.cost;
}

/// Of links that stand.
void change_cost(Router& router, const ConnectionConfig& config, bool dialled) {
    WEFT_LOG(io::Module::agent, io::Level::notice,
             std::string{dialled ? "connector " : "listener "} + config.name + ": cost " +
                 std::to_string(config.cost) + " by management request");
    router.mesh()->change_cost(config.name, dialled, static_cast<std::uint32_t>(config.cost));
}

/// The listener or connector of that identity; null if there is none.
template <class All>
auto find_open(const All& all, const std::string& identity) {
    const auto found =
        std::ranges::find_if(all, [&](const auto& open) { return open->identity == identity; });
    return found == all.end() ? nullptr : found->get();
}

}  // namespace

std::size_t ListenerSource::size() const {
    return router_.listeners().all().size();
}

void ListenerSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(router_.listeners().all(), offset, count, visit,
              [this](const auto& open) { return listener_row(web_, *open); });
}

Result<Row> ListenerSource::create(std::string_view name, Attributes attributes) {
    WEFT_TRY(const RouterConfig config,
             read_settings(router_.config(), type_, "listeners", name, attributes));
    WEFT_TRY(const OpenListener* open, router_.listeners().open(config.listeners.front()));
    return listener_row(web_, *open);
}

Result<Row> ListenerSource::update(const std::string& identity, Attributes changes) {
    const OpenListener* open = find_open(router_.listeners().all(), identity);
    if (open == nullptr) {
        return fail(kNotFound, "The listener is gone");
    }
    WEFT_TRY(const int cost,
             new_cost(router_.config(), type_, "listeners", open->config.connection, changes));
    router_.listeners().change_cost(identity, cost);
    change_cost(router_, open->config.connection, /*dialled=*/false);
    return listener_row(web_, *open);
}

Result<void> ListenerSource::remove(const std::string& identity) {
    if (!router_.listeners().close(identity)) {
        return fail(kNotFound, "The listener is gone");
    }
    return {};
}

std::size_t ConnectorSource::size() const {
    return router_.connectors().all().size();
}

void ConnectorSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(router_.connectors().all(), offset, count, visit,
              [](const auto& open) { return connector_row(*open); });
}

Result<Row> ConnectorSource::create(std::string_view name, Attributes attributes) {
    WEFT_TRY(const RouterConfig config,
             read_settings(router_.config(), type_, "connectors", name, attributes));
    WEFT_TRY(const OpenConnector* open, router_.connectors().open(config.connectors.front()));
    return connector_row(*open);
}

Result<Row> ConnectorSource::update(const std::string& identity, Attributes changes) {
    const OpenConnector* open = find_open(router_.connectors().all(), identity);
    if (open == nullptr) {
        return fail(kNotFound, "The connector is gone");
    }
    WEFT_TRY(const int cost,
             new_cost(router_.config(), type_, "connectors", open->config.connection, changes));
    router_.connectors().change_cost(identity, cost);
    change_cost(router_, open->config.connection, /*dialled=*/true);
    return connector_row(*open);
}

Result<void> ConnectorSource::remove(const std::string& identity) {
    if (!router_.connectors().close(identity)) {
        return fail(kNotFound, "The connector is gone");
    }
    return {};
}

}  // namespace weft::router
