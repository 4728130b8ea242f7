#include "tests/simulation/queue_walk.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace weft::queue::sim {
namespace {

constexpr Limits kSmall{.window_messages = 8,
                        .window_bytes = 100,
                        .unsettled_max = 5,
                        .refused_max = 3,
                        .browse_messages = 3,
                        .dispatched_at_once_max = 4,
                        .looked_at_once_max = 6,
                        .swept_at_once = 3,
                        .sweep_pause = 20,
                        .ripened_at_once = 3,
                        .passed_over_max = 3};

void holds(bool so, const char* what) {
    if (!so) {
        throw std::logic_error(what);
    }
}

/// What pickers want.
bool is_picked(MessageId id) {
    return id % 3 == 0;
}

Choice picked_by_number(const Record& record) {
    return is_picked(record.id) ? Choice::wanted : Choice::passed_over;
}

}  // namespace

QueueWalk::QueueWalk(Dice dice, const Settings& settings)
    : roll_{std::move(dice)},
      settings_{settings},
      store_{[this](Record& record) {
          record.group = facts_.at(record.id).group;
          record.key = facts_.at(record.id).key;
          record.fence = facts_.at(record.id).fence;
      }},
      queue_{settings, {}, kSmall} {}

void QueueWalk::walk(int steps) {
    for (int i = 0; i < steps; ++i) {
        step();
        audit();
    }
}

void QueueWalk::step() {
    now_ += roll_(5);
    const std::uint32_t what = roll_(100);
    if (what < 25) {
        send();
    } else if (what < 40) {
        store_.work(1 + roll_(6));
    } else if (what < 55) {
        answer();
    } else if (what < 60) {
        join();
    } else if (what < 70) {
        give_credit();
    } else if (what < 85) {
        settle();
    } else if (what < 90) {
        hold();
    } else if (what < 95) {
        leave(roll_(2) == 0);
    } else if (what == 99 && roll_(5) == 0) {
        restart();
    }
    if (roll_(3) > 0) {
        queue_.dispatch(now_, actions_);
    }
    carry_out_all();
}

// --- producers -------------------------------------------------------------------------------

void QueueWalk::send() {
    static constexpr Priority kPriorities[] = {4, 4, 4, 0, 9};
    static constexpr const char* kWords[] = {"", "", "a", "b", "c"};
    Arrival arrival{.payload = std::make_shared<const Buffer>(Buffer(1 + roll_(40)))};
    arrival.priority = kPriorities[roll_(5)];
    arrival.due = roll_(6) == 0 ? now_ + roll_(200) : 0;
    arrival.expires = roll_(8) == 0 ? now_ + roll_(300) : kForever;
    arrival.group = kWords[roll_(5)];
    arrival.key = settings_.last_value_key.empty() ? "" : kWords[roll_(5)];
    if (settings_.duplicate_window > 0) {
        // now and then one that was used before
        arrival.name = std::to_string(roll_(3) == 0 ? names_made_ - std::min(names_made_, roll_(8))
                                                    : ++names_made_);
    }
    if (settings_.fenced && !arrival.key.empty()) {
        arrival.fence = std::make_shared<const Fence>(Fence{
            .epoch = now_ / 500 + roll_(2), .owner = kWords[1 + roll_(3)], .sequence = roll_(30)});
    }
    const Facts facts{.due = arrival.due > now_ ? arrival.due : 0,
                      .priority = arrival.priority,
                      .group = arrival.group,
                      .key = arrival.key,
                      .fence = arrival.fence};
    using Kind = Offered::Kind;
    const Kind expects = expected(arrival);
    const Offered offered = queue_.offer(arrival, now_, actions_);
    holds(offered.kind == expects, "what becomes of a message that is offered");
    if (offered.kind == Kind::known) {
        holds(offered.id == (offered_ > told_ ? offered_ : 0), "when a duplicate is accepted");
    }
    if (offered.kind == Kind::taken) {
        offered_ = offered.id;
        facts_[offered.id] = facts;
    }
    carry_out_all();
}

Offered::Kind QueueWalk::expected(const Arrival& arrival) const {
    using Kind = Offered::Kind;
    if (settings_.duplicate_window > 0 && store_.will_know(arrival.name)) {
        return Kind::known;
    }
    const Kind by_fence = expected_of_fence(arrival);
    const bool full = queue_.stock().is_full() && settings_.overflow == Overflow::reject;
    return by_fence == Kind::taken && full ? Kind::full : by_fence;
}

