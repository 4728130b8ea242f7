#include "broker/node/publications.hpp"

#include "broker/node/producer_link.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {

Publications::Publications(io::Loop& loop, Queues& queues, Hooks hooks)
    : loop_{loop}, queues_{queues}, hooks_{std::move(hooks)} {}

Result<std::optional<std::size_t>> Publications::publish(Publication publication) {
    Underway one{.publication = std::move(publication)};
    run_later();  // this turn is over then
    if (left_ == 0 || !lanes_.empty() || rests()) {
        line_up(std::move(one));
        return std::nullopt;
    }
    WEFT_TRY(const bool chosen, choose(one, left_));
    if (!chosen || !give(one, left_)) {
        line_up(std::move(one));
        return std::nullopt;
    }
    return one.copies;
}

/// All take it, or none.
Result<bool> Publications::choose(Underway& one, std::size_t steps_max) {
    Choosing& choosing = one.choosing;
    if (one.stage == Stage::waiting) {
        WEFT_TRY(choosing, hooks_.match(one.publication));
        one.stage = Stage::looking;
        spend(1 + choosing.take_steps());
    }
    const auto looked = look(one, std::min(steps_max, left_) * Choosing::kLooksInStep);
    spend(choosing.take_steps());
    if (!looked) {
        return tl::unexpected(looked.error());
    }
    if (!choosing.done()) {
        return false;
    }
    if (auto admitted = admit(one); !admitted) {
        return tl::unexpected(admitted.error());
    }
    choosing = {};
    one.stage = Stage::chosen;
    return true;
}

Result<void> Publications::look(Underway& one, std::size_t looks_max) {
    while (!one.choosing.done() && one.choosing.looks < looks_max) {
        const QueueNode* const goal = hooks_.look(one.choosing, one.publication);
        if (goal == nullptr) {
            continue;
        }
        queue::Ahead nothing;
        if (auto taken = goal->weigh(one.publication.sections, nothing); !taken) {
            return taken;
        }
        one.goals.push_back(goal->number());
    }
    return {};
}

/// The store has room for all copies.
Result<void> Publications::admit(Underway& one) {
    const std::uint64_t bytes = one.goals.size() * one.publication.payload->size();
    if (bytes > 0) {
        if (auto admitted = queues_.intake().admit(owed_ + bytes); !admitted) {
            return admitted;
        }
    }
    owed_ += bytes;
    return {};
}

bool Publications::has_steps() {
    if (left_ == 0) {
        run_later();
    }
    return left_ > 0;
}

void Publications::charge(std::size_t looks) {
    spend(1 + looks / Choosing::kLooksInStep);
    run_later();  // this turn is over then
}

bool Publications::give(Underway& one, std::size_t copies_max) {
    const std::size_t size = one.publication.payload->size();
    const std::size_t end = one.next + std::min(copies_max, one.goals.size() - one.next);
    for (; one.next < end && !rests(); ++one.next) {
        QueueNode* const goal = queues_.find(one.goals[one.next]);
        spend(1);
        owed_ -= size;
        if (goal != nullptr && hooks_.give(*goal, one.publication)) {  // else it is gone
            ++one.copies;
            unwritten_ += kCopyBytes + size;
            given_ += kCopyBytes + size;
        }
    }
    if (one.next < one.goals.size()) {
        return false;
    }
    hooks_.given(one.goals.size());
    return true;
}

void Publications::line_up(Underway one) {
    const ProducerLink* const producer = one.publication.origin.producer.get();
    const auto [lane, made] = lanes_.try_emplace(producer);
    if (made && round_.size() < kUnderwayMax) {
        round_.push_back(producer);
    } else if (made) {
        line_.push_back(producer);
    }
    underway_ += one.stage != Stage::waiting ? 1U : 0U;
    lane->second.push_back(std::move(one));
    ++waiting_;
}

bool Publications::serve(Lane& lane) {
    Underway& one = lane.front();
    Result<bool> done = true;
    if (one.stage != Stage::chosen) {
        const bool waited = one.stage == Stage::waiting;
        done = choose(one, kSlice);
        underway_ += waited && one.stage != Stage::waiting ? 1U : 0U;
        if (done && !*done) {
            return false;
        }
    }
    if (done && !give(one, std::min(kSlice, left_))) {
        return false;
    }
    const Underway ended = std::move(one);
    lane.pop_front();
    --waiting_;
    underway_ -= ended.stage != Stage::waiting ? 1U : 0U;
    const Origin& origin = ended.publication.origin;
    if (origin.producer) {
        origin.producer->on_published(origin.delivery, done ? Result<std::size_t>{ended.copies}
                                                            : tl::unexpected(done.error()));
    }
    return true;
}

/// Who has one done makes room for the next in line.
void Publications::run() {
    run_due_ = false;
    left_ = kStepsAtOnce;
    while (left_ > 0 && !round_.empty() && !rests()) {
        const ProducerLink* const producer = round_.front();
        round_.pop_front();
        const auto lane = lanes_.find(producer);
        const bool done = serve(lane->second);
        if (lane->second.empty()) {
            lanes_.erase(lane);
        } else {
            (done ? line_ : round_).push_back(producer);
        }
        if (done && !line_.empty()) {
            round_.push_back(line_.front());
            line_.pop_front();
        }
    }
    await_written();
    if (!round_.empty() && !rests()) {
        run_later();
    }
}

/// What was given since it was called last is written some day, and makes room for more.
void Publications::await_written() {
    if (const std::size_t bytes = std::exchange(given_, 0); bytes > 0) {
        queues_.store().wait([self = std::weak_ptr{self_}, bytes] {
            if (const auto publications = self.lock()) {
                (*publications)->unwritten_ -= bytes;
                if (!(*publications)->round_.empty()) {
                    (*publications)->run_later();
                }
            }
        });
    }
}

void Publications::run_later() {
    if (!std::exchange(run_due_, true)) {
        loop_.post([self = std::weak_ptr{self_}] {
            if (const auto publications = self.lock()) {
                (*publications)->run();
            }
        });
    }
}

}  // namespace weft::broker
