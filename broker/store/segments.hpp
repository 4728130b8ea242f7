#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/message.hpp"
#include "broker/store/body_files.hpp"
#include "broker/store/claim.hpp"
#include "broker/store/failures.hpp"
#include "broker/store/inventory.hpp"
#include "broker/store/origins.hpp"
#include "broker/store/reserve.hpp"
#include "broker/store/segment.hpp"
#include "broker/store/segment_table.hpp"
#include "broker/store/small_segments.hpp"
#include "broker/store/space.hpp"
#include "common/sqlite/database.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::store {

using sqlite::Checkpoint;
using sqlite::Database;
using sqlite::Statement;

/// Messages that were read, and the end of what was looked through.
struct Reading {
    std::vector<queue::Record> records;
    MessageId through = 0;
    std::uint64_t larger = 0;  // nothing was read: the first has so many bytes, more than may be
};

struct SegmentsOptions {
    std::string folder;
    Space::Options space{};
    /// What the file system has for us; empty: it is asked.
    std::function<std::uint64_t()> free_bytes{};
};

/// A store's file: queues and their messages in rows of up to 64 (segment.hpp). Calls wait for the
/// disk. What was asked for is durable once `commit` says so; what is read is as of all that was
/// asked before. After an error it is of no use any more: what was not committed is gone. In memory
/// it has what the running batch changes, and nothing for a message that is stored.
///
/// Invariants:
///   F1  a message is in one segment; a segment without live messages is deleted by the commit that
///       removed the last
///   F2  a queue's numbers are never given out again, also when all its segments are gone: then the
///       queue's row has the last
///   F3  one process has the file, beside those that only read it (claim.hpp): it is written behind
///       the gate alone, and each flush stands behind a look at who has it
///   F4  what an earlier process wrote and could not flush is flushed, or not there, before
///       anything else is written: nothing durable ever stands behind it in the log
///
/// Threading: one thread at a time.
class Segments {
public:
    static constexpr std::size_t kSweptSegments = 64;       // that one sweep reads at most
    static constexpr std::size_t kPassedSegments = 10'000;  // that one sweep or read passes
    static constexpr std::size_t kBarrenSegments = 64;      // that one `read` looks through in vain
    static constexpr std::size_t kDroppedSegments = 100;    // that one `drop` deletes at most
    static constexpr std::size_t kDroppedNames = 10'000;    // likewise, and one more
    /// Bytes of bodies that one `compact` copies, and one body more at most.
    static constexpr std::uint64_t kCompactedBytes = std::uint64_t{1024} * 1024;
    /// Bytes of a payload; the caller sees to it.
    static constexpr std::size_t kPayloadMax = std::size_t{256} * 1024 * 1024;

    /// Opens the file, or makes it. `claim` has the folder; whoever writes a batch, from its first
    /// call to its commit, has passed its gate. Errors: with the path, and what to do.
    [[nodiscard]] static Result<Segments> open(const SegmentsOptions& options,
                                               std::shared_ptr<Claim> claim);

    /// As of the last commit.
    [[nodiscard]] Result<Inventory> inventory();
    [[nodiscard]] Result<void> add_queue(QueueNumber number,
                                         std::string_view name,
                                         std::string_view settings);
    [[nodiscard]] Result<void> set_settings(QueueNumber number, std::string_view settings);
    /// Deletes a part of a queue that nobody asks anything of any more, and with the last part the
    /// queue. True: that was it.
    [[nodiscard]] Result<bool> drop(QueueNumber number);
    /// `origin`: of a dead one; null: it is none.
    [[nodiscard]] Result<void> append(QueueNumber to,
                                      MessageId id,
                                      const Facts& facts,
                                      Bytes payload,
                                      const queue::Provenance* origin = nullptr);
    /// Keeps the name of a message, and forgets those that it says.
    [[nodiscard]] Result<void> remember(QueueNumber in, const queue::Named& named);
    [[nodiscard]] Result<void> forget_names(QueueNumber in, std::uint64_t through);
    [[nodiscard]] Result<void> remove(QueueNumber from, MessageId id, std::uint64_t size);
    [[nodiscard]] Result<void> recount(QueueNumber of, MessageId id, std::uint32_t failures);
    /// To the end of another queue, under a new number; when it expires there. It keeps its
    /// priority, and a body that stands outside its place, so a move writes kInsideMax bytes at
    /// most. `origin`: it died, and what is known already of an earlier death is kept instead;
    /// null: it begins anew.
    [[nodiscard]] Result<void> move(QueueNumber from,
                                    MessageId id,
                                    QueueNumber to,
                                    MessageId new_id,
                                    queue::WallTime expires,
                                    const queue::Provenance* origin = nullptr);
    /// Sets a damaged message aside: what there is of it is kept, and it leaves its queue.
    [[nodiscard]] Result<void> set_aside(QueueNumber from, MessageId id, std::uint64_t size);
    /// Messages that were.
    std::uint64_t damaged() const { return damaged_; }
    /// A damaged one is told as such (queue::Record::damaged). Of a queue that was dropped:
    /// nothing.
    /// Nothing larger than `most` bytes is brought into memory: it is told how large it is.
    [[nodiscard]] Result<Reading> read(QueueNumber from,
                                       const queue::Range& range,
                                       std::uint64_t most = kPayloadMax);
    /// Which have expired; looks through a bounded number of segments. Of a damaged one nobody
    /// knows it: it is there if all are wanted.
    [[nodiscard]] Result<queue::Swept> sweep(QueueNumber in, const queue::Sweep& wanted);
    /// Which scheduled ones are due, as many as it may find: they are scheduled no more. Of a
    /// damaged one that stands beside them nobody knows it: it is told as such.
    [[nodiscard]] Result<queue::Ripened> ripen(QueueNumber in, const queue::Ripen& wanted);
    [[nodiscard]] Result<void> commit();
    /// Whether a body file is mostly dead; a part of what lives in it goes to another one then.
    bool wants_compaction() const { return bodies_.wasteful().has_value(); }
    [[nodiscard]] Result<void> compact();

