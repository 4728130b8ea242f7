#include "common/config/document.hpp"
#include "router/config/router_keys.hpp"
#include "router/config/sections.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

std::uint32_t number_of(const Entity& quota, std::string_view key) {
    return static_cast<std::uint32_t>(quota.integer(key));
}

std::uint64_t size_of(const Entity& quota, std::string_view key) {
    return static_cast<std::uint64_t>(quota.integer(key));
}

tenant::Quota read_quota(const Entity& entity, const config::FileReader& reader, Faults& faults) {
    static const config::Section kQuota = quota_section();
    const config::Node* const given = entity.given("quota");
    if (given == nullptr) {
        return {};
    }
    const Entity quota = config::read_entity(kQuota, *given, entity.pointer() + "/quota",
                                             entity.dialect(), reader, faults);
    return {.connections = number_of(quota, "connections"),
            .links = number_of(quota, "links"),
            .addresses = number_of(quota, "addresses"),
            .messages_per_second = size_of(quota, "messagesPerSecond"),
            .bytes_per_second = size_of(quota, "bytesPerSecond"),
            .max_message_size = size_of(quota, "maxMessageSize")};
}

tenant::TenantConfig read_tenant(const Entity& entity,
                                 const config::FileReader& reader,
                                 Faults& faults) {
    tenant::TenantConfig tenant{.name = entity.text("name"), .prefix = entity.text("prefix")};
    tenant.quota = read_quota(entity, reader, faults);
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

std::vector<tenant::TenantConfig> read_tenants(const config::Document& document,
                                               const config::FileReader& reader,
                                               Faults& faults) {
    std::vector<tenant::TenantConfig> tenants;
    const std::vector<const Entity*> entities = document.all("tenants");
    tenant::Tenants together;
    for (const Entity* const entity : entities) {
        tenants.push_back(read_tenant(*entity, reader, faults));
        if (const auto fits = together.add(tenants.back()); !fits) {
            faults.error(entity->place(), entity->pointer(), fits.error().text);
            tenants.pop_back();
        }
    }
    const Entity& router = document.singleton("router");
    if (entities.empty() && router.boolean("onlyListedTenants")) {
        config::key_error(router, "onlyListedTenants",
                          "lets nobody in by listeners with multiTenant: there are no \"tenants\"",
                          faults);
    }
    if (!faults.failed() && !tenants.empty() && !has_listener(document)) {
        faults.warn(entities.front()->place(), entities.front()->pointer(),
                    "has no effect: no listener has \"multiTenant\": true");
    }
    return tenants;
}

}  // namespace weft::router_config
