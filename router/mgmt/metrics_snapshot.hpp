#pragma once

#include "common/base/time.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/web.hpp"
#include "router/mgmt/metrics.hpp"

namespace weft::node {
class Mesh;
class Shards;
class SharedAddresses;
}  // namespace weft::node

namespace weft::router_mgmt {

/// What the numbers are taken from.
struct MetricsSources {
    node::Shards& shards;
    const node::Mesh* mesh = nullptr;  // null, like `shared`: the router is alone
    const node::SharedAddresses* shared = nullptr;
    const daemon::Listeners& listeners;
    const daemon::Web& web;
    Instant started_at;
};

/// A router's numbers now. Costs O(links + addresses), as a tick of the core does; other loops are
/// held up for a piece at a time. Threading: home's loop.
[[nodiscard]] Metrics take_metrics(const MetricsSources& of);

}  // namespace weft::router_mgmt
