#pragma once

#include "router/core/branch.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace weft::router {

/// The branches that wait for consumers of an address: by priority, and the oldest first.
///
/// The most urgent goes first, but each priority that waits gets at least one of sixteen turns.
/// Messages are seldom of another priority than the usual one: there is one list until one comes.
///
/// When there may be other ways than to wait, all that waits is looked at again, one by one: what
/// stays in its place costs no more than what goes.
///
/// Who ends a branch that waits takes it out with `remove`. All are O(priorities), but for push of
/// what is older than others of its priority: that looks from where the last such one was put, so
/// that many which come in order cost one walk together. Threading: loop-confined.
class WaitingLine {
public:
    /// Turns in which every priority has one.
    static constexpr std::uint32_t kRound = 16;
    /// What came down an uplink and waits is no more than its credit.
    static constexpr std::uint32_t kLooksMax = 1'000;

    bool empty() const { return count_ == 0; }
    /// How many wait.
    std::size_t count() const { return count_; }
    /// Of those, the ones noted as stuck.
    std::size_t stuck() const { return stuck_; }
    void note_stuck(Branch& branch) {
        branch.stuck = true;
        ++stuck_;
    }
    /// The one whose turn it is; null if none waits.
    const Branch* front() const;
    /// Takes it out.
    Branch& take();
    /// The first that goes where not all may, of the kLooksMax that stand in front; null: none of
    /// them does.
    template <class Goes>
    Branch* first(Goes goes);
    /// It waits here no longer.
    void remove(Branch& branch);
    /// What was taken last could not go: it is the next again.
    void put_back(Branch& branch);
    /// Puts an open branch in its place; `priority` is below kPriorities. Returns how many others
    /// it was compared with.
    std::size_t push(Branch& branch, std::uint8_t priority);
    /// Begins a look at all that waits, the most urgent first.
    void look_again();
    /// The next to be looked at; null: all were.
    Branch* to_look_at() { return rare_ == nullptr ? nullptr : rare_->to_look_at; }
    bool is_looked_at() const { return rare_ != nullptr && rare_->to_look_at != nullptr; }
    /// The next was looked at, and stays.
    void looked_at() { rare_->to_look_at = after(*rare_->to_look_at); }
    /// Calls visit(list) for the list of each priority: in each the oldest comes first.
    template <class Visit>
    void for_each_list(Visit visit) {
        if (rare_ != nullptr) {
            for (BranchList& list : rare_->lists) {
                visit(list);
            }
        }
        visit(usual_);
    }
    template <class Visit>
    void for_each_list(Visit visit) const {
        const_cast<WaitingLine*>(this)->for_each_list([&](const BranchList& list) { visit(list); });
    }

private:
    /// What few lines have.
    struct Rare {
        std::array<BranchList, kPriorities> lists;  // of other priorities: the usual one's is empty
        std::uint32_t turn = 0;
        Branch* to_look_at = nullptr;
        Branch* late = nullptr;  // the last one put before younger ones, or the next after it
        bool any() const;
    };

    BranchList& list_of(std::uint8_t priority);
    BranchList* next();
    /// The first of the most urgent below `priority`; null if there is none.
    Branch* first_below(std::size_t priority);
    Branch* after(Branch& branch);
    BranchList::iterator place_of(const Delivery& late, BranchList& list, std::size_t& steps);
    void joined(Branch& branch);
    void left(Branch& branch);

    BranchList usual_;
    std::uint32_t count_ = 0;
    std::uint32_t stuck_ = 0;
    std::unique_ptr<Rare> rare_;  // null: only messages of the usual priority have waited
};

template <class Goes>
Branch* WaitingLine::first(Goes goes) {
    std::size_t left = kLooksMax;
    Branch* found = nullptr;
    for_each_list([&](BranchList& list) {
        for (auto at = list.begin(); found == nullptr && left > 0 && at != list.end(); ++at) {
            --left;
            found = goes(*at->delivery) ? &*at : nullptr;
        }
    });
    return found;
}

}  // namespace weft::router
