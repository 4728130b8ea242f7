/// What a queue gives out, and what it asks the store for.
#include "broker/queue/queue.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

bool Queue::dispatch(WallTime now, Actions& out) {
    now_ = now;
    for (const Record& record : std::exchange(damaged_, {})) {
        bury(record, Death::damaged, out);
    }
    while (auto record = delayed_.take_due(now)) {
        put_back(*std::move(record));
    }
    trim(out);
    pick(now, out);
    if (keys_.any()) {
        if (ask(Question::Kind::keys)) {
            out.push_back(ReadKeys{keys_.next(limits_.browse_messages, limits_.browse_bytes)});
        }
        return false;
    }
    sweep(now, out);  // before what is given out may ask for more
    if (pickers_turn_) {
        look(out);
    }
    if (give_out(now, out)) {
        return true;
    }
    ripen(now, out);
    if (const auto lane = consumers_.are_away() ? std::nullopt : window_.next_to_fill()) {
        load(window_.behind(*lane), out);
    }
    answer_drains(out);
    browsers_.advance(stored_, out);
    look(out);
    window_.tidy();
    return false;
}

/// True: there is more.
bool Queue::give_out(WallTime now, Actions& out) {
    std::size_t given = 0;
    std::size_t looked = 0;
    while (Consumer* consumer = consumers_.next()) {
        if (looked >= limits_.looked_at_once_max) {
            return true;
        }
        const Window::Next next = window_.next([&](const Record& record) {
            ++looked;
            return may_get(consumer->id, record);
        });
        if (next.kind == Window::Next::Kind::none) {
            if (window_.empty()) {
                return false;
            }
            consumers_.sate(*consumer);
            continue;
        }
        if (next.kind == Window::Next::Kind::behind) {
            load(window_.behind(next.priority), out);
            return false;
        }
        if (given == limits_.dispatched_at_once_max) {
            return true;
        }
        if (!is_alive(*next.record, now, out)) {
            ++given;
            continue;
        }
        if (!next.record->payload) {
            load(window_.missing(*next.record), out);
            return false;
        }
        give(*consumer, *next.record, out);
        ++given;
    }
    return false;
}

bool Queue::may_get(ConsumerId consumer, const Record& record) const {
    const auto& refused_by = record.refused_by;
    return std::find(refused_by.begin(), refused_by.end(), consumer) == refused_by.end() &&
           (!settings_.groups || groups_.admits(record.group, consumer));
}

bool Queue::is_alive(const Record& record, WallTime now, Actions& out) {
    if (record.expires > now) {
        return true;
    }
    bury(*window_.take(record), Death::expired, out);
    return false;
}

void Queue::give(Consumer& consumer, const Record& next, Actions& out) {
    Record record = window_.give(next);
    --consumer.credit;
    ++counters_.delivered;
    out.push_back(Deliver{.consumer = consumer.id,
                          .id = record.id,
                          .failures = record.failures,
                          .priority = record.priority,
                          .payload = std::exchange(record.payload, nullptr)});
    if (!settings_.groups) {
        record.group.clear();
    }
    groups_.acquire(record.group, consumer.id);
    const MessageId id = record.id;
    consumer.acquired.emplace(id, std::move(record));
    ++unsettled_;
    consumers_.rotate(consumer);
}

void Queue::answer_drains(Actions& out) {
    for (const ConsumerId id : std::set{consumers_.draining()}) {
        Consumer& consumer = *consumers_.find(id);
        // Who can take something was given all there is, unless it is being read.
        const bool may_get_more =
            consumers_.can_take(consumer) ? question_.is_open() : consumer.held;
        if (consumer.credit > 0 && may_get_more) {
            continue;
        }
        if (consumer.credit > 0) {  // else it is used up by deliveries: the engine tells
            out.push_back(Drained{id});
        }
        consumers_.end_drain(consumer);
    }
}

