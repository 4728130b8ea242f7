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
/// Who ends a branch that waits takes it out with `remove`. All are O(priorities), but for push of
/// what is older than others of its priority. Threading: loop-confined.
class WaitingLine {
public:
    /// Turns in which every priority has one.
    static constexpr std::uint32_t kRound = 16;

    bool empty() const { return usual_.empty() && (others_ == nullptr || !others_->any()); }
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
    /// It waits here no longer.
    void remove(Branch& branch);
    /// What was taken last could not go: it is the next again.
    void put_back(Branch& branch);
    /// Puts an open branch in its place; `priority` is below kPriorities.
    void push(Branch& branch, std::uint8_t priority);
    /// All of them, the most urgent first; none waits here any more. O(them).
    BranchList take_all();
    /// Calls visit(list) for the list of each priority: in each the oldest comes first.
    template <class Visit>
    void for_each_list(Visit visit) {
        if (others_ != nullptr) {
            for (BranchList& list : others_->lists) {
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
    struct Others {
        std::array<BranchList, kPriorities> lists;  // the usual priority's is empty
        std::uint32_t turn = 0;
        bool any() const;
    };

    BranchList& list_of(std::uint8_t priority);
    BranchList* next();
    void joined(Branch& branch);
    void left(Branch& branch);

    BranchList usual_;
    std::uint32_t count_ = 0;
    std::uint32_t stuck_ = 0;
    std::unique_ptr<Others> others_;  // null: only messages of the usual priority have waited
};

}  // namespace weft::router
