#pragma once

#include "common/base/time.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/web.hpp"
#include "router/mgmt/metrics.hpp"

namespace weft::router {

class Mesh;
class SharedAddresses;
class Shards;

/// What the numbers are taken from.
struct MetricsSources {
    Shards& shards;
    const Mesh* mesh = nullptr;  // null, like `shared`: the router is alone
    const SharedAddresses* shared = nullptr;
    const daemon::Listeners& listeners;
    const daemon::Web& web;
    Instant started_at;
};

/// A router's numbers now. Costs O(links + addresses), as a tick of the core does; other loops are
/// held up for a piece at a time. Threading: home's loop.
[[nodiscard]] Metrics take_metrics(const MetricsSources& of);

}  // namespace weft::router
