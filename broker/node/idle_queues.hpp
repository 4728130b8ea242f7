#pragma once

#include "common/base/time.hpp"

#include <map>
#include <set>
#include <utility>

namespace weft::broker {

class QueueNode;

/// Queues that nobody uses, each until its time is over; a use begins it anew.
/// Threading: loop-confined.
class IdleQueues {
public:
    /// How long a queue may be there without a use; zero: for ever.
    explicit IdleQueues(Duration most) : most_{most} {}

    /// Something was done with it, and it is idle from now on.
    void touch(QueueNode& queue, Instant now);
    /// It is in use, or gone.
    void forget(QueueNode& queue);
    /// Takes one out whose time is over; null: there is none.
    QueueNode* take_due(Instant now);
    /// When the next one's is; kNever.
    Instant deadline() const { return due_.empty() ? kNever : due_.begin()->first; }

private:
    Duration most_;
    std::set<std::pair<Instant, QueueNode*>> due_;
    std::map<QueueNode*, Instant> due_of_;
};

}  // namespace weft::broker
