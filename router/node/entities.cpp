#include "router/node/entities.hpp"

#include "common/base/assert.hpp"
#include "router/node/entity_addresses.hpp"
#include "router/node/entity_connections.hpp"
#include "router/node/entity_links.hpp"
#include "router/node/entity_logs.hpp"
#include "router/node/entity_memory.hpp"
#include "router/node/entity_policy.hpp"
#include "router/node/entity_router.hpp"
#include "router/node/entity_rules.hpp"
#include "router/node/entity_transport.hpp"
#include "router/node/explain_operation.hpp"
#include "router/node/router.hpp"

namespace weft::router {
namespace {

const mgmt::EntityType& type_of(Router& router, std::string_view name) {
    const mgmt::EntityType* type = router.agent().catalogue().find(name);
    WEFT_CHECK(type != nullptr);
    return *type;
}

}  // namespace

struct Entities::Sources {
    explicit Sources(Router& of)
        : router{of},
          nodes{of},
          listeners{of, type_of(of, "listener")},
          connectors{of, type_of(of, "connector")},
          connections{of},
          links{of},
          addresses{of},
          rules{of, type_of(of, "router.config.address")},
          policy{of},
          memory{of} {}

    RouterSource router;
    NodeSource nodes;
    ListenerSource listeners;
    ConnectorSource connectors;
    ConnectionSource connections;
    LinkSource links;
    AddressSource addresses;
    AddressRuleSource rules;
    LogSource logs;
    LogStatsSource log_stats;
    PolicySource policy;
    AllocatorSource memory;
};

Entities::Entities(Router& router) : sources_{std::make_unique<Sources>(router)} {
    mgmt::Agent& agent = router.agent();
    agent.serve("router", sources_->router);
    agent.serve("router.node", sources_->nodes);
    agent.serve("listener", sources_->listeners);
    agent.serve("connector", sources_->connectors);
    agent.serve("connection", sources_->connections);
    agent.serve("router.link", sources_->links);
    agent.serve("router.address", sources_->addresses);
    agent.serve("router.config.address", sources_->rules);
    agent.serve("log", sources_->logs);
    agent.serve("logStats", sources_->log_stats);
    agent.serve("policy", sources_->policy);
    agent.serve("allocator", sources_->memory);
    agent.serve_log(recent_lines);
    agent.serve_operation("router", kExplain, [&router](const wire::Map& properties) {
        return explain_operation(router, properties);
    });
}

Entities::~Entities() = default;

}  // namespace weft::router
