#include "router/mgmt/entity_router.hpp"

#include "common/io/process.hpp"
#include "router/config/address_setting.hpp"
#include "router/config/router_config.hpp"
#include "router/mgmt/address_totals.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/router_totals.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/containers.hpp"
#include "router/node/mesh.hpp"
#include "router/node/neighbour.hpp"
#include "router/node/product.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;
using mgmt::Row;

std::uint64_t other_routers(const node::Mesh* mesh) {
    return mesh == nullptr ? 0 : mesh->state().nodes().size() - 1;
}

wire::Map dropped(const router::RouterCounters& counters) {
    wire::Map map;
    for (int i = 0; i < router::kDropReasons; ++i) {
        map.emplace_back(to_string(static_cast<router::DropReason>(i)), counters.dropped[i]);
    }
    return map;
}

bool is_reachable(const linkstate::RouterNode& node) {
    return node.index == kThisRouter || node.path;
}

/// The routers that one has links to, and what these cost, in the same order.
struct Peers {
    wire::List ids;
    wire::List costs;
};

Peers peers_of(const node::Mesh& mesh, RouterIndex router) {
    Peers peers;
    for (const auto& [id, cost] : mesh.state().peers_of(router)) {
        peers.ids.emplace_back(id);
        peers.costs.emplace_back(cost);
    }
    return peers;
}

/// The link to a neighbour that every connection to one has: the first of those for messages.
std::optional<std::uint64_t> link_to(const node::Mesh& mesh, linkstate::PeerLink neighbour) {
    const auto found = mesh.neighbours().find(neighbour);
    const router::Trunk* trunk =
        found == mesh.neighbours().end() ? nullptr : found->second->in_core().trunk;
    const router::Link* link = trunk == nullptr ? nullptr : trunk->out.front();
    return link == nullptr ? std::nullopt : std::optional{link->id};
}

constexpr std::int64_t kMilliseconds = 1000;

/// When the links of any router last changed.
Instant last_change(const std::vector<linkstate::RouterNode>& nodes) {
    return std::ranges::max(nodes, {}, &linkstate::RouterNode::last_change).last_change;
}

}  // namespace

void RouterSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    if (offset == 0 && count > 0) {
        visit(row());
    }
}

std::optional<Row> RouterSource::find(mgmt::FindBy by, std::string_view value) const {
    std::string typed = "router/" + config_.id;
    if (value != typed) {
        return Source::find(by, value);
    }
    Row found = row();
    found.identity = found.name = std::move(typed);
    return found;
}

Row RouterSource::row() const {
    Row row{.identity = "1", .name = config_.id, .attributes = settings()};
    add_totals(row.attributes);
    return row;
}

Attributes RouterSource::settings() const {
    Attributes row{{"id", config_.id},
                   {"mode", name_of(config_.mode)},
                   {"area", "0"},
                   {"version", node::kVersion},
                   {"hostName", io::host_name()},
                   {"helloIntervalSeconds", daemon::seconds(config_.hello_interval)},
                   {"fastHelloSeconds", daemon::seconds(config_.fast_hello)},
                   {"helloMaxAgeSeconds", daemon::seconds(config_.hello_max_age)},
                   {"raIntervalSeconds", daemon::seconds(config_.ra_interval)},
                   {"raIntervalFluxSeconds", daemon::seconds(config_.ra_interval_flux)},
                   {"remoteLsMaxAgeSeconds", daemon::seconds(config_.remote_ls_max_age)},
                   {"allowResumableLinkRoute", config_.resumable_link_routes},
                   {"clientLinkRoutes", config_.client_link_routes},
                   {"workerThreads", std::int64_t{config_.worker_threads}},
                   {"defaultDistribution", router_config::name_of(config_.default_distribution)}};
    row.set("shutdownSeconds", daemon::seconds(config_.shutdown));
    if (!config_.state_dir.empty()) {
        row.set("stateDir", config_.state_dir);
    }
    if (!config_.metadata.empty()) {
        row.set("metadata", config_.metadata);
    }
    return row;
}

