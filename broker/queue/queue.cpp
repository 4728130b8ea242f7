#include "broker/queue/queue.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weft::queue {
namespace {

constexpr std::uint64_t kDelayMost = std::uint64_t{1000} * 60 * 60 * 24 * 365;  // milliseconds

}  // namespace

Queue::Queue(const Settings& settings, const Stored& stored, Limits limits)
    : settings_{settings},
      limits_{limits},
      depth_{stored.messages},
      bytes_{stored.bytes},
      told_full_{is_full()},  // its producers get no credit when they come
      last_{stored.last},
      stored_{stored.last},
      tail_{stored.first},
      consumers_{limits.unsettled_max},
      browsers_{limits.browse_messages, limits.browse_bytes},
      pickers_{limits},
      expiry_{stored.expires} {}

// --- producers -------------------------------------------------------------------------------

bool Queue::is_full() const {
    return (settings_.messages_max > 0 && depth_ >= settings_.messages_max) ||
           (settings_.bytes_max > 0 && bytes_ >= settings_.bytes_max);
}

WallTime Queue::expiry(std::uint64_t ttl, WallTime now) const {
    std::uint64_t lives = ttl == 0 ? settings_.ttl_default : ttl;
    if (settings_.ttl_max > 0 && (lives == 0 || lives > settings_.ttl_max)) {
        lives = settings_.ttl_max;
    }
    return lives == 0 ? kForever : std::min(now + lives, kForever);
}

std::optional<MessageId> Queue::offer(Payload payload,
                                      std::uint64_t ttl,
                                      WallTime now,
                                      Actions& out) {
    const bool refuses =
        settings_.overflow == Overflow::reject || settings_.overflow == Overflow::dead_letter;
    if (refuses && is_full()) {
        ++counters_.overflowed;
        return std::nullopt;
    }
    return take(std::move(payload), ttl, now, out);
}

MessageId Queue::take(Payload payload, std::uint64_t ttl, WallTime now, Actions& out) {
    const MessageId id = take_dead(payload->size(), now).id;
    Record& record = storing_.back();
    record.payload = payload;
    record.expires = expiry(ttl, now);
    out.push_back(Append{.id = id, .expires = record.expires, .payload = std::move(payload)});
    return id;
}

Queue::Taken Queue::take_dead(std::uint64_t size, WallTime now) {
    const WallTime expires = expiry(0, now);
    storing_.push_back(Record{.id = ++last_, .size = size, .expires = expires});
    ++counters_.taken;
    ++depth_;
    bytes_ += size;
    told_full_ = told_full_ || is_full();
    return {.id = last_, .expires = expires};
}

void Queue::on_stored(MessageId id) {
    while (!storing_.empty() && storing_.front().id <= id) {
        Record record = std::move(storing_.front());
        storing_.pop_front();
        const bool follows = !has_tail() && loading_ == Loading::no && !consumers_.empty();
        stored_ = record.id;
        expiry_ = std::min(expiry_, record.expires);
        // For those who take nothing now no large one is kept.
        const bool may_stay =
            consumers_.some_can_take() || ready_.bytes() + record.size <= limits_.window_bytes;
        if (follows && may_stay && window_has_room()) {
            tail_ = record.id + 1;
            make_ready(std::move(record));
        }
    }
    browsers_.recall();
    pickers_.recall();
}

bool Queue::window_has_room() const {
    return ready_.size() < limits_.window_messages && ready_.bytes() < limits_.window_bytes;
}

void Queue::change(const Settings& settings, Actions& out) {
    settings_ = settings;
    told_full_ = told_full_ || is_full();
    tell_room(out);
}

// --- consumers -------------------------------------------------------------------------------

void Queue::attach(ConsumerId id, Choose choose, MessageId from) {
    if (choose) {
        pickers_.add(id, std::move(choose), from);
    } else {
        consumers_.add(id);
    }
}

void Queue::attach_browser(ConsumerId id, Choose choose) {
    browsers_.add(id, std::move(choose));
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
    if (drain && credit > 0 && !std::exchange(consumer->drain, true)) {
        draining_.push_back(id);
    } else if (!drain || credit == 0) {
        consumer->drain = false;
        std::erase(draining_, id);
    }
    consumer->credit = credit;
    consumers_.consider(*consumer);
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
    consumer->held = held;
    consumers_.consider(*consumer);
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
    if (outcome.kind == Kind::undone) {  // it stayed, so what it acquired is before `tail_` still
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
        return;
    }
    Consumer* consumer = consumers_.find(id);
    WEFT_CHECK(consumer);
    std::erase(draining_, id);
    auto acquired = std::move(consumer->acquired);
    consumers_.remove(*consumer);
    unsettled_ -= acquired.size();
    for (auto one = acquired.rbegin(); one != acquired.rend(); ++one) {  // each goes to the front
        come_back(id, std::move(one->second), outcome, now, out);
    }
    if (consumers_.empty()) {
        forget_window();
    }
}

