#include "broker/store/failures.hpp"

namespace weft::store {
namespace {

std::uint64_t row_key(QueueNumber number) {
    return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<void> Failures::open(sqlite::Database& database) {
    WEFT_TRY(insert_, database.prepare("INSERT OR REPLACE INTO failure(queue, message, count)"
                                       " VALUES(?, ?, ?)"));
    WEFT_TRY(read_, database.prepare("SELECT message, count FROM failure"
                                     " WHERE queue = ? AND message BETWEEN ? AND ?"
                                     " ORDER BY message"));
    WEFT_TRY(delete_,
             database.prepare("DELETE FROM failure WHERE queue = ? AND message BETWEEN ? AND ?"));
    WEFT_TRY(sqlite::Statement rows,
             database.prepare("SELECT id FROM queue WHERE EXISTS"
                              " (SELECT 1 FROM failure WHERE queue = queue.id)"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        queues_.insert(QueueNumber{rows.number(0)});
    }
}

Result<void> Failures::keep(QueueNumber of, MessageId id, std::uint32_t count) {
    queues_.insert(of);
    return insert_.bind(1, row_key(of)).bind(2, id).bind(3, std::uint64_t{count}).run();
}

Result<void> Failures::describe(QueueNumber of, std::vector<queue::Record>& records) {
    if (records.empty() || !has(of)) {
        return {};
    }
    auto record = records.begin();
    read_.bind(1, row_key(of)).bind(2, record->id).bind(3, records.back().id);
    for (;;) {
        WEFT_TRY(const bool row, read_.step());
        if (!row) {
            return {};
        }
        while (record != records.end() && record->id < read_.number(0)) {
            ++record;
        }
        if (record != records.end() && record->id == read_.number(0)) {
            record->failures = static_cast<std::uint32_t>(read_.number(1));
        }
    }
}

Result<void> Failures::forget(QueueNumber of, MessageId first, MessageId last) {
    if (!has(of)) {
        return {};
    }
    return delete_.bind(1, row_key(of)).bind(2, first).bind(3, last).run();
}

}  // namespace weft::store