WallTime Queue::due() const {
    WallTime due = delayed_.due();
    if (!question_.is_open()) {
        due = std::min(due, rounds_.due());
        due = may_ripen() ? std::min(due, schedule_.due()) : due;
    }
    return due;
}

// --- questions to the store ------------------------------------------------------------------

/// False: it has not answered the last one yet.
bool Queue::ask(Question::Kind kind) {
    if (question_.is_open()) {
        return false;
    }
    question_.ask(kind);
    return true;
}

void Queue::spoil(bool trimming) {
    using Kind = Question::Kind;
    const Kind kind = question_.kind();
    if (kind == Kind::load || kind == Kind::look || (kind == Kind::trim && trimming)) {
        question_.spoil();
    }
}

void Queue::load(const Range& range, Actions& out) {
    if (ask(Question::Kind::load)) {
        out.push_back(Load{range});
    }
}

void Queue::on_loaded(const Range& asked, std::vector<Record> records, MessageId through) {
    const Question::Answered answered = question_.answer();
    if (!answered.valid || consumers_.empty()) {
        return;
    }
    pickers_turn_ = true;
    const auto waits = [&](const Record& record) { return is_on_offer(record, answered.left); };
    damaged_ = window_.take_damaged(records, waits);
    window_.fill(asked, std::move(records), through, waits);
    consumers_.recall();
}

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
                          (window_.has(record) || delayed_.has(record.id) ||
                           (window_.is_behind(record) && !pickers_.have(record.id))) &&
                          judge_.wants(choose, record, counters_);
        return seen ? Browsers::Sight::seen : Browsers::Sight::passed_over;
    };
    counters_.browsed += browsers_.on_browsed(id, records, through, see, out);
}

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
    while (stock_.has_too_many()) {
        const auto record = window_.take_oldest();
        if (!record) {
            break;
        }
        drop(*record, Drop::Cause::overflow, out);
    }
    const auto behind = window_.oldest();
    const bool may_find = behind || (schedule_.any() && trim_at_ <= stored_);
    if (stock_.has_too_many() && may_find && ask(Question::Kind::trim)) {
        out.push_back(Sweep{.now = kForever,
                            .from = behind.value_or(trim_at_),
                            .through = stored_,
                            .messages = limits_.swept_at_once});
    }
}

void Queue::on_swept(const Swept& swept, Actions& out) {
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
    if (!answered.valid) {
        return;
    }
    for (const Record& record : swept.expired) {
        if (stock_.has_too_many() && take_found(record, answered.left)) {
            drop(record, Drop::Cause::overflow, out);
        }
    }
    if (swept.expired.empty() || stock_.has_too_many()) {
        window_.pass(swept.through);  // nothing is there but what consumers have
        trim_at_ = swept.through + 1;
    }
}

/// There is somebody for what is due, and room for it.
bool Queue::may_ripen() const {
    return consumers_.empty() ? pickers_.size() > 0 : window_.size() < limits_.window_messages;
}

void Queue::ripen(WallTime now, Actions& out) {
    if (question_.is_open() || !may_ripen()) {
        return;
    }
    if (const auto ripen = schedule_.next(now, limits_.ripened_at_once)) {
        question_.ask(Question::Kind::ripen);
        schedule_.on_asked();
        out.push_back(*ripen);
    }
}

void Queue::on_ripened(const Ripened& ripened) {
    const Question::Answered answered = question_.answer();
    schedule_.add(ripened.next);
    for (const Record& record : ripened.ripe) {
        if (!answered.left.contains(record.id)) {
            put_back(record);
        }
    }
}

void Queue::on_keyed(const std::vector<Record>& records, MessageId through, Actions& out) {
    const Question::Answered answered = question_.answer();
    if (!answered.valid) {
        return;  // it is another key by now
    }
    for (const Record& record : records) {
        if (record.damaged || answered.left.contains(record.id)) {
            continue;
        }
        note_key(record, answered.left, out);
    }
    keys_.on_read(through);
}

}  // namespace weft::queue
