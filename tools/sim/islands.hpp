#pragma once

#include "tools/sim/scenario.hpp"
#include "tools/sim/topology.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace weft::sim {

/// Routers that can reach each other and no other, ascending.
using Island = std::vector<std::size_t>;

/// What is left of the mesh without the parts that failed: the largest island first, of equal ones
/// that with the first router.
std::vector<Island> islands(const Topology& topology, const std::set<Part>& failed);

/// The routers of all islands but the largest, ascending.
std::vector<std::size_t> cut_off(const std::vector<Island>& islands);

/// Something whose failure alone would cut others off.
struct SinglePoint {
    Part part{};
    std::vector<std::size_t> cut_off{};
};

/// Routers first; none of a mesh that is parted anyway.
std::vector<SinglePoint> single_points(const Topology& topology);

/// An address that some routers can't reach any consumer of.
struct Unserved {
    std::string address{};
    std::vector<std::size_t> routers{};  // ascending

    bool operator==(const Unserved&) const = default;
};

/// Of all addresses of the topology, in their order.
std::vector<Unserved> unserved(const Topology& topology, const std::vector<Island>& islands);

}  // namespace weft::sim
