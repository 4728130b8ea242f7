#include "router/node/entity_addresses.hpp"

#include "router/node/entity_rows.hpp"

namespace weft::router {
namespace {

using mgmt::Row;

Row address_row(const AddressTotals& address) {
    const std::uint64_t none = 0;
    return {.identity = address.key,
            .name = {},
            .attributes = {{"distribution", name_of(address.treatment.distribution)},
                           {"inProcess", address.in_process},
                           {"subscriberCount", address.subscribers},
                           {"remoteCount", none},
                           {"containerCount", none},
                           {"deliveriesIngress", address.ingress},
                           {"deliveriesEgress", address.egress},
                           {"deliveriesTransit", none},
                           {"deliveriesToContainer", address.to_process},
                           {"deliveriesFromContainer", address.from_process},
                           {"deliveriesIngressRouteContainer", none},
                           {"deliveriesEgressRouteContainer", none},
                           {"deliveriesRedirectedToFallback", none},
                           {"key", address.key},
                           {"remoteHostRouters", wire::List{}},
                           {"trackedDeliveries", address.outstanding},
                           {"priority", std::int64_t{address.treatment.priority}}}};
}

}  // namespace

void AddressSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    while (count > 0) {
        const std::size_t wanted = std::min(count, kRowsAtOnce);
        const std::vector<std::string> keys = keys_.page(offset, wanted);
        for (const AddressTotals& address : totals_of(router_, keys)) {
            if (!visit(address_row(address))) {
                return;
            }
        }
        if (keys.size() < wanted) {
            return;
        }
        offset += keys.size();
        count -= keys.size();
    }
}

std::optional<Row> AddressSource::find(mgmt::Key, std::string_view value) const {
    const auto totals = totals_of(router_, {std::string{value}});
    return totals.empty() ? std::nullopt : std::optional{address_row(totals.front())};
}

}  // namespace weft::router
