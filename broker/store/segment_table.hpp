#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/recent_bodies.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace weft::store {

using queue::MessageId;
using sqlite::Database;
using sqlite::Statement;

/// A queue of one store; never used twice while a broker runs.
enum class QueueNumber : std::uint64_t {};

/// No message has a greater one.
inline constexpr MessageId kLastId = std::numeric_limits<std::int64_t>::max();

/// What must be known of a segment without reading it.
struct SegmentEntry {
    MessageId first = 0;
    std::size_t count = 0;
    std::uint64_t gone = 0;                     // a bit for each message that was removed
    std::uint64_t ripe = 0;                     // a bit for each that was scheduled and was due
    std::uint64_t live_bytes = 0;               // of the payloads of those that were not removed
    queue::WallTime expires = queue::kForever;  // none does before
    queue::WallTime due = queue::kForever;      // none that is scheduled, and waits, is before
    queue::Priorities priorities = 0;           // that its messages may have
    std::uint64_t file = 0;                     // has bodies of it; 0: none has
    std::uint64_t body = 0;                     // the row that has the messages

    MessageId last() const { return first + count - 1; }
    bool is_gone(MessageId id) const { return (gone >> (id - first) & 1) != 0; }
    void mark_gone(MessageId id) { gone |= std::uint64_t{1} << (id - first); }
    bool is_ripe(MessageId id) const { return (ripe >> (id - first) & 1) != 0; }
    void mark_ripe(MessageId id) { ripe |= std::uint64_t{1} << (id - first); }
    std::size_t live() const {
        return count - static_cast<std::size_t>(__builtin_popcountll(gone));
    }
};

/// The messages of a segment, for as long as this lives.
struct SegmentMessages {
    struct Release {
        void operator()(Statement* statement) const { statement->reset(); }
    };

    Bytes bytes{};
    std::unique_ptr<Statement, Release> held{};
};

/// All segments, in the file and nowhere else: what it has in memory does not depend on how many
/// there are. An entry is a small row, and the messages are another one, which is read when they
/// are wanted. Errors: those of the database; an entry that can't be. Threading: as its database.
class SegmentTable {
public:
    /// An entry, and whose it is.
    struct Owned {
        QueueNumber queue{};
        SegmentEntry entry{};
    };

    /// It must outlive this.
    [[nodiscard]] Result<void> open(Database& database);

    /// Gives its messages a row, or a share in one of this commit that has the same. Those with
    /// bodies in a file have one of their own.
    [[nodiscard]] Result<void> add(QueueNumber queue, SegmentEntry entry, Buffer messages);
    /// What may change of it while the messages are the same.
    [[nodiscard]] Result<void> update(QueueNumber queue, const SegmentEntry& entry);
    /// Its messages go with the last segment that has them.
    [[nodiscard]] Result<void> erase(QueueNumber queue, const SegmentEntry& entry);
    /// What is added from now on shares no row of what was added before.
    void committed() { recent_.clear(); }
    /// Of one with bodies in a file.
    [[nodiscard]] Result<void> rewrite(const SegmentEntry& entry, Bytes messages);
    /// As segment.hpp says. One at a time.
    [[nodiscard]] Result<SegmentMessages> messages(const SegmentEntry& entry);

    /// The segment that has `id`, removed or not.
    [[nodiscard]] Result<std::optional<SegmentEntry>> find(QueueNumber queue, MessageId id);
    /// Those that have messages between `from` and `through`, in order, so many at most.
    [[nodiscard]] Result<std::vector<SegmentEntry>> some(QueueNumber queue,
                                                         MessageId from,
                                                         MessageId through,
                                                         std::size_t most);
    /// The youngest ones, so many at most, the youngest first.
    [[nodiscard]] Result<std::vector<SegmentEntry>> youngest(QueueNumber queue, std::size_t most);
    /// The one of which a scheduled message is due first.
    [[nodiscard]] Result<std::optional<SegmentEntry>> first_due(QueueNumber queue);
    /// One that has bodies in that file.
    [[nodiscard]] Result<std::optional<Owned>> one_in(std::uint64_t file);

private:
    [[nodiscard]] Result<std::uint64_t> row_for(const SegmentEntry& entry, Buffer messages);
    [[nodiscard]] Result<bool> leave_shared(std::uint64_t body);

    Statement add_, update_, erase_, some_, youngest_, first_due_, one_in_;
    Statement insert_body_, delete_body_, read_body_, rewrite_body_;
    Statement share_body_, leave_body_, end_sharing_;
    RecentBodies recent_;
    std::uint64_t next_body_ = 1;
    bool shares_ = false;  // there may be rows of more than one segment
};

/// Entries one after the other, a few of them in memory. They must not be added or erased
/// meanwhile. Threading: as the index, which must outlive it.
class SegmentWalk {
public:
    SegmentWalk(SegmentTable& table, QueueNumber queue, MessageId from, MessageId through)
        : table_{table}, queue_{queue}, from_{from}, through_{through} {}

    /// Holds until the next call; null: there are no more.
    [[nodiscard]] Result<SegmentEntry*> next();

private:
    static constexpr std::size_t kPart = 16;

    SegmentTable& table_;
    QueueNumber queue_;
    MessageId from_;
    MessageId through_;
    std::vector<SegmentEntry> part_;
    std::size_t at_ = 0;
    bool complete_ = false;  // `part_` has the last of them
};

/// The columns of an entry, for a statement that `entry_in` reads.
inline constexpr std::string_view kEntryColumns =
    "queue, first, count, gone, ripe, live_bytes, expires, due, priorities, file, body";

/// Of a row of these. Errors: it can't be.
[[nodiscard]] Result<SegmentTable::Owned> entry_in(const Statement& row);

}  // namespace weft::store
