#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/message.hpp"
#include "broker/store/database.hpp"
#include "broker/store/folder_lock.hpp"
#include "broker/store/segment.hpp"
#include "broker/store/segment_index.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::store {

/// A queue of one store; never used twice.
enum class QueueNumber : std::uint64_t {};

/// A queue that the store has.
struct KnownQueue {
    QueueNumber number{};
    std::string name;
    std::string settings;  // as it was given
    queue::Stored stored;
};

/// Messages that were read, and the end of what was looked through.
struct Reading {
    std::vector<queue::Record> records;
    MessageId through = 0;
};

struct SegmentsOptions {
    std::string folder;
    std::uint64_t bytes_max = 0;  // of the file; 0: as the disk allows
};

/// A store's file: queues and their messages in rows of up to 64 (segment.hpp). Calls wait for the
/// disk. What was asked for is durable once `commit` says so; what is read is as of all that was
/// asked before. After an error it is of no use any more: what was not committed is gone.
///
/// Invariants:
///   F1  a message is in one segment; a segment without live messages is deleted by the commit that
///       removed the last
///   F2  a queue's numbers are never given out again, also when all its segments are gone: then the
///       queue's row has the last
///   F3  one process has the file, beside those that only read it
///
/// Threading: one thread at a time.
class Segments {
public:
    static constexpr std::uint64_t kVersion = 1;          // of the schema
    static constexpr std::size_t kSweptSegments = 64;     // that one sweep reads at most
    static constexpr std::size_t kDroppedSegments = 100;  // that one `drop` deletes at most
    /// Bytes of a payload; the caller sees to it.
    static constexpr std::size_t kPayloadMax = std::size_t{256} * 1024 * 1024;

    /// Takes the lock and opens the file, or makes it. Errors: with the path, and what to do.
    [[nodiscard]] static Result<Segments> open(const SegmentsOptions& options);

    /// As of `open`.
    [[nodiscard]] Result<std::vector<KnownQueue>> queues();
    [[nodiscard]] Result<void> add_queue(QueueNumber number,
                                         std::string_view name,
                                         std::string_view settings);
    [[nodiscard]] Result<void> set_settings(QueueNumber number, std::string_view settings);
    /// Deletes a part of a queue that nobody asks anything of any more, and with the last part the
    /// queue. True: that was it.
    [[nodiscard]] Result<bool> drop(QueueNumber number);
    [[nodiscard]] Result<void> append(QueueNumber to,
                                      MessageId id,
                                      queue::WallTime expires,
                                      Bytes payload);
    [[nodiscard]] Result<void> remove(QueueNumber from, MessageId id, std::uint64_t size);
    [[nodiscard]] Result<void> recount(QueueNumber of, MessageId id, std::uint32_t failures);
    /// To the end of another queue, under a new number; there it does not expire.
    [[nodiscard]] Result<void> move(QueueNumber from,
                                    MessageId id,
                                    QueueNumber to,
                                    MessageId new_id);
    [[nodiscard]] Result<Reading> read(QueueNumber from, const queue::Range& range);
    /// Which have expired; looks through a bounded number of segments.
    [[nodiscard]] Result<queue::Swept> sweep(QueueNumber in, const queue::Sweep& wanted);
    [[nodiscard]] Result<void> commit();

    /// Pages of the log as of the last commit.
    int log_pages() const { return database_.log_pages(); }
    /// The log begins anew, if nobody reads it.
    [[nodiscard]] Result<void> restart_log() { return database_.checkpoint(/*restart=*/true); }
    static std::string file_in(const std::string& folder) { return folder + "/store.db"; }

private:
    struct OneQueue {
        SegmentIndex segments;
        SegmentDraft draft;
        std::set<MessageId> recounted;               // have a row in `failures`
        std::map<MessageId, std::uint64_t> touched;  // segments by first: live bytes they lost
    };

    [[nodiscard]] Result<void> prepare_file(std::uint64_t bytes_max);
    [[nodiscard]] Result<void> check_version();
    [[nodiscard]] Result<void> prepare_statements();
    [[nodiscard]] Result<void> load_index();
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> write_draft(QueueNumber number, OneQueue& queue);
    [[nodiscard]] Result<void> write_touched(QueueNumber number, OneQueue& queue);
    [[nodiscard]] Result<Reading> read_from(OneQueue& queue, const queue::Range& range);
    [[nodiscard]] Result<void> sweep_segment(SegmentEntry& entry,
                                             const queue::Sweep& wanted,
                                             queue::Swept& swept);
    [[nodiscard]] Result<void> read_failures(QueueNumber number, Reading& reading);
    [[nodiscard]] Result<void> forget_failures(QueueNumber number, OneQueue& queue, MessageId id);

    FolderLock lock_;
    Database database_;
    Statement insert_segment_, update_segment_, delete_segment_, read_segment_;
    Statement insert_queue_, update_settings_, update_last_, delete_queue_;
    Statement insert_failures_, delete_failures_, delete_all_failures_, read_failures_;
    std::map<QueueNumber, OneQueue> queues_;
    std::set<QueueNumber> changed_;  // have a draft, or segments that were touched
    std::uint64_t next_row_ = 1;
    bool in_transaction_ = false;
};

}  // namespace weft::store
