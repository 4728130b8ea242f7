#include "router/core/trunk.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace weft::router {

Link* Trunk::for_priority(std::uint8_t priority) const {
    std::size_t at = std::min<std::size_t>(priority, kPriorities - 1) + 1;
    while (at-- > 0) {
        if (out[at] != nullptr) {
            return out[at];
        }
    }
    return nullptr;
}

void Trunk::remove(const Link& link) {
    std::ranges::replace(out, const_cast<Link*>(&link), nullptr);
    std::erase(streams, &link);
    if (searched_next != nullptr && unsearched.back() == &link) {
        std::exchange(searched_next, nullptr)->searched_next = false;
    }
    std::erase(unsearched, &link);
    if (late != nullptr && late->link == &link) {
        mark_late(nullptr);
    }
}

void Trunk::search() {
    strayed = false;
    unsearched = streams;
    unsearched.insert(unsearched.end(), out.begin(), out.end());
    std::erase_if(unsearched,
                  [](const Link* link) { return link == nullptr || link->queue.empty(); });
}

void Trunk::search_behind(Branch& branch) {
    branch.searched_next = false;
    searched_next = nullptr;
    const auto next = std::next(BranchList::s_iterator_to(branch));
    if (next == branch.link->queue.end()) {
        unsearched.pop_back();
        return;
    }
    searched_next = &*next;
    next->searched_next = true;
}

void Trunk::mark_late(Branch* branch) {
    if (late != nullptr) {
        late->late = false;
    }
    late = branch;
    if (late != nullptr) {
        late->late = true;
    }
}

std::optional<std::uint32_t> cost_of(const Route& route, const Destinations& allowed) {
    std::optional<std::uint32_t> best;
    for (const auto& [router, cost] : route.destinations) {
        if (router < allowed.size() && allowed[router] && (!best || cost < *best)) {
            best = cost;
        }
    }
    return best;
}

RouteChoice choose_route(std::span<const std::unique_ptr<Route>> routes,
                         Distribution distribution,
                         std::size_t start,
                         const Destinations& allowed) {
    RouteChoice best{nullptr, std::numeric_limits<std::uint64_t>::max()};
    const std::size_t count = routes.size();
    for (std::size_t i = 0, at = count == 0 ? 0 : start % count; i < count; ++i) {
        Route& route = *routes[at];
        if (const auto cost = cost_of(route, allowed)) {
            const bool balanced = distribution == Distribution::balanced;
            const std::uint64_t burden = std::uint64_t{*cost} + (balanced ? route.outstanding : 0U);
            if (burden < best.burden) {
                best = {&route, burden};
            }
        }
        at = at + 1 == count ? 0 : at + 1;
    }
    return best;
}

}  // namespace weft::router
