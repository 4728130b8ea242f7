#include "broker/store/side_rows.hpp"

namespace weft::store {
namespace {

std::uint64_t row_key(QueueNumber number) {
    return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<void> SideRows::open(sqlite::Database& database,
                            const std::string& table,
                            const std::vector<std::string>& columns) {
    std::string names = "queue, message";
    std::string values = "?, ?";
    for (const std::string& column : columns) {
        names += ", " + column;
        values += ", ?";
    }
    const std::string these = " WHERE queue = ? AND message BETWEEN ? AND ?";
    WEFT_TRY(write_, database.prepare("INSERT OR REPLACE INTO " + table + "(" + names +
                                      ") VALUES(" + values + ")"));
    WEFT_TRY(read_,
             database.prepare("SELECT " + names + " FROM " + table + these + " ORDER BY message"));
    WEFT_TRY(delete_, database.prepare("DELETE FROM " + table + these));
    WEFT_TRY(sqlite::Statement rows,
             database.prepare("SELECT id FROM queue WHERE EXISTS (SELECT 1 FROM " + table +
                              " WHERE queue = queue.id)"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        queues_.insert(QueueNumber{rows.number(0)});
    }
}

sqlite::Statement& SideRows::row(QueueNumber of, MessageId id) {
    queues_.insert(of);
    return write_.bind(1, row_key(of)).bind(2, id);
}

Result<void> SideRows::describe(QueueNumber of,
                                std::vector<queue::Record>& records,
                                const Tell& tell) {
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
        while (record != records.end() && record->id < read_.number(1)) {
            ++record;
        }
        if (record != records.end() && record->id == read_.number(1)) {
            tell(*record, read_);
        }
    }
}

Result<void> SideRows::forget(QueueNumber of, MessageId first, MessageId last) {
    if (!has(of)) {
        return {};
    }
    return delete_.bind(1, row_key(of)).bind(2, first).bind(3, last).run();
}

}  // namespace weft::store
