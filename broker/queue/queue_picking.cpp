/// What a queue does for its pickers.
#include "broker/queue/queue.hpp"

#include <utility>

namespace weft::queue {

void Queue::detach_picker(Picker& picker, const Outcome& outcome, WallTime now, Actions& out) {
    const ConsumerId id = picker.id;
    while (!picker.acquired.empty()) {
        auto record = pickers_.give_up(picker, picker.acquired.rbegin()->first);
        --unsettled_;
        come_back(id, *std::move(record), outcome, now, out);
    }
    pickers_.remove(picker);
}

/// Asks the store for what the next one looks at.
void Queue::look(Actions& out) {
    if (question_.is_open()) {
        return;
    }
    if (const auto wanted = pickers_.next_look(stored_, out)) {
        question_.ask(Question::Kind::look);
        looked_ = Looked{.picker = wanted->consumer, .from = wanted->range.from};
        out.push_back(*wanted);
    }
}

/// It takes what it wants of what the store read for it.
void Queue::pick(WallTime now, Actions& out) {
    if (!looked_ || !looked_->answered) {
        return;
    }
    const Looked looked = *std::exchange(looked_, std::nullopt);
    const Question::Answered answered = question_.answer();
    Picker* picker = pickers_.find(looked.picker);
    if (!answered.valid || !picker) {
        return;
    }
    pickers_turn_ = false;
    judge_.begin();
    bool took = false;
    for (const Record& record : looked.records) {
        if (!pickers_.can_take(*picker) || judge_.has_enough()) {
            pickers_.looked(*picker, looked.from, record.id, took);
            return;
        }
        if (record.damaged || record.expires <= now || !is_on_offer(record, answered.left) ||
            pickers_.refuses(picker->id, record.id) ||
            !(picker->operates || may_get(picker->id, record)) ||
            !judge_.wants(picker->choose, record, counters_)) {
            continue;
        }
        Record taken = window_.take(record).value_or(record);
        taken.payload = nullptr;
        if (!settings_.groups) {
            taken.group.clear();
        }
        if (!picker->operates) {
            groups_.acquire(taken.group, picker->id);
        }
        ++counters_.delivered;
        ++unsettled_;
        out.push_back(Deliver{.consumer = picker->id,
                              .id = record.id,
                              .failures = taken.failures,
                              .priority = taken.priority,
                              .payload = record.payload});
        pickers_.acquire(*picker, std::move(taken));
        took = true;
    }
    pickers_.looked(*picker, looked.from, looked.through + 1, took);
}

/// Whether nobody has a message that the store had when it was asked, and it does not wait for its
/// time. `left`: what is gone since.
bool Queue::is_on_offer(const Record& record, const std::set<MessageId>& left) const {
    if (!window_.is_behind(record)) {
        return window_.has(record);
    }
    return record.due == 0 && !pickers_.have(record.id) && !delayed_.has(record.id) &&
           !left.contains(record.id);
}

}  // namespace weft::queue
