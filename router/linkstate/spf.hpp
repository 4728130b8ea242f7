#pragma once

#include "router/linkstate/link_state_output.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace weft::linkstate {

/// A link as its owner announces it.
struct Edge {
    RouterIndex to = kNoRouter;
    std::uint32_t cost = 1;
    bool operator==(const Edge&) const = default;
};

/// Costs are sums of up to 2^31 each over this many routers at most: 44 bits.
inline constexpr std::size_t kGraphSizeMax = std::size_t{1} << 13;
inline constexpr std::uint64_t kUnreached = UINT64_MAX;

/// The links of all routers, packed. Threading: not shared (a value).
struct Graph {
    std::vector<std::uint32_t> first;  // of a router's edges; one more than routers
    std::vector<Edge> edges;           // of a router ascending by `to`
    std::vector<std::uint32_t> rank;   // of a router's id among all: breaks ties
    std::vector<RouterIndex> by_rank;  // the router of each rank

    std::size_t size() const { return rank.size(); }
    std::span<const Edge> of(RouterIndex router) const {
        return std::span(edges).subspan(first[router], first[router + 1] - first[router]);
    }
    /// The graph with each edge turned around.
    Graph reversed() const;
};

/// The shortest paths from one router to all others.
struct Tree {
    std::vector<std::uint64_t> cost;  // kUnreached: no path
    std::vector<RouterIndex> parent;  // kNoRouter: none
    std::vector<RouterIndex> order;   // those that are reached, nearest first; the root is first

    bool reaches(RouterIndex router) const {
        return router < cost.size() && cost[router] != kUnreached;
    }
};

/// Computes the tree of `root`. Of equal paths the one stays whose last router but one comes first
/// by (cost, id): all routers choose the same, originals too, and valid origins depend on that.
void compute_tree(const Graph& graph, RouterIndex root, Tree& tree);

}  // namespace weft::linkstate
