/// What a queue does for its pickers.
#include "broker/queue/queue.hpp"

#include <utility>

namespace weft::queue {

void Queue::detach_picker(Picker& picker, const Outcome& outcome, WallTime now, Actions& out) {
    const ConsumerId id = picker.id;
    while (!picker.acquired.empty()) {
        auto record = takers().pickers.give_up(picker, picker.acquired.rbegin()->first);
        --unsettled_;
        come_back(id, *std::move(record), outcome, now, out);
    }
    takers().pickers.remove(picker);
}

/// Asks the store for what the next one looks at.
void Queue::look(Actions& out) {
    if (question_.is_open() || !takers_) {
        return;
    }
    if (const auto wanted = takers().pickers.next_look(stored_, out)) {
        question_.ask(Question::Kind::look);
        looked_ = std::make_unique<Looked>(
            Looked{.picker = wanted->consumer, .from = wanted->range.from});
        out.push_back(*wanted);
    }
}

/// It takes what it wants of what the store read for it.
void Queue::pick(WallTime now, Actions& out) {
    if (!looked_ || !looked_->answered) {
        return;
    }
    Looked looked = std::move(*std::exchange(looked_, nullptr));
    const Question::Answered answered = question_.answer();
    Picker* picker = takers().pickers.find(looked.picker);
    if (!answered.valid || !picker) {
        return;
    }
    pickers_turn_ = false;
    answered.correct(looked.records);
    judge_.begin();
    bool took = false;
    for (const Record& record : looked.records) {
        if (!takers().pickers.can_take(*picker) || judge_.has_enough()) {
            takers().pickers.looked(*picker, looked.from, record.id, took);
            return;
        }
        if (is_picked(*picker, record, answered.left, now)) {
            acquire(*picker, record, out);
            took = true;
        }
    }
    takers().pickers.looked(*picker, looked.from, looked.through + 1, took);
    if (looked.through == looked.from) {
        share(looked, answered.left, now, out);
    }
}

/// What was read is one message: all who are to look at it next do so now, as far as that is not
/// too much for a turn, so that it is not read for each of them.
void Queue::share(const Looked& looked, const Left& left, WallTime now, Actions& out) {
    for (Picker* const other : takers().pickers.who_looks_at(looked.from)) {
        bool took = false;
        for (const Record& record : looked.records) {  // one, or none: it is gone
            if (judge_.has_enough()) {
                return;
            }
            if (is_picked(*other, record, left, now)) {
                acquire(*other, record, out);
                took = true;
            }
        }
        takers().pickers.looked(*other, looked.from, looked.from + 1, took);
    }
}

/// What it wants and may not have, for its group is another's, it looks at again when that is free.
bool Queue::is_picked(const Picker& picker, const Record& record, const Left& left, WallTime now) {
    if (record.damaged || record.expires <= now || !is_on_offer(record, left, picker.early) ||
        takers().pickers.refuses(picker.id, record.id) ||
        !judge_.wants(picker.choose, record, counters_)) {
        return false;
    }
    const bool grouped = settings_->groups && !picker.operates;
    if (grouped && groups_->owner_of(record.group).value_or(picker.id) != picker.id) {
        takers().pickers.pass_over(picker, record);
        return false;
    }
    return true;
}

void Queue::acquire(Picker& picker, const Record& record, Actions& out) {
    Record taken = window_.take(record).value_or(record);
    taken.payload = nullptr;
    taken.brought = false;                                           // what it is given was read
    taken.group = settings_->groups ? record.group : std::string{};  // the one that was judged
    if (!picker.operates) {
        groups().acquire(taken.group, picker.id);
    }
    ++counters_.delivered;
    ++unsettled_;
    out.push_back(delivery_of(picker.id, taken, record.payload));
    takers().pickers.acquire(picker, std::move(taken));
}

/// Whether nobody has a message that the store had when it was asked, and it does not wait for its
/// time, unless who wants it does not care (`early`). `left`: what is gone since. What a damaged
/// one says of itself may be wrong.
bool Queue::is_on_offer(const Record& record, const Left& left, bool early) const {
    const bool scheduled = !record.damaged && record.due > 0;
    if (!record.damaged && !scheduled && !window_.is_behind(record)) {
        return window_.has(record);
    }
    return (early || !scheduled) && !takers_->have(record.id) && !delayed_->has(record.id) &&
           !left.contains(record.id);
}

}  // namespace weft::queue
