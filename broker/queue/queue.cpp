#include "broker/queue/queue.hpp"

#include "common/base/assert.hpp"

#include <utility>

namespace weft::queue {

Queue::Queue(const Settings& settings, const Stored& stored, Limits limits)
    : settings_{settings},
      limits_{limits},
      stock_{settings, stored},
      last_{stored.last},
      stored_{stored.last},
      window_{limits, stored},
      schedule_{stored.due},
      consumers_{limits.unsettled_max},
      browsers_{limits.browse_messages, limits.browse_bytes},
      pickers_{limits},
      exclusive_{settings.exclusive},
      groups_{limits.groups_max},
      last_values_{limits.keys_max},
      duplicates_{settings.duplicate_window, stored},
      judge_{limits.judged_steps},
      rounds_{limits, stored.expires} {
    keys_.start(settings_.last_value_key.empty() ? 0 : stored_);
}

// --- producers -------------------------------------------------------------------------------

Offered::Kind Queue::verdict(const Arrival& arrival, std::size_t others) const {
    using Kind = Offered::Kind;
    const bool refuses = settings_.overflow == Overflow::dead_letter ||
                         (settings_.overflow == Overflow::reject && !arrival.weighed);
    if (duplicates_.knows(arrival.name)) {
        return Kind::known;
    }
    if (refuses && stock_.is_full()) {
        return Kind::full;
    }
    return arrival.weighed || last_values_.has_room_for(arrival.key, storing_.size() + others)
               ? Kind::taken
               : Kind::keys_full;
}

Offered Queue::offer(Arrival arrival, WallTime now, Actions& out) {
    using Kind = Offered::Kind;
    if (settings_.last_value_key.empty()) {
        arrival.key.clear();
    }
    const Kind kind = verdict(arrival);
    if (kind == Kind::known) {
        ++counters_.duplicates;
        return {.kind = kind, .id = last_ > stored_ ? last_ : 0};
    }
    if (kind != Kind::taken) {
        ++counters_.overflowed;
        return {.kind = kind};
    }
    const MessageId id = take_moved(arrival.payload->size(), arrival.priority, now).id;
    Record& record = storing_.back();
    record.payload = arrival.payload;
    record.expires = expiry_of(arrival, settings_, now);
    record.due = arrival.due > now ? arrival.due : 0;
    record.group = std::move(arrival.group);
    record.key = std::move(arrival.key);
    counters_.scheduled += record.due > 0 ? 1U : 0U;
    out.push_back(Append{.id = id,
                         .expires = record.expires,
                         .due = record.due,
                         .priority = record.priority,
                         .payload = std::move(arrival.payload),
                         .named = settings_.duplicate_window > 0 && !arrival.name.empty()
                                      ? duplicates_.remember(arrival.name)
                                      : Named{}});
    return {.kind = kind, .id = id};
}

Moved Queue::take_moved(std::uint64_t size, Priority priority, WallTime now) {
    WEFT_CHECK(priority <= kPriorityMost);
    const WallTime expires = expiry_of({}, settings_, now);
    storing_.push_back(
        Record{.id = ++last_, .size = size, .expires = expires, .priority = priority});
    ++counters_.taken;
    stock_.add(size);
    return {.id = last_, .expires = expires};
}

void Queue::on_stored(MessageId id, Actions& out) {
    while (!storing_.empty() && storing_.front().id <= id) {
        Record record = std::move(storing_.front());
        storing_.pop_front();
        stored_ = record.id;
        trim_at_ = 1;
        if (!record.payload && !settings_.last_value_key.empty()) {
            keys_.add(record.id);  // it was moved, and nobody knows its key
        }
        note_key(record, {}, out);
        rounds_.note(record.expires);
        // For those who take nothing now no large one is kept.
        const bool keep =
            !consumers_.are_away() ||
            (!consumers_.empty() && window_.bytes() + record.size <= limits_.window_bytes);
        if (record.due > 0) {
            schedule_.add(record.due);
        } else if (window_.add(std::move(record), keep)) {
            consumers_.recall();
        }
    }
    browsers_.recall();
    pickers_.recall();
}

void Queue::change(const Settings& settings, Actions& out) {
    const Settings before = std::exchange(settings_, settings);
    stock_.change(settings, out);
    duplicates_.change(settings.duplicate_window, out);
    exclusive_.change(settings.exclusive);
    seat();
    if (before.groups && !settings.groups) {  // what waited for its group's consumer is anybody's
        free_groups();
    }
    if (before.last_value_key != settings.last_value_key) {
        last_values_.clear();
        keys_.start(settings_.last_value_key.empty() ? 0 : stored_);
        if (question_.kind() == Question::Kind::keys) {
            question_.spoil();  // it is of other keys
        }
    }
}

// --- consumers -------------------------------------------------------------------------------

void Queue::attach(ConsumerId id, Joining how) {
    if (how.browses) {
        browsers_.add(id, std::move(how.choose));
        return;
    }
    if (how.choose) {
        if (!how.operates) {
            exclusive_.attach(id, how.alone);
        }
        pickers_.add(id, std::move(how));
    } else {
        exclusive_.attach(id, how.alone);
        consumers_.add(id);
    }
    seat();
}

/// Who may get messages, if not all.
void Queue::seat() {
    consumers_.leave_to(exclusive_.alone());
    pickers_.leave_to(exclusive_.alone());
}

void Queue::set_credit(ConsumerId id, std::uint32_t credit, bool drain) {
    if (browsers_.has(id)) {
        browsers_.set_credit(id, credit, drain);
        return;
    }
    if (Picker* picker = pickers_.find(id)) {
        pickers_.set_credit(*picker, credit, drain);
        return;
    }
    Consumer* consumer = consumers_.find(id);
    WEFT_CHECK(consumer);
    consumers_.set_credit(*consumer, credit, drain);
}

std::uint32_t Queue::credit_of(ConsumerId id) {
    if (browsers_.has(id)) {
        return browsers_.credit_of(id);
    }
    const Picker* const picker = pickers_.find(id);
    return picker ? picker->credit : consumers_.find(id)->credit;
}

void Queue::give_back(ConsumerId id,
                      MessageId message,
                      const Outcome& outcome,
                      bool drain,
                      WallTime now,
                      Actions& out) {
    if (!browsers_.has(id)) {
        settle(id, message, outcome, now, out);
    } else if (outcome.kind == Outcome::Kind::released) {
        browsers_.look_again(id, message);
    }
    set_credit(id, credit_of(id) + 1, drain);
}

void Queue::hold(ConsumerId id, bool held) {
    if (browsers_.has(id)) {
        browsers_.hold(id, held);
        return;
    }
    if (Picker* picker = pickers_.find(id)) {
        pickers_.hold(*picker, held);
        return;
    }
    Consumer* consumer = consumers_.find(id);
    WEFT_CHECK(consumer);
    consumers_.hold(*consumer, held);
}

bool Queue::settle(
    ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out) {
    if (aside_.has(id, message)) {
        return settle_aside(id, message, outcome, now, out);
    }
    auto record = give_up(id, message);
    if (!record) {
        return false;
    }
    if (outcome.kind == Outcome::Kind::open) {
        pickers_.set_aside(message);
        aside_.add(id, *std::move(record));
    } else {
        --unsettled_;
        come_back(id, *std::move(record), outcome, now, out);
    }
    if (Consumer* consumer = consumers_.find(id)) {
        consumers_.consider(*consumer);
    }
    return true;
}

/// Takes a message from who acquired it; nothing: it has no such one.
std::optional<Record> Queue::give_up(ConsumerId id, MessageId message) {
    if (Picker* picker = pickers_.find(id)) {
        return pickers_.give_up(*picker, message);
    }
    Consumer* consumer = consumers_.find(id);
    if (!consumer) {
        return std::nullopt;
    }
    auto node = consumer->acquired.extract(message);
    return node ? std::optional{std::move(node.mapped())} : std::nullopt;
}

/// Of a message that a transaction has.
bool Queue::settle_aside(
    ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out) {
    using Kind = Outcome::Kind;
    Picker* const picker = pickers_.find(id);
    Consumer* const consumer = consumers_.find(id);
    if (outcome.kind == Kind::open) {
        return true;
    }
    if (outcome.kind == Kind::undone && !picker && !consumer) {
        return false;
    }
    Record record = aside_.take(message);
    if (outcome.kind == Kind::undone && picker) {
        picker->acquired.emplace(message, std::move(record));
        return true;
    }
    pickers_.take_back(message);
    if (outcome.kind == Kind::undone) {  // it stayed, so what it acquired is before the tail still
        consumer->acquired.emplace(message, std::move(record));
        consumers_.consider(*consumer);
        return true;
    }
    --unsettled_;
    come_back(id, std::move(record), outcome, now, out);
    return true;
}

void Queue::detach(ConsumerId id, bool failed, WallTime now, Actions& out) {
    if (browsers_.has(id)) {
        browsers_.remove(id);
        return;
    }
    const Outcome outcome{.kind = failed ? Outcome::Kind::modified : Outcome::Kind::released,
                          .failed = failed};
    if (Picker* picker = pickers_.find(id)) {
        detach_picker(*picker, outcome, now, out);
    } else {
        Consumer* consumer = consumers_.find(id);
        WEFT_CHECK(consumer);
        auto acquired = std::move(consumer->acquired);
        consumers_.remove(*consumer);
        unsettled_ -= acquired.size();
        for (auto one = acquired.rbegin(); one != acquired.rend(); ++one) {  // each to the front
            come_back(id, std::move(one->second), outcome, now, out);
        }
        if (consumers_.empty()) {
            window_.forget();
            spoil(/*trimming=*/true);
        }
    }
    exclusive_.detach(id);
    seat();
    if (groups_.leave(id)) {
        free_groups();
    }
}

}  // namespace weft::queue
