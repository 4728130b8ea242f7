#include "router/config/sections.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

tenant::TenantConfig read_tenant(const Entity& entity) {
    tenant::TenantConfig tenant{.name = entity.text("name"), .prefix = entity.text("prefix")};
    if (const config::Node* const given = entity.given("vhosts")) {
        for (const config::Node& each : *given->list()) {
            tenant.hosts.push_back(*each.text());
        }
    }
    return tenant;
}

bool has_listener(const config::Document& document) {
    return std::ranges::any_of(document.all("listeners"), [](const Entity* listener) {
        return listener->boolean("multiTenant");
    });
}

}  // namespace

std::vector<tenant::TenantConfig> read_tenants(const config::Document& document, Faults& faults) {
    std::vector<tenant::TenantConfig> tenants;
    const std::vector<const Entity*> entities = document.all("tenants");
    tenant::Tenants together;
    for (const Entity* const entity : entities) {
        tenants.push_back(read_tenant(*entity));
        if (const auto fits = together.add(tenants.back()); !fits) {
            faults.error(entity->place(), entity->pointer(), fits.error().text);
            tenants.pop_back();
        }
    }
    if (!tenants.empty() && !has_listener(document)) {
        faults.warn(entities.front()->place(), entities.front()->pointer(),
                    "has no effect: no listener has \"multiTenant\": true");
    }
    return tenants;
}

}  // namespace weft::router_config
