#pragma once

#include "tools/sim/islands.hpp"
#include "tools/sim/path_watch.hpp"
#include "tools/sim/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::sim {

/// Pairs of running routers whose path is another one than before.
struct Moved {
    std::size_t next_hops = 0;  // pairs with another first link
    std::size_t costs = 0;      // pairs with another cost
    std::size_t routers = 0;    // from which they are seen
    // The pair whose cost rose most; before is 0 if none rose.
    std::size_t from = 0;
    std::size_t to = 0;
    std::uint32_t cost_before = 0;
    std::uint32_t cost_after = 0;
};

/// The time between two events: what the mesh was, and what it took to get there.
struct Phase {
    std::vector<Change> changes{};  // that it began with, at one time; none: all routers started
    Duration at{};
    Duration length{};
    std::optional<Duration> agreed_after{};  // nothing: not while it lasted
    std::string disagreement{};              // then, the first that was found
    std::vector<Outage> outages{};           // the longest first; not of the first phase
    Moved moved{};
    std::vector<Island> islands{};     // of those that run
    std::vector<Unserved> unserved{};  // not those that were so at rest
    // Control messages until all agreed, or else until its end.
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

/// The path that costs most. Threading: not shared (a value).
struct LongestPath {
    std::vector<std::size_t> routers{};  // both ends included; empty: there are no two routers
    std::uint64_t cost = 0;
};

/// What became of a mesh. Threading: not shared (a value).
struct Report {
    Phase rest{};
    LongestPath longest{};
    std::vector<SinglePoint> single_points{};
    std::vector<Phase> events{};

    const Phase& last() const { return events.empty() ? rest : events.back(); }
    /// At the end all running routers reach each other, and agree.
    bool is_whole() const { return last().islands.size() <= 1 && last().agreed_after.has_value(); }
};

}  // namespace weft::sim
