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
    if (loading_ != Loading::no) {
        return;
    }
    if (const auto wanted = pickers_.next_look(stored_, out)) {
        loading_ = Loading::looking;
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
    const auto left = std::exchange(left_, {});
    const bool valid = std::exchange(loading_, Loading::no) == Loading::looking;
    Picker* picker = pickers_.find(looked.picker);
    if (!valid || !picker) {
        return;
    }
    pickers_turn_ = false;
    judged_ = 0;
    bool took = false;
    for (const Record& record : looked.records) {
        if (!pickers_.can_take(*picker) || judged_enough()) {
            pickers_.looked(*picker, looked.from, record.id, took);
            return;
        }
        if (record.damaged || record.expires <= now || !is_on_offer(record, left) ||
            pickers_.refuses(picker->id, record.id) || !wants(picker->choose, record)) {
            continue;
        }
        Record taken = record.id < tail_ ? ready_.take(record.id) : record;
        taken.payload = nullptr;
        ++counters_.delivered;
        ++unsettled_;
        out.push_back(Deliver{.consumer = picker->id,
                              .id = record.id,
                              .failures = taken.failures,
                              .payload = record.payload});
        pickers_.acquire(*picker, std::move(taken));
        took = true;
    }
    pickers_.looked(*picker, looked.from, looked.through + 1, took);
}

/// Whether nobody has a message that the store had when it was asked, and it does not wait. `left`:
/// what is gone since.
bool Queue::is_on_offer(const Record& record, const std::set<MessageId>& left) const {
    if (record.id < tail_) {
        return ready_.find(record.id) != nullptr;
    }
    return !pickers_.have(record.id) && !delayed_.has(record.id) && !left.contains(record.id);
}

bool Queue::wants(const Choose& choose, const Record& record) {
    if (!choose) {
        return true;
    }
    const Judged judged = choose(record);
    judged_ += judged.steps;
    counters_.gave_up += judged.choice == Choice::gave_up ? 1U : 0U;
    return judged.choice == Choice::wanted;
}

}  // namespace weft::queue
