#include "router/node/peer_profile.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/wire/value.hpp"
#include "router/edge/heartbeat.hpp"
#include "router/node/product.hpp"

#include <utility>

namespace weft::node {
namespace {

/// Bytes unsent to another router: many clients' messages share them.
constexpr std::size_t kTrunkOutputLimit = 1 << 20;
/// The same with the outcomes of all that came from there.
constexpr std::size_t kTrunkOutputMax = 1 << 28;

daemon::Product product_of(const std::string& router_id) {
    return {.container = router_id, .name = kProduct, .version = kVersion};
}

/// What an open tells other routers besides.
wire::Map properties_of(const router_config::PeerConfig& peer) {
    wire::Map map;
    if (peer.role == router_config::Role::inter_router) {
        map.emplace_back(wire::Symbol{"qd.annotations-version"}, std::int32_t{1});
        map.emplace_back(wire::Symbol{kKnowsWildcards}, std::int32_t{1});
        if (peer.cost > 1) {
            map.emplace_back(wire::Symbol{"qd.inter-router-cost"}, std::int32_t{peer.cost});
        }
    }
    return map;
}

/// Of many clients' messages.
void widen(PeerProfile& profile) {
    profile.engine.output_limit = kTrunkOutputLimit;
    profile.output_max = kTrunkOutputMax;
    profile.unread_max = 0;  // two that don't listen to each other would wait for ever
}

/// What the daemon's profile is to the router, with what the router adds.
PeerProfile with_peer(endpoint::ConnectionProfile common, const router_config::PeerConfig& peer) {
    common.role = name_of(peer.role);
    PeerProfile profile{std::move(common),
                        peer.role,
                        static_cast<std::uint32_t>(peer.cost),
                        {.in = peer.strip_in, .out = peer.strip_out},
                        peer.link_capacity,
                        peer.policy_vhost};
    amqp::Options& engine = profile.engine;
    engine.offered_capabilities = amqp::capabilities({"ANONYMOUS-RELAY", "qd.streaming-links"});
    engine.desired_capabilities = engine.offered_capabilities;
    profile.number_key = "qd.conn-id";
    if (peer.role == router_config::Role::route_container) {
        engine.credit_overrun = peer.link_capacity;
    }
    if (peer.role == router_config::Role::inter_router) {
        widen(profile);
    }
    return profile;
}

}  // namespace

PeerProfile listener_profile(const router_config::ListenerConfig& config,
                             const std::string& router_id) {
    return with_peer(daemon::listener_profile(config.listener, product_of(router_id),
                                              properties_of(config.peer)),
                     config.peer);
}

PeerProfile connector_profile(const router_config::ConnectorConfig& config,
                              const std::string& router_id) {
    const bool is_uplink = config.peer.role == router_config::Role::edge;
    wire::Map properties = properties_of(config.peer);
    if (is_uplink) {
        edge::say_pace(properties, edge::kPaceMin);
    }
    PeerProfile profile =
        with_peer(daemon::connector_profile(config.connection, product_of(router_id), properties),
                  config.peer);
    if (is_uplink) {
        widen(profile);
    }
    return profile;
}

}  // namespace weft::node
