#include "broker/store/segment_table.hpp"

#include "broker/store/segment.hpp"
#include "common/base/conditions.hpp"

#include <string>
#include <utility>

namespace weft::store {
namespace {

std::uint64_t key_of(QueueNumber queue) {
    return static_cast<std::uint64_t>(queue);
}

std::string selecting(std::string_view rest) {
    return "SELECT " + std::string{kEntryColumns} + " FROM segment " + std::string{rest};
}

/// The one row that a statement gives, or none.
Result<std::optional<SegmentTable::Owned>> only_row(Statement& statement) {
    WEFT_TRY(const bool row, statement.step());
    if (!row) {
        return std::nullopt;
    }
    auto owned = entry_in(statement);
    statement.reset();
    return std::move(owned).map([](SegmentTable::Owned one) { return std::optional{one}; });
}

Result<std::vector<SegmentEntry>> all_rows(Statement& statement) {
    std::vector<SegmentEntry> entries;
    for (;;) {
        WEFT_TRY(const bool row, statement.step());
        if (!row) {
            return entries;
        }
        const auto owned = entry_in(statement);
        if (!owned) {
            statement.reset();
            return tl::unexpected(owned.error());
        }
        entries.push_back(owned->entry);
    }
}

}  // namespace

Result<SegmentTable::Owned> entry_in(const Statement& row) {
    const SegmentTable::Owned owned{
        .queue = QueueNumber{row.number(0)},
        .entry = {.first = row.number(1),
                  .count = row.number(2),
                  .gone = row.number(3),
                  .ripe = row.number(4),
                  .live_bytes = row.number(5),
                  .expires = row.number(6),
                  .due = row.number(7),
                  .priorities = static_cast<queue::Priorities>(row.number(8)),
                  .file = row.number(9),
                  .body = row.number(10)}};
    const SegmentEntry& entry = owned.entry;
    const bool sound = entry.first > 0 && entry.count > 0 && entry.count <= kSegmentMessagesMax &&
                       entry.live() > 0;
    if (!sound) {
        return fail(kInternalError, "the segment of message " + std::to_string(entry.first) +
                                        " of queue " + std::to_string(key_of(owned.queue)) +
                                        " is damaged: put a backup in its place");
    }
    return owned;
}

Result<void> SegmentTable::open(Database& database) {
    WEFT_TRY(add_, database.prepare("INSERT INTO segment(" + std::string{kEntryColumns} +
                                    ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    WEFT_TRY(update_, database.prepare("UPDATE segment SET gone = ?3, ripe = ?4, live_bytes = ?5,"
                                       " expires = ?6, due = ?7, file = ?8"
                                       " WHERE queue = ?1 AND first = ?2"));
    WEFT_TRY(erase_, database.prepare("DELETE FROM segment WHERE queue = ? AND first = ?"));
    WEFT_TRY(some_,
             database.prepare(selecting("WHERE queue = ?1 AND first >= coalesce((SELECT max(first)"
                                        " FROM segment WHERE queue = ?1 AND first <= ?2), 0)"
                                        " AND first <= ?3 AND first + count > ?2"
                                        " ORDER BY first LIMIT ?4")));
    WEFT_TRY(youngest_, database.prepare(selecting("WHERE queue = ? ORDER BY first DESC LIMIT ?")));
    // The conditions are those of the indices.
    WEFT_TRY(first_due_, database.prepare(selecting("WHERE queue = ? AND due < 9223372036854775807"
                                                    " ORDER BY due LIMIT 1")));
    WEFT_TRY(one_in_, database.prepare(selecting("WHERE file = ? AND file > 0 LIMIT 1")));
    WEFT_TRY(insert_body_, database.prepare("INSERT INTO body(id, messages) VALUES(?, ?)"));
    WEFT_TRY(delete_body_, database.prepare("DELETE FROM body WHERE id = ?"));
    WEFT_TRY(read_body_, database.prepare("SELECT messages FROM body WHERE id = ?"));
    WEFT_TRY(rewrite_body_, database.prepare("UPDATE body SET messages = ?2 WHERE id = ?1"));
    WEFT_TRY(share_body_, database.prepare("INSERT INTO shared_body(body, segments) VALUES(?, 2)"
                                           " ON CONFLICT(body) DO UPDATE SET"
                                           " segments = segments + 1"));
    WEFT_TRY(leave_body_, database.prepare("UPDATE shared_body SET segments = segments - 1"
                                           " WHERE body = ? RETURNING segments"));
    WEFT_TRY(end_sharing_, database.prepare("DELETE FROM shared_body WHERE body = ?"));
    WEFT_TRY(const std::uint64_t last, database.number("SELECT max(id) FROM body"));
    next_body_ = last + 1;
    WEFT_TRY(const std::uint64_t shared,
             database.number("SELECT EXISTS(SELECT 1 FROM shared_body)"));
    shares_ = shared > 0;
    return {};
}

Result<std::uint64_t> SegmentTable::row_for(const SegmentEntry& entry, Buffer messages) {
    if (entry.file == 0) {
        if (const auto same = recent_.find(messages)) {
            shares_ = true;
            return share_body_.bind(1, *same).run().map([&] { return *same; });
        }
    }
    const std::uint64_t row = next_body_++;
    if (auto kept = insert_body_.bind(1, row).bind(2, Bytes{messages}).run(); !kept) {
        return tl::unexpected(kept.error());
    }
    if (entry.file == 0) {
        recent_.note(row, std::move(messages));
    }
    return row;
}

/// True: others still have it.
Result<bool> SegmentTable::leave_shared(std::uint64_t body) {
    if (!shares_) {
        return false;
    }
    WEFT_TRY(const bool shared, leave_body_.bind(1, body).step());
    const std::uint64_t left = shared ? leave_body_.number(0) : 0;
    leave_body_.reset();
    if (left == 1) {
        return end_sharing_.bind(1, body).run().map([] { return true; });
    }
    return left > 1;
}

Result<void> SegmentTable::add(QueueNumber queue, SegmentEntry entry, Buffer messages) {
    WEFT_TRY(entry.body, row_for(entry, std::move(messages)));
    return add_.bind(1, key_of(queue))
        .bind(2, entry.first)
        .bind(3, std::uint64_t{entry.count})
        .bind(4, entry.gone)
        .bind(5, entry.ripe)
        .bind(6, entry.live_bytes)
        .bind(7, entry.expires)
        .bind(8, entry.due)
        .bind(9, std::uint64_t{entry.priorities})
        .bind(10, entry.file)
        .bind(11, entry.body)
        .run();
}

Result<void> SegmentTable::update(QueueNumber queue, const SegmentEntry& entry) {
    return update_.bind(1, key_of(queue))
        .bind(2, entry.first)
        .bind(3, entry.gone)
        .bind(4, entry.ripe)
        .bind(5, entry.live_bytes)
        .bind(6, entry.expires)
        .bind(7, entry.due)
        .bind(8, entry.file)
        .run();
}

Result<void> SegmentTable::erase(QueueNumber queue, const SegmentEntry& entry) {
    WEFT_TRY(const bool stays, leave_shared(entry.body));
    if (!stays) {
        recent_.forget(entry.body);
        if (auto deleted = delete_body_.bind(1, entry.body).run(); !deleted) {
            return deleted;
        }
    }
    return erase_.bind(1, key_of(queue)).bind(2, entry.first).run();
}

Result<void> SegmentTable::rewrite(const SegmentEntry& entry, Bytes messages) {
    return rewrite_body_.bind(1, entry.body).bind(2, messages).run();
}

Result<SegmentMessages> SegmentTable::messages(const SegmentEntry& entry) {
    WEFT_TRY(const bool row, read_body_.bind(1, entry.body).step());
    if (!row) {
        return fail(kInternalError, "message " + std::to_string(entry.first) +
                                        " is not in the store: put a backup in its place");
    }
    SegmentMessages messages{.bytes = read_body_.bytes(0)};
    messages.held.reset(&read_body_);
    return messages;
}

Result<std::optional<SegmentEntry>> SegmentTable::find(QueueNumber queue, MessageId id) {
    some_.bind(1, key_of(queue)).bind(2, id).bind(3, id).bind(4, std::uint64_t{1});
    WEFT_TRY(const auto owned, only_row(some_));
    return owned ? std::optional{owned->entry} : std::nullopt;
}

Result<std::vector<SegmentEntry>> SegmentTable::some(QueueNumber queue,
                                                     MessageId from,
                                                     MessageId through,
                                                     std::size_t most) {
    some_.bind(1, key_of(queue)).bind(2, from).bind(3, through).bind(4, std::uint64_t{most});
    return all_rows(some_);
}

Result<std::vector<SegmentEntry>> SegmentTable::youngest(QueueNumber queue, std::size_t most) {
    return all_rows(youngest_.bind(1, key_of(queue)).bind(2, std::uint64_t{most}));
}

Result<std::optional<SegmentEntry>> SegmentTable::first_due(QueueNumber queue) {
    WEFT_TRY(const auto owned, only_row(first_due_.bind(1, key_of(queue))));
    return owned ? std::optional{owned->entry} : std::nullopt;
}

Result<std::optional<SegmentTable::Owned>> SegmentTable::one_in(std::uint64_t file) {
    return only_row(one_in_.bind(1, file));
}

Result<SegmentEntry*> SegmentWalk::next() {
    if (at_ == part_.size()) {
        if (complete_) {
            return nullptr;
        }
        WEFT_TRY(part_, table_.some(queue_, from_, through_, kPart));
        at_ = 0;
        complete_ = part_.size() < kPart;
        if (part_.empty()) {
            return nullptr;
        }
        from_ = part_.back().last() + 1;
    }
    return &part_[at_++];
}

}  // namespace weft::store
