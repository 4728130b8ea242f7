#include "router/mgmt/entity_addresses.hpp"

#include "router/config/address_setting.hpp"
#include "router/linkroute/link_routes.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/mesh.hpp"

#include <algorithm>

namespace weft::router_mgmt {
namespace {

using mgmt::Row;

/// The names of other routers.
wire::List hosts_of(const std::vector<RouterIndex>& routers, const node::Mesh* mesh) {
    wire::List hosts;
    for (const RouterIndex router : routers) {
        hosts.emplace_back(mesh == nullptr ? std::string_view{} : mesh->state().id_of(router));
    }
    return hosts;
}

Row address_row(const AddressTotals& address, const node::Mesh* mesh) {
    const std::uint64_t none = 0;
    return {.identity = address.key,
            .name = {},
            .attributes = {{"distribution", router_config::name_of(address.treatment.distribution)},
                           {"inProcess", address.in_process},
                           {"subscriberCount", address.subscribers},
                           {"remoteCount", address.remotes.size()},
                           {"containerCount", none},
                           {"deliveriesIngress", address.ingress},
                           {"deliveriesEgress", address.egress},
                           {"deliveriesTransit", address.transit},
                           {"deliveriesToContainer", address.to_process},
                           {"deliveriesFromContainer", address.from_process},
                           {"deliveriesIngressRouteContainer", address.from_containers},
                           {"deliveriesEgressRouteContainer", address.to_containers},
                           {"deliveriesRedirectedToFallback", address.redirected},
                           {"key", address.key},
                           {"remoteHostRouters", hosts_of(address.remotes, mesh)},
                           {"trackedDeliveries", address.outstanding},
                           {"priority", std::int64_t{address.treatment.priority}}}};
}

/// What nobody counts by link route is no part of it.
Row area_row(const linkroute::AreaView& area, const node::Mesh* mesh) {
    const std::uint64_t none = 0;
    return {.identity = area.key,
            .name = {},
            .attributes = {{"distribution", "linkBalanced"},
                           {"inProcess", none},
                           {"subscriberCount", none},
                           {"remoteCount", area.routers.size()},
                           {"containerCount", area.containers},
                           {"deliveriesIngress", none},
                           {"deliveriesEgress", none},
                           {"deliveriesTransit", none},
                           {"deliveriesToContainer", none},
                           {"deliveriesFromContainer", none},
                           {"deliveriesIngressRouteContainer", none},
                           {"deliveriesEgressRouteContainer", none},
                           {"deliveriesRedirectedToFallback", none},
                           {"key", area.key},
                           {"remoteHostRouters", hosts_of(area.routers, mesh)},
                           {"trackedDeliveries", none},
                           {"priority", std::int64_t{-1}}}};
}

}  // namespace

std::size_t AddressSource::size() const {
    return keys_.size() + routes_.area_count();
}

void AddressSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const std::size_t keys = keys_.size();
    for (const AddressTotals& address : totals_of_page(survey_, offset, count)) {
        if (!visit(address_row(address, mesh_))) {
            return;
        }
    }
    const std::size_t before = keys - std::min(offset, keys);
    if (count <= before) {
        return;
    }
    for (const auto& area : routes_.areas(std::max(offset, keys) - keys, count - before)) {
        if (!visit(area_row(area, mesh_))) {
            return;
        }
    }
}

std::optional<Row> AddressSource::find(mgmt::FindBy, std::string_view value) const {
    if (linkroute::is_link_route_key(value)) {
        const auto area = routes_.area_of(value);
        return area ? std::optional{area_row(*area, mesh_)} : std::nullopt;
    }
    const auto totals = totals_of(survey_, std::string{value});
    return totals.empty() ? std::nullopt : std::optional{address_row(totals.front(), mesh_)};
}

}  // namespace weft::router_mgmt
