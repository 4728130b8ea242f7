#pragma once

#include "router/core/outlet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::router {

/// The outlets of an address that has many, as a tree whose nodes know the best below them: the
/// choice is that of choose_outlet() without a walk over all.
///
/// An outlet that is indexed says so (Outlet::index), and Outlet::changed keeps the tree true.
///
/// Invariants:
///   I1  a leaf is what its outlet is now, a node the least of its two children
///   I2  `outstanding` is the sum of `counted`, what each outlet has now
///
/// set, update and choose are O(log outlets), rebuild O(outlets). Threading: not shared.
class OutletIndex {
public:
    explicit OutletIndex(Distribution distribution) : distribution_{distribution} {}
    OutletIndex(const OutletIndex&) = delete;
    OutletIndex& operator=(const OutletIndex&) = delete;

    /// The outlet at `position` is that one; positions are those of the address's outlets.
    void set(std::size_t position, Outlet& outlet);
    /// There is none at the last position any more.
    void pop();
    /// It is about to go, and its outlets stay.
    void release();
    /// What stands at `outlet`'s position is looked at anew.
    void update(const Outlet& outlet);

    /// As choose_outlet(), of those that are not in process; size() if none.
    std::size_t choose(std::size_t start, Scope scope, Sizes sizes = Sizes::all) const;
    /// As choose_limited().
    std::size_t choose_limited(std::uint64_t bytes, std::size_t start, Scope scope) const;
    std::size_t size() const { return outlets_.size(); }
    /// Deliveries on their way to all of them but relays, and not settled.
    std::uint64_t outstanding() const { return outstanding_; }
    /// Nodes looked at so far: what its calls cost.
    std::uint64_t steps() const { return steps_; }
    /// I1 and I2, for tests.
    bool is_true() const;

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Node {
        std::uint32_t all = kNone;      // the least burden of those that can take a delivery
        std::uint32_t here = kNone;     // the same, not over other loops
        std::uint32_t nearest = kNone;  // the least cost of those attached
        // The same of those that take messages of any size.
        std::uint32_t unlimited_all = kNone;
        std::uint32_t unlimited_here = kNone;
        std::uint32_t unlimited_nearest = kNone;
        // The highest limit of those that have one and can take a delivery.
        std::uint64_t most_all = 0;
        std::uint64_t most_here = 0;
        bool operator==(const Node&) const = default;
    };

    Node leaf_of(const Outlet& outlet) const;
    static Node least(const Node& one, const Node& other);
    static std::uint32_t count_of(const Outlet& outlet);
    void count(std::size_t position, std::uint32_t outstanding);
    void put(std::size_t position, const Node& leaf);
    void grow();
    template <class Holds>
    std::size_t first(std::size_t from, Holds holds) const;

    Distribution distribution_;
    std::vector<Outlet*> outlets_;
    std::vector<std::uint32_t> counted_;  // of each outlet
    std::uint64_t outstanding_ = 0;
    std::size_t leaves_ = 0;   // a power of two, or none
    std::vector<Node> nodes_;  // [1] the root, [leaves_ + i] the leaf of outlet i
    mutable std::uint64_t steps_ = 0;
};

/// The same choice as without an index. O(outlets in process + log outlets).
[[nodiscard]] std::size_t choose_outlet(std::span<Outlet* const> outlets,
                                        const OutletIndex& index,
                                        std::size_t start,
                                        Scope scope,
                                        Sizes sizes = Sizes::all);

}  // namespace weft::router
