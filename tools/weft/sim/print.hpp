#pragma once

#include "tools/sim/report.hpp"
#include "tools/sim/topology.hpp"
#include "tools/sim/verdict.hpp"

#include <ostream>

namespace weft::tools {

/// Outages, addresses, islands and single points of failure that are shown of each list; the rest
/// is counted, and stands in the JSON.
inline constexpr std::size_t kSimRowsMax = 5;

/// The mesh at rest, a paragraph for each event, and the verdict.
void print_sim(const sim::Topology& topology,
               const sim::Report& report,
               const sim::Verdict& verdict,
               std::ostream& out);

}  // namespace weft::tools
