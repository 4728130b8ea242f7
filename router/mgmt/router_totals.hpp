#pragma once

#include "router/core/counters.hpp"
#include "router/node/edge_counters.hpp"
#include "router/transaction/transactions.hpp"

#include <cstdint>

namespace weft::node {
class Shard;
}

namespace weft::router_mgmt {

class Survey;

/// The numbers of a loop, or of a router, whose loops are summed up. Threading: not shared (a
/// value).
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
    std::uint64_t wildcards_left_out = 0;  // subscriptions told of that are none, for want of room

    // What connections keep for their peers.
    std::uint64_t sessions = 0;
    std::uint64_t text_bytes = 0;
    std::uint64_t sessions_refused = 0;
    std::uint64_t links_refused_for_texts = 0;
    std::uint64_t attaches_refused = 0;  // too many waited for an answer
    std::uint64_t unread_bytes = 0;      // of those that leave much unread
    std::uint64_t unread_dropped = 0;    // for others needed the memory

    // Of links that are passed on.
    std::uint64_t routed_waiting_bytes = 0;
    std::uint64_t routed_overflows = 0;           // detached, for too much waited
    std::uint64_t routed_uncredited = 0;          // detached, for a part had no credit
    std::uint64_t routed_lost = 0;                // with a session or connection
    router_transaction::Counters transactions{};  // that the router coordinates
    std::uint64_t edges = 0;                      // connections to edge routers
    node::EdgeCounters edge_counters{};

    RouterTotals& operator+=(const RouterTotals& more);
};

/// Threading: the shard's loop.
[[nodiscard]] RouterTotals totals_of(const node::Shard& shard);
/// Those of all loops that tell theirs. Threading: home's loop.
[[nodiscard]] RouterTotals totals_of(Survey& survey);

}  // namespace weft::router_mgmt
