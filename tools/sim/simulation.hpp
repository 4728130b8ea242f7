#pragma once

#include "tools/sim/report.hpp"
#include "tools/sim/scenario.hpp"
#include "tools/sim/topology.hpp"

namespace weft::sim {

/// The longest that all are waited for to agree, beyond helloMaxAgeSeconds, unless the scenario
/// says how long.
inline constexpr Duration kSettleMax = std::chrono::seconds(60);

/// Starts all routers of a topology together on a virtual clock and network, lets happen to them
/// what the scenario says, and reports. The same arguments give the same report.
///
/// The changes must be in order, see `put_in_order`.
[[nodiscard]] Report simulate(const Topology& topology, const Scenario& scenario);

}  // namespace weft::sim
