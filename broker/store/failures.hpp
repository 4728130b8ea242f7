#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/segment_table.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <cstdint>
#include <set>
#include <vector>

namespace weft::store {

/// How many deliveries of a message failed, a row for each of which some did, beside the messages
/// themselves. A queue of which none failed costs nothing. In memory there is which queues may have
/// some.
///
/// Threading: one thread at a time.
class Failures {
public:
    /// `database` has the table, and must outlive it. Asks of each queue whether it has some.
    [[nodiscard]] Result<void> open(sqlite::Database& database);
    /// Whether something is to be forgotten of that queue.
    bool has(QueueNumber queue) const { return queues_.contains(queue); }
    [[nodiscard]] Result<void> keep(QueueNumber of, MessageId id, std::uint32_t count);
    /// What is known of messages of one queue, the oldest first.
    [[nodiscard]] Result<void> describe(QueueNumber of, std::vector<queue::Record>& records);
    /// Of messages that are gone.
    [[nodiscard]] Result<void> forget(QueueNumber of, MessageId first, MessageId last);
    /// Of a queue that has no messages any more, and goes.
    void drop(QueueNumber queue) { queues_.erase(queue); }

private:
    sqlite::Statement insert_, read_, delete_;
    std::set<QueueNumber> queues_;
};

}  // namespace weft::store
