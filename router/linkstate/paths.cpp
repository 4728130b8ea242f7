#include "router/linkstate/paths.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

/// True if an edge that is new or cheaper makes a path shorter, or is as short and comes first.
bool Paths::may_matter(const Edge& edge, RouterIndex from) const {
    if (!own_.reaches(from) || edge.to == kThisRouter) {
        return false;
    }
    const std::uint64_t through = own_.cost[from] + edge.cost;
    if (!own_.reaches(edge.to) || through < own_.cost[edge.to]) {
        return true;
    }
    const RouterIndex parent = own_.parent[edge.to];
    return through == own_.cost[edge.to] && from != parent &&
           std::pair(own_.cost[from], std::string_view(database_->at(from).id)) <
               std::pair(own_.cost[parent], std::string_view(database_->at(parent).id));
}

bool Paths::lost_matters(const Edge& edge, RouterIndex from) const {
    return own_.reaches(edge.to) && own_.parent[edge.to] == from;
}

void Paths::note_change(RouterIndex router, std::span<const Edge> edges) {
    const std::vector<Edge>& before = database_->at(router).edges;
    auto old = before.begin();
    for (const Edge& edge : edges) {
        for (; old != before.end() && old->to < edge.to && !stale_; ++old) {
            stale_ = lost_matters(*old, router);
        }
        const bool known = old != before.end() && old->to == edge.to;
        if (stale_) {
            return;
        }
        if (!known || edge.cost < old->cost) {
            // Where the edge carries a path, what lies behind becomes cheaper, too.
            stale_ = may_matter(edge, router) || lost_matters(edge, router);
        } else if (edge.cost > old->cost) {
            stale_ = lost_matters(edge, router);
        }
        old += known ? 1 : 0;
    }
    stale_ = stale_ || std::any_of(old, before.end(),
                                   [&](const Edge& edge) { return lost_matters(edge, router); });
}

bool Paths::update() {
    if (!stale_) {
        return false;
    }
    compute_tree(database_->graph(), kThisRouter, own_);
    first_.assign(own_.cost.size(), kNoRouter);
    for (const RouterIndex router : own_.order) {
        const RouterIndex parent = own_.parent[router];
        first_[router] = parent == kThisRouter || parent == kNoRouter ? router : first_[parent];
    }
    stale_ = false;
    return true;
}

std::uint32_t Paths::cost(RouterIndex router) const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(own_.cost[router], UINT32_MAX));
}

const std::vector<bool>& Paths::valid_destinations(RouterIndex origin) {
    static const std::vector<bool> kNone;
    return database_->knows(origin) ? tree_of(origin).destinations : kNone;
}

RouterIndex Paths::previous_hop(RouterIndex origin) {
    return database_->knows(origin) ? tree_of(origin).previous_hop : kNoRouter;
}

const Paths::Origin& Paths::tree_of(RouterIndex origin) {
    if (origins_.size() <= origin) {
        origins_.resize(database_->end());
    }
    Origin& known = origins_[origin];
    if (known.version == database_->version()) {
        return known;
    }
    known.version = database_->version();
    known.destinations.assign(database_->end(), false);
    compute_tree(database_->graph(), origin, scratch_);
    ++origins_computed_;
    std::vector<bool>& through = known.destinations;
    through[kThisRouter] = scratch_.reaches(kThisRouter);
    known.previous_hop = through[kThisRouter] ? scratch_.parent[kThisRouter] : kNoRouter;
    for (const RouterIndex router : scratch_.order) {
        if (const RouterIndex parent = scratch_.parent[router]; parent != kNoRouter) {
            through[router] = through[router] || through[parent];
        }
    }
    through[kThisRouter] = false;  // it ends here, it does not pass
    return known;
}

}  // namespace weft::linkstate
