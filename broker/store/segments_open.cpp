#include "broker/store/segments.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <bit>

namespace weft::store {
namespace {

constexpr std::uint64_t kApplication = 0x57656674;  // "Weft"
constexpr std::uint64_t kPageSize = 8192;           // as the schema says

constexpr const char* kSchema = R"(
    BEGIN;
    CREATE TABLE queue(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        settings TEXT NOT NULL,
        last INTEGER NOT NULL);          -- the youngest number, while no segment tells it
    CREATE TABLE segment(
        id INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        gone INTEGER NOT NULL,           -- a bit for each message that was removed
        live_bytes INTEGER NOT NULL,     -- of the payloads of those that were not
        expires INTEGER NOT NULL,        -- none does before; milliseconds since 1970
        body BLOB NOT NULL);
    CREATE TABLE failure(
        queue INTEGER NOT NULL,
        message INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY(queue, message)) WITHOUT ROWID;
    PRAGMA application_id = 1466263156;
    PRAGMA user_version = 1;
    COMMIT;
)";

Error in_file(const std::string& file, Error error) {
    error.text = "the store '" + file + "': " + error.text;
    return error;
}

}  // namespace

Result<Segments> Segments::open(const SegmentsOptions& options) {
    Segments segments;
    WEFT_TRY(segments.lock_, FolderLock::take(options.folder));
    const std::string file = file_in(options.folder);
    const auto opened = [&]() -> Result<void> {
        WEFT_TRY(segments.database_, Database::open(file));
        if (auto done = segments.prepare_file(options.bytes_max); !done) {
            return done;
        }
        if (auto done = segments.prepare_statements(); !done) {
            return done;
        }
        return segments.load_index();
    }();
    if (!opened) {
        return tl::unexpected(in_file(file, opened.error()));
    }
    return segments;
}

Result<void> Segments::prepare_file(std::uint64_t bytes_max) {
    // The page size holds for a file that is made now.
    if (auto done = database_.run("PRAGMA page_size = 8192"); !done) {
        return done;
    }
    if (auto done = check_version(); !done) {
        return done;
    }
    WEFT_TRY(const std::string mode, database_.text("PRAGMA journal_mode = WAL"));
    if (mode != "wal") {
        return fail(kInternalError, "its file system can't do write-ahead logging (mode '" + mode +
                                        "'): the store must be on a local disk");
    }
    if (bytes_max > 0) {
        const std::string pages = std::to_string(bytes_max / kPageSize);
        WEFT_TRY([[maybe_unused]] const std::uint64_t most,
                 database_.number("PRAGMA max_page_count = " + pages));
    }
    // The log is written back beside the commits; Store sees to it.
    return database_.run(
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -8192;"
        "PRAGMA temp_store = MEMORY");
}

