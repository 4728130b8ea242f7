#include "router/linkstate/spf.hpp"

#include <algorithm>
#include <functional>

namespace weft::linkstate {
namespace {

constexpr unsigned kRankBits = 16;
static_assert(kGraphSizeMax <= std::size_t{1} << kRankBits);

/// A heap of (cost, rank) in one number, so that a comparison is one instruction.
class Frontier {
public:
    void push(std::uint64_t cost, std::uint32_t rank) {
        heap_.push_back(cost << kRankBits | rank);
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
    }
    std::uint64_t pop() {
        std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
        const std::uint64_t least = heap_.back();
        heap_.pop_back();
        return least;
    }
    bool empty() const { return heap_.empty(); }
    void reserve(std::size_t size) { heap_.reserve(size); }

private:
    std::vector<std::uint64_t> heap_;
};

}  // namespace

Graph Graph::reversed() const {
    Graph other;
    other.rank = rank;
    other.by_rank = by_rank;
    other.first.assign(first.size(), 0);
    for (const Edge& edge : edges) {
        ++other.first[edge.to + 1];
    }
    for (std::size_t i = 1; i < other.first.size(); ++i) {
        other.first[i] += other.first[i - 1];
    }
    other.edges.resize(edges.size());
    std::vector<std::uint32_t> next(other.first.begin(), other.first.end() - 1);
    for (RouterIndex from = 0; from < size(); ++from) {
        for (const Edge& edge : of(from)) {
            other.edges[next[edge.to]++] = {from, edge.cost};
        }
    }
    return other;
}

void compute_tree(const Graph& graph, RouterIndex root, Tree& tree) {
    tree.cost.assign(graph.size(), kUnreached);
    tree.parent.assign(graph.size(), kNoRouter);
    tree.order.clear();
    tree.order.reserve(graph.size());
    Frontier frontier;
    frontier.reserve(graph.size());
    tree.cost[root] = 0;
    frontier.push(0, graph.rank[root]);
    while (!frontier.empty()) {
        const std::uint64_t least = frontier.pop();
        const RouterIndex router = graph.by_rank[least & ((1U << kRankBits) - 1)];
        const std::uint64_t cost = least >> kRankBits;
        if (cost != tree.cost[router]) {
            continue;  // a shorter path was found after this entry was made
        }
        tree.order.push_back(router);
        for (const Edge& edge : graph.of(router)) {
            const std::uint64_t through = cost + edge.cost;
            if (through < tree.cost[edge.to]) {
                tree.cost[edge.to] = through;
                tree.parent[edge.to] = router;
                frontier.push(through, graph.rank[edge.to]);
            }
        }
    }
}

}  // namespace weft::linkstate
