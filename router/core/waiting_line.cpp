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

bool WaitingLine::Others::any() const {
    return std::ranges::any_of(lists, [](const BranchList& list) { return !list.empty(); });
}

BranchList& WaitingLine::list_of(std::uint8_t priority) {
    return priority == wire::kPriorityDefault ? usual_ : others_->lists[priority];
}

/// The list whose front has the turn; null if none waits.
BranchList* WaitingLine::next() {
    if (others_ == nullptr) {
        return usual_.empty() ? nullptr : &usual_;
    }
    const std::size_t own = priority_of_turn(others_->turn);
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
    if (others_ != nullptr) {
        ++others_->turn;
        if (!others_->any()) {
            others_.reset();
        }
    }
    return branch;
}

void WaitingLine::remove(Branch& branch) {
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
    if (others_ == nullptr && priority != wire::kPriorityDefault) {
        others_ = std::make_unique<Others>();
    } else if (others_ != nullptr) {
        --others_->turn;
    }
    list_of(priority).push_front(branch);
    joined(branch);
}

void WaitingLine::push(Branch& branch, std::uint8_t priority) {
    Delivery& delivery = *branch.delivery;
    delivery.priority = priority;
    branch.stage = Stage::waiting;
    if (others_ == nullptr && priority != wire::kPriorityDefault) {
        others_ = std::make_unique<Others>();
    }
    BranchList& list = list_of(priority);
    auto at = list.end();
    while (at != list.begin() && older(delivery, *std::prev(at)->delivery)) {
        --at;
    }
    list.insert(at, branch);
    joined(branch);
}

BranchList WaitingLine::take_all() {
    BranchList all;
    for (std::size_t priority = kPriorities; priority-- > 0;) {
        if (others_ != nullptr || priority == wire::kPriorityDefault) {
            all.splice(all.end(), list_of(static_cast<std::uint8_t>(priority)));
        }
    }
    others_.reset();
    for (Branch& branch : all) {
        left(branch);
    }
    return all;
}

}  // namespace weft::router
