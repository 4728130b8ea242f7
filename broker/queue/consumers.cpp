#include "broker/queue/consumers.hpp"

#include "common/base/assert.hpp"

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
    consumers_.erase(consumer.id);
}

bool Consumers::can_take(const Consumer& consumer) const {
    return consumer.credit > 0 && !consumer.held && consumer.acquired.size() < unsettled_max_;
}

void Consumers::consider(Consumer& consumer) {
    if (!can_take(consumer)) {
        leave(consumer);
    } else if (consumer.place == Consumer::Place::away) {
        consumer.place = Consumer::Place::in_line;
        line_.push_back(&consumer);
    }
}

Consumer* Consumers::next() {
    return line_.empty() ? nullptr : line_.front();
}

void Consumers::rotate() {
    Consumer* consumer = line_.front();
    line_.pop_front();
    consumer->place = Consumer::Place::away;
    consider(*consumer);
}

void Consumers::sate() {
    Consumer* consumer = line_.front();
    line_.pop_front();
    consumer->place = Consumer::Place::sated;
    sated_.push_back(consumer);
}

void Consumers::recall() {
    for (Consumer* consumer : std::exchange(sated_, {})) {
        consumer->place = Consumer::Place::in_line;
        line_.push_back(consumer);
    }
}

void Consumers::leave(Consumer& consumer) {
    if (consumer.place == Consumer::Place::in_line) {
        std::erase(line_, &consumer);
    } else if (consumer.place == Consumer::Place::sated) {
        std::erase(sated_, &consumer);
    }
    consumer.place = Consumer::Place::away;
}

}  // namespace weft::queue
