#pragma once

#include "tools/sim/report.hpp"
#include "tools/sim/topology.hpp"
#include "tools/sim/verdict.hpp"
#include "tools/weft/values/json.hpp"

namespace weft::tools {

/// Outages of one event in the JSON; further ones are counted only.
inline constexpr std::size_t kSimOutagesMax = 1000;

/// All that `print_sim` tells, and the lists it cuts short. Times are in seconds.
Json sim_json(const sim::Topology& topology,
              const sim::Report& report,
              const sim::Verdict& verdict);

}  // namespace weft::tools