void Queue::forget_window() {
    if (!ready_.empty()) {  // Q2: of those from the oldest ready one on, only pickers have some
        tail_ = std::min(tail_, ready_.front_id());
        ready_.clear();
    }
    forget_answer();
}

/// What it tells may be gone by now.
void Queue::forget_answer() {
    if (loading_ != Loading::no) {
        loading_ = Loading::void_;
    }
}

void Queue::come_back(
    ConsumerId from, Record record, const Outcome& outcome, WallTime now, Actions& out) {
    using Kind = Outcome::Kind;
    if (outcome.kind == Kind::moved || outcome.kind == Kind::purged) {
        --counters_.delivered;  // it went to no consumer
    }
    if (outcome.kind == Kind::moved) {
        ++counters_.moved;
        leave(record, out);
        return;
    }
    if (outcome.kind == Kind::accepted || outcome.kind == Kind::purged) {
        ++(outcome.kind == Kind::purged ? counters_.purged : counters_.acknowledged);
        out.push_back(Remove{.id = record.id, .size = record.size});
        leave(record, out);
        return;
    }
    if (outcome.kind == Kind::rejected && !settings_.last_resort) {
        bury(record, Death::rejected, out);
        return;
    }
    // Where no dead letter queue is behind, a rejected one stays, for others than who rejected it.
    const bool rejected = outcome.kind == Kind::rejected;
    const bool failed = rejected || (outcome.kind == Kind::modified && outcome.failed);
    const bool refused = rejected || (outcome.kind == Kind::modified && outcome.elsewhere);
    ++(failed ? counters_.failed : counters_.released);
    if ((failed && !count_failure(record, out)) || (refused && !count_refusal(record, from, out))) {
        return;
    }
    expiry_ = std::min(expiry_, record.expires);
    if (failed && settings_.redelivery.delay > 0) {
        delay(std::move(record), now);
    } else {
        put_back(std::move(record));
    }
}

bool Queue::count_failure(Record& record, Actions& out) {
    ++record.failures;
    if (settings_.deliveries_max > 0 && record.failures >= settings_.deliveries_max &&
        !settings_.last_resort) {
        bury(record, Death::deliveries_spent, out);
        return false;
    }
    out.push_back(Recount{.id = record.id, .failures = record.failures});
    return true;
}

bool Queue::count_refusal(Record& record, ConsumerId by, Actions& out) {
    ++counters_.refused;
    if (pickers_.find(by)) {
        const bool noted = pickers_.refuse(by, record.id, /*always=*/settings_.last_resort);
        if (!noted) {
            bury(record, Death::undeliverable, out);
        }
        return noted;
    }
    const bool full = (record.refused_by.empty() ? ready_.refused() : record.refused_by.size()) >=
                      limits_.refused_max;
    if (full && !settings_.last_resort) {
        bury(record, Death::undeliverable, out);
        return false;
    }
    if (record.refused_by.size() >= limits_.refused_max) {
        record.refused_by.erase(record.refused_by.begin());
    }
    record.refused_by.push_back(by);
    return true;
}

/// Where no dead letter queue is behind, nothing is but what expired: that is at its end.
void Queue::bury(const Record& record, Death death, Actions& out) {
    if (settings_.last_resort && death == Death::expired) {
        drop(record, Drop::Cause::expired, out);
        return;
    }
    ++counters_.buried[static_cast<std::size_t>(death)];
    out.push_back(
        Bury{.id = record.id, .size = record.size, .death = death, .failures = record.failures});
    leave(record, out);
}

void Queue::bury_damaged(Actions& out) {
    for (const Record& record : std::exchange(damaged_, {})) {
        bury(record, Death::damaged, out);
    }
}

void Queue::leave(const Record& record, Actions& out) {
    --depth_;
    bytes_ -= std::min(bytes_, record.size);  // a damaged one's may be wrong
    pickers_.forget(record.id);
    if (loading_ != Loading::no && record.id >= tail_) {
        left_.insert(record.id);
    }
    tell_room(out);
}

