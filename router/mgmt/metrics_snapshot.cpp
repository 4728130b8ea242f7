#include "router/mgmt/metrics_snapshot.hpp"

#include "router/linkstate/keys.hpp"
#include "router/mgmt/address_totals.hpp"
#include "router/mgmt/entity_memory.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/node/mesh.hpp"
#include "router/node/shards.hpp"
#include "router/node/shared_addresses.hpp"

namespace weft::router_mgmt {
namespace {

void add_address(const AddressTotals& totals, Metrics& metrics) {
    const router::AddressKey key{totals.key};
    AddressMetrics own{.address = std::string{key.name()},
                       .in = totals.ingress + totals.from_process,
                       .out = totals.egress + totals.to_process,
                       .transit = totals.transit,
                       .consumers = totals.in_process + totals.subscribers,
                       .waiting = totals.waiting,
                       .remotes = totals.remotes.size()};
    // One that is really called "other" would be taken for the sum. Each router of a large mesh has
    // an address that says what it is: those would use up the names.
    const bool named = key.address_class() == 'M' && own.address != kOtherAddresses &&
                       !totals.key.starts_with(linkstate::weft_key({}));
    if (named && metrics.by_address.size() < kMetricAddressesMax) {
        metrics.by_address.push_back(std::move(own));
        return;
    }
    metrics.other += own;
    metrics.over_budget += named ? 1 : 0;
}

void add_addresses(node::Shards& shards, Metrics& metrics) {
    const AddressKeys keys{shards};
    metrics.addresses = keys.size();
    for (std::size_t at = 0; at < metrics.addresses; at += kRowsAtOnce) {
        for (const AddressTotals& each : totals_of(shards, keys.page(at, kRowsAtOnce))) {
            add_address(each, metrics);
        }
    }
}

MeshMetrics mesh_metrics(const linkstate::LinkState& state) {
    MeshMetrics metrics{.counters = state.counters()};
    for (const linkstate::RouterNode& node : state.nodes()) {
        if (node.index != kThisRouter) {
            ++(node.path ? metrics.reachable : metrics.unreachable);
            metrics.neighbours += node.neighbour ? 1U : 0U;
        }
    }
    return metrics;
}

void add_settings(const node::SharedAddresses& shared, MeshMetrics& metrics) {
    metrics.settings = shared.settings().table().standing();
    metrics.settings_in_conflict = static_cast<std::uint64_t>(std::ranges::count_if(
        shared.entries(), [](const auto& entry) { return !entry.second.conflict.empty(); }));
    metrics.exchange = shared.settings().counters();
    metrics.settings_kept = shared.failure().empty();
    metrics.settings_write_failures = shared.write_failures();
}

/// Runs on the shard's loop.
void add_connections(node::Shard& shard, Metrics& metrics) {
    for (const auto& [id, connection] : shard.connections()) {
        const node::PeerProfile& profile = connection->profile();
        ++metrics.connections[{profile.role, profile.name}];
    }
}

}  // namespace

Metrics take_metrics(const MetricsSources& of) {
    Metrics metrics;
    metrics.totals = totals_of(of.shards);
    metrics.process = daemon::take_process_metrics(of.listeners, of.web,
                                                   of.shards.home().loop().now() - of.started_at);
    of.shards.on_each([&](node::Shard& shard) { add_connections(shard, metrics); });
    add_addresses(of.shards, metrics);
    if (of.mesh != nullptr) {
        metrics.mesh = mesh_metrics(of.mesh->state());
        add_settings(*of.shared, *metrics.mesh);
    }
    for (const MemoryUse& use : memory_use(metrics.totals)) {
        metrics.pools.push_back({std::string{use.type}, use.allocated});
    }
    return metrics;
}

}  // namespace weft::router_mgmt
