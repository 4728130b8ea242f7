#include "broker/store/origins.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weft::store {
namespace {

std::uint64_t row_of(QueueNumber number) {
    return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<void> Origins::open(sqlite::Database& database) {
    WEFT_TRY(insert_, database.prepare("INSERT INTO origin(queue, message, name, number, reason)"
                                       " VALUES(?, ?, ?, ?, ?)"));
    WEFT_TRY(read_, database.prepare("SELECT message, name, number, reason FROM origin"
                                     " WHERE queue = ? AND message BETWEEN ? AND ?"
                                     " ORDER BY message"));
    WEFT_TRY(delete_,
             database.prepare("DELETE FROM origin WHERE queue = ? AND message BETWEEN ? AND ?"));
    WEFT_TRY(sqlite::Statement rows,
             database.prepare("SELECT id FROM queue WHERE EXISTS"
                              " (SELECT 1 FROM origin WHERE queue = queue.id)"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        queues_.insert(QueueNumber{rows.number(0)});
    }
}

Result<void> Origins::keep(QueueNumber of, MessageId id, const queue::Provenance& origin) {
    queues_.insert(of);
    return insert_.bind(1, row_of(of))
        .bind(2, id)
        .bind(3, std::string_view{origin.queue})
        .bind(4, origin.number)
        .bind(5, std::string_view{origin.reason})
        .run();
}

Result<void> Origins::describe(QueueNumber of, std::vector<queue::Record>& records) {
    if (records.empty() || !queues_.contains(of)) {
        return {};
    }
    auto record = records.begin();
    std::shared_ptr<const queue::Provenance> last;  // messages die together, and share it
    read_.bind(1, row_of(of)).bind(2, record->id).bind(3, records.back().id);
    for (;;) {
        WEFT_TRY(const bool row, read_.step());
        if (!row) {
            return {};
        }
        while (record != records.end() && record->id < read_.number(0)) {
            ++record;
        }
        if (record != records.end() && record->id == read_.number(0)) {
            queue::Provenance origin{.queue = std::string{read_.text(1)},
                                     .number = read_.number(2),
                                     .reason = std::string{read_.text(3)}};
            if (!last || *last != origin) {
                last = std::make_shared<const queue::Provenance>(std::move(origin));
            }
            record->provenance = last;
        }
    }
}

Result<void> Origins::forget(QueueNumber of, MessageId first, MessageId last) {
    if (!queues_.contains(of)) {
        return {};
    }
    return delete_.bind(1, row_of(of)).bind(2, first).bind(3, last).run();
}

}  // namespace weft::store