void Queue::tell_room(Actions& out) {
    if (told_full_ && !is_full()) {
        told_full_ = false;
        out.push_back(Room{});
    }
}

void Queue::make_ready(Record record) {
    ready_.add(std::move(record));
    consumers_.recall();
}

// --- delays and expiry -----------------------------------------------------------------------

void Queue::delay(Record record, WallTime now) {
    const Redelivery& redelivery = settings_.redelivery;
    double delay = static_cast<double>(redelivery.delay) *
                   std::pow(redelivery.multiplier, record.failures - 1);
    if (redelivery.delay_max > 0) {
        delay = std::min(delay, static_cast<double>(redelivery.delay_max));
    }
    delay = std::min(delay, static_cast<double>(kDelayMost));
    delayed_.add(now + static_cast<std::uint64_t>(delay), std::move(record));
    if (delayed_.size() > limits_.delayed_max) {
        put_back(*delayed_.take_due(kForever));
    }
}

void Queue::end_delays(WallTime now) {
    while (auto record = delayed_.take_due(now)) {
        put_back(std::move(*record));
    }
}

/// It is nobody's again.
void Queue::put_back(Record record) {
    pickers_.come_back(record.id);
    if (record.id >= tail_) {  // it is on disk, and will be read with its neighbours
        if (loading_ == Loading::asked || loading_ == Loading::looking) {
            forget_answer();  // as it is now
        }
    } else if (consumers_.empty()) {
        tail_ = record.id;  // Q2, Q3: what is between is delayed, gone, or a picker's
        forget_answer();
    } else {
        make_ready(std::move(record));
    }
}

bool Queue::is_alive(const Record& record, WallTime now, Actions& out) {
    if (record.expires > now) {
        return true;
    }
    bury(ready_.take(record.id), Death::expired, out);
    return false;
}

void Queue::sweep(WallTime now, Actions& out) {
    const bool begins = now >= expiry_ && now >= next_sweep_;
    if (loading_ != Loading::no || (!begins && sweep_at_ == 1)) {
        return;
    }
    if (sweep_at_ == 1) {
        expiry_ = kForever;
        next_sweep_ = now + limits_.sweep_pause;
    }
    loading_ = Loading::sweeping;
    out.push_back(Sweep{
        .now = now, .from = sweep_at_, .through = stored_, .messages = limits_.swept_at_once});
}

void Queue::on_swept(const Swept& swept, Actions& out) {
    const Loading was = std::exchange(loading_, Loading::no);
    const auto left = std::exchange(left_, {});
    if (was == Loading::void_) {
        sweep_at_ = 1;
        expiry_ = 0;  // it begins anew
    } else if (was == Loading::trimming) {
        for (const Record& record : swept.expired) {
            if (has_too_many() && take_found(record.id, left)) {
                drop(record, Drop::Cause::overflow, out);
            }
        }
        if (swept.expired.empty() || has_too_many()) {
            tail_ = swept.through + 1;  // nothing is there but what pickers have
        }
    } else {
        expiry_ = std::min(expiry_, swept.next);
        sweep_at_ = swept.complete ? 1 : swept.through + 1;
        for (const Record& record : swept.expired) {
            if (take_found(record.id, left)) {
                bury(record, Death::expired, out);
            }
        }
    }
}

/// A message that the store found; false: a consumer has it, or had it.
bool Queue::take_found(MessageId id, const std::set<MessageId>& left) {
    if (pickers_.have(id) || left.contains(id)) {
        return false;
    }
    if (ready_.find(id)) {
        ready_.take(id);
        return true;
    }
    return delayed_.take(id) || (id >= tail_ && id <= stored_);
}

void Queue::drop(const Record& record, Drop::Cause cause, Actions& out) {
    ++counters_.dropped;
    out.push_back(Drop{.id = record.id, .size = record.size, .cause = cause});
    leave(record, out);
}

bool Queue::has_too_many() const {
    return settings_.overflow == Overflow::drop_oldest &&
           ((settings_.messages_max > 0 && depth_ > settings_.messages_max) ||
            (settings_.bytes_max > 0 && bytes_ > settings_.bytes_max));
}

void Queue::trim(Actions& out) {
    while (has_too_many() && !ready_.empty()) {
        drop(ready_.take(ready_.front_id()), Drop::Cause::overflow, out);
    }
    if (has_too_many() && has_tail() && loading_ == Loading::no) {
        loading_ = Loading::trimming;
        out.push_back(Sweep{
            .now = kForever, .from = tail_, .through = stored_, .messages = limits_.swept_at_once});
    }
}

