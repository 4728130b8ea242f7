#pragma once

#include "router/core/counters.hpp"

#include <cstdint>

namespace weft::node {
class Shards;
}

namespace weft::router_mgmt {

/// A router's numbers, summed up over its loops. Threading: not shared (a value).
struct RouterTotals {
    router::RouterCounters counters;
    std::uint64_t connections = 0;
    std::uint64_t links_in = 0;  // of clients and to other routers
    std::uint64_t links_out = 0;
    std::uint64_t deliveries = 0;  // under way now
    std::uint64_t deliveries_allocated = 0;
    std::uint64_t held_bytes = 0;
    // Objects, those between the loops included.
    std::uint64_t all_links = 0;
    std::uint64_t all_addresses = 0;
};

/// Costs O(links), as a tick of the core does. Threading: home's loop.
[[nodiscard]] RouterTotals totals_of(node::Shards& shards);

}  // namespace weft::router_mgmt
