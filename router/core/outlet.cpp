#include "router/core/outlet.hpp"

#include "router/core/outlet_index.hpp"

#include <algorithm>
#include <limits>

namespace weft::router {

void Outlet::tell_index() {
    index->update(*this);
}

std::uint64_t burden(const Outlet& outlet, Distribution distribution) {
    const std::uint64_t cost = std::uint64_t{outlet.cost} + (outlet.relay ? 1 : 0);
    return distribution == Distribution::balanced ? cost + outlet.outstanding : cost;
}

namespace {

bool is_nearest(const Outlet& chosen, std::span<Outlet* const> outlets, Scope scope) {
    return std::ranges::none_of(outlets, [&](const Outlet* other) {
        return other->attached && other->cost < chosen.cost &&
               (scope == Scope::all || !other->relay);
    });
}

}  // namespace

std::size_t choose_outlet(std::span<Outlet* const> outlets,
                          Distribution distribution,
                          std::size_t start,
                          Scope scope) {
    for (std::size_t i = 0; i < outlets.size() && outlets[i]->in_process; ++i) {
        if (ineligible(*outlets[i]) == Ineligible::no) {
            return i;
        }
    }
    const std::size_t count = outlets.size();
    std::size_t best = count;
    std::uint64_t best_burden = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0, at = count < 2 ? 0 : start % count; i < count; ++i) {
        const Outlet& outlet = *outlets[at];
        const bool allowed = scope == Scope::all || !outlet.relay;
        if (allowed && ineligible(outlet) == Ineligible::no) {
            const std::uint64_t its_burden = burden(outlet, distribution);
            if (its_burden < best_burden) {
                best = at;
                best_burden = its_burden;
                if (its_burden == 0) {
                    break;
                }
            }
        }
        at = at + 1 == count ? 0 : at + 1;
    }
    if (distribution == Distribution::closest && best_burden > 0 && best < count &&
        !is_nearest(*outlets[best], outlets, scope)) {
        return count;
    }
    return best;
}

}  // namespace weft::router
