#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::sim {

/// The mesh as it is, and its paths computed the plain way: an ordered set instead of a heap, all
/// pairs, ids compared as text. Threading: not shared (a value).
struct Truth {
    static constexpr std::uint64_t kFar = UINT64_MAX;
    static constexpr std::size_t kNobody = SIZE_MAX;

    std::vector<std::map<std::size_t, std::uint32_t>> links;
    std::vector<std::vector<std::uint64_t>> cost;    // [from][to]
    std::vector<std::vector<std::size_t>> parent;    // [root][router]
    std::vector<std::vector<std::size_t>> next_hop;  // [from][to]

    bool reaches(std::size_t from, std::size_t to) const { return cost[from][to] != kFar; }

    template <class IdOf>
    void compute(std::size_t root, IdOf id_of) {
        auto& far = cost[root];
        auto& up = parent[root];
        std::set<std::pair<std::uint64_t, std::pair<std::string, std::size_t>>> open;
        far[root] = 0;
        open.insert({0, {id_of(root), root}});
        while (!open.empty()) {
            const auto [reached, name] = *open.begin();
            open.erase(open.begin());
            const std::size_t router = name.second;
            next_hop[root][router] = router == root       ? kNobody
                                     : up[router] == root ? router
                                                          : next_hop[root][up[router]];
            for (const auto& [peer, price] : links[router]) {
                if (reached + price < far[peer]) {
                    open.erase({far[peer], {id_of(peer), peer}});
                    far[peer] = reached + price;
                    up[peer] = router;
                    open.insert({far[peer], {id_of(peer), peer}});
                }
            }
        }
    }
    bool passes(std::size_t origin, std::size_t through, std::size_t to) const {
        if (cost[origin][to] == kFar || to == through) {
            return false;
        }
        std::size_t router = to;
        while (router != through && router != origin) {
            router = parent[origin][router];
        }
        return router == through;
    }
};

}  // namespace weft::sim