    /// Pages of the log as of the last commit.
    int log_pages() const { return database_.log_pages(); }
    /// The log begins anew, if nobody reads it.
    [[nodiscard]] Result<int> restart_log() { return database_.checkpoint(Checkpoint::restart); }
    /// It failed: nothing more is written, at its end either.
    void abandon() { database_.close_untouched(); }
    /// The disk is full, and nothing of the batch was committed: gives the reserve back, and begins
    /// the batch anew. False: there was none.
    [[nodiscard]] Result<bool> make_room();
    /// As the disk is now. Takes or gives back the reserve, as that says.
    [[nodiscard]] Result<DiskUse> use();
    static std::string file_in(const std::string& folder) { return folder + "/store.db"; }

private:
    struct OneQueue {
        SegmentDraft draft;
        /// Segments of which messages were removed, by their first one.
        std::map<MessageId, SegmentEntry> touched;
        SmallSegments small;
    };

    class Renewals;

    [[nodiscard]] Result<void> open_file();
    [[nodiscard]] Result<void> prepare_file();
    [[nodiscard]] Result<void> prepare_statements();
    [[nodiscard]] Result<void> load_queues();
    [[nodiscard]] Result<OneQueue*> one(QueueNumber number);
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<bool> drop_names(QueueNumber number);
    [[nodiscard]] Result<void> add(QueueNumber to,
                                   const StoredMessage& message,
                                   const queue::Provenance* origin);
    [[nodiscard]] Result<void> take_out(QueueNumber from,
                                        SegmentEntry& entry,
                                        MessageId id,
                                        std::uint64_t size);
    [[nodiscard]] Result<void> write_draft(QueueNumber number, OneQueue& queue);
    [[nodiscard]] Result<void> write_touched(QueueNumber number, OneQueue& queue);
    [[nodiscard]] Result<void> write(QueueNumber number, OneQueue& queue);
    [[nodiscard]] Result<void> write_changed();
    [[nodiscard]] Result<SegmentEntry*> touch(QueueNumber number, OneQueue& queue, MessageId id);
    [[nodiscard]] Result<queue::Record> record_of(const StoredMessage& message);
    [[nodiscard]] Result<void> lose_bodies(const SegmentEntry& entry);
    [[nodiscard]] Result<void> delete_segment(QueueNumber number, const SegmentEntry& entry);
    [[nodiscard]] Result<std::uint64_t> move_bodies(QueueNumber number, SegmentEntry entry);
    [[nodiscard]] Result<BodyPlace> copy_body(const BodyPlace& from);
    [[nodiscard]] Result<Reading> read_from(QueueNumber number,
                                            const queue::Range& range,
                                            std::uint64_t most);
    [[nodiscard]] Result<void> sweep_segment(QueueNumber number,
                                             SegmentEntry& entry,
                                             const queue::Sweep& wanted,
                                             queue::Swept& swept);
    [[nodiscard]] Result<void> ripen_segment(QueueNumber number,
                                             SegmentEntry entry,
                                             const queue::Ripen& wanted,
                                             queue::Ripened& ripened);

    SegmentsOptions options_;
    std::shared_ptr<Claim> claim_;
    Reserve reserve_;
    Database database_;
    BodyFiles bodies_;
    SegmentTable table_;
    Origins origins_;
    Failures failures_;
    Statement insert_queue_, update_settings_, update_last_, delete_queue_;
    Statement insert_damaged_, read_pages_;
    Statement insert_name_, delete_names_, nth_name_;
    std::map<QueueNumber, OneQueue> queues_;
    std::set<QueueNumber> changed_;  // have a draft, or segments that were touched
    std::uint64_t damaged_ = 0;
    bool in_transaction_ = false;
};

}  // namespace weft::store
