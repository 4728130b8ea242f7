/// What comes back to a queue, and what leaves it.
#include "broker/queue/queue.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

void Queue::come_back(
    ConsumerId from, Record record, const Outcome& outcome, WallTime now, Actions& out) {
    using Kind = Outcome::Kind;
    const Picker* const picker = takers().pickers.find(from);
    const bool operates = picker != nullptr && picker->operates;
    const std::string freed = operates ? std::string{} : groups().settle(record.group);
    if (!freed.empty()) {
        free_groups({freed});
    }
    if (std::uint64_t* const way_out = counters_.way_out(outcome.kind)) {
        ++*way_out;
        counters_.delivered -= outcome.kind == Kind::accepted ? 0U : 1U;  // it went to no consumer
        if (outcome.kind != Kind::moved) {
            out.push_back(Remove{.id = record.id, .size = record.size});
        }
        leave(record, out);
        return;
    }
    if (outcome.kind == Kind::rejected && !settings_->last_resort) {
        bury(record, Death::rejected, out, outcome.why);
        return;
    }
    // Where no dead letter queue is behind, a rejected one stays, for others than who rejected it.
    const bool rejected = outcome.kind == Kind::rejected;
    const bool failed = rejected || (outcome.kind == Kind::modified && outcome.failed);
    const bool refused = rejected || (outcome.kind == Kind::modified && outcome.elsewhere);
    ++(failed ? counters_.failed : counters_.released);
    if (words_.is_stale(record.id)) {
        drop(record, Drop::Cause::replaced, out);
        return;
    }
    if ((failed && !count_failure(record, out)) || (refused && !count_refusal(record, from, out))) {
        return;
    }
    rounds_.note(record.expires);
    if (failed && settings_->redelivery.delay > 0 && record.due == 0) {  // else it waits anyway
        delay(std::move(record), now);
    } else {
        put_back(std::move(record));
    }
}

bool Queue::count_failure(Record& record, Actions& out) {
    ++record.failures;
    if (settings_->deliveries_max > 0 && record.failures >= settings_->deliveries_max &&
        !settings_->last_resort) {
        bury(record, Death::deliveries_spent, out);
        return false;
    }
    out.push_back(Recount{.id = record.id, .failures = record.failures});
    return true;
}

bool Queue::count_refusal(Record& record, ConsumerId by, Actions& out) {
    ++counters_.refused;
    if (const Picker* const picker = takers().pickers.find(by)) {
        // What does not fit an operator's link is no dead letter.
        const bool noted = takers().pickers.refuse(
            by, record.id, /*always=*/settings_->last_resort || picker->operates);
        if (!noted) {
            bury(record, Death::undeliverable, out);
        }
        return noted;
    }
    const bool full = (record.refused_by.empty() ? window_.refused() : record.refused_by.size()) >=
                      limits_->refused_max;
    if (full && !settings_->last_resort) {
        bury(record, Death::undeliverable, out);
        return false;
    }
    if (record.refused_by.size() >= limits_->refused_max) {
        record.refused_by.erase(record.refused_by.begin());
    }
    record.refused_by.push_back(by);
    return true;
}

/// It is nobody's again.
void Queue::put_back(Record record, bool keep) {
    if (takers_) {
        takers().pickers.come_back(record.id);
    }
    const MessageId id = record.id;
    const std::uint32_t failures = record.failures;
    if (record.due > 0) {  // it was taken before its time
        schedule_.add(record.due);
        trim_at_ = 1;
        question_.note_back(id, failures);
    } else if (!window_.put_back(std::move(record), keep)) {
        question_.note_back(id, failures);
    }
}

void Queue::delay(Record record, WallTime now) {
    const std::uint64_t delay = delay_after(record.failures, settings_->redelivery);
    delayed_.use().add(now + delay, std::move(record));
    if (delayed_->size() > limits_->delayed_max) {
        put_back(*delayed_.use().take_due(kForever));
    }
}

/// Others may have what waited for the consumers of those groups.
void Queue::free_groups(const std::vector<std::string>& groups) {
    for (const std::string& group : groups) {
        takers().pickers.free_group(group);
    }
    if (!groups.empty()) {
        takers().consumers.recall();
    }
}

// --- out of the queue ------------------------------------------------------------------------

/// Where no dead letter queue is behind, nothing is but what expired: that is at its end.
void Queue::bury(const Record& record, Death death, Actions& out, const std::string& why) {
    if (settings_->last_resort && death == Death::expired) {
        drop(record, Drop::Cause::expired, out);
        return;
    }
    ++counters_.buried[static_cast<std::size_t>(death)];
    out.push_back(Bury{.id = record.id,
                       .size = record.size,
                       .death = death,
                       .failures = record.failures,
                       .priority = record.priority,
                       .why = why});
    leave(record, out);
}

void Queue::drop(const Record& record, Drop::Cause cause, Actions& out) {
    ++(cause == Drop::Cause::replaced ? counters_.replaced : counters_.dropped);
    out.push_back(Drop{.id = record.id, .size = record.size, .cause = cause});
    leave(record, out);
}

void Queue::leave(const Record& record, Actions& out) {
    stock_.leave(record.size, out);
    if (takers_) {
        takers().pickers.forget(record.id);
    }
    words_.forget(record.id);
    question_.note_left(record.id);
}

/// A message that the store has, or had when it found it; `left`: what is gone since. Takes it out
/// of where it waits. False: a consumer has it, or had it, or it goes already.
bool Queue::take_found(const Record& record, const Left& left) {
    const auto is_it = [&record](const Record& one) { return one.id == record.id; };
    if (takers_->have(record.id) || left.contains(record.id) ||
        std::any_of(damaged_.begin(), damaged_.end(), is_it)) {
        return false;
    }
    if (!window_.take(record) && delayed_) {  // nor waits what is behind, or scheduled
        delayed_.use().take(record.id);
    }
    return true;
}

/// A younger one of its key takes its place.
void Queue::replace(const std::optional<Record>& older, const Left& left, Actions& out) {
    if (older && take_found(*older, left)) {
        drop(*older, Drop::Cause::replaced, out);
    } else if (older) {
        words_.note_stale(older->id);
    }
}

}  // namespace weft::queue
