#include "broker/store/file.hpp"
#include "broker/store/schema.hpp"
#include "broker/store/segments.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <unordered_map>

namespace weft::store {
namespace {

Error in_file(const std::string& file, Error error) {
    error.text = "the store '" + file + "': " + error.text;
    return error;
}

}  // namespace

Result<Segments> Segments::open(const SegmentsOptions& options) {
    Segments segments;
    segments.options_ = options;
    WEFT_TRY(segments.lock_, FolderLock::take(options.folder, "broker"));
    segments.reserve_ = Reserve{options.folder, options.space, options.free_bytes};
    // Opening it takes some room, too.
    WEFT_TRY([[maybe_unused]] const DiskUse use, segments.reserve_.look({}));
    if (auto opened = segments.open_file(); !opened) {
        segments.abandon();
        return tl::unexpected(in_file(file_in(options.folder), opened.error()));
    }
    return segments;
}

Result<void> Segments::open_file() {
    const std::string file = file_in(options_.folder);
    if (auto flushed = flush_anew(file + "-wal"); !flushed) {  // F4
        return flushed;
    }
    WEFT_TRY(database_, Database::open(file));
    if (auto done = prepare_file(); !done) {
        return done;
    }
    if (auto done = database_.checkpoint(Checkpoint::begin_anew); !done) {  // F4
        return done;
    }
    if (auto done = prepare_statements(); !done) {
        return done;
    }
    if (auto done = bodies_.open(options_.folder, database_); !done) {
        return done;
    }
    return load_index();
}

Result<bool> Segments::make_room() {
    if (!reserve_.give_back()) {
        return false;
    }
    abandon();
    Segments anew;
    anew.options_ = options_;
    anew.lock_ = std::move(lock_);
    anew.reserve_ = reserve_;
    *this = std::move(anew);
    return open_file().map([] { return true; });
}

Result<DiskUse> Segments::use() {
    DiskUse use{.body_files = bodies_.files(), .body_bytes = bodies_.bytes()};
    if (options_.space.used_max > 0) {
        WEFT_TRY([[maybe_unused]] const bool row, read_pages_.step());
        use.used = read_pages_.number(0) * kPageSize + use.body_bytes;
        read_pages_.reset();
    }
    return reserve_.look(use);
}

Result<void> Segments::prepare_file() {
    // The page size holds for a file that is made now.
    if (auto done = database_.run("PRAGMA page_size = 8192"); !done) {
        return done;
    }
    if (auto done = prepare_schema(database_); !done) {
        return done;
    }
    WEFT_TRY(const std::string mode, database_.text("PRAGMA journal_mode = WAL"));
    if (mode != "wal") {
        return fail(kInternalError, "its file system can't do write-ahead logging (mode '" + mode +
                                        "'): the store must be on a local disk");
    }
    // The log is written back beside the commits; Store sees to it.
    return database_.run(
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -8192;"
        "PRAGMA temp_store = MEMORY");
}

Result<void> Segments::prepare_statements() {
    WEFT_TRY(insert_segment_,
             database_.prepare(
                 "INSERT INTO segment(id, queue, first, count, gone, live_bytes, expires, body)"
                 " VALUES(?, ?, ?, ?, 0, ?, ?, ?)"));
    WEFT_TRY(update_segment_,
             database_.prepare("UPDATE segment SET gone = ?, live_bytes = max(live_bytes - ?, 0)"
                               " WHERE id = ?"));
    WEFT_TRY(delete_segment_, database_.prepare("DELETE FROM segment WHERE id = ?"));
    WEFT_TRY(read_segment_, database_.prepare("SELECT body FROM segment WHERE id = ?"));
    WEFT_TRY(rewrite_segment_, database_.prepare("UPDATE segment SET body = ? WHERE id = ?"));
    WEFT_TRY(join_file_, database_.prepare("INSERT INTO body_segment(file, segment) VALUES(?, ?)"));
    WEFT_TRY(leave_file_,
             database_.prepare("DELETE FROM body_segment WHERE file = ? AND segment = ?"));
    WEFT_TRY(segments_of_,
             database_.prepare("SELECT id, queue, first FROM body_segment JOIN segment"
                               " ON segment.id = body_segment.segment WHERE file = ? LIMIT 1"));
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
    WEFT_TRY(read_pages_, database_.prepare("SELECT page_count - freelist_count"
                                            " FROM pragma_page_count, pragma_freelist_count"));
    WEFT_TRY(insert_damaged_,
             database_.prepare("INSERT INTO damaged(queue, message, body) VALUES(?, ?, ?)"));
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
    std::unordered_map<std::uint64_t, std::uint64_t> files;  // by segment
    WEFT_TRY(Statement outside, database_.prepare("SELECT segment, file FROM body_segment"));
    for (;;) {
        WEFT_TRY(const bool row, outside.step());
        if (!row) {
            break;
        }
        files.emplace(outside.number(0), outside.number(1));
    }
    WEFT_TRY(Statement rows,
             database_.prepare("SELECT id, queue, first, count, gone, expires FROM segment"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        const auto file = files.find(rows.number(0));
        const SegmentEntry entry{.row = rows.number(0),
                                 .first = rows.number(2),
                                 .count = rows.number(3),
                                 .gone = rows.number(4),
                                 .expires = rows.number(5),
                                 .file = file == files.end() ? 0 : file->second};
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
    WEFT_TRY(damaged_, database_.number("SELECT count(*) FROM damaged"));
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
