#include "router/node/peer_profile.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/daemon/wire_value.hpp"
#include "common/endpoint/failovers.hpp"
#include "common/security/anonymous.hpp"
#include "common/wire/value.hpp"
#include "router/node/product.hpp"

namespace weft::router {
namespace {

/// Bytes unsent to another router: many clients' messages share them.
constexpr std::size_t kTrunkOutputLimit = 1 << 20;

/// A peer that does not even open in this time hangs: the connector goes on to the next address.
constexpr Duration kAnswerMax = std::chrono::seconds(10);

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
        map.emplace_back(wire::Symbol{std::string(endpoint::kFailovers)}, failover_list(failover));
    }
    Buffer encoded;
    wire::encode(encoded, map);
    return encoded;
}

PeerProfile common_profile(const daemon::ConnectionConfig& connection,
                           const PeerConfig& peer,
                           const std::string& router_id) {
    PeerProfile profile;
    profile.name = connection.name;
    profile.role = name_of(peer.role);
    profile.peers = peer.role;
    profile.cost = static_cast<std::uint32_t>(peer.cost);
    profile.link_capacity = peer.link_capacity;
    profile.strip = {.in = peer.strip_in, .out = peer.strip_out};
    amqp::Options& engine = profile.engine;
    engine.container_id = router_id;
    engine.max_frame_size = connection.max_frame_size;
    engine.channel_max = static_cast<std::uint16_t>(connection.max_sessions - 1);
    if (connection.max_session_frames != 0) {
        engine.session_window = connection.max_session_frames;
    }
    engine.idle_timeout = connection.idle_timeout;
    engine.offered_capabilities = amqp::capabilities({"ANONYMOUS-RELAY"});
    if (peer.role == Role::inter_router) {
        engine.offered_capabilities = amqp::capabilities({"ANONYMOUS-RELAY", "qd.streaming-links"});
        engine.desired_capabilities = engine.offered_capabilities;
        engine.output_limit = kTrunkOutputLimit;
    }
    return profile;
}

}  // namespace

PeerProfile listener_profile(const ListenerConfig& config, const std::string& router_id) {
    const daemon::ListenerConfig& listener = config.listener;
    PeerProfile profile = common_profile(listener.connection, config.peer, router_id);
    profile.max_message_size = listener.max_message_size;
    profile.engine.handshake_timeout = listener.initial_handshake_timeout;
    profile.engine.properties =
        open_properties(listener.connection, config.peer, listener.failover_urls);
    profile.authenticate_by(std::make_shared<security::AnonymousAuthenticator>());
    return profile;
}

PeerProfile connector_profile(const ConnectorConfig& config, const std::string& router_id) {
    PeerProfile profile = common_profile(config.connection, config.peer, router_id);
    profile.engine.server = false;
    profile.engine.handshake_timeout = kAnswerMax;
    profile.engine.hostname = config.connection.host;
    profile.engine.properties = open_properties(config.connection, config.peer, {});
    profile.engine.sasl_client = amqp::sasl_at_once(security::kAnonymous);
    return profile;
}

}  // namespace weft::router
