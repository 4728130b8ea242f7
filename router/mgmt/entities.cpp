#include "router/mgmt/entities.hpp"

#include "common/daemon/common_entities.hpp"
#include "router/mgmt/entity_addresses.hpp"
#include "router/mgmt/entity_auto_links.hpp"
#include "router/mgmt/entity_connections.hpp"
#include "router/mgmt/entity_exchanges.hpp"
#include "router/mgmt/entity_link_routes.hpp"
#include "router/mgmt/entity_links.hpp"
#include "router/mgmt/entity_memory.hpp"
#include "router/mgmt/entity_own_link_routes.hpp"
#include "router/mgmt/entity_policy.hpp"
#include "router/mgmt/entity_router.hpp"
#include "router/mgmt/entity_rules.hpp"
#include "router/mgmt/entity_tenants.hpp"
#include "router/mgmt/entity_vhosts.hpp"
#include "router/mgmt/explain_operation.hpp"
#include "router/mgmt/management_nodes.hpp"
#include "router/mgmt/survey.hpp"
#include "router/mgmt/transport_changes.hpp"
#include "router/node/router.hpp"

namespace weft::router_mgmt {
struct Entities::Sources {
    Sources(node::Router& of,
            mgmt::Agent& agent,
            const daemon::Web& web,
            Survey& survey,
            const ManagementEndpoint& endpoint)
        : router{of.config(), of.started_at(), survey, of.mesh(), of.containers()},
          nodes{of.mesh(), of.loop().now()},
          connections{endpoint, survey},
          links{survey},
          addresses{survey, of.mesh(), of.containers().link_routing().routes()},
          rules{of.config(), of.shards(), of.shared_addresses(), of.mesh(), of.containers()},
          auto_links{of.config(), of.containers(), of.shards()},
          link_routes{of.config(), of.containers(), of.shards(), of.exchanges(),
                      of.shared_addresses()},
          exchanges{of.config(), of.exchanges(), of.containers().link_routing().routes(),
                    of.loop()},
          bindings{of.config(), of.exchanges(), of.loop()},
          own_link_routes{of.config(), endpoint, survey, of.containers().link_routing()},
          policy{survey, of.listeners(), of.policy_desk()},
          vhosts{of.config(), of.policy_desk(), of.shards()},
          vhost_stats{of.policy_desk()},
          tenants{of.tenants()},
          memory{survey},
          common{
              agent,       of.listeners(),
              web,         of.connectors(),
              connections, of.ssl_profiles(),
              of.gate(),   {listener_changes(of), connector_changes(of), ssl_profile_making(of)}} {}

    RouterSource router;
    NodeSource nodes;
    ConnectionSource connections;
    LinkSource links;
    AddressSource addresses;
    AddressRuleSource rules;
    AutoLinkSource auto_links;
    LinkRouteSource link_routes;
    ExchangeSource exchanges;
    BindingSource bindings;
    OwnLinkRouteSource own_link_routes;
    PolicySource policy;
    VhostSource vhosts;
    VhostStatsSource vhost_stats;
    TenantSource tenants;
    AllocatorSource memory;
    daemon::CommonEntities common;
};

Entities::Entities(node::Router& router,
                   mgmt::Agent& agent,
                   const daemon::Web& web,
                   Survey& survey,
                   const ManagementEndpoint& endpoint)
    : sources_{std::make_unique<Sources>(router, agent, web, survey, endpoint)} {
    agent.serve("router", sources_->router);
    agent.serve("router.node", sources_->nodes);
    agent.serve("router.link", sources_->links);
    agent.serve("router.address", sources_->addresses);
    agent.serve("router.config.address", sources_->rules);
    agent.serve("router.config.autoLink", sources_->auto_links);
    agent.serve("router.config.linkRoute", sources_->link_routes);
    agent.serve("router.config.exchange", sources_->exchanges);
    agent.serve("router.config.binding", sources_->bindings);
    agent.serve("router.connection.linkRoute", sources_->own_link_routes);
    agent.serve("policy", sources_->policy);
    agent.serve("vhost", sources_->vhosts);
    agent.serve("vhostStats", sources_->vhost_stats);
    agent.serve("tenant", sources_->tenants);
    agent.serve("allocator", sources_->memory);
    agent.serve_nodes([&router] { return management_nodes(router); });
    agent.serve_operation("router", kExplain, [&router, &survey](const wire::Map& properties) {
        return explain_operation(survey, router.mesh(), router.containers(), router.exchanges(),
                                 properties);
    });
}

Entities::~Entities() = default;

}  // namespace weft::router_mgmt
