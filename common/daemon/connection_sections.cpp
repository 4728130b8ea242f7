#include "common/daemon/connection_sections.hpp"

#include "common/base/ip_address.hpp"
#include "common/daemon/connection_protection.hpp"
#include "common/daemon/exposure.hpp"
#include "common/daemon/failover.hpp"
#include "common/daemon/sasl_settings.hpp"
#include "common/io/http_origin.hpp"
#include "common/json/tree.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weft::daemon {

namespace {

using config::Entity;
using config::Faults;

/// Connection properties that daemons send themselves.
constexpr std::array<std::string_view, 7> kOwnProperties{
    "product", "version", "failover-server-list", "network-host", "port", "scheme", "hostname"};

bool is_own_property(std::string_view name) {
    return std::ranges::find(kOwnProperties, name) != kOwnProperties.end() ||
           name.starts_with("qd.") || name.starts_with("x-opt-qd.");
}

config::Object read_open_properties(const Entity& entity, Faults& faults) {
    config::Object properties = entity.map("openProperties");
    for (const config::Member& property : properties) {
        if (is_own_property(property.name)) {
            faults.error(property.node.place,
                         json::join_pointer(entity.pointer() + "/openProperties", property.name),
                         "is a property of the daemon's own; choose another name");
        }
    }
    return properties;
}

io::Family family_of(std::string_view name) {
    if (name.empty()) {
        return io::Family::any;
    }
    return name == "IPv6" ? io::Family::v6 : io::Family::v4;
}

ConnectionConfig read_connection(const Entity& entity,
                                 const SslProfiles& profiles,
                                 Faults& faults) {
    ConnectionConfig connection;
    connection.ssl_profile = find_profile(entity, profiles, faults);
    connection.name = entity.text("name");
    connection.host = entity.text("host");
    connection.port = static_cast<std::uint16_t>(entity.integer("port"));
    connection.max_frame_size = static_cast<std::uint32_t>(entity.integer("maxFrameSize"));
    connection.max_sessions = static_cast<std::uint32_t>(entity.integer("maxSessions"));
    connection.max_session_frames = static_cast<std::uint32_t>(entity.integer("maxSessionFrames"));
    connection.idle_timeout = entity.duration("idleTimeoutSeconds");
    connection.open_properties = read_open_properties(entity, faults);
    return connection;
}

/// `websockets` is asked for, and `http` is not.
bool asks_for_websockets_alone(const Entity& entity) {
    return !entity.boolean("http") && entity.given("websockets") != nullptr &&
           entity.boolean("websockets");
}

/// Keys that only mean something where HTTP is spoken, and what is not to be had there.
void check_http_keys(const Entity& entity, bool websockets_alone, Faults& faults) {
    for (const std::string_view key : {"websockets", "healthz", "metrics", "console"}) {
        const bool means_something =
            entity.boolean("http") || (websockets_alone && key == "websockets");
        if (entity.given(key) != nullptr && entity.boolean(key) && !means_something) {
            key_warning(entity, key, "has no effect without \"http\": true", faults);
        }
    }
    if (entity.given("allowedOrigins") != nullptr && !entity.boolean("http") && !websockets_alone) {
        key_warning(entity, "allowedOrigins", "has no effect without \"http\": true", faults);
    }
}

std::vector<std::string> read_origins(const Entity& entity, Faults& faults) {
    std::vector<std::string> origins;
    const config::Node* given = entity.given("allowedOrigins");
    if (given == nullptr) {
        return origins;
    }
    for (const config::Node& each : *given->list()) {
        const std::string& origin = *each.text();
        if (origin == "*" || io::is_origin(origin)) {
            origins.push_back(origin);
        } else {
            key_error(entity, "allowedOrigins",
                      "must be origins such as https://shop.example or https://shop.example:8443, "
                      "without a path, or *, not " +
                          config::quote(origin),
                      faults);
        }
    }
    return origins;
}

std::vector<std::string> read_proxies(const Entity& entity, Faults& faults) {
    std::vector<std::string> proxies;
    const config::Node* given = entity.given("proxyAddresses");
    if (given == nullptr) {
        return proxies;
    }
    for (const config::Node& each : *given->list()) {
        if (IpRange::parse(*each.text())) {
            proxies.push_back(*each.text());
        } else {
            key_error(entity, "proxyAddresses",
                      "must be addresses (192.0.2.1), ranges (192.0.2.1-192.0.2.9) or networks "
                      "(192.0.2.0/24), not " +
                          config::quote(*each.text()),
                      faults);
        }
    }
    return proxies;
}

}  // namespace

