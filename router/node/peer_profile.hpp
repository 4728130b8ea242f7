#pragma once

#include "common/endpoint/connection_profile.hpp"
#include "router/config/router_config.hpp"
#include "router/core/link.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace weft::node {

class TenantDesk;

/// What all connections of one of a router's listeners or connectors share.
/// Threading: immutable once made, for any thread.
struct PeerProfile : endpoint::ConnectionProfile {
    router_config::Role peers;  // what they are; `role` says it in words
    std::uint32_t cost;         // of inter_router
    router::Stripping strip;
    std::uint16_t link_capacity;
    std::string policy_vhost{};  // whose rules hold; empty: the one that the peer names
    /// By which the peer's host is one of a tenant; null: it has all addresses.
    std::shared_ptr<TenantDesk> tenants{};
    bool is_surplus = false;  // one connection more than there may be: it is refused
};

/// Of a configured listener of the router `router_id`.
PeerProfile listener_profile(const router_config::ListenerConfig& config,
                             const std::string& router_id);

/// Of a configured connector.
PeerProfile connector_profile(const router_config::ConnectorConfig& config,
                              const std::string& router_id);

}  // namespace weft::node
