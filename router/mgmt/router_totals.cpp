#include "router/mgmt/router_totals.hpp"

#include "router/mgmt/survey.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>

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
    sum.from_containers += more.from_containers;
    sum.to_containers += more.to_containers;
    sum.redirected_to_fallback += more.redirected_to_fallback;
    sum.forwarded_again += more.forwarded_again;
    sum.stuck += more.stuck;
    sum.links_blocked += more.links_blocked;
    sum.links_refused += more.links_refused;
    sum.containers_silent += more.containers_silent;
    sum.loop_streams += more.loop_streams;
    sum.loop_streams_shared += more.loop_streams_shared;
    std::ranges::transform(sum.dropped, more.dropped, std::begin(sum.dropped), std::plus<>{});
}

/// What was passed on whole counts with what the core forwarded.
router::RouterCounters counters_of(const node::Shard& shard) {
    router::RouterCounters counters = shard.core().counters();
    const node::RoutedFates& routed = shard.routed_attaches().list().fates();
    counters.presettled += routed[linkroute::Fate::presettled];
    counters.accepted += routed[linkroute::Fate::accepted];
    counters.rejected += routed[linkroute::Fate::rejected];
    counters.released += routed[linkroute::Fate::released];
    counters.modified += routed[linkroute::Fate::modified];
    return counters;
}

}  // namespace

RouterTotals totals_of(const node::Shard& shard) {
    const router::Core& core = shard.core();
    const router::LinkTable& links = core.links();
    const node::RoutedList& routed = shard.routed_attaches().list();
    const Census& census = shard.loop().census();
    return {.counters = counters_of(shard),
            .connections = shard.connections().size(),
            .links_in = links.peer_links().size() - links.peer_links_out() + routed.links_in(),
            .links_out = links.peer_links_out() + routed.ends().size() - routed.links_in(),
            .deliveries = core.deliveries().in_use(),
            .deliveries_allocated = core.deliveries().allocated(),
            .held_bytes = core.deliveries().held_bytes(),
            .all_links = links.size(),
            .all_addresses = core.addresses().size(),
            .wildcards_left_out = core.addresses().wildcards_left_out(),
            .sessions = census.sessions(),
            .text_bytes = census.text_bytes(),
            .sessions_refused = census.counters().sessions,
            .links_refused_for_texts = census.counters().links,
            .attaches_refused = shard.attaches().refused(),
            .unread_bytes = shard.loop().unread().bytes(),
            .unread_dropped = shard.loop().unread().counters().for_bytes,
            .routed_waiting_bytes = routed.memory().bytes(),
            .routed_overflows = routed.overflows(),
            .routed_uncredited = routed.uncredited(),
            .routed_lost = routed.lost(),
            .transactions = shard.routed_attaches().transactions(),
            .edges = shard.edges().size(),
            .edge_counters = shard.edges().counters()};
}

RouterTotals totals_of(Survey& survey) {
    RouterTotals totals;
    for (std::size_t i = 0; i < survey.size(); ++i) {
        const auto* told =
            survey.ask<RouterTotals>(i, "totals", [](node::Shard& shard, RouterTotals& found) {
                found = totals_of(shard);
                return true;
            });
        totals += told == nullptr ? RouterTotals{} : *told;
    }
    return totals;
}

RouterTotals& RouterTotals::operator+=(const RouterTotals& more) {
    add(more.counters, counters);
    connections += more.connections;
    links_in += more.links_in;
    links_out += more.links_out;
    deliveries += more.deliveries;
    deliveries_allocated += more.deliveries_allocated;
    held_bytes += more.held_bytes;
    all_links += more.all_links;
    all_addresses += more.all_addresses;
    wildcards_left_out += more.wildcards_left_out;
    sessions += more.sessions;
    text_bytes += more.text_bytes;
    sessions_refused += more.sessions_refused;
    links_refused_for_texts += more.links_refused_for_texts;
    attaches_refused += more.attaches_refused;
    unread_bytes += more.unread_bytes;
    unread_dropped += more.unread_dropped;
    routed_waiting_bytes += more.routed_waiting_bytes;
    routed_overflows += more.routed_overflows;
    routed_uncredited += more.routed_uncredited;
    routed_lost += more.routed_lost;
    transactions += more.transactions;
    edges += more.edges;
    edge_counters += more.edge_counters;
    return *this;
}

}  // namespace weft::router_mgmt
