#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/segment_table.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <set>
#include <vector>

namespace weft::store {

/// Where dead messages died, a row each, beside the messages themselves: written in the commit that
/// brings the message, and deleted with the segment that it was in. A queue to which no dead ones
/// came costs nothing. In memory there is which queues have some.
///
/// Threading: one thread at a time.
class Origins {
public:
    /// `database` has the table, and must outlive it. Asks of each queue whether it has some.
    [[nodiscard]] Result<void> open(sqlite::Database& database);
    [[nodiscard]] Result<void> keep(QueueNumber of, MessageId id, const queue::Provenance& origin);
    /// What is known of messages of one queue, the oldest first.
    [[nodiscard]] Result<void> describe(QueueNumber of, std::vector<queue::Record>& records);
    /// Of a range that has no messages any more.
    [[nodiscard]] Result<void> forget(QueueNumber of, MessageId first, MessageId last);
    /// Of a queue that has no messages any more, and goes.
    void drop(QueueNumber queue) { queues_.erase(queue); }

private:
    sqlite::Statement insert_, read_, delete_;
    std::set<QueueNumber> queues_;
};

}  // namespace weft::store
