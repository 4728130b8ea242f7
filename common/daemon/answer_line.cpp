#include "common/daemon/answer_line.hpp"

#include <utility>

namespace weft::daemon {

bool AnswerLine::enter(Begin begin) {
    if (begun_ < kAtOnce && waiting_.empty()) {
        begin(take_place());
        return true;
    }
    if (waiting_.size() >= kWaitingMax) {
        return false;
    }
    waiting_.push_back(std::move(begin));
    return true;
}

AnswerLine::Place AnswerLine::take_place() {
    ++begun_;
    return {this, [self = std::weak_ptr<AnswerLine*>{self_}](AnswerLine*) {
                if (const auto line = self.lock()) {
                    (*line)->give_back();
                }
            }};
}

/// Whoever is next begins in a turn of its own: the place may be dropped from anywhere.
void AnswerLine::give_back() {
    --begun_;
    if (!waiting_.empty()) {
        next_ = loop_.after(Duration::zero(), [this] { begin_next(); });
    }
}

void AnswerLine::begin_next() {
    while (begun_ < kAtOnce && !waiting_.empty()) {
        const Begin begin = std::move(waiting_.front());
        waiting_.pop_front();
        begin(take_place());
    }
}

}  // namespace weft::daemon