/// The youngest of its key that came, and did not leave, has the fence.
Offered::Kind QueueWalk::expected_of_fence(const Arrival& arrival) const {
    using Kind = Offered::Kind;
    if (!settings_.fenced) {
        return Kind::taken;
    }
    if (unread_ > 0) {
        return Kind::unread;
    }
    for (MessageId id = offered_; id > 0 && !arrival.key.empty(); --id) {
        const auto facts = facts_.find(id);
        const bool there = facts != facts_.end() && !removed_.contains(id);
        if (!there || facts->second.key != arrival.key) {
            continue;
        }
        const Fence& known = *facts->second.fence;
        const Fence& write = *arrival.fence;
        const bool own = write.epoch == known.epoch && write.owner == known.owner;
        return write.epoch > known.epoch || (own && write.sequence > known.sequence) ? Kind::taken
               : write == known                                                      ? Kind::known
                                                                                     : Kind::fenced;
    }
    return Kind::taken;
}

void QueueWalk::answer() {
    const SlowStore::Answer answer = store_.take();
    unread_ = answer.keyed >= unread_ ? 0 : unread_;
    for (; told_ < answer.stored; ++told_) {
        accepted_.insert(told_ + 1);
        available_.insert(told_ + 1);
    }
    for (const MessageId id : answer.ripe) {
        facts_.at(id).due = 0;
    }
    if (answer.give) {
        answer.give(queue_, actions_);
    }
    carry_out_all();
}

// --- consumers -------------------------------------------------------------------------------

void QueueWalk::attach(ConsumerId id, Taker taker) {
    queue_.attach(
        id, {.choose = taker.picks ? Choose{picked_by_number} : Choose{}, .alone = taker.alone});
    taking_[id] = std::move(taker);
}

void QueueWalk::join() {
    if (taking_.size() >= 4) {
        return;
    }
    const ConsumerId id{++consumers_made_};
    const std::uint32_t kind = roll_(4);
    if (kind == 0) {
        queue_.attach(id, {.browses = true});
        browsing_[id] = 0;
    } else {
        attach(id, {.picks = kind == 1, .alone = roll_(12) == 0});
    }
}

void QueueWalk::give_credit() {
    for (auto& [id, taker] : taking_) {
        taker.credit = roll_(8);
        queue_.set_credit(id, taker.credit, roll_(4) == 0);
    }
    for (auto& [id, seen] : browsing_) {
        queue_.set_credit(id, roll_(8), roll_(4) == 0);
    }
}

void QueueWalk::settle() {
    for (auto& [id, taker] : taking_) {
        if (taker.holds.empty()) {
            continue;
        }
        const auto one =
            std::next(taker.holds.begin(), roll_(static_cast<std::uint32_t>(taker.holds.size())));
        const MessageId message = *one;
        const Outcome outcome{
            .kind = Outcome::Kind(roll_(4)), .failed = roll_(2) == 0, .elsewhere = roll_(3) == 0};
        taker.holds.erase(one);
        if (outcome.kind != Outcome::Kind::accepted) {
            available_.insert(message);  // unless it goes: then the queue says so
        }
        if (outcome.kind == Outcome::Kind::modified && outcome.elsewhere) {
            taker.refused.insert(message);
        }
        delay_if(message, outcome.kind == Outcome::Kind::modified && outcome.failed);
        holds(queue_.settle(id, message, outcome, now_, actions_), "a consumer has its message");
        holds(!queue_.settle(id, message, outcome, now_, actions_), "once");
        carry_out_all();
    }
}

void QueueWalk::hold() {
    for (const auto& [id, taker] : taking_) {
        queue_.hold(id, roll_(3) == 0);
    }
}

void QueueWalk::leave(bool failed) {
    if (!taking_.empty()) {
        const auto [id, taker] = *taking_.begin();
        for (const MessageId message : taker.holds) {
            available_.insert(message);
            delay_if(message, failed);
        }
        queue_.detach(id, failed, now_, actions_);
        taking_.erase(id);
        std::erase_if(owners_, [one = id](const auto& owner) { return owner.second == one; });
    } else if (!browsing_.empty()) {
        queue_.detach(browsing_.begin()->first, failed, now_, actions_);
        browsing_.erase(browsing_.begin());
    }
    carry_out_all();
}

