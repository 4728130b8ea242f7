#pragma once

#include "router/node/metrics.hpp"

namespace weft::router {

class Router;

/// A router's numbers now. Costs O(links + addresses), as a tick of the core does.
/// Threading: loop-confined (loop 0).
[[nodiscard]] Metrics take_metrics(Router& router);

}  // namespace weft::router
