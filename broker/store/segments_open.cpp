#include "broker/store/file.hpp"
#include "broker/store/inventory.hpp"
#include "broker/store/schema.hpp"
#include "broker/store/segments.hpp"
#include "common/base/conditions.hpp"

#include <utility>

namespace weft::store {
namespace {

Error in_file(const std::string& file, Error error) {
    error.text = "the store '" + file + "': " + error.text;
    return error;
}

}  // namespace

/// While it lives, the lease is renewed on the way: what it does may take longer than that.
class Segments::Renewals {
public:
    explicit Renewals(Segments& segments) : database_{segments.database_} {
        database_.watch([claim = segments.claim_.get()] { return claim->keep().has_value(); });
    }
    ~Renewals() { database_.watch({}); }
    Renewals(const Renewals&) = delete;
    Renewals& operator=(const Renewals&) = delete;

private:
    Database& database_;
};

Result<Segments> Segments::open(const SegmentsOptions& options, std::shared_ptr<Claim> claim) {
    Segments segments;
    segments.options_ = options;
    segments.claim_ = std::move(claim);
    WEFT_TRY(const Gate::Pass pass, segments.claim_->enter());
    segments.reserve_ = Reserve{options.folder, options.space, options.free_bytes};
    // Opening it takes some room, too.
    WEFT_TRY([[maybe_unused]] const DiskUse use, segments.reserve_.look({}));
    if (auto opened = segments.open_file(); !opened) {
        segments.abandon();
        auto held = segments.claim_->keep();  // if that ended it, it is what matters
        return tl::unexpected(held ? in_file(file_in(options.folder), opened.error())
                                   : held.error());
    }
    return segments;
}

Result<void> Segments::open_file() {
    const std::string file = file_in(options_.folder);
    if (auto flushed = flush_anew(file + "-wal"); !flushed) {  // F4
        return flushed;
    }
    WEFT_TRY(database_, Database::open(file));
    const Renewals renewals{*this};
    const auto keep = [this] { return claim_->keep(); };
    return keep()
        .and_then([this] { return prepare_file(); })
        .and_then(keep)
        .and_then(
            [this] { return database_.checkpoint(Checkpoint::begin_anew).map([](int) {}); })  // F4
        .and_then(keep)
        .and_then([this] { return prepare_statements(); })
        .and_then([this] { return bodies_.open(options_.folder, database_); })
        .and_then([this] { return load_queues(); })
        .and_then(keep);
}

Result<bool> Segments::make_room() {
    if (!reserve_.give_back()) {
        return false;
    }
    abandon();
    Segments anew;
    anew.options_ = options_;
    anew.claim_ = std::move(claim_);
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
    auto opened = table_.open(database_)
                      .and_then([this] { return origins_.open(database_); })
                      .and_then([this] { return failures_.open(database_); });
    if (!opened) {
        return opened;
    }
    WEFT_TRY(insert_queue_,
             database_.prepare("INSERT INTO queue(id, name, settings, last) VALUES(?, ?, ?, 0)"));
    WEFT_TRY(update_settings_, database_.prepare("UPDATE queue SET settings = ? WHERE id = ?"));
    WEFT_TRY(update_last_,  // F2
             database_.prepare("UPDATE queue SET last = max(last, ?2) WHERE id = ?1 AND NOT EXISTS"
                               " (SELECT 1 FROM segment WHERE queue = ?1 AND first > ?2)"));
    WEFT_TRY(delete_queue_, database_.prepare("DELETE FROM queue WHERE id = ?"));
    WEFT_TRY(insert_name_,
             database_.prepare("INSERT INTO name(queue, number, name) VALUES(?, ?, ?)"));
    WEFT_TRY(delete_names_, database_.prepare("DELETE FROM name WHERE queue = ? AND number <= ?"));
    WEFT_TRY(nth_name_, database_.prepare("SELECT number FROM name WHERE queue = ?"
                                          " ORDER BY number LIMIT 1 OFFSET ?"));
    WEFT_TRY(read_pages_, database_.prepare("SELECT page_count - freelist_count"
                                            " FROM pragma_page_count, pragma_freelist_count"));
    WEFT_TRY(insert_damaged_,
             database_.prepare("INSERT INTO damaged(queue, message, body) VALUES(?, ?, ?)"));
    return {};
}

Result<void> Segments::load_queues() {
    WEFT_TRY(Statement rows, database_.prepare("SELECT id FROM queue"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        queues_.try_emplace(QueueNumber{rows.number(0)});
    }
    WEFT_TRY(damaged_, database_.number("SELECT count(*) FROM damaged"));
    return {};
}

Result<Inventory> Segments::inventory() {
    WEFT_TRY(const Gate::Pass pass, claim_->enter());
    const Renewals renewals{*this};
    return take_inventory(database_).map_error(
        [&](Error error) { return in_file(file_in(options_.folder), std::move(error)); });
}

}  // namespace weft::store
