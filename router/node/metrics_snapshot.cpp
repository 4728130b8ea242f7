#include "router/node/metrics_snapshot.hpp"

#include "common/io/process.hpp"
#include "router/node/entity_memory.hpp"
#include "router/node/entity_rows.hpp"
#include "router/node/router.hpp"

#include <algorithm>
#include <iterator>

namespace weft::router {
namespace {

AddressMetrics of(const Address& address) {
    const auto waiting = std::distance(address.waiting.begin(), address.waiting.end());
    return {.address = std::string{address.key.name()},
            .in = address.ingress + address.from_process,
            .out = address.egress + address.to_process,
            .consumers = address.consumers.size(),
            .waiting = static_cast<std::uint64_t>(waiting)};
}

void add_addresses(const AddressTable& addresses, Metrics& metrics) {
    metrics.addresses = addresses.size();
    for (const Address* address : addresses.all()) {
        AddressMetrics own = of(*address);
        // One that is really called "other" would be taken for the sum.
        const bool named = address->key.address_class() == 'M' && own.address != kOtherAddresses;
        if (named && metrics.by_address.size() < kMetricAddressesMax) {
            metrics.by_address.push_back(std::move(own));
            continue;
        }
        metrics.other += own;
        metrics.over_budget += named ? 1 : 0;
    }
}

void add_links(const Core& core, Metrics& metrics) {
    const auto& links = core.client_links();
    const auto out = std::ranges::count(links, Direction::out, &Link::direction);
    metrics.links_out = static_cast<std::uint64_t>(out);
    metrics.links_in = links.size() - metrics.links_out;
}

void add_log(Metrics& metrics) {
    for (std::size_t module = 0; module < io::kModules; ++module) {
        for (std::size_t level = 0; level < io::kLevels; ++level) {
            LogMetrics each{static_cast<io::Module>(module), static_cast<io::Level>(level), 0};
            each.records = io::log().count(each.module, each.level);
            if (each.records > 0) {
                metrics.log.push_back(each);
            }
        }
    }
}

}  // namespace

Metrics take_metrics(Router& router) {
    const Core& core = router.core();
    Metrics metrics;
    metrics.counters = core.counters();
    metrics.deliveries = core.deliveries().in_use();
    metrics.held_bytes = core.deliveries().held_bytes();
    metrics.resident_bytes = io::process_memory().resident_bytes;
    metrics.uptime_seconds =
        static_cast<std::uint64_t>(whole_seconds(router.loop().now() - router.started_at()));
    add_links(core, metrics);
    add_addresses(core.addresses(), metrics);
    for (const auto& [id, connection] : router.connections()) {
        const ListenerOptions& options = connection->options();
        ++metrics.connections[{options.role, options.name}];
    }
    for (const auto& open : router.listeners().all()) {
        metrics.listeners.push_back({.name = open->config.connection.name,
                                     .accepted = open->listener->accepted(),
                                     .starved = open->listener->starved()});
    }
    add_log(metrics);
    for (const MemoryUse& use : memory_use(router)) {
        metrics.pools.push_back({std::string{use.type}, use.allocated});
    }
    return metrics;
}

}  // namespace weft::router