Result<void> Segments::check_version() {
    WEFT_TRY(const std::uint64_t tables, database_.number("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) {
        return database_.run(kSchema);
    }
    WEFT_TRY(const std::uint64_t application, database_.number("PRAGMA application_id"));
    WEFT_TRY(const std::uint64_t version, database_.number("PRAGMA user_version"));
    if (application != kApplication) {
        return fail(kInternalError,
                    "this is no broker's store: name another folder in /store/path");
    }
    if (version != kVersion) {
        return fail(kInternalError, "it has version " + std::to_string(version) +
                                        ", and this broker reads version " +
                                        std::to_string(kVersion) +
                                        ": start the broker that wrote it");
    }
    return {};
}

Result<void> Segments::prepare_statements() {
    WEFT_TRY(insert_segment_,
             database_.prepare(
                 "INSERT INTO segment(id, queue, first, count, gone, live_bytes, expires, body)"
                 " VALUES(?, ?, ?, ?, 0, ?, ?, ?)"));
    WEFT_TRY(
        update_segment_,
        database_.prepare("UPDATE segment SET gone = ?, live_bytes = live_bytes - ? WHERE id = ?"));
    WEFT_TRY(delete_segment_, database_.prepare("DELETE FROM segment WHERE id = ?"));
    WEFT_TRY(read_segment_, database_.prepare("SELECT body FROM segment WHERE id = ?"));
    WEFT_TRY(insert_queue_,
             database_.prepare("INSERT INTO queue(id, name, settings, last) VALUES(?, ?, ?, 0)"));
    WEFT_TRY(update_settings_, database_.prepare("UPDATE queue SET settings = ? WHERE id = ?"));
    WEFT_TRY(update_last_, database_.prepare("UPDATE queue SET last = ? WHERE id = ?"));
    WEFT_TRY(
        insert_failures_,
        database_.prepare("INSERT OR REPLACE INTO failure(queue, message, count) VALUES(?, ?, ?)"));
    WEFT_TRY(delete_failures_,
             database_.prepare("DELETE FROM failure WHERE queue = ? AND message = ?"));
    WEFT_TRY(delete_queue_, database_.prepare("DELETE FROM queue WHERE id = ?"));
    WEFT_TRY(delete_all_failures_, database_.prepare("DELETE FROM failure WHERE queue = ?"));
    WEFT_TRY(read_failures_,
             database_.prepare("SELECT message, count FROM failure"
                               " WHERE queue = ? AND message BETWEEN ? AND ? ORDER BY message"));
    return {};
}

Result<void> Segments::load_index() {
    WEFT_TRY(Statement names, database_.prepare("SELECT id FROM queue"));
    for (;;) {
        WEFT_TRY(const bool row, names.step());
        if (!row) {
            break;
        }
        queues_.try_emplace(QueueNumber{names.number(0)});
    }
    WEFT_TRY(Statement rows,
             database_.prepare("SELECT id, queue, first, count, gone, expires FROM segment"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        const SegmentEntry entry{.row = rows.number(0),
                                 .first = rows.number(2),
                                 .count = rows.number(3),
                                 .gone = rows.number(4),
                                 .expires = rows.number(5)};
        const auto queue = queues_.find(QueueNumber{rows.number(1)});
        const bool sound = queue != queues_.end() && entry.first > 0 && entry.count > 0 &&
                           entry.count <= kSegmentMessagesMax && entry.live() > 0;
        if (!sound) {
            return fail(kInternalError, "segment " + std::to_string(entry.row) +
                                            " is damaged: put a backup in its place");
        }
        queue->second.segments.add(entry);
        next_row_ = std::max(next_row_, entry.row + 1);
    }
    WEFT_TRY(Statement failures, database_.prepare("SELECT queue, message FROM failure"));
    for (;;) {
        WEFT_TRY(const bool row, failures.step());
        if (!row) {
            return {};
        }
        if (const auto queue = queues_.find(QueueNumber{failures.number(0)});
            queue != queues_.end()) {
            queue->second.recounted.insert(failures.number(1));
        }
    }
}

Result<std::vector<KnownQueue>> Segments::queues() {
    WEFT_TRY(Statement rows,
             database_.prepare(
                 "SELECT queue.id, name, settings, last, coalesce(sum(live_bytes), 0)"
                 " FROM queue LEFT JOIN segment ON segment.queue = queue.id GROUP BY queue.id"));
    std::vector<KnownQueue> known;
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return known;
        }
        const QueueNumber number{rows.number(0)};
        const SegmentIndex& segments = queues_.at(number).segments;
        queue::Stored stored{.last = rows.number(3), .bytes = rows.number(4)};
        if (!segments.empty()) {
            stored.last = std::max(stored.last, segments.last_id());
        }
        stored.first = segments.empty() ? stored.last + 1 : segments.first_id();
        stored.messages = segments.live();
        stored.expires = segments.expires();
        known.push_back({number, std::string{rows.text(1)}, std::string{rows.text(2)}, stored});
    }
}

}  // namespace weft::store
