#include "router/node/listener_options.hpp"

#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"
#include "router/node/wire_value.hpp"

namespace weft::router {
Buffer symbols(std::initializer_list<std::string_view> names) {
    wire::Array array;
    for (const std::string_view name : names) {
        array.elements.emplace_back(wire::Symbol{std::string(name)});
    }
    Buffer encoded;
    wire::encode(encoded, array);
    return encoded;
}

namespace {

/// Bytes unsent to another router: many clients' messages share them.
constexpr std::size_t kTrunkOutputLimit = 1 << 20;

/// What clients learn of the other routers that they may fail over to.
wire::Value failover_list(const std::vector<FailoverUrl>& urls) {
    wire::List list;
    for (const FailoverUrl& url : urls) {
        wire::Map entry{{wire::Symbol{"network-host"}, url.host},
                        {wire::Symbol{"port"}, std::to_string(url.port)}};
        if (!url.scheme.empty()) {
            entry.emplace_back(wire::Symbol{"scheme"}, url.scheme);
        }
        list.emplace_back(std::move(entry));
    }
    return list;
}

Buffer open_properties(const ConnectionConfig& connection,
                       const std::vector<FailoverUrl>& failover) {
    wire::Map map{{wire::Symbol{"product"}, kProduct}, {wire::Symbol{"version"}, kVersion}};
    if (connection.role == Role::inter_router) {
        map.emplace_back(wire::Symbol{"qd.annotations-version"}, std::int32_t{1});
        if (connection.cost > 1) {
            map.emplace_back(wire::Symbol{"qd.inter-router-cost"}, std::int32_t{connection.cost});
        }
    }
    for (const config::Member& member : connection.open_properties) {
        map.emplace_back(wire::Symbol{member.name}, wire_value(member.node));
    }
    if (!failover.empty()) {
        map.emplace_back(wire::Symbol{"failover-server-list"}, failover_list(failover));
    }
    Buffer encoded;
    wire::encode(encoded, map);
    return encoded;
}

ListenerOptions common_options(const ConnectionConfig& connection, const std::string& router_id) {
    ListenerOptions options;
    options.name = connection.name;
    options.link_capacity = connection.link_capacity;
    options.strip = {.in = connection.strip_in, .out = connection.strip_out};
    amqp::Options& engine = options.engine;
    engine.container_id = router_id;
    engine.max_frame_size = connection.max_frame_size;
    engine.channel_max = static_cast<std::uint16_t>(connection.max_sessions - 1);
    if (connection.max_session_frames != 0) {
        engine.session_window = connection.max_session_frames;
    }
    engine.idle_timeout = connection.idle_timeout;
    engine.sasl_mechanisms = {"ANONYMOUS"};
    engine.offered_capabilities = symbols({"ANONYMOUS-RELAY"});
    options.role = connection.role;
    options.cost = static_cast<std::uint32_t>(connection.cost);
    if (connection.role == Role::inter_router) {
        engine.offered_capabilities = symbols({"ANONYMOUS-RELAY", "qd.streaming-links"});
        engine.desired_capabilities = engine.offered_capabilities;
        engine.output_limit = kTrunkOutputLimit;
    }
    return options;
}

}  // namespace

ListenerOptions listener_options(const ListenerConfig& config, const std::string& router_id) {
    ListenerOptions options = common_options(config.connection, router_id);
    options.max_message_size = config.max_message_size;
    options.engine.handshake_timeout = config.initial_handshake_timeout;
    options.engine.properties = open_properties(config.connection, config.failover_urls);
    return options;
}

ListenerOptions connector_options(const ConnectorConfig& config, const std::string& router_id) {
    ListenerOptions options = common_options(config.connection, router_id);
    options.engine.server = false;
    options.engine.hostname = config.connection.host;
    options.engine.properties = open_properties(config.connection, {});
    return options;
}

}  // namespace weft::router
