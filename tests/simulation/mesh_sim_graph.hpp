#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace weft::router {

/// A mesh as the simulation draws it: nodes 0 … size − 1, and what each link costs.
struct Graph {
    std::size_t size = 0;
    std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> links;  // the lower node first

    bool operator==(const Graph&) const = default;
};

/// The shortest paths from one node; of equal ones that over the predecessor with the lower
/// (distance, number), so that a path's end is the path of the node in its middle.
struct Tree {
    static constexpr std::uint32_t kUnreachable = UINT32_MAX;

    std::vector<std::uint32_t> cost;
    std::vector<std::size_t> parent;

    bool reaches(std::size_t node) const { return cost[node] != kUnreachable; }
    bool passes(std::size_t through, std::size_t node) const;
    /// The first node on the way from `root`.
    std::size_t next_hop(std::size_t root, std::size_t node) const;
};
Tree shortest_paths(const Graph& graph, std::size_t root);

}  // namespace weft::router
