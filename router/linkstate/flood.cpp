#include "router/linkstate/flood.hpp"

#include <utility>

namespace weft::linkstate {

bool FloodMemory::is_new(std::string_view origin, Bytes content, Instant now) {
    if (now - turned_ >= kAge || recent_.size() >= kRemembered) {
        if (now - turned_ >= 2 * kAge) {
            recent_.clear();
        }
        older_.swap(recent_);
        recent_.clear();
        turned_ = now;
    }
    const TextHash hash;
    const std::size_t name = hash(as_text(content)) * 31 + hash(origin);
    return !older_.contains(name) && recent_.insert(name).second;
}

void FloodTree::refresh() {
    if (version_ == database_->version() && reversed_.size() == database_->end()) {
        return;
    }
    version_ = database_->version();
    reversed_ = database_->graph().reversed();
    distances_.assign(reversed_.size(), {});
    std::vector<bool> needed(reversed_.size(), false);
    const auto need_parents_of = [&](RouterIndex router) {
        for (const Edge& edge : reversed_.of(router)) {
            needed[edge.to] = true;
        }
    };
    need_parents_of(kThisRouter);
    for (const Edge& edge : database_->at(kThisRouter).edges) {
        need_parents_of(edge.to);
    }
    std::size_t count = 0;
    for (const bool each : needed) {
        count += each ? 1 : 0;
    }
    usable_ = count <= kDistancesMax;
    Tree tree;
    for (RouterIndex router = 0; usable_ && router < needed.size(); ++router) {
        if (needed[router]) {
            compute_tree(reversed_, router, tree);
            distances_[router] = std::move(tree.cost);
        }
    }
}

bool FloodTree::usable() {
    refresh();
    return usable_;
}

RouterIndex FloodTree::parent(RouterIndex router, RouterIndex origin) {
    refresh();
    if (router == origin || origin >= reversed_.size()) {
        return kNoRouter;
    }
    RouterIndex best = kNoRouter;
    std::uint64_t best_cost = kUnreached;
    for (const Edge& edge : reversed_.of(router)) {
        const std::uint64_t before = distances_[edge.to][origin];
        if (before == kUnreached) {
            continue;
        }
        const std::uint64_t cost = before + edge.cost;
        const auto order = [&](RouterIndex candidate) {
            return std::pair(distances_[candidate][origin], reversed_.rank[candidate]);
        };
        if (cost < best_cost || (cost == best_cost && order(edge.to) < order(best))) {
            best = edge.to;
            best_cost = cost;
        }
    }
    return best;
}

}  // namespace weft::linkstate
