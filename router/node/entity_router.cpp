#include "router/node/entity_router.hpp"

#include "common/io/process.hpp"
#include "router/node/address_totals.hpp"
#include "router/node/entity_rows.hpp"
#include "router/node/router.hpp"
#include "router/node/router_totals.hpp"

#include <unistd.h>

#include <array>
#include <chrono>

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Row;

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string_view name_of(RouterMode mode) {
    return mode == RouterMode::interior ? "interior" : "standalone";
}

wire::Map dropped(const RouterCounters& counters) {
    wire::Map map;
    for (int i = 0; i < kDropReasons; ++i) {
        map.emplace_back(to_string(static_cast<DropReason>(i)), counters.dropped[i]);
    }
    return map;
}

}  // namespace

void RouterSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    if (offset > 0 || count == 0) {
        return;
    }
    Row row{.identity = "1", .name = router_.config().id, .attributes = settings()};
    add_totals(row.attributes);
    visit(row);
}

Attributes RouterSource::settings() const {
    const NodeConfig& config = router_.config();
    Attributes row{{"id", config.id},
                   {"mode", name_of(config.mode)},
                   {"area", "0"},
                   {"version", kVersion},
                   {"hostName", host_name()},
                   {"helloIntervalSeconds", whole_seconds(config.hello_interval)},
                   {"helloMaxAgeSeconds", whole_seconds(config.hello_max_age)},
                   {"raIntervalSeconds", whole_seconds(config.ra_interval)},
                   {"raIntervalFluxSeconds", whole_seconds(config.ra_interval_flux)},
                   {"remoteLsMaxAgeSeconds", whole_seconds(config.remote_ls_max_age)},
                   {"workerThreads", std::int64_t{config.worker_threads}},
                   {"defaultDistribution", router::name_of(config.default_distribution)}};
    if (!config.metadata.empty()) {
        row.set("metadata", config.metadata);
    }
    return row;
}

void RouterSource::add_totals(Attributes& row) const {
    const RouterTotals totals = totals_of(router_);
    const RouterCounters& counters = totals.counters;
    const std::uint64_t none = 0;  // of what this version has none
    const std::pair<std::string_view, std::uint64_t> numbers[] = {
        {"addrCount", AddressKeys{router_}.size()},
        {"linkCount", totals.links_in + totals.links_out},
        {"blockedLinkCount", counters.links_blocked},
        {"nodeCount", none},
        {"linkRouteCount", none},
        {"autoLinkCount", none},
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
        {"deliveriesIngressRouteContainer", none},
        {"deliveriesEgressRouteContainer", none},
        {"deliveriesRedirectedToFallback", counters.redirected_to_fallback}};
    for (const auto& [name, value] : numbers) {
        row.set(name, value);
    }
    row.set("uptimeSeconds", whole_seconds(router_.loop().now() - router_.started_at()));
    if (const std::uint64_t bytes = io::process_memory().virtual_bytes; bytes > 0) {
        row.set("memoryUsage", bytes);
    }
    row.set("droppedDeliveries", dropped(counters));
}

NodeSource::NodeSource(Router& router)
    : router_{router},
      instance_{whole_seconds(std::chrono::system_clock::now().time_since_epoch())} {}

std::size_t NodeSource::size() const {
    return router_.config().mode == RouterMode::interior ? 1 : 0;
}

void NodeSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    if (offset >= size() || count == 0) {
        return;
    }
    const std::string& id = router_.config().id;
    visit(Row{.identity = "router.node/" + id,
              .name = {},
              .attributes = {{"id", id},
                             {"protocolVersion", std::int64_t{1}},
                             {"instance", instance_},
                             {"linkState", wire::List{}},
                             {"nextHop", "(self)"},
                             {"validOrigins", wire::List{}},
                             {"address", "amqp:/_topo/0/" + id},
                             {"lastTopoChange", instance_},
                             {"index", std::int64_t{0}}}});
}

}  // namespace weft::router
