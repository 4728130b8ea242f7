#include "broker/queue/consumers.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {
namespace {

bool has_one(const std::vector<ConsumerId>& ids, ConsumerId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

void Consumers::add(ConsumerId id) {
    const bool added = consumers_.try_emplace(id, Consumer{.id = id}).second;
    WEFT_CHECK(added);
}

Consumer* Consumers::find(ConsumerId id) {
    const auto found = consumers_.find(id);
    return found == consumers_.end() ? nullptr : &found->second;
}

std::map<MessageId, Record> Consumers::remove(Consumer& consumer) {
    leave(consumer);
    std::map<MessageId, Record> acquired = std::move(consumer.acquired);
    for (const auto& [id, record] : acquired) {
        acquired_.erase(id);
    }
    draining_.erase(consumer.id);
    expected_.erase(consumer.id);
    consumers_.erase(consumer.id);
    return acquired;
}

void Consumers::set_credit(Consumer& consumer, std::uint32_t credit, bool drain) {
    consumer.credit = credit;
    if (drain && credit > 0) {
        draining_.insert(consumer.id);
    } else {
        draining_.erase(consumer.id);
    }
    consider(consumer);
}

void Consumers::hold(Consumer& consumer, bool held) {
    consumer.held = held;
    consider(consumer);
}

void Consumers::answer_drains(bool more_may_come, Actions& out) {
    for (const ConsumerId id : std::set{draining_}) {
        Consumer& consumer = *find(id);
        // Who can take something was given all there is, unless it is being read.
        const bool may_get_more = can_take(consumer) ? more_may_come : consumer.held;
        if (consumer.credit > 0 && may_get_more) {
            continue;
        }
        if (consumer.credit > 0) {  // else it is used up by deliveries: the engine tells
            out.push_back(Drained{id});
        }
        end_drain(consumer);
    }
}

void Consumers::end_drain(Consumer& consumer) {
    set_credit(consumer, 0, /*drain=*/false);
}

bool Consumers::are_away() const {
    if (!alone_) {
        return line_.empty();
    }
    const auto only = consumers_.find(*alone_);
    return only == consumers_.end() || !waits(only->second);
}

void Consumers::leave_to(std::optional<ConsumerId> alone) {
    recalled_ = recalled_ || alone != alone_;
    alone_ = alone;
}

void Consumers::consider(Consumer& consumer) {
    if (!wants(consumer)) {
        leave(consumer);
    } else if (consumer.place == Consumer::Place::away) {
        join_line(consumer);
    }
}

void Consumers::join_line(Consumer& consumer) {
    consumer.place = Consumer::Place::in_line;
    consumer.turn = ++last_turn_;
    line_.emplace_hint(line_.end(), consumer.turn, &consumer);
    recalled_ = recalled_ || consumer.heard != refused_ || expected_.contains(consumer.id);
}

Consumer* Consumers::next(const Ids& refused_by) {
    if (alone_) {
        Consumer* const only = find(*alone_);
        if (only != nullptr && waits(*only) && !has_one(refused_by, *alone_)) {
            return only;
        }
    } else {
        for (const auto& [turn, consumer] : line_) {  // as many as refused it, and one
            if (!has_one(refused_by, consumer->id)) {
                return consumer;
            }
        }
    }
    ++refused_;
    return nullptr;
}

Consumer* Consumers::next_if(ConsumerId owner, const Ids& refused_by) {
    Consumer* const only = find(owner);
    if (only == nullptr || has_one(refused_by, owner)) {
        return nullptr;
    }
    if (!waits(*only)) {
        expected_.insert(owner);
        return nullptr;
    }
    return only;
}

void Consumers::rotate(Consumer& consumer) {
    if (!wants(consumer)) {
        leave(consumer);
        return;
    }
    auto place = line_.extract(consumer.turn);  // it is not made anew
    place.key() = consumer.turn = ++last_turn_;
    line_.insert(line_.end(), std::move(place));
}

bool Consumers::take_recalled() {
    if (recalled_) {
        expected_.clear();
    }
    return std::exchange(recalled_, false);
}

void Consumers::leave(Consumer& consumer) {
    if (consumer.place == Consumer::Place::in_line) {
        line_.erase(consumer.turn);
        consumer.heard = refused_;
    }
    consumer.place = Consumer::Place::away;
}

// --- what they have --------------------------------------------------------------------------

void Consumers::acquire(Consumer& consumer, Record record) {
    const MessageId id = record.id;
    acquired_.insert(acquired_.end(), id);
    consumer.acquired.emplace_hint(consumer.acquired.end(), id, std::move(record));
}

std::optional<Record> Consumers::give_up(Consumer& consumer, MessageId id) {
    auto node = consumer.acquired.extract(id);
    if (!node) {
        return std::nullopt;
    }
    acquired_.erase(id);
    return std::move(node.mapped());
}

}  // namespace weft::queue
