#include "router/mgmt/entity_addresses.hpp"

#include "router/config/address_setting.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/mesh.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Row;

/// The names of the other routers that have consumers.
wire::List hosts_of(const AddressTotals& address, const node::Mesh* mesh) {
    wire::List hosts;
    for (const RouterIndex router : address.remotes) {
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
                           {"deliveriesIngressRouteContainer", none},
                           {"deliveriesEgressRouteContainer", none},
                           {"deliveriesRedirectedToFallback", none},
                           {"key", address.key},
                           {"remoteHostRouters", hosts_of(address, mesh)},
                           {"trackedDeliveries", address.outstanding},
                           {"priority", std::int64_t{address.treatment.priority}}}};
}

}  // namespace

void AddressSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    for (const AddressTotals& address : totals_of_page(survey_, offset, count)) {
        if (!visit(address_row(address, mesh_))) {
            return;
        }
    }
}

std::optional<Row> AddressSource::find(mgmt::FindBy, std::string_view value) const {
    const auto totals = totals_of(survey_, std::string{value});
    return totals.empty() ? std::nullopt : std::optional{address_row(totals.front(), mesh_)};
}

}  // namespace weft::router_mgmt
