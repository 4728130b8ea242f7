#include "broker/store/inventory.hpp"

#include "broker/store/segment_table.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weft::store {
namespace {

using Queues = std::map<QueueNumber, KnownQueue>;

/// What a queue is known to have, with one segment more, the oldest first.
void count_in(const SegmentEntry& entry, queue::Stored& stored) {
    stored.first = stored.messages == 0 ? entry.first : stored.first;
    stored.last = std::max(stored.last, entry.last());
    stored.messages += entry.live();
    stored.bytes += entry.live_bytes;
    stored.expires = std::min(stored.expires, entry.expires);
    stored.due = std::min(stored.due, entry.due);
    stored.priorities |= entry.priorities;
}

Result<void> read_queues(Database& database, Queues& queues) {
    WEFT_TRY(Statement rows, database.prepare("SELECT id, name, settings, last FROM queue"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        const QueueNumber number{rows.number(0)};
        queues[number] = {.number = number,
                          .name = std::string{rows.text(1)},
                          .settings = std::string{rows.text(2)},
                          .stored = {.first = rows.number(3) + 1, .last = rows.number(3)}};
    }
}

Result<void> read_segments(Database& database, Queues& queues) {
    WEFT_TRY(Statement rows, database.prepare("SELECT " + std::string{kEntryColumns} +
                                              " FROM segment ORDER BY queue, first"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        WEFT_TRY(const SegmentTable::Owned owned, entry_in(rows));
        const auto queue = queues.find(owned.queue);
        if (queue == queues.end()) {
            return fail(kInternalError, "a segment is of no queue: put a backup in its place");
        }
        count_in(owned.entry, queue->second.stored);
    }
}

Result<void> read_names(Database& database, Queues& queues) {
    WEFT_TRY(Statement rows,
             database.prepare("SELECT queue, number, name FROM name ORDER BY queue, number"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        if (const auto queue = queues.find(QueueNumber{rows.number(0)}); queue != queues.end()) {
            queue->second.stored.named = rows.number(1);
            queue->second.stored.names.emplace_back(as_text(rows.bytes(2)));
        }
    }
}

}  // namespace

Result<Inventory> take_inventory(Database& database) {
    Queues queues;
    auto read = read_queues(database, queues)
                    .and_then([&] { return read_segments(database, queues); })
                    .and_then([&] { return read_names(database, queues); });
    if (!read) {
        return tl::unexpected(read.error());
    }
    Inventory inventory;
    WEFT_TRY(inventory.last_number,
             database.number("SELECT max(number) FROM origin WHERE number > 0"));
    for (auto& [number, queue] : queues) {
        inventory.last_number = std::max(inventory.last_number, static_cast<std::uint64_t>(number));
        inventory.queues.push_back(std::move(queue));
    }
    return inventory;
}

}  // namespace weft::store
