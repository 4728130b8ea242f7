#include "router/node/linkroute/routed_list.hpp"

#include "router/node/linkroute/routed_end.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

struct RoutedList::Uncredited
    : boost::intrusive::list<RoutedEnd,
                             boost::intrusive::base_hook<CreditHook>,
                             boost::intrusive::constant_time_size<false>> {};

RoutedList::RoutedList() : uncredited_{std::make_unique<Uncredited>()} {}
RoutedList::~RoutedList() = default;

void RoutedList::add(RoutedEnd& end) {
    end.listed_at_ = ends_.size();
    ends_.push_back(&end);
    links_in_ += end.receives() ? 1U : 0U;
}

void RoutedList::remove(RoutedEnd& end) {
    ends_.back()->listed_at_ = end.listed_at_;
    ends_[end.listed_at_] = ends_.back();
    ends_.pop_back();
    links_in_ -= end.receives() ? 1U : 0U;
}

void RoutedList::lose(std::vector<std::unique_ptr<RoutedEnd>> ends) {
    for (const auto& end : ends) {
        end->orphan();
    }
    if (!ends.empty()) {
        lost_.push_back(std::move(ends));
    }
    go_on();
}

void RoutedList::go_on() {
    while (left_ > 0 && !lost_.empty()) {
        std::unique_ptr<RoutedEnd> end = std::move(lost_.front().back());
        lost_.front().pop_back();
        if (lost_.front().empty()) {
            lost_.pop_front();
        }
        left_ -= std::min(left_, 1 + end->held());
        lost_ever_ += end->machine().is_over() ? 0U : 1U;
        end->machine().on_lost();
        over_.push_back(std::move(end));
    }
}

void RoutedList::end_turn() {
    over_.clear();
    left_ = kLostAtOnce;
}

void RoutedList::await_credit(RoutedEnd& end) {
    if (!end.CreditHook::is_linked()) {
        end.uncredited_since_ = seconds_;
        uncredited_->push_back(end);
    }
}

void RoutedList::tick() {
    ++seconds_;
    for (std::size_t left = kLostAtOnce; left > 0 && !uncredited_->empty(); --left) {
        RoutedEnd& end = uncredited_->front();
        if (seconds_ - end.uncredited_since_ < kCreditMax) {
            return;
        }
        uncredited_->pop_front();
        uncredited_ever_ += end.give_up_uncredited() ? 1U : 0U;
    }
}

void RoutedList::finish() {
    while (has_lost()) {
        end_turn();
        go_on();
    }
    end_turn();
}

}  // namespace weft::node
