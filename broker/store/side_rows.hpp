#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/segment_table.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace weft::store {

/// What is known of some messages, a row each, beside the messages themselves. A queue that has no
/// such message costs nothing. In memory there is which queues may have some.
///
/// Threading: one thread at a time.
class SideRows {
public:
    /// The first of a table's own columns, in a row that is read or written.
    static constexpr int kFirst = 3;

    /// `database` has the table, whose columns are the queue, the message and `columns` (as SQL
    /// lists them), and must outlive it. Asks of each queue whether it has some.
    [[nodiscard]] Result<void> open(sqlite::Database& database,
                                    const std::string& table,
                                    const std::vector<std::string>& columns);
    /// Whether something is to be forgotten of that queue.
    bool has(QueueNumber queue) const { return queues_.contains(queue); }
    /// A row to be written: it lacks its own columns, which begin at kFirst. It replaces another.
    [[nodiscard]] sqlite::Statement& row(QueueNumber of, MessageId id);
    /// `tell` is given each of these records, the oldest first, that has a row, and the row.
    using Tell = std::function<void(queue::Record&, const sqlite::Statement&)>;
    [[nodiscard]] Result<void> describe(QueueNumber of,
                                        std::vector<queue::Record>& records,
                                        const Tell& tell);
    /// Of messages that are gone.
    [[nodiscard]] Result<void> forget(QueueNumber of, MessageId first, MessageId last);
    /// Of a queue that has no messages any more, and goes.
    void drop(QueueNumber queue) { queues_.erase(queue); }

private:
    sqlite::Statement write_, read_, delete_;
    std::set<QueueNumber> queues_;
};

}  // namespace weft::store
