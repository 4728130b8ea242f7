#pragma once

#include "common/daemon/web.hpp"
#include "router/mgmt/metrics.hpp"

namespace weft::router {

class Router;

/// A router's numbers now. Costs O(links + addresses), as a tick of the core does; other loops are
/// held up for a piece at a time. Threading: home's loop.
[[nodiscard]] Metrics take_metrics(Router& router, const daemon::Web& web);

}  // namespace weft::router