SslProfilePtr find_profile(const Entity& entity, const SslProfiles& profiles, Faults& faults) {
    const std::string name = entity.text("sslProfile");
    SslProfilePtr profile = name.empty() ? nullptr : profiles.find(name);
    if (!name.empty() && !profile) {
        key_error(
            entity, "sslProfile",
            "names none of the sslProfiles" +
                (profiles.all().empty() ? ": there are none" : ", which are " + profiles.names()),
            faults);
    }
    return profile;
}

ListenerConfig read_listener(const Entity& entity,
                             const ConnectionContext& context,
                             Faults& faults) {
    const bool alone = context.websockets == Websockets::alone && asks_for_websockets_alone(entity);
    check_http_keys(entity, alone, faults);
    ListenerConfig listener;
    listener.connection = read_connection(entity, context.profiles, faults);
    listener.connection.family = family_of(entity.text("socketAddressFamily"));
    listener.http = entity.boolean("http") || alone;
    listener.websockets_alone = alone;
    listener.websockets = entity.boolean("websockets");
    listener.healthz = entity.boolean("healthz") && !alone;
    listener.metrics = entity.boolean("metrics") && !alone;
    listener.console = entity.boolean("console") && !alone;
    listener.allowed_origins = read_origins(entity, faults);
    listener.initial_handshake_timeout = entity.duration("initialHandshakeTimeoutSeconds");
    listener.max_message_size = static_cast<std::uint64_t>(entity.integer("maxMessageSize"));
    auto urls = parse_failover_urls(entity.text("failoverUrls"));
    if (urls) {
        listener.failover_urls = *std::move(urls);
    } else {
        key_error(entity, "failoverUrls", urls.error(), faults);
    }
    listener.proxy_addresses = read_proxies(entity, faults);
    read_sasl(entity, context.users, listener, faults);
    read_protection(entity, context.reader, listener, faults);
    check_exposure(entity, listener, faults);
    return listener;
}

ConnectionConfig read_connector(const Entity& entity,
                                const ConnectionContext& context,
                                Faults& faults) {
    ConnectionConfig connection = read_connection(entity, context.profiles, faults);
    connection.verify_hostname = entity.boolean("verifyHostname");
    read_sasl(entity, connection, faults);
    if (!connection.verify_hostname && !connection.ssl_profile &&
        entity.dialect() == config::Dialect::json) {
        key_warning(entity, "verifyHostname", "has no effect without an \"sslProfile\"", faults);
    }
    connection.family = family_of(entity.text("protocolFamily"));
    if (connection.port == 0) {
        key_error(entity, "port", "must be the port of the peer, not 0", faults);
    }
    if (connection.host.empty()) {
        key_error(entity, "host", "must be the peer's host name or address", faults);
    }
    return connection;
}

void ConnectionNames::name(ConnectionConfig& connection) {
    if (connection.name.empty()) {
        const std::string stem =
            kind_ + "/" + connection.host + ":" + std::to_string(connection.port);
        connection.name = stem;
        for (int number = 2; taken_.contains(connection.name); ++number) {
            connection.name = stem + ":" + std::to_string(number);
        }
    }
    taken_.insert(connection.name);
}

}  // namespace weft::daemon
