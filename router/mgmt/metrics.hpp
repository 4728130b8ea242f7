#pragma once

#include "common/daemon/metrics_writer.hpp"
#include "common/daemon/process_metrics.hpp"
#include "router/autolink/auto_link.hpp"
#include "router/exchange/exchange.hpp"
#include "router/linkroute/link_routes.hpp"
#include "router/linkstate/link_state.hpp"
#include "router/mgmt/router_totals.hpp"
#include "router/node/linkroute/routed_counters.hpp"
#include "router/node/mesh_demand.hpp"
#include "router/policy/policy.hpp"
#include "router/settings/mesh_settings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_mgmt {

/// Addresses that have a time series of their own; the others are summed up.
inline constexpr std::size_t kMetricAddressesMax = 1000;
/// Bytes of the longest name that may be one of these.
inline constexpr std::size_t kMetricNameMax = 256;
/// What the others are called together.
inline constexpr const char* kOtherAddresses = "other";

struct AddressMetrics {
    std::string address;  // as clients write it
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    std::uint64_t transit = 0;  // to other routers
    std::uint64_t consumers = 0;
    std::uint64_t waiting = 0;  // deliveries that no consumer can take now
    std::uint64_t remotes = 0;  // other routers with consumers

    AddressMetrics& operator+=(const AddressMetrics& more);
    bool operator==(const AddressMetrics&) const = default;
};

/// Of the other routers.
struct MeshMetrics {
    std::uint64_t reachable = 0;
    std::uint64_t unreachable = 0;  // known, but there is no path
    std::uint64_t neighbours = 0;
    std::uint64_t addresses_left_out = 0;  // of this router's, that others are not told of
    linkstate::LinkStateCounters counters;
    std::uint64_t control_bytes = 0;
    std::uint64_t control_refused = 0;       // for want of these
    std::uint64_t settings = 0;              // that all Weft routers have in common
    std::uint64_t settings_in_conflict = 0;  // that differ here, or are not used
    settings::MeshSettingsCounters exchange{};
    node::MeshDemandCounters demand{};
    bool settings_kept = true;  // all of them are on the disk, or this router keeps none
    std::uint64_t settings_write_failures = 0;
};

struct PoolMetrics {
    std::string type;
    std::uint64_t allocated = 0;
};

/// A router's numbers at one moment. Threading: not shared (a value).
struct Metrics {
    RouterTotals totals;
    std::uint64_t addresses = 0;
    std::array<std::uint64_t, autolink::kStatuses> auto_links{};  // by status
    std::uint64_t link_routes = 0;
    std::uint64_t link_routes_active = 0;
    std::uint64_t routed_pairs = 0;  // links that are passed on
    node::RoutedCounters routed{};
    linkroute::LinkRoutes::Counters link_route_counters{};
    std::uint64_t exchanges = 0;
    std::uint64_t bindings = 0;
    std::uint64_t exchange_messages = 0;  // on their way through exchanges
    exchange::ExchangeCounters exchanged{};
    std::optional<MeshMetrics> mesh;  // nothing: this router is alone
    /// By role and listener.
    std::map<std::pair<std::string, std::string>, std::uint64_t> connections;
    std::vector<AddressMetrics> by_address;  // at most kMetricAddressesMax
    AddressMetrics other;                    // all others, local and temporary ones too
    std::uint64_t over_budget = 0;           // of these, those that the budget left out
    daemon::ProcessMetrics process{};
    std::vector<PoolMetrics> pools;
    std::uint64_t silent_loops = 0;  // that did not tell their numbers in time
    std::uint64_t unanswered = 0;    // questions to loops, of scrapes and management
    std::uint64_t pages_given_up = 0;
    std::uint64_t requests_late = 0;  // of management, that did not come whole in time
    std::uint64_t requests_refused = 0;
    policy::Denials denied{};
};

/// The text that Prometheus reads: first the names of the original, which have no labels, then
/// our own. The series `address="other"` may fall when an address in it goes away.
/// Threading: not shared. Spec: Prometheus text exposition format 0.0.4
class MetricsText {
public:
    /// `metrics` must outlive it.
    explicit MetricsText(const Metrics& metrics) : metrics_{metrics} {}

    /// Writes a part: of a family with a series for each address, so many of them. True: that was
    /// the last.
    bool go_on(std::size_t series);
    std::string take() { return out_.take(); }

private:
    const Metrics& metrics_;
    daemon::MetricsWriter out_;
    std::size_t family_ = 0;  // of those by address; then all the rest follows
    std::size_t at_ = 0;      // the address
    bool begun_ = false;
};

}  // namespace weft::router_mgmt
