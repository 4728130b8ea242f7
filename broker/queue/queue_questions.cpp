/// What a queue asks the store, and what it makes of the answers.
#include "broker/queue/queue.hpp"

#include <utility>

namespace weft::queue {

/// False: it has not answered the last one yet.
bool Queue::ask(Question::Kind kind) {
    if (question_.is_open()) {
        return false;
    }
    question_.ask(kind);
    return true;
}

// --- what is behind the window ---------------------------------------------------------------

void Queue::load(const Range& range, Actions& out) {
    if (ask(Question::Kind::load)) {
        out.push_back(Load{range});
    }
}

void Queue::on_loaded(const Range& asked, std::vector<Record> records, MessageId through) {
    const Question::Answered answered = question_.answer();
    if (!answered.valid || takers_->consumers.empty()) {
        return;
    }
    pickers_turn_ = true;
    answered.correct(records);
    const auto waits = [&](const Record& record) { return is_on_offer(record, answered.left); };
    damaged_ = window_.take_damaged(records, waits);
    window_.fill(asked, std::move(records), through, waits);
}

/// All of it is on disk only; what is being read of it is read again.
void Queue::empty_window() {
    window_.forget();
    question_.spoil_if(Question::Kind::load);
}

// --- what browsers and pickers look at -------------------------------------------------------

void Queue::on_browsed(ConsumerId id,
                       const std::vector<Record>& records,
                       MessageId through,
                       Actions& out) {
    if (looked_ && looked_->picker == id) {
        looked_->answered = true;
        looked_->records = records;
        looked_->through = through;
        return;
    }
    judge_.begin();
    const auto see = [this](const Record& record, const Choose& choose) {
        if (judge_.has_enough()) {
            return Browsers::Sight::later;
        }
        const bool there = !record.damaged && record.due == 0 && record.expires > now_ &&
                           !question_.has_left(record.id);
        const bool seen = there &&
                          (window_.has(record) || delayed_->has(record.id) ||
                           (window_.is_behind(record) && !takers_->have(record.id))) &&
                          judge_.wants(choose, record, counters_);
        return seen ? Browsers::Sight::seen : Browsers::Sight::passed_over;
    };
    counters_.browsed += takers_ ? takers().browsers.on_browsed(id, records, through, see, out) : 0;
}

// --- what has expired, and what is too much --------------------------------------------------

void Queue::sweep(WallTime now, Actions& out) {
    if (question_.is_open()) {
        return;
    }
    if (const auto sweep = rounds_.next(stored_, now)) {
        question_.ask(Question::Kind::expire);
        out.push_back(*sweep);
    }
}

/// Of what the queue has too much the oldest go: in memory, or found by the store.
void Queue::trim(Actions& out) {
    while (const auto record = stock_.has_too_many() ? window_.take_oldest() : std::nullopt) {
        drop(*record, Drop::Cause::overflow, out);
    }
    const auto behind = window_.oldest();
    const bool may_find = behind || (schedule_.any() && trim_at_ <= stored_);
    if (stock_.has_too_many() && may_find && ask(Question::Kind::trim)) {
        trim_from_ = behind.value_or(trim_at_);
        out.push_back(Sweep{.now = kForever,
                            .from = trim_from_,
                            .through = stored_,
                            .messages = limits_->swept_at_once});
    }
}

void Queue::on_swept(Swept swept, Actions& out) {
    const Question::Answered answered = question_.answer();
    if (answered.kind == Question::Kind::expire) {
        rounds_.on_swept(swept);
        for (const Record& record : swept.expired) {
            if (take_found(record, answered.left)) {
                bury(record, Death::expired, out);
            }
        }
        return;
    }
    const auto waits = [&](const Record& record) { return is_on_offer(record, answered.left); };
    for (const Record& record : window_.take_damaged(swept.expired, waits)) {
        bury(record, Death::damaged, out);
    }
    for (const Record& record : swept.expired) {
        if (stock_.has_too_many() && take_found(record, answered.left)) {
            drop(record, Drop::Cause::overflow, out);
        }
    }
    if (swept.expired.empty() || stock_.has_too_many()) {
        window_.pass(trim_from_, swept.through);  // nothing is there but what consumers have
        trim_at_ = swept.through + 1;
    }
}

// --- what is due -----------------------------------------------------------------------------

/// Nobody takes anything of what it has in memory, and nobody refused any of it.
bool Queue::is_window_idle() const {
    return takers_->consumers.are_away() && window_.refused() == 0;
}

/// There is somebody for what is due, and room for it: for pickers an idle window makes some.
bool Queue::may_ripen() const {
    const bool picked = takers_->pickers.size() > 0;
    if (takers_->consumers.empty()) {
        return picked;
    }
    return window_.size() < limits_->window_messages || (picked && is_window_idle());
}

void Queue::ripen(WallTime now, Actions& out) {
    if (question_.is_open() || !may_ripen()) {
        return;
    }
    if (const auto ripen = schedule_.next(now, limits_->ripened_at_once)) {
        question_.ask(Question::Kind::ripen);
        schedule_.on_asked();
        out.push_back(*ripen);
    }
}

void Queue::on_ripened(Ripened ripened) {
    const Question::Answered answered = question_.answer();
    schedule_.add(ripened.next);
    damaged_ = window_.take_damaged(
        ripened.ripe, [&](const Record& record) { return is_on_offer(record, answered.left); });
    const bool keep = !takers_->consumers.empty() &&
                      (window_.size() < limits_->window_messages || !is_window_idle());
    if (!keep) {
        empty_window();
    }
    for (const Record& record : ripened.ripe) {
        const bool left = answered.left.contains(record.id);
        if (!left && !(takers_ && takers().pickers.note_ripe(record.id))) {
            put_back(record, keep);
        }
    }
}

// --- which keys there are --------------------------------------------------------------------

void Queue::read_keys(Actions& out) {
    if (words_.has_keys_to_read() && ask(Question::Kind::keys)) {
        out.push_back(ReadKeys{words_.keys_to_read(*limits_)});
    }
}

void Queue::on_keyed(const std::vector<Record>& records, MessageId through, Actions& out) {
    const Question::Answered answered = question_.answer();
    if (!answered.valid) {
        return;  // it is another key by now
    }
    for (const Record& record : records) {
        if (!record.damaged && !answered.left.contains(record.id)) {
            replace(words_.note_read(record, counters_), answered.left, out);
        }
    }
    const bool awaited = words_.awaits_fences();
    words_.on_keys_read(through);
    if (awaited && !words_.awaits_fences()) {
        out.push_back(Room{});
    }
}

}  // namespace weft::queue
