#include "router/mgmt/metrics.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string_view>
#include <utility>

namespace weft::router_mgmt {
namespace {

/// What Qpid Dispatch's dashboards ask for.
void write_original(const Metrics& metrics, daemon::MetricsWriter& out) {
    const router::RouterCounters& counters = metrics.totals.counters;
    const MeshMetrics mesh = metrics.mesh.value_or(MeshMetrics{});
    out.gauge("qdr_connections_total", "Connections open.", metrics.totals.connections);
    out.gauge("qdr_links_total", "Links attached.",
              metrics.totals.links_in + metrics.totals.links_out);
    out.gauge("qdr_addresses_total", "Addresses in use.", metrics.addresses);
    out.gauge("qdr_routers_total", "Other routers known.", mesh.reachable + mesh.unreachable);
    out.gauge("qdr_link_routes_total", "Link routes configured.", metrics.link_routes);
    out.gauge(
        "qdr_auto_links_total", "Auto links configured.",
        std::accumulate(metrics.auto_links.begin(), metrics.auto_links.end(), std::uint64_t{0}));
    out.counter("qdr_presettled_deliveries_total", "Deliveries that came settled.",
                counters.presettled);
    out.counter("qdr_dropped_presettled_deliveries_total",
                "Settled deliveries dropped because nobody could take them.",
                counters.dropped_presettled);
    out.counter("qdr_accepted_deliveries_total", "Deliveries accepted.", counters.accepted);
    out.counter("qdr_released_deliveries_total", "Deliveries released.", counters.released);
    out.counter("qdr_rejected_deliveries_total", "Deliveries rejected.", counters.rejected);
    out.counter("qdr_modified_deliveries_total", "Deliveries modified.", counters.modified);
    out.counter("qdr_deliveries_ingress_total", "Deliveries from clients.", counters.ingress);
    out.counter("qdr_deliveries_egress_total", "Deliveries to clients.", counters.egress);
    out.counter("qdr_deliveries_transit_total", "Deliveries to other routers.", counters.transit);
    out.counter("qdr_deliveries_ingress_route_container_total", "Deliveries from route containers.",
                counters.from_containers);
    out.counter("qdr_deliveries_egress_route_container_total", "Deliveries to route containers.",
                counters.to_containers);
    out.counter("qdr_deliveries_delayed_1sec_total", "Deliveries settled after 1 to 10 seconds.",
                counters.delayed_1s);
    out.counter("qdr_deliveries_delayed_10sec_total",
                "Deliveries settled after more than 10 seconds.", counters.delayed_10s);
    out.gauge("qdr_deliveries_stuck_total", "Deliveries unsettled for more than 10 seconds.",
              counters.stuck);
    out.gauge("qdr_links_blocked_total", "Links without credit for more than 10 seconds.",
              counters.links_blocked);
    out.counter("qdr_deliveries_redirected_to_fallback_total", "Deliveries sent to a fallback.",
                counters.redirected_to_fallback);
    for (const PoolMetrics& pool : metrics.pools) {
        out.gauge("qdr_allocator_" + pool.type, "Objects of this kind in memory.", pool.allocated);
    }
}

/// A family that has a series for each address.
struct AddressFamily {
    const char* name;
    const char* kind;
    const char* help;
    void (*write)(std::string_view name,
                  std::string_view address,
                  const AddressMetrics& each,
                  daemon::MetricsWriter& out);
};

template <std::uint64_t AddressMetrics::*value>
void write_value(std::string_view name,
                 std::string_view address,
                 const AddressMetrics& each,
                 daemon::MetricsWriter& out) {
    out.sample(name, {{"address", address}}, each.*value);
}

void write_directions(std::string_view name,
                      std::string_view address,
                      const AddressMetrics& each,
                      daemon::MetricsWriter& out) {
    out.sample(name, {{"address", address}, {"direction", "in"}}, each.in);
    out.sample(name, {{"address", address}, {"direction", "out"}}, each.out);
    out.sample(name, {{"address", address}, {"direction", "transit"}}, each.transit);
}

constexpr AddressFamily kAddressFamilies[] = {
    {"weft_address_deliveries_total", "counter", "Deliveries by address.", write_directions},
    {"weft_address_consumers", "gauge", "Consumers by address.",
     write_value<&AddressMetrics::consumers>},
    {"weft_address_waiting", "gauge",
     "Deliveries that wait because no consumer of the address can take them.",
     write_value<&AddressMetrics::waiting>},
    {"weft_address_remote_routers", "gauge", "Other routers that have consumers, by address.",
     write_value<&AddressMetrics::remotes>}};

/// What tells how much the page leaves out.
void write_limits(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.family("weft_label_budget_exceeded", "gauge",
               "Label values that are summed up as 'other' because there are too many.");
    out.sample("weft_label_budget_exceeded", {{"label", "address"}}, metrics.over_budget);
    out.gauge("weft_scrape_incomplete",
              "Loops that did not tell their numbers in time: theirs are those of the last page.",
              metrics.silent_loops);
    out.counter("weft_unanswered_questions_total",
                "Questions of metrics and management that a loop was too busy to answer.",
                metrics.unanswered);
    out.counter("weft_metrics_pages_given_up_total", "Pages like this one that took too long.",
                metrics.pages_given_up);
    out.family("weft_management_requests_rejected_total", "counter",
               "Requests to $management that were rejected, by the reason.");
    out.sample("weft_management_requests_rejected_total", {{"reason", "late"}},
               metrics.requests_late);
    out.sample("weft_management_requests_rejected_total", {{"reason", "refused"}},
               metrics.requests_refused);
}

void write_denials(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.family("weft_policy_denials_total", "counter", "What policies refused, by what it was.");
    const policy::Denials& denied = metrics.denied;
    for (const auto& [what, count] : {std::pair{"connection", denied.connections},
                                      {"session", denied.sessions},
                                      {"sender", denied.senders},
                                      {"receiver", denied.receivers},
                                      {"message-size", denied.message_sizes}}) {
        out.sample("weft_policy_denials_total", {{"what", what}}, count);
    }
}

void write_exchanges(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.gauge("weft_exchanges", "Exchanges.", metrics.exchanges);
    out.gauge("weft_bindings", "Bindings of exchanges.", metrics.bindings);
    out.gauge("weft_exchange_messages", "Messages on their way through exchanges.",
              metrics.exchange_messages);
    out.family("weft_exchange_messages_total", "counter",
               "Messages that came to exchanges, by what became of them.");
    const exchange::ExchangeCounters& all = metrics.exchanged;
    for (const auto& [result, count] : {std::pair{"forwarded", all.forwarded - all.diverted},
                                        {"diverted", all.diverted},
                                        {"dropped", all.dropped - all.looped - all.rejected},
                                        {"looped", all.looped},
                                        {"rejected", all.rejected}}) {
        out.sample("weft_exchange_messages_total", {{"result", result}}, count);
    }
    out.counter("weft_exchange_copies_left_out_total",
                "Copies not made because a next hop had as many as it may have.", all.left_out);
}

void write_transactions(const Metrics& metrics, daemon::MetricsWriter& out) {
    const router_transaction::Counters& transactions = metrics.totals.transactions;
    out.counter("weft_coordinated_transactions_total",
                "Transactions that the router coordinated, as several brokers keep addresses.",
                transactions.declared);
    out.family("weft_coordinated_transactions_ended_total", "counter",
               "How they ended: in doubt if the broker was lost while it committed.");
    for (const auto& [end, count] : {std::pair{"committed", transactions.committed},
                                     {"rolled-back", transactions.rolled_back},
                                     {"failed", transactions.failed},
                                     {"in-doubt", transactions.in_doubt},
                                     {"abandoned", transactions.abandoned}}) {
        out.sample("weft_coordinated_transactions_ended_total", {{"end", end}}, count);
    }
    out.family("weft_coordinated_transactions_refused_total", "counter",
               "Declares beyond the limit of a session, and transactions that a second broker's "
               "address spoilt.");
    out.sample("weft_coordinated_transactions_refused_total", {{"reason", "limit"}},
               transactions.refused);
    out.sample("weft_coordinated_transactions_refused_total", {{"reason", "second-broker"}},
               transactions.second_brokers);
    out.family("weft_coordinated_transactions_parts_total", "counter",
               "Messages and outcomes of transactions that went to no broker: refused, as the "
               "transaction could not have them, or lost with a link at which they waited.");
    out.sample("weft_coordinated_transactions_parts_total", {{"result", "refused"}},
               transactions.parts_refused);
    out.sample("weft_coordinated_transactions_parts_total", {{"result", "lost"}},
               transactions.parts_lost);
}

/// Sessions, links and connections of all peers.
void write_peers(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.family("weft_links", "gauge", "Links attached; in brings deliveries to the router.");
    out.sample("weft_links", {{"direction", "in"}}, metrics.totals.links_in);
    out.sample("weft_links", {{"direction", "out"}}, metrics.totals.links_out);
    out.counter("weft_links_refused_total",
                "Links refused because their connection has its share of all links, or of the "
                "shapes of subscriptions with wildcards.",
                metrics.totals.counters.links_refused);
    out.counter("weft_wildcards_left_out_total",
                "Subscriptions with wildcards that other loops and routers told of, and that are "
                "addresses like others: their shapes are too many.",
                metrics.totals.wildcards_left_out);
    out.gauge("weft_sessions", "Sessions of all connections.", metrics.totals.sessions);
    out.gauge("weft_link_text_bytes", "Names, addresses and default outcomes of their links.",
              metrics.totals.text_bytes);
    out.counter("weft_sessions_refused_total",
                "Sessions refused because their connection has its share of all sessions.",
                metrics.totals.sessions_refused);
    out.counter("weft_links_refused_for_texts_total",
                "Links refused because those of their connection have too long names.",
                metrics.totals.links_refused_for_texts);
    out.counter("weft_attaches_refused_total",
                "Links refused because too many of their connection waited for an answer.",
                metrics.totals.attaches_refused);
    out.gauge("weft_unread_bytes", "Output that the peers of connections have not read, of much.",
              metrics.totals.unread_bytes);
    out.counter("weft_unread_dropped_total",
                "Connections dropped because their peers read too slowly while others needed the "
                "memory.",
                metrics.totals.unread_dropped);
    out.family("weft_connections", "gauge", "Connections by role and by listener or connector.");
    for (const auto& [labels, count] : metrics.connections) {
        out.sample("weft_connections", {{"role", labels.first}, {"listener", labels.second}},
                   count);
    }
}

/// Auto-links, link routes and what is passed on by them.
void write_edges(const Metrics& metrics, daemon::MetricsWriter& out) {
    const node::EdgeCounters& edges = metrics.totals.edge_counters;
    out.gauge("weft_edge_routers", "Connections to edge routers.", metrics.totals.edges);
    out.counter("weft_edge_heartbeats_total", "Heartbeats of edge routers.", edges.heartbeats);
    out.counter("weft_edge_silent_total",
                "Connections to edge routers that were given up, for no heartbeat came.",
                edges.silent);
    out.counter("weft_edge_words_total",
                "What edge routers were told of addresses that they send to: others receive there "
                "now, or none does any more.",
                edges.words);
    out.counter("weft_edge_look_ups_total", "Questions of edge routers about addresses.",
                edges.look_ups);
    out.counter("weft_edge_look_ups_refused_total",
                "Of those, the ones that meant nothing, or came while too many waited.",
                edges.refused);
}

void write_routed_links(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.family("weft_auto_links", "gauge", "Auto-links by status.");
    for (int i = 0; i < autolink::kStatuses; ++i) {
        out.sample("weft_auto_links", {{"status", to_string(static_cast<autolink::Status>(i))}},
                   metrics.auto_links[static_cast<std::size_t>(i)]);
    }
    out.gauge("weft_link_routes_active", "Link routes that have a container here.",
              metrics.link_routes_active);
    out.gauge("weft_routed_links", "Links that are passed on to a container or router.",
              metrics.routed_pairs);
    out.counter("weft_routed_links_total", "Links that were passed on, ever.", metrics.routed.made);
    out.gauge("weft_routed_links_waiting_bytes", "What waits at their ends for slow receivers.",
              metrics.totals.routed_waiting_bytes);
    out.family("weft_routed_links_ended_total", "counter",
               "Links that were passed on and ended by this router, by the reason: one of a pair's "
               "connections or sessions was lost, too much waited for a receiver, or a part of a "
               "transaction for credit too long.");
    out.sample("weft_routed_links_ended_total", {{"reason", "lost"}}, metrics.totals.routed_lost);
    out.sample("weft_routed_links_ended_total", {{"reason", "overflow"}},
               metrics.totals.routed_overflows);
    out.sample("weft_routed_links_ended_total", {{"reason", "uncredited"}},
               metrics.totals.routed_uncredited);
    out.family("weft_routed_links_refused_total", "counter",
               "Links of link routes that were not passed on, by the reason.");
    const node::RoutedCounters& routed = metrics.routed;
    for (const auto& [reason, count] : {std::pair{"no-route", routed.unroutable},
                                        {"limit", routed.refused},
                                        {"unanswered", routed.unanswered}}) {
        out.sample("weft_routed_links_refused_total", {{"reason", reason}}, count);
    }
    out.counter("weft_routed_links_diverted_total",
                "Links that a link route took, of addresses that brokers keep.", routed.diverted);
    out.family("weft_link_routes_refused_total", "counter",
               "Link routes not taken because they would take too much, by whose they are.");
    out.sample("weft_link_routes_refused_total", {{"of", "connection"}},
               metrics.link_route_counters.refused_of_connections);
    out.sample("weft_link_routes_refused_total", {{"of", "router"}},
               metrics.link_route_counters.refused_of_routers);
}

void write_traffic(const Metrics& metrics, daemon::MetricsWriter& out) {
    out.family("weft_dropped_deliveries_total", "counter", "Deliveries let go, by the reason.");
    for (int i = 0; i < router::kDropReasons; ++i) {
        out.sample("weft_dropped_deliveries_total",
                   {{"reason", to_string(static_cast<router::DropReason>(i))}},
                   metrics.totals.counters.dropped[i]);
    }
    write_peers(metrics, out);
    write_routed_links(metrics, out);
    write_edges(metrics, out);
    write_exchanges(metrics, out);
    write_transactions(metrics, out);
    out.gauge("weft_deliveries_in_flight", "Deliveries under way.", metrics.totals.deliveries);
    out.gauge("weft_held_bytes", "Bytes of messages that wait in the router.",
              metrics.totals.held_bytes);
    out.counter("weft_containers_silent_total",
                "Times that a container did not answer a drain and lost its credit.",
                metrics.totals.counters.containers_silent);
    out.family("weft_loop_streams_total", "counter",
               "Messages that went to another loop before they were whole, each on a way of its "
               "own or behind others.");
    out.sample("weft_loop_streams_total", {{"way", "own"}}, metrics.totals.counters.loop_streams);
    out.sample("weft_loop_streams_total", {{"way", "shared"}},
               metrics.totals.counters.loop_streams_shared);
    out.counter("weft_forwarded_again_total",
                "Deliveries that took another way when theirs was lost.",
                metrics.totals.counters.forwarded_again);
}

void write_mesh(const MeshMetrics& mesh, daemon::MetricsWriter& out) {
    const linkstate::LinkStateCounters& counters = mesh.counters;
    out.family("weft_routers", "gauge", "Other routers, by whether there is a path to them.");
    out.sample("weft_routers", {{"state", "reachable"}}, mesh.reachable);
    out.sample("weft_routers", {{"state", "unreachable"}}, mesh.unreachable);
    out.gauge("weft_addresses_untold",
              "Addresses of consumers here of which other routers are not told, for want of room.",
              mesh.addresses_left_out);
    out.gauge("weft_neighbours", "Routers that are connected directly and answer.",
              mesh.neighbours);
    out.family("weft_control_messages_total", "counter",
               "Messages between routers about the mesh, by what became of them.");
    const std::pair<std::string_view, std::uint64_t> messages[] = {
        {"received", counters.received},   {"sent", counters.sent},
        {"forwarded", counters.forwarded}, {"duplicate", counters.duplicates},
        {"malformed", counters.malformed}, {"looped", counters.looped},
        {"no-path", counters.no_path}};
    for (const auto& [what, count] : messages) {
        out.sample("weft_control_messages_total", {{"what", what}}, count);
    }
    out.gauge("weft_control_memory_bytes", "Control messages that neighbours have not ended.",
              mesh.control_bytes);
    out.counter("weft_control_memory_refused_total",
                "Neighbours closed because there was no room for a control message they had begun.",
                mesh.control_refused);
    out.gauge("weft_mesh_addresses", "Configured addresses that the whole mesh knows.",
              mesh.settings);
    out.gauge("weft_mesh_addresses_in_conflict",
              "Of these, those that this router does not use or has otherwise in its file.",
              mesh.settings_in_conflict);
    out.family("weft_mesh_address_messages_total", "counter",
               "Messages between Weft routers about these, by what became of them.");
    const settings::MeshSettingsCounters& exchange = mesh.exchange;
    const std::pair<std::string_view, std::uint64_t> about_addresses[] = {
        {"received", exchange.received},
        {"sent", exchange.sent},
        {"malformed", exchange.malformed},
        {"unknown-router", exchange.unknown}};
    for (const auto& [what, count] : about_addresses) {
        out.sample("weft_mesh_address_messages_total", {{"what", what}}, count);
    }
    out.family("weft_demand_messages_total", "counter",
               "Messages between Weft routers about what consumers want of containers.");
    const std::pair<std::string_view, std::uint64_t> about_demand[] = {
        {"received", mesh.demand.received},
        {"sent", mesh.demand.sent},
        {"malformed", mesh.demand.malformed},
        {"unknown-router", mesh.demand.unknown}};
    for (const auto& [what, count] : about_demand) {
        out.sample("weft_demand_messages_total", {{"what", what}}, count);
    }
    out.counter("weft_demand_refused_total",
                "Addresses of which another router asked what consumers want, beyond a limit.",
                mesh.demand.refused);
    out.counter("weft_mesh_addresses_refused_total",
                "Configured addresses of the mesh that were beyond a limit here.",
                exchange.refused);
    out.gauge("weft_state_kept",
              "1 while all that is to be kept between runs is in the stateDir, else 0.",
              mesh.settings_kept ? 1 : 0);
    out.counter("weft_state_write_failures_total",
                "Times that something could not be written to the stateDir.",
                mesh.settings_write_failures);
    out.family("weft_path_computations_total", "counter",
               "Trees of paths computed: this router's own, and those of other routers.");
    out.sample("weft_path_computations_total", {{"tree", "own"}}, counters.recomputed);
    out.sample("weft_path_computations_total", {{"tree", "origin"}}, counters.origins);
}

}  // namespace

AddressMetrics& AddressMetrics::operator+=(const AddressMetrics& more) {
    in += more.in;
    out += more.out;
    transit += more.transit;
    consumers += more.consumers;
    waiting += more.waiting;
    remotes += more.remotes;
    return *this;
}

bool MetricsText::go_on(std::size_t series) {
    if (!std::exchange(begun_, true)) {
        write_original(metrics_, out_);
        write_traffic(metrics_, out_);
        if (metrics_.mesh) {
            write_mesh(*metrics_.mesh, out_);
        }
        return false;
    }
    if (family_ == std::size(kAddressFamilies)) {
        write_limits(metrics_, out_);
        write_denials(metrics_, out_);
        daemon::write_process_metrics(metrics_.process, out_);
        return true;
    }
    const AddressFamily& family = kAddressFamilies[family_];
    if (at_ == 0) {
        out_.family(family.name, family.kind, family.help);
    }
    const std::size_t end = std::min(metrics_.by_address.size(), at_ + series);
    for (; at_ < end; ++at_) {
        const AddressMetrics& each = metrics_.by_address[at_];
        family.write(family.name, each.address, each, out_);
    }
    if (at_ == metrics_.by_address.size()) {
        family.write(family.name, kOtherAddresses, metrics_.other, out_);
        at_ = 0;
        ++family_;
    }
    return false;
}

}  // namespace weft::router_mgmt
