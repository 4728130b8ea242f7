#include "broker/queue/consumers.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

void Consumers::add(ConsumerId id) {
    const bool added = consumers_.try_emplace(id, Consumer{.id = id}).second;
    WEFT_CHECK(added);
}

Consumer* Consumers::find(ConsumerId id) {
    const auto found = consumers_.find(id);
    return found == consumers_.end() ? nullptr : &found->second;
}

void Consumers::remove(Consumer& consumer) {
    leave(consumer);
    draining_.erase(consumer.id);
    consumers_.erase(consumer.id);
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

void Consumers::end_drain(Consumer& consumer) {
    set_credit(consumer, 0, /*drain=*/false);
}

bool Consumers::are_away() const {
    if (!alone_) {
        return line_.empty() && sated_.empty();
    }
    const auto only = consumers_.find(*alone_);
    return only == consumers_.end() || only->second.place == Consumer::Place::away;
}

bool Consumers::have(MessageId id) const {
    return std::any_of(consumers_.begin(), consumers_.end(),
                       [id](const auto& one) { return one.second.acquired.contains(id); });
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
}

Consumer* Consumers::next() {
    if (!alone_) {
        return line_.empty() ? nullptr : line_.begin()->second;
    }
    Consumer* const only = find(*alone_);
    return only != nullptr && only->place == Consumer::Place::in_line ? only : nullptr;
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

void Consumers::sate(Consumer& consumer) {
    consumer.place = Consumer::Place::sated;
    sated_.insert(line_.extract(consumer.turn));
}

void Consumers::recall() {
    for (const auto& [turn, consumer] : std::exchange(sated_, {})) {
        join_line(*consumer);
    }
}

void Consumers::leave(Consumer& consumer) {
    if (consumer.place != Consumer::Place::away) {
        (consumer.place == Consumer::Place::in_line ? line_ : sated_).erase(consumer.turn);
    }
    consumer.place = Consumer::Place::away;
}

}  // namespace weft::queue
