#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weft::router {

/// How an address spreads its messages, as management names them.
enum class Distribution : std::uint8_t { multicast, closest, balanced, unavailable };

class OutletIndex;

/// Of a consumer that takes messages of any size.
inline constexpr std::uint64_t kAnySize = UINT64_MAX;

/// What the choice of a consumer looks at: one way out for the messages of an address.
///
/// The live path, tests, simulation and `weft why` fill the same struct, so that all explain the
/// same decision.
struct Outlet {
    std::uint32_t outstanding = 0;  // deliveries on their way to it and not settled
    std::uint32_t credit = 0;       // deliveries it is ready to take now
    std::uint32_t cost = 0;         // of the path; 0: this router
    bool attached = false;          // its link is active
    bool in_process = false;
    bool relay = false;   // to another loop of this router
    bool uplink = false;  // to the mesh, of an edge router
    bool busy = false;    // in the middle of a delivery
    bool full = false;    // its session or connection took less than it was given

    std::uint32_t place = 0;             // in the index
    std::uint64_t bytes_max = kAnySize;  // of a message that it takes
    OutletIndex* index = nullptr;        // of its address; null: that has few outlets

    /// Takes messages up to a size only.
    bool limited() const { return bytes_max != kAnySize; }
    /// To be called after what the choice looks at was changed.
    void changed() {
        if (index != nullptr) [[unlikely]] {
            tell_index();
        }
    }

private:
    void tell_index();
};

/// Why an outlet gets no delivery now.
enum class Ineligible : std::uint8_t { no, no_credit, busy, full };

inline Ineligible ineligible(const Outlet& outlet) {
    if (outlet.credit == 0) {
        return Ineligible::no_credit;
    }
    if (outlet.full) {
        return Ineligible::full;
    }
    return outlet.busy ? Ineligible::busy : Ineligible::no;
}

/// What speaks against an outlet; lower is better, 0 can't be beaten.
[[nodiscard]] std::uint64_t burden(const Outlet& outlet, Distribution distribution);

/// Which outlets come into question: for a message that does not fit every consumer, those that
/// take any size.
enum class Sizes : std::uint8_t { all, unlimited };

/// Which outlets a delivery may take; `here`: none to another loop.
enum class Scope : std::uint8_t { all, here };

/// True of one that comes into question, if it can take a delivery now; those in process always do.
inline bool is_in(const Outlet& outlet, Scope scope, Sizes sizes) {
    return (scope == Scope::all || !outlet.relay) && (sizes == Sizes::all || !outlet.limited());
}

/// As choose_outlet(), which it is a part of, of any number.
[[nodiscard]] std::size_t choose_among(std::span<Outlet* const> outlets,
                                       Distribution distribution,
                                       std::size_t start,
                                       Scope scope,
                                       Sizes sizes);

/// Chooses the outlet for one anycast delivery; outlets.size() if none can take it now.
///
/// The ones in process, which stand at the front, come first. Then, closest: the lowest cost, and
/// if none of that cost can take it now, none; balanced: the least outstanding plus cost. `start`
/// is where to begin to look (a counter that the caller advances), so that equals take turns. Pure;
/// O(outlets), less if one is idle.
[[nodiscard]] inline std::size_t choose_outlet(std::span<Outlet* const> outlets,
                                               Distribution distribution,
                                               std::size_t start,
                                               Scope scope = Scope::all,
                                               Sizes sizes = Sizes::all) {
    if (outlets.size() == 1) [[likely]] {  // of most addresses
        const Outlet& only = *outlets[0];
        const bool comes = only.in_process || is_in(only, scope, sizes);
        return comes && ineligible(only) == Ineligible::no ? 0 : 1;
    }
    return choose_among(outlets, distribution, start, scope, sizes);
}

/// Of so many that take a large message the best one is chosen.
inline constexpr int kLimitedLooks = 16;

/// Chooses among those with a limit for a message of `bytes`: of the next few from `start` on that
/// take so much now, the one against which least speaks. outlets.size() if none does.
[[nodiscard]] std::size_t choose_limited(std::span<Outlet* const> outlets,
                                         std::uint64_t bytes,
                                         Distribution distribution,
                                         std::size_t start,
                                         Scope scope);

}  // namespace weft::router
