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

bool is_nearest(const Outlet& chosen, std::span<Outlet* const> outlets, Scope scope, Sizes sizes) {
    return std::ranges::none_of(outlets, [&](const Outlet* other) {
        return other->attached && other->cost < chosen.cost && is_in(*other, scope, sizes);
    });
}

}  // namespace

std::size_t choose_among(std::span<Outlet* const> outlets,
                         Distribution distribution,
                         std::size_t start,
                         Scope scope,
                         Sizes sizes) {
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
        if (is_in(outlet, scope, sizes) && ineligible(outlet) == Ineligible::no) {
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
        !is_nearest(*outlets[best], outlets, scope, sizes)) {
        return count;
    }
    return best;
}

std::size_t choose_limited(std::span<Outlet* const> outlets,
                           std::uint64_t bytes,
                           Distribution distribution,
                           std::size_t start,
                           Scope scope) {
    const std::size_t count = outlets.size();
    std::size_t best = count;
    std::uint64_t best_burden = std::numeric_limits<std::uint64_t>::max();
    int looks = 0;
    for (std::size_t i = 0; i < count && looks < kLimitedLooks; ++i) {
        const std::size_t at = (start + i) % count;
        const Outlet& outlet = *outlets[at];
        if (!outlet.limited() || outlet.in_process || !is_in(outlet, scope, Sizes::all) ||
            outlet.bytes_max < bytes || ineligible(outlet) != Ineligible::no) {
            continue;
        }
        ++looks;
        const std::uint64_t its_burden = burden(outlet, distribution);
        if (its_burden < best_burden) {
            best = at;
            best_burden = its_burden;
        }
    }
    return best;
}

}  // namespace weft::router