/// A failure delays the next delivery.
void QueueWalk::delay_if(MessageId message, bool failed) {
    if (failed && settings_.redelivery.delay > 0) {
        delayed_[message] = now_ + settings_.redelivery.delay;
    }
}

// --- ends ------------------------------------------------------------------------------------

/// A kill: what is in no store is gone, and was accepted by nobody.
void QueueWalk::restart() {
    store_.kill();
    actions_.clear();
    taking_.clear();
    browsing_.clear();
    owners_.clear();
    delayed_.clear();
    available_.clear();
    queue_ = Queue{settings_, store_.stored(), kSmall};
    for (const MessageId id : accepted_) {
        holds(store_.has(id) || removed_.contains(id), "what was accepted is there");
    }
    // Also what was stored, and the kill came before anybody heard.
    offered_ = told_ = store_.stored().last;
    unread_ = settings_.fenced ? offered_ : 0;
    for (MessageId id = 1; id <= offered_; ++id) {
        if (store_.has(id)) {
            accepted_.insert(id);
            available_.insert(id);
            removed_.erase(id);  // what was not committed is not done
            facts_.at(id).due = store_.due(id);
        }
    }
}

void QueueWalk::settle_down() {
    for (bool more = true; more || !store_.is_idle();) {
        more = queue_.dispatch(now_, actions_);
        carry_out_all();
        store_.work(100);
        more = more || !store_.is_idle();  // what an answer brings is given out
        answer();
    }
}

void QueueWalk::drain() {
    while (!taking_.empty()) {
        leave(false);
    }
    drain_to(ConsumerId{++consumers_made_}, {.picks = true});
    holds(std::none_of(available_.begin(), available_.end(),
                       [this](MessageId id) { return is_picked(id) && is_on_offer(id); }),
          "a picker gets all that it wants");
    leave(false);
    drain_to(ConsumerId{++consumers_made_}, {});
    holds(queue_.depth() == 0 && available_.empty(), "all comes out");
    holds(std::none_of(accepted_.begin(), accepted_.end(),
                       [this](MessageId id) { return store_.has(id); }),
          "and is gone from the store");
}

void QueueWalk::drain_to(ConsumerId id, Taker taker) {
    attach(id, std::move(taker));
    for (int rounds = 0; rounds < 50; ++rounds) {
        now_ += 50;
        taking_.at(id).credit = 100;
        queue_.set_credit(id, 100, false);
        settle_down();
        for (const MessageId message : std::exchange(taking_.at(id).holds, {})) {
            holds(queue_.settle(id, message, {}, now_, actions_), "a consumer has its message");
            rounds = 0;
        }
    }
    settle_down();
}

// --- what the queue asks for -----------------------------------------------------------------

void QueueWalk::carry_out_all() {
    while (!actions_.empty()) {
        for (const Action& action : std::exchange(actions_, {})) {
            std::visit([this](const auto& one) { carry_out(one); }, action);
        }
    }
}

void QueueWalk::carry_out(const Append& append) {
    Facts& facts = facts_[append.id];
    facts.expires = append.expires;
    facts.due = append.due;
    facts.priority = append.priority;
    store_.ask(append);
}

void QueueWalk::gone(MessageId id) {
    holds(removed_.insert(id).second, "a message leaves once");
    delayed_.erase(id);
}

void QueueWalk::carry_out(const Remove& remove) {
    gone(remove.id);
    store_.ask(remove);
}

void QueueWalk::carry_out(const Bury& bury) {
    gone(bury.id);
    holds(available_.erase(bury.id) == 1, "nobody has what is dead");
    holds(bury.death != Death::expired || facts_.at(bury.id).expires <= now_, "it has expired");
    holds(bury.priority == facts_.at(bury.id).priority, "a dead one has its priority");
    store_.ask(bury);
}

void QueueWalk::carry_out(const Drop& drop) {
    gone(drop.id);
    holds(available_.erase(drop.id) == 1, "nobody has what is dropped");
    holds(drop.cause == Drop::Cause::overflow ? settings_.overflow == Overflow::drop_oldest
                                              : is_replaced(drop.id),
          "there is a reason to drop it");
    store_.ask(drop);
}

void QueueWalk::carry_out(const Drained& drained) {
    if (const auto taker = taking_.find(drained.consumer); taker != taking_.end()) {
        taker->second.credit = 0;
    }
}

