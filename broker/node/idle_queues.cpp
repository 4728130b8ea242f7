#include "broker/node/idle_queues.hpp"

namespace weft::broker {

void IdleQueues::touch(QueueNode& queue, Instant now) {
    forget(queue);
    if (most_ > Duration::zero()) {
        due_.emplace(now + most_, &queue);
        due_of_.emplace(&queue, now + most_);
    }
}

void IdleQueues::forget(QueueNode& queue) {
    if (const auto due = due_of_.find(&queue); due != due_of_.end()) {
        due_.erase({due->second, &queue});
        due_of_.erase(due);
    }
}

QueueNode* IdleQueues::take_due(Instant now) {
    if (deadline() > now) {
        return nullptr;
    }
    QueueNode* const queue = due_.begin()->second;
    forget(*queue);
    return queue;
}

}  // namespace weft::broker
