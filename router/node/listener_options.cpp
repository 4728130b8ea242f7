#include "router/node/listener_options.hpp"

#include "common/daemon/wire_value.hpp"
#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"

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

/// A peer that does not even open in this time hangs: the connector goes on to the next address.
constexpr Duration kAnswerMax = std::chrono::seconds(10);
constexpr std::string_view kFailovers = "failover-server-list";

/// A string's or symbol's text, a number in digits; empty if it is neither.
std::string text_of(const wire::Value* value) {
    if (value == nullptr) {
        return {};
    }
    if (const std::string* text = value->text()) {
        return *text;
    }
    const auto number = value->integer();
    return number ? std::to_string(*number) : std::string{};
}

/// What clients learn of the other routers that they may fail over to.
wire::Value failover_list(const std::vector<daemon::FailoverUrl>& urls) {
    wire::List list;
    for (const daemon::FailoverUrl& url : urls) {
        wire::Map entry{{wire::Symbol{"network-host"}, url.host},
                        {wire::Symbol{"port"}, std::to_string(url.port)}};
        if (!url.scheme.empty()) {
            entry.emplace_back(wire::Symbol{"scheme"}, url.scheme);
        }
        list.emplace_back(std::move(entry));
    }
    return list;
}

Buffer open_properties(const daemon::ConnectionConfig& connection,
                       const PeerConfig& peer,
                       const std::vector<daemon::FailoverUrl>& failover) {
    wire::Map map{{wire::Symbol{"product"}, kProduct}, {wire::Symbol{"version"}, kVersion}};
    if (peer.role == Role::inter_router) {
        map.emplace_back(wire::Symbol{"qd.annotations-version"}, std::int32_t{1});
        if (peer.cost > 1) {
            map.emplace_back(wire::Symbol{"qd.inter-router-cost"}, std::int32_t{peer.cost});
        }
    }
    for (const config::Member& member : connection.open_properties) {
        map.emplace_back(wire::Symbol{member.name}, daemon::wire_value(member.node));
    }
    if (!failover.empty()) {
        map.emplace_back(wire::Symbol{std::string(kFailovers)}, failover_list(failover));
    }
    Buffer encoded;
    wire::encode(encoded, map);
    return encoded;
}

ListenerOptions common_options(const daemon::ConnectionConfig& connection,
                               const PeerConfig& peer,
                               const std::string& router_id) {
    ListenerOptions options;
    options.name = connection.name;
    options.link_capacity = peer.link_capacity;
    options.strip = {.in = peer.strip_in, .out = peer.strip_out};
    amqp::Options& engine = options.engine;
    engine.container_id = router_id;
    engine.max_frame_size = connection.max_frame_size;
    engine.channel_max = static_cast<std::uint16_t>(connection.max_sessions - 1);
    if (connection.max_session_frames != 0) {
        engine.session_window = connection.max_session_frames;
    }
    engine.idle_timeout = connection.idle_timeout;
    engine.sasl_mechanisms = {"ANONYMOUS"};
    engine.sasl_client = amqp::sasl_at_once("ANONYMOUS");
    engine.offered_capabilities = symbols({"ANONYMOUS-RELAY"});
    options.role = peer.role;
    options.cost = static_cast<std::uint32_t>(peer.cost);
    if (peer.role == Role::inter_router) {
        engine.offered_capabilities = symbols({"ANONYMOUS-RELAY", "qd.streaming-links"});
        engine.desired_capabilities = engine.offered_capabilities;
        engine.output_limit = kTrunkOutputLimit;
    }
    return options;
}

}  // namespace

std::vector<io::HostPort> failovers_in(Bytes properties) {
    std::vector<io::HostPort> failovers;
    const auto decoded = wire::decode(properties);
    const auto* map = decoded ? decoded->as<wire::Map>() : nullptr;
    const wire::Value* value = map == nullptr ? nullptr : wire::find(*map, kFailovers);
    const auto* list = value == nullptr ? nullptr : value->as<wire::List>();
    if (list == nullptr) {
        return failovers;
    }
    for (const wire::Value& each : *list) {
        const auto* entry = each.as<wire::Map>();
        const std::string host =
            entry == nullptr ? "" : text_of(wire::find(*entry, "network-host"));
        if (!host.empty()) {
            const std::string port = text_of(wire::find(*entry, "port"));
            failovers.push_back({host, port.empty() ? "5672" : port});
        }
    }
    return failovers;
}

ListenerOptions listener_options(const ListenerConfig& config, const std::string& router_id) {
    const daemon::ListenerConfig& listener = config.listener;
    ListenerOptions options = common_options(listener.connection, config.peer, router_id);
    options.max_message_size = listener.max_message_size;
    options.engine.handshake_timeout = listener.initial_handshake_timeout;
    options.engine.properties =
        open_properties(listener.connection, config.peer, listener.failover_urls);
    return options;
}

ListenerOptions connector_options(const ConnectorConfig& config, const std::string& router_id) {
    ListenerOptions options = common_options(config.connection, config.peer, router_id);
    options.engine.server = false;
    options.engine.handshake_timeout = kAnswerMax;
    options.engine.hostname = config.connection.host;
    options.engine.properties = open_properties(config.connection, config.peer, {});
    return options;
}

}  // namespace weft::router
