#include "router/core/waiting_line.hpp"

#include "common/wire/sections.hpp"

#include <algorithm>
#include <iterator>

namespace weft::router {
namespace {

/// The priority that has this turn of a round for its own; the first turns are the most urgent's.
std::size_t priority_of_turn(std::uint32_t turn) {
    const std::uint32_t left = WaitingLine::kRound - 1 - turn % WaitingLine::kRound;
    return std::min<std::size_t>(left, kPriorities);
}

}  // namespace

bool WaitingLine::Rare::any() const {
    return std::ranges::any_of(lists, [](const BranchList& list) { return !list.empty(); });
}

BranchList& WaitingLine::list_of(std::uint8_t priority) {
    return priority == wire::kPriorityDefault ? usual_ : rare_->lists[priority];
}

/// The list whose front has the turn; null if none waits.
BranchList* WaitingLine::next() {
    if (rare_ == nullptr) {
        return usual_.empty() ? nullptr : &usual_;
    }
    const std::size_t own = priority_of_turn(rare_->turn);
    if (own < kPriorities && !list_of(static_cast<std::uint8_t>(own)).empty()) {
        return &list_of(static_cast<std::uint8_t>(own));
    }
    for (std::size_t priority = kPriorities; priority-- > 0;) {
        BranchList& list = list_of(static_cast<std::uint8_t>(priority));
        if (!list.empty()) {
            return &list;
        }
    }
    return nullptr;
}

const Branch* WaitingLine::front() const {
    const BranchList* list = const_cast<WaitingLine*>(this)->next();
    return list == nullptr ? nullptr : &list->front();
}

Branch& WaitingLine::take() {
    Branch& branch = next()->front();
    remove(branch);
    if (rare_ != nullptr) {
        ++rare_->turn;
        if (!rare_->any() && rare_->to_look_at == nullptr && rare_->late == nullptr) {
            rare_.reset();
        }
    }
    return branch;
}

void WaitingLine::remove(Branch& branch) {
    if (to_look_at() == &branch) [[unlikely]] {
        looked_at();
    }
    if (rare_ != nullptr && rare_->late == &branch) [[unlikely]] {
        BranchList& list = list_of(branch.delivery->priority);
        const auto next = std::next(list.iterator_to(branch));
        rare_->late = next == list.end() ? nullptr : &*next;
    }
    branch.unlink();
    left(branch);
}

void WaitingLine::joined(Branch& branch) {
    branch.line = this;
    ++count_;
}

void WaitingLine::left(Branch& branch) {
    branch.line = nullptr;
    --count_;
    if (branch.stuck) {
        branch.stuck = false;
        --stuck_;
    }
}

void WaitingLine::put_back(Branch& branch) {
    const std::uint8_t priority = branch.delivery->priority;
    if (rare_ == nullptr && priority != wire::kPriorityDefault) {
        rare_ = std::make_unique<Rare>();
    } else if (rare_ != nullptr) {
        --rare_->turn;
    }
    list_of(priority).push_front(branch);
    joined(branch);
}

std::size_t WaitingLine::push(Branch& branch, std::uint8_t priority) {
    Delivery& delivery = *branch.delivery;
    delivery.priority = priority;
    branch.stage = Stage::waiting;
    if (rare_ == nullptr && priority != wire::kPriorityDefault) {
        rare_ = std::make_unique<Rare>();
    }
    BranchList& list = list_of(priority);
    std::size_t steps = 1;
    if (list.empty() || !older(delivery, *list.back().delivery)) [[likely]] {
        list.push_back(branch);
    } else {
        if (rare_ == nullptr) {
            rare_ = std::make_unique<Rare>();
        }
        list.insert(place_of(delivery, list, steps), branch);
        rare_->late = &branch;
    }
    joined(branch);
    return steps;
}

/// Before whom one is put that is older than the last of `list`.
BranchList::iterator WaitingLine::place_of(const Delivery& late,
                                           BranchList& list,
                                           std::size_t& steps) {
    if (older(late, *list.front().delivery)) {
        return list.begin();
    }
    Branch* const last = rare_->late;
    const bool near = last != nullptr && last->delivery->priority == late.priority;
    auto at = near ? list.iterator_to(*last) : std::prev(list.end());
    for (; older(late, *at->delivery); --at) {
        ++steps;
    }
    for (; !older(late, *at->delivery); ++at) {
        ++steps;
    }
    return at;
}

Branch* WaitingLine::first_below(std::size_t priority) {
    while (priority-- > 0) {
        if (BranchList& list = list_of(static_cast<std::uint8_t>(priority)); !list.empty()) {
            return &list.front();
        }
    }
    return nullptr;
}

Branch* WaitingLine::after(Branch& branch) {
    const std::uint8_t priority = branch.delivery->priority;
    const auto next = std::next(BranchList::s_iterator_to(branch));
    return next == list_of(priority).end() ? first_below(priority) : &*next;
}

void WaitingLine::look_again() {
    if (rare_ == nullptr && !usual_.empty()) {
        rare_ = std::make_unique<Rare>();
    }
    if (rare_ != nullptr) {
        rare_->to_look_at = first_below(kPriorities);
    }
}

}  // namespace weft::router
