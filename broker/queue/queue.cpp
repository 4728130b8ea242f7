#include "broker/queue/queue.hpp"

#include "broker/queue/verdict.hpp"
#include "common/base/assert.hpp"

#include <utility>

namespace weft::queue {
Queue::Queue(Shared<Settings> settings,
             const Stored& stored,
             Shared<Limits> limits,
             WordBudget* words)
    : settings_{std::move(settings)},
      limits_{std::move(limits)},
      stock_{*settings_, stored},
      last_{stored.last},
      stored_{stored.last},
      window_{*limits_, stored},
      schedule_{stored.due},
      words_{*settings_, stored, words},
      judge_{limits_->judged_steps},
      rounds_{*limits_, stored.expires} {}

// --- producers -------------------------------------------------------------------------------

Offered Queue::offer(Arrival arrival, WallTime now, Actions& out) {
    using Kind = Offered::Kind;
    if (settings_->last_value_key.empty()) {
        arrival.key.clear();
    }
    Offered offered = verdict(*this, arrival);
    if (offered.kind == Kind::known) {
        ++counters_.duplicates;
        offered.id = last_ > stored_ ? last_ : 0;
    }
    if (offered.kind != Kind::taken) {
        counters_.note_refused(offered.kind);
        return offered;
    }
    const MessageId id = take_moved(arrival.payload->size(), arrival.priority, now).id;
    Record& record = storing_.use().back();
    record.payload = arrival.payload;
    record.brought = true;
    record.expires = expiry_of(arrival, *settings_, now);
    record.due = arrival.due > now ? arrival.due : 0;
    record.failures = arrival.failures;
    record.group = std::move(arrival.group);
    record.key = std::move(arrival.key);
    record.fence = std::move(arrival.fence);
    counters_.scheduled += record.due > 0 ? 1U : 0U;
    Append append = append_of(record);
    append.named = words_.remember(record, arrival.name);
    out.push_back(std::move(append));
    if (record.failures > 0) {
        out.push_back(Recount{.id = id, .failures = record.failures});
    }
    return {.kind = offered.kind, .id = id};
}

Moved Queue::take_moved(std::uint64_t size, Priority priority, WallTime now) {
    WEFT_CHECK(priority <= kPriorityMost);
    const WallTime expires = expiry_of({}, *settings_, now);
    storing_.use().push_back(
        Record{.id = ++last_, .size = size, .expires = expires, .priority = priority});
    ++counters_.taken;
    stock_.add(size);
    words_.expect();
    return {.id = last_, .expires = expires};
}

void Queue::on_stored(MessageId id, Actions& out) {
    while (!storing_->empty() && storing_->front().id <= id) {
        Record record = std::move(storing_.use().front());
        storing_.use().pop_front();
        stored_ = record.id;
        trim_at_ = 1;
        if (!record.payload && !settings_->last_value_key.empty()) {
            words_.read_key_of(record.id);  // it was moved, and nobody knows its key
        }
        replace(words_.note(record), {}, out);
        record.fence = nullptr;
        rounds_.note(record.expires);
        // For those who take nothing now no large one is kept.
        const bool keep =
            !takers_->consumers.are_away() ||
            (!takers_->consumers.empty() && window_.bytes() + record.size <= limits_->window_bytes);
        if (record.due > 0) {
            schedule_.add(record.due);
        } else {
            window_.add(std::move(record), keep);
        }
    }
    if (takers_) {
        takers().browsers.recall();
        takers().pickers.recall();
    }
}

void Queue::change(Shared<Settings> settings, Actions& out) {
    const Shared<Settings> before = std::exchange(settings_, std::move(settings));
    stock_.change(*settings_, out);
    takers().change(settings_->exclusive);
    if (before->groups &&
        !settings_->groups) {  // what waited for its group's consumer is anybody's
        takers().pickers.free_groups();
        takers().consumers.recall();
    }
    if (!before->groups && settings_->groups) {  // what was read was read without its groups
        empty_window();
        question_.spoil_if(Question::Kind::look);
    }
    if (words_.change(*before, *settings_, stored_, out)) {
        question_.spoil_if(Question::Kind::keys);  // it is of other keys
    }
    rest();
}

// --- consumers -------------------------------------------------------------------------------

void Queue::give_back(ConsumerId id,
                      MessageId message,
                      const Outcome& outcome,
                      bool drain,
                      WallTime now,
                      Actions& out) {
    if (!takers_->browsers.has(id)) {
        settle(id, message, outcome, now, out);
    } else if (outcome.kind == Outcome::Kind::released) {
        takers().browsers.look_again(id, message);
    }
    set_credit(id, takers().credit_of(id) + 1, drain);
}

bool Queue::settle(
    ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out) {
    if (aside_->has(id, message)) {
        return settle_aside(id, message, outcome, now, out);
    }
    auto record = takers_ ? takers().give_up(id, message) : std::nullopt;
    if (!record) {
        return false;
    }
    if (outcome.kind == Outcome::Kind::open) {
        takers().pickers.set_aside(message);
        aside_.use().add(id, *std::move(record));
    } else {
        --unsettled_;
        come_back(id, *std::move(record), outcome, now, out);
    }
    if (Consumer* consumer = takers().consumers.find(id)) {
        takers().consumers.consider(*consumer);
    }
    return true;
}

/// Of a message that a transaction has.
bool Queue::settle_aside(
    ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out) {
    using Kind = Outcome::Kind;
    Picker* const picker = takers().pickers.find(id);
    Consumer* const consumer = takers().consumers.find(id);
    if (outcome.kind == Kind::open) {
        return true;
    }
    if (outcome.kind == Kind::undone && !picker && !consumer) {
        return false;
    }
    Record record = aside_.use().take(message);
    if (outcome.kind == Kind::undone && picker) {
        picker->acquired.emplace(message, std::move(record));
        return true;
    }
    takers().pickers.take_back(message);
    if (outcome.kind == Kind::undone) {
        takers().consumers.acquire(*consumer, std::move(record));
        takers().consumers.consider(*consumer);
        return true;
    }
    --unsettled_;
    come_back(id, std::move(record), outcome, now, out);
    rest();
    return true;
}

void Queue::detach(ConsumerId id, bool failed, WallTime now, Actions& out) {
    if (takers_->browsers.has(id)) {
        takers().browsers.remove(id);
        rest();
        return;
    }
    const Outcome outcome{.kind = failed ? Outcome::Kind::modified : Outcome::Kind::released,
                          .failed = failed};
    if (Picker* picker = takers().pickers.find(id)) {
        detach_picker(*picker, outcome, now, out);
    } else {
        Consumer* consumer = takers().consumers.find(id);
        WEFT_CHECK(consumer);
        auto acquired = takers().consumers.remove(*consumer);
        unsettled_ -= acquired.size();
        for (auto one = acquired.rbegin(); one != acquired.rend(); ++one) {  // each to the front
            come_back(id, std::move(one->second), outcome, now, out);
        }
        if (takers().consumers.empty()) {
            empty_window();
        }
    }
    takers().leave(id);
    free_groups(groups().leave(id));
    rest();
}

/// A queue that nobody is at is small: what nothing is in goes.
void Queue::rest() {
    const bool rests = attached().all() == 0;
    takers_.drop_if(rests && aside_->empty());
    groups_.drop_if(rests && groups_->size() == 0);
    aside_.drop_if(rests && aside_->empty());
    storing_.drop_if(rests && storing_->empty());
}

}  // namespace weft::queue