void QueueWalk::carry_out(const Deliver& deliver) {
    if (const auto browser = browsing_.find(deliver.consumer); browser != browsing_.end()) {
        holds(deliver.id > browser->second, "a browser sees each once, in order");
        browser->second = deliver.id;
        return;
    }
    Taker& taker = taking_.at(deliver.consumer);
    holds(deliver.payload != nullptr, "a delivery has its bytes");
    holds(taker.credit-- > 0, "a delivery has credit");
    holds(store_.has(deliver.id), "a delivery is durable");
    holds(available_.contains(deliver.id), "nobody has what is given out");
    holds(is_on_offer(deliver.id), "what is given out waits for nothing, and lives");
    holds(may_get(deliver.consumer, taker, deliver.id), "a consumer gets what it may");
    holds(!has_younger(deliver.id), "of a key only the youngest is given out");
    check_order(deliver, taker);
    available_.erase(deliver.id);
    taker.holds.insert(deliver.id);
    if (settings_.groups && !facts_.at(deliver.id).group.empty()) {
        owners_[facts_.at(deliver.id).group] = deliver.consumer;
    }
}

// --- the model -------------------------------------------------------------------------------

bool QueueWalk::is_on_offer(MessageId id) const {
    const Facts& facts = facts_.at(id);
    const auto delayed = delayed_.find(id);
    return facts.expires > now_ && facts.due == 0 &&
           (delayed == delayed_.end() || delayed->second <= now_);
}

bool QueueWalk::is_seated(ConsumerId consumer) const {
    for (const auto& [id, taker] : taking_) {  // the first that wants to be alone is
        if (settings_.exclusive || taker.alone) {
            return id == consumer;
        }
    }
    return true;
}

bool QueueWalk::may_get(ConsumerId consumer, const Taker& taker, MessageId id) const {
    const auto owner = owners_.find(facts_.at(id).group);
    return is_seated(consumer) && !taker.refused.contains(id) && (!taker.picks || is_picked(id)) &&
           (!settings_.groups || owner == owners_.end() || owner->second == consumer);
}

/// Of those that the consumer may get nothing older is of the same priority (where groups hold,
/// and of the same group); and none is more urgent, unless it is the turn of the oldest of all.
void QueueWalk::check_order(const Deliver& deliver, const Taker& taker) const {
    if (taker.picks) {
        return;  // it takes them as it comes upon them
    }
    const Facts& given = facts_.at(deliver.id);
    bool most_urgent = true;
    bool oldest = true;
    for (const MessageId id : available_) {
        if (!may_get(deliver.consumer, taker, id) || !is_on_offer(id)) {
            continue;
        }
        const Facts& other = facts_.at(id);
        const bool same =
            other.priority == given.priority && (!settings_.groups || other.group == given.group);
        holds(!same || id >= deliver.id, "the oldest goes first");
        most_urgent = most_urgent && other.priority <= given.priority;
        oldest = oldest && id >= deliver.id;
    }
    // What waits for its group's consumer may fill the window of a priority.
    holds(settings_.groups || most_urgent || oldest, "the most urgent goes first");
}

bool QueueWalk::is_replaced(MessageId id) const {
    const std::string& key = facts_.at(id).key;
    return !key.empty() &&
           std::any_of(accepted_.upper_bound(id), accepted_.end(),
                       [&](MessageId other) { return facts_.at(other).key == key; });
}

/// A younger one of its key is there.
bool QueueWalk::has_younger(MessageId id) const {
    const std::string& key = facts_.at(id).key;
    return !key.empty() &&
           std::any_of(accepted_.upper_bound(id), accepted_.end(), [&](MessageId other) {
               return facts_.at(other).key == key && store_.has(other);
           });
}

void QueueWalk::audit() {
    std::size_t held = 0;
    for (const auto& [id, taker] : taking_) {
        held += taker.holds.size();
        holds(taker.holds.size() <= kSmall.unsettled_max, "what one consumer has is bounded");
    }
    holds(queue_.unsettled() == held, "what consumers have is counted");
    holds(queue_.depth() == available_.size() + held + (offered_ - told_), "all is counted");
    holds(queue_.window().size() <= kSmall.window_messages * 2 + kSmall.unsettled_max * 4 + 3,
          "memory is bounded");
}

}  // namespace weft::queue::sim
