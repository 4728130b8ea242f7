#include "tests/simulation/mesh_sim_graph.hpp"

#include <algorithm>
#include <set>

namespace weft::router {

bool Tree::passes(std::size_t through, std::size_t node) const {
    while (node != through && parent[node] != node) {
        node = parent[node];
    }
    return node == through;
}

std::size_t Tree::next_hop(std::size_t root, std::size_t node) const {
    while (parent[node] != root) {
        node = parent[node];
    }
    return node;
}

Tree shortest_paths(const Graph& graph, std::size_t root) {
    Tree tree;
    tree.cost.assign(graph.size, Tree::kUnreachable);
    for (std::size_t node = 0; node < graph.size; ++node) {
        tree.parent.push_back(node);
    }
    tree.cost[root] = 0;
    std::set<std::pair<std::uint32_t, std::size_t>> open{{0, root}};
    while (!open.empty()) {
        const auto [so_far, node] = *open.begin();
        open.erase(open.begin());
        for (const auto& [ends, cost] : graph.links) {
            if (ends.first != node && ends.second != node) {
                continue;
            }
            const std::size_t other = ends.first == node ? ends.second : ends.first;
            if (so_far + cost < tree.cost[other]) {
                open.erase({tree.cost[other], other});
                tree.cost[other] = so_far + cost;
                tree.parent[other] = node;
                open.insert({tree.cost[other], other});
            }
        }
    }
    return tree;
}

}  // namespace weft::router
