#include "router/mgmt/entity_tenants.hpp"

#include <string>
#include <utility>

namespace weft::router_mgmt {
namespace {

mgmt::Row tenant_row(const tenant::Tenant& tenant) {
    wire::List hosts;
    for (const std::string& host : tenant.hosts) {
        hosts.emplace_back(host);
    }
    return {
        .identity = "tenant/" + tenant.name,
        .name = tenant.name,
        .attributes = {{"vhosts", std::move(hosts)}, {"prefix", tenant.prefix}},
    };
}

}  // namespace

void TenantSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const auto& all = tenants_.configured();
    for (std::size_t i = offset; i < all.size() && count > 0; ++i, --count) {
        if (!visit(tenant_row(*all[i]))) {
            return;
        }
    }
}

}  // namespace weft::router_mgmt
