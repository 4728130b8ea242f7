#pragma once

#include "common/base/time.hpp"
#include "common/daemon/audit.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile.hpp"
#include "common/daemon/users_section.hpp"
#include "router/autolink/auto_link.hpp"
#include "router/core/address_rules.hpp"
#include "router/exchange/exchange.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/policy/vhost.hpp"
#include "router/tenant/tenants.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// The checked configuration of one router. All values: not shared, no thread.
namespace weft::router_config {

enum class RouterMode : std::uint8_t { standalone, interior, edge };
/// "standalone", "interior", "edge"
const char* name_of(RouterMode mode);

/// Who is at the other end of a connection.
enum class Role : std::uint8_t { normal, route_container, inter_router, edge };
/// "normal", "route-container", "inter-router", "edge"
const char* name_of(Role role);

/// The section "router".
struct NodeConfig {
    std::string id;
    RouterMode mode = RouterMode::standalone;
    int worker_threads = 1;
    router::Distribution default_distribution = router::Distribution::balanced;
    bool resumable_link_routes = true;
    bool client_link_routes = false;   // clients may make such for themselves
    bool listed_tenants_only = false;  // hosts that are in no list of tenants are refused
    Duration shutdown{};
    std::string state_dir;  // empty: none
    std::string metadata;
    Duration hello_interval{};
    Duration fast_hello{};  // 0: none
    Duration hello_max_age{};
    Duration ra_interval{};
    Duration ra_interval_flux{};
    Duration remote_ls_max_age{};
};

/// What the router adds to what every daemon says of a listener or connector.
struct PeerConfig {
    Role role = Role::normal;
    int cost = 1;  // 1..2^31-1; of the roles inter_router and edge only
    // Whether the router's own message annotations are removed from what comes in, goes out; never
    // between routers.
    bool strip_in = true;
    bool strip_out = true;
    std::uint16_t link_capacity = 0;  // messages, 1..10000
    std::string policy_vhost{};       // whose rules hold; empty: the one that the peer names
    bool multi_tenant = false;        // of a listener: its peers' hosts are those of tenants
};

struct ListenerConfig {
    daemon::ListenerConfig listener;
    PeerConfig peer;
};

struct ConnectorConfig {
    daemon::ConnectionConfig connection;
    PeerConfig peer;
};

/// One entry of "addresses".
struct AddressConfig {
    std::string name;  // may be empty
    router::AddressPattern pattern;
    router::Treatment treatment;
    bool mesh_wide = false;                               // told to all routers
    std::shared_ptr<const router::Storage> storage = {};  // null: nothing keeps its messages
};

/// One entry of "autoLinks".
using autolink::AutoLinkConfig;

/// One entry of "linkRoutes".
using linkroute::LinkRouteConfig;

/// One entry of "exchanges", of "bindings".
using exchange::BindingConfig;
using exchange::ExchangeConfig;

struct RouterConfig {
    NodeConfig router;
    daemon::SslProfiles ssl_profiles;
    daemon::UserFile users;
    std::vector<ListenerConfig> listeners;
    std::vector<ConnectorConfig> connectors;
    std::vector<AddressConfig> addresses;
    std::vector<AutoLinkConfig> auto_links;
    std::vector<LinkRouteConfig> link_routes;
    std::vector<ExchangeConfig> exchanges;
    std::vector<BindingConfig> bindings;
    policy::PolicyConfig policy;
    std::vector<policy::VhostConfig> vhosts;    // of all files; they fit together
    std::vector<tenant::TenantConfig> tenants;  // they fit together
    std::vector<daemon::LogConfig> log;
    daemon::AuditConfig audit;
};

}  // namespace weft::router_config