WallTime Queue::due() const {
    const WallTime expiry = loading_ == Loading::no ? std::max(expiry_, next_sweep_) : kForever;
    return std::min(delayed_.due(), expiry);
}

// --- giving out ------------------------------------------------------------------------------

bool Queue::dispatch(WallTime now, Actions& out) {
    bury_damaged(out);
    end_delays(now);
    trim(out);
    pick(now, out);
    std::size_t given = 0;
    while (Consumer* consumer = consumers_.next()) {
        const Record* record = ready_.first_for(consumer->id);
        if (!record && !ready_.empty()) {
            consumers_.sate();
            continue;
        }
        if (!record) {
            break;
        }
        if (given == limits_.dispatched_at_once_max) {
            return true;
        }
        if (!is_alive(*record, now, out)) {
            ++given;
            continue;
        }
        if (!record->payload) {
            const std::size_t missing = ready_.missing_from(record->id);
            load({.from = record->id,
                  .through = tail_ - 1,
                  .messages = missing,
                  .bytes = limits_.window_bytes},
                 out);
            break;
        }
        give(*consumer, record->id, out);
        ++given;
    }
    sweep(now, out);
    if (pickers_turn_) {
        look(out);
    }
    load_tail(out);
    answer_drains(out);
    browsers_.advance(stored_, out);
    look(out);
    return false;
}

void Queue::give(Consumer& consumer, MessageId id, Actions& out) {
    Record record = ready_.take(id);
    --consumer.credit;
    ++counters_.delivered;
    out.push_back(Deliver{.consumer = consumer.id,
                          .id = id,
                          .failures = record.failures,
                          .payload = std::exchange(record.payload, nullptr)});
    consumer.acquired.emplace(id, std::move(record));
    ++unsettled_;
    consumers_.rotate();
}

void Queue::answer_drains(Actions& out) {
    for (const ConsumerId id : std::exchange(draining_, {})) {
        Consumer& consumer = *consumers_.find(id);
        const bool may_get_more =
            consumers_.can_take(consumer)
                ? ready_.first_for(id) || has_tail() || loading_ != Loading::no
                : consumer.held;
        if (consumer.credit == 0) {
            consumer.drain = false;  // used up by deliveries: the engine tells
        } else if (may_get_more) {
            draining_.push_back(id);
        } else {
            consumer.credit = 0;
            consumer.drain = false;
            consumers_.consider(consumer);
            out.push_back(Drained{id});
        }
    }
}

// --- from the store --------------------------------------------------------------------------

void Queue::load(const Range& range, Actions& out) {
    if (loading_ == Loading::no) {
        loading_ = Loading::asked;
        out.push_back(Load{range});
    }
}

void Queue::load_tail(Actions& out) {
    const bool half_empty =
        ready_.size() <= limits_.window_messages / 2 && ready_.bytes() <= limits_.window_bytes / 2;
    if (consumers_.some_can_take() && has_tail() && half_empty) {
        load({.from = tail_,
              .through = stored_,
              .messages = limits_.window_messages,
              .bytes = limits_.window_bytes},
             out);
    }
}

void Queue::on_loaded(MessageId from, std::vector<Record> records, MessageId through) {
    const auto left = std::exchange(left_, {});
    if (std::exchange(loading_, Loading::no) == Loading::void_ || consumers_.empty()) {
        return;
    }
    pickers_turn_ = true;
    WEFT_CHECK(from <= tail_);
    for (Record& record : records) {
        if (record.damaged) {
            if (is_on_offer(record, left)) {
                damaged_.push_back(record.id < tail_ ? ready_.take(record.id) : std::move(record));
            }
        } else if (record.id >= tail_) {
            if (is_on_offer(record, left)) {
                make_ready(std::move(record));
            }
        } else {
            ready_.fill(record.id, std::move(record.payload));
        }
    }
    tail_ = std::max(tail_, through + 1);
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
    judged_ = 0;
    const auto see = [this](const Record& record, const Choose& choose) {
        if (judged_enough()) {
            return Browsers::Sight::later;
        }
        const bool seen = !record.damaged &&
                          (is_on_offer(record, left_) || delayed_.has(record.id)) &&
                          wants(choose, record);
        return seen ? Browsers::Sight::seen : Browsers::Sight::passed_over;
    };
    counters_.browsed += browsers_.on_browsed(id, records, through, see, out);
}

}  // namespace weft::queue
