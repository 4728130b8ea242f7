#include "router/linkstate/neighbours.hpp"

#include <algorithm>
#include <tuple>

namespace weft::linkstate {

Adjacency& Neighbours::add(PeerLink link, std::uint32_t cost) {
    Adjacency& adjacency = by_link_[link];
    adjacency = {};
    adjacency.link = link;
    adjacency.cost = std::max(cost, 1U);
    adjacency.silence = max_age_;
    return adjacency;
}

void Neighbours::remove(PeerLink link) {
    by_link_.erase(link);
}

Adjacency* Neighbours::find(PeerLink link) {
    const auto found = by_link_.find(link);
    return found == by_link_.end() ? nullptr : &found->second;
}

const Adjacency* Neighbours::find(PeerLink link) const {
    const auto found = by_link_.find(link);
    return found == by_link_.end() ? nullptr : &found->second;
}

const Adjacency* Neighbours::best(std::string_view id) const {
    const Adjacency* best = nullptr;
    for (const auto& [link, adjacency] : by_link_) {
        const bool serves = adjacency.is_up() && adjacency.id == id;
        if (serves && (best == nullptr || std::tuple(!adjacency.carries, adjacency.cost) <
                                              std::tuple(!best->carries, best->cost))) {
            best = &adjacency;
        }
    }
    return best;
}

Instant Neighbours::next_expiry() const {
    Instant next = kNever;
    for (const auto& [link, adjacency] : by_link_) {
        if (adjacency.is_up()) {
            next = std::min(next, expiry(adjacency) + Duration(1));
        }
    }
    return next;
}

}  // namespace weft::linkstate
