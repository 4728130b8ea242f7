#include "router/mgmt/entity_tenants.hpp"

#include "router/node/tenant_desk.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace weft::router_mgmt {
namespace {

wire::Map quota_map(const tenant::Quota& quota) {
    wire::Map map;
    const auto add = [&map](const char* key, std::uint64_t limit) {
        if (limit != 0) {
            map.emplace_back(key, limit);
        }
    };
    add("connections", quota.connections);
    add("links", quota.links);
    add("addresses", quota.addresses);
    add("messagesPerSecond", quota.messages_per_second);
    add("bytesPerSecond", quota.bytes_per_second);
    add("maxMessageSize", quota.max_message_size);
    return map;
}

/// Two tenants may have one name, if one of them is a host that is in no list: never one prefix.
std::string identity_of(const tenant::Tenant& tenant) {
    return "tenant/" + tenant.prefix.substr(0, tenant.prefix.size() - 1);
}

mgmt::Row tenant_row(const tenant::Account& account) {
    const tenant::Tenant& tenant = account.tenant();
    const tenant::Account::Figures& figures = account.figures();
    wire::List hosts;
    for (const std::string& host : tenant.hosts) {
        hosts.emplace_back(host);
    }
    return {.identity = identity_of(tenant),
            .name = tenant.name,
            .attributes = {{"vhosts", std::move(hosts)},
                           {"prefix", tenant.prefix},
                           {"quota", quota_map(tenant.quota)},
                           {"connectionsCurrent", std::uint64_t{figures.connections}},
                           {"linksCurrent", std::uint64_t{figures.links}},
                           {"addressesCurrent", std::uint64_t{account.addresses()}},
                           {"messages", figures.messages},
                           {"bytes", figures.bytes},
                           {"heldBack", figures.held_back},
                           {"connectionsDenied", figures.connections_denied},
                           {"sessionsDenied", figures.sessions_denied},
                           {"linksDenied", figures.links_denied},
                           {"addressesDenied", figures.addresses_denied},
                           {"maxMessageSizeDenied", figures.sizes_denied}}};
}

}  // namespace

std::size_t TenantSource::size() const {
    return desk_.size();
}

void TenantSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    for (const auto& account : desk_.accounts(offset, count)) {
        const mgmt::Row row =
            account->with([](const tenant::Account& shown) { return tenant_row(shown); });
        if (!visit(row)) {
            return;
        }
    }
}

}  // namespace weft::router_mgmt
