#include "router/mgmt/router_totals.hpp"

#include "router/node/shards.hpp"

#include <algorithm>

namespace weft::router_mgmt {
namespace {

void add(const router::RouterCounters& more, router::RouterCounters& sum) {
    sum.deliveries += more.deliveries;
    sum.presettled += more.presettled;
    sum.dropped_presettled += more.dropped_presettled;
    sum.accepted += more.accepted;
    sum.rejected += more.rejected;
    sum.released += more.released;
    sum.modified += more.modified;
    sum.delayed_1s += more.delayed_1s;
    sum.delayed_10s += more.delayed_10s;
    sum.ingress += more.ingress;
    sum.egress += more.egress;
    sum.transit += more.transit;
    sum.redirected_to_fallback += more.redirected_to_fallback;
    sum.forwarded_again += more.forwarded_again;
    sum.stuck += more.stuck;
    sum.links_blocked += more.links_blocked;
    std::ranges::transform(sum.dropped, more.dropped, std::begin(sum.dropped), std::plus<>{});
}

}  // namespace

RouterTotals totals_of(node::Shards& shards) {
    RouterTotals totals;
    shards.on_each([&](node::Shard& shard) {
        const router::Core& core = shard.core();
        add(core.counters(), totals.counters);
        const auto& links = core.links().peer_links();
        const auto out = static_cast<std::uint64_t>(
            std::ranges::count(links, router::Direction::out, &router::Link::direction));
        totals.links_out += out;
        totals.links_in += links.size() - out;
        totals.connections += shard.connections().size();
        totals.deliveries += core.deliveries().in_use();
        totals.deliveries_allocated += core.deliveries().allocated();
        totals.held_bytes += core.deliveries().held_bytes();
        totals.all_links += core.links().size();
        totals.all_addresses += core.addresses().size();
    });
    return totals;
}

}  // namespace weft::router_mgmt
