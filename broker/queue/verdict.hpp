#pragma once

#include "broker/queue/message.hpp"
#include "broker/queue/words.hpp"

namespace weft::queue {

class Queue;

/// What `Queue::offer` says of a message now, if `ahead` comes before it.
Offered verdict(const Queue& queue, const Arrival& arrival, const Ahead& ahead = {});

}  // namespace weft::queue