void RouterSource::add_totals(Attributes& row) const {
    const RouterTotals totals = totals_of(survey_);
    const router::RouterCounters& counters = totals.counters;
    const std::pair<std::string_view, std::uint64_t> numbers[] = {
        {"addrCount",
         AddressKeys{survey_}.size() + containers_.link_routing().routes().area_count()},
        {"linkCount", totals.links_in + totals.links_out},
        {"blockedLinkCount", counters.links_blocked},
        {"nodeCount", other_routers(mesh_)},
        {"linkRouteCount", containers_.link_routing().routes().all().size()},
        {"autoLinkCount", containers_.auto_links().all().size()},
        {"connectionCount", totals.connections},
        {"presettledDeliveries", counters.presettled},
        {"droppedPresettledDeliveries", counters.dropped_presettled},
        {"acceptedDeliveries", counters.accepted},
        {"rejectedDeliveries", counters.rejected},
        {"releasedDeliveries", counters.released},
        {"modifiedDeliveries", counters.modified},
        {"deliveriesDelayed1Sec", counters.delayed_1s},
        {"deliveriesDelayed10Sec", counters.delayed_10s},
        {"deliveriesStuck", counters.stuck},
        {"deliveriesIngress", counters.ingress},
        {"deliveriesEgress", counters.egress},
        {"deliveriesTransit", counters.transit},
        {"deliveriesIngressRouteContainer", counters.from_containers},
        {"deliveriesEgressRouteContainer", counters.to_containers},
        {"deliveriesRedirectedToFallback", counters.redirected_to_fallback}};
    for (const auto& [name, value] : numbers) {
        row.set(name, value);
    }
    row.set("uptimeSeconds", daemon::whole_seconds(survey_.home().loop().now() - started_at_));
    if (const std::uint64_t bytes = io::process_memory().virtual_bytes; bytes > 0) {
        row.set("memoryUsage", bytes);
    }
    row.set("droppedDeliveries", dropped(counters));
    row.set("deliveriesForwardedAgain", counters.forwarded_again);
}

NodeSource::NodeSource(node::Mesh* mesh, Instant now)
    : mesh_{mesh},
      since_1970_{std::chrono::system_clock::now().time_since_epoch() - now.time_since_epoch()} {}

std::int64_t NodeSource::wall_seconds(Instant moment) const {
    return daemon::whole_seconds(since_1970_ + moment.time_since_epoch());
}

std::size_t NodeSource::size() const {
    return mesh_ == nullptr ? 0 : mesh_->state().nodes().size();
}

void NodeSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    if (mesh_ == nullptr) {
        return;
    }
    const std::vector<linkstate::RouterNode> nodes = mesh_->state().nodes();
    const std::size_t begin = std::min(offset, nodes.size());
    const std::size_t end = begin + std::min(count, nodes.size() - begin);
    std::vector<Row> rows;
    for (std::size_t i = begin; i < end; ++i) {
        rows.push_back(row_of(nodes[i]));
        if (nodes[i].index == kThisRouter) {
            // As long as none has changed: the start, which the instance tells.
            const Instant changed = last_change(nodes);
            rows.back().attributes.set("lastTopoChange", changed == Instant{}
                                                             ? nodes[i].instance / kMilliseconds
                                                             : wall_seconds(changed));
        }
    }
    add_origins(nodes, begin, rows);
    for (const Row& row : rows) {
        if (!visit(row)) {
            return;
        }
    }
}

Row NodeSource::row_of(const linkstate::RouterNode& node) const {
    const bool self = node.index == kThisRouter;
    Peers peers = peers_of(*mesh_, node.index);
    Row row{.identity = "router.node/" + node.id,
            .name = {},
            .attributes = {{"id", node.id},
                           {"protocolVersion", node.version},
                           {"linkState", std::move(peers.ids)},
                           {"linkCosts", std::move(peers.costs)},
                           {"address", "amqp:/_topo/0/" + node.id},
                           {"index", std::int64_t{node.index}},
                           {"reachable", is_reachable(node)},
                           {"addresses", node.addresses}}};
    Attributes& attributes = row.attributes;
    if (node.instance != 0) {
        attributes.set("instance", node.instance);
    }
    if (self || !node.next_hop.empty()) {
        attributes.set("nextHop", self ? "(self)" : node.next_hop);
    }
    if (const auto link =
            node.neighbour ? link_to(*mesh_, *node.neighbour) : std::optional<std::uint64_t>{}) {
        attributes.set("routerLink", *link);
    }
    if (node.path && !self) {
        attributes.set("cost", std::int64_t{node.path->cost});
    }
    if (!self && node.last_change != Instant{}) {
        attributes.set("lastTopoChange", wall_seconds(node.last_change));
    }
    return row;
}

/// Of each row, the routers whose messages for it pass through this one. The rows are those of the
/// nodes from `begin` on.
void NodeSource::add_origins(const std::vector<linkstate::RouterNode>& nodes,
                             std::size_t begin,
                             std::vector<Row>& rows) const {
    if (nodes.size() > kOriginsShownMax) {
        return;
    }
    std::vector<wire::List> origins(rows.size());
    for (const linkstate::RouterNode& origin : nodes) {
        if (origin.index == kThisRouter || !origin.path) {
            continue;
        }
        const router::Destinations& passing = mesh_->valid_destinations(origin.index);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const RouterIndex to = nodes[begin + i].index;
            if (to != kThisRouter && to < passing.size() && passing[to]) {
                origins[i].emplace_back(origin.id);
            }
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].attributes.set("validOrigins", std::move(origins[i]));
    }
}

}  // namespace weft::router_mgmt
