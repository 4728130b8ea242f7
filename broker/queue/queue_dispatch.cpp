/// What a queue gives out.
#include "broker/queue/queue.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace weft::queue {

bool Queue::dispatch(WallTime now, Actions& out) {
    now_ = now;
    for (const Record& record : std::exchange(damaged_, {})) {
        bury(record, Death::damaged, out);
    }
    while (delayed_->due() <= now && delayed_->size() > 0) {
        put_back(*delayed_.use().take_due(now));
    }
    trim(out);
    pick(now, out);
    if (words_.awaits_keys() || question_.last() != Question::Kind::keys) {  // in turns
        read_keys(out);
    }
    if (words_.awaits_keys()) {
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
    const auto lane = takers_->consumers.are_away() ? std::nullopt : window_.next_to_fill();
    if (lane) {
        load(window_.behind(*lane), out);
    }
    if (takers_) {
        takers().consumers.answer_drains(/*more_may_come=*/question_.is_open(), out);
        takers().browsers.advance(
            stored_, [this](std::string_view key) { return words_.find(key); }, out);
        look(out);
    }
    read_keys(out);
    window_.tidy();
    return false;
}

/// Each message is offered once to all who wait, however many there are, and once more when it may
/// be for somebody else. True: there is more.
bool Queue::give_out(WallTime now, Actions& out) {
    if (takers_ && takers().consumers.take_recalled()) {
        window_.offer_again();
    }
    std::size_t given = 0;
    std::size_t looked = 0;
    while (!takers_->consumers.are_away()) {
        const Window::Next next = window_.next();
        if (next.kind == Window::Next::Kind::none) {
            return false;
        }
        if (next.kind == Window::Next::Kind::behind) {
            load(window_.behind(next.priority), out);
            return false;
        }
        if (given == limits_->dispatched_at_once_max || looked == limits_->looked_at_once_max) {
            return true;
        }
        ++looked;
        if (!is_alive(*next.record, now, out)) {
            ++given;
            continue;
        }
        Consumer* const taker = taker_of(*next.record);
        if (taker == nullptr) {
            window_.pass_over(*next.record);
            continue;
        }
        if (!next.record->payload) {
            load(window_.missing(*next.record), out);
            return false;
        }
        give(*taker, *next.record, out);
        ++given;
    }
    return false;
}

/// Of those in line; null: none may have it.
Consumer* Queue::taker_of(const Record& record) {
    const auto owner = settings_->groups ? groups_->owner_of(record.group) : std::nullopt;
    return owner ? takers().consumers.next_if(*owner, record.refused_by)
                 : takers().consumers.next(record.refused_by);
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
    out.push_back(delivery_of(consumer.id, record, std::exchange(record.payload, nullptr)));
    record.brought = false;
    if (!settings_->groups) {
        record.group.clear();
    }
    groups().acquire(record.group, consumer.id);
    takers().consumers.acquire(consumer, std::move(record));
    ++unsettled_;
    takers().consumers.rotate(consumer);
}

WallTime Queue::due() const {
    WallTime due = delayed_->due();
    if (!question_.is_open()) {
        due = std::min(due, rounds_.due());
        due = may_ripen() ? std::min(due, schedule_.due()) : due;
    }
    return due;
}

}  // namespace weft::queue
