#include "common/sqlite/database.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::sqlite {
namespace {

constexpr int kCopiedPages = 1000;  // at once
constexpr int kPatience = 10'000;   // milliseconds that others may be in the way

/// What to do about it; empty: nothing that we know.
std::string_view remedy(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return ": make room on the disk, then start this program again";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return ": this program must be able to write its store";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ": the store is damaged; put a backup in its place";
        case SQLITE_BUSY:
            return ": another program writes to the store; end it, then start this program again";
        case SQLITE_IOERR:
            return ": the disk failed; see the system's log";
        default:
            return "";
    }
}

/// What it changes is committed with its last step, which may fail.
Result<void> finish(Statement& statement, bool row) {
    while (row) {
        WEFT_TRY(row, statement.step());
    }
    return {};
}

/// Not 0: what runs is to end.
int ask_watch(void* watch) {
    return (*static_cast<std::function<bool()>*>(watch))() ? 0 : 1;
}

int note_log_pages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

}  // namespace

// --- Statement -------------------------------------------------------------------------------

Statement& Statement::bind(int at, std::uint64_t value) {
    sqlite3_bind_int64(statement_.get(), at, static_cast<sqlite3_int64>(value));
    return *this;
}

Statement& Statement::bind(int at, std::string_view value) {
    sqlite3_bind_text64(statement_.get(), at, value.data(), value.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int at, Bytes value) {
    if (value.empty()) {  // not NULL
        sqlite3_bind_zeroblob(statement_.get(), at, 0);
    } else {
        sqlite3_bind_blob64(statement_.get(), at, value.data(), value.size(), SQLITE_STATIC);
    }
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    Error error = Database::error(sqlite3_db_handle(statement_.get()));
    reset();
    return tl::unexpected(std::move(error));
}

Result<void> Statement::run() {
    WEFT_TRY([[maybe_unused]] const bool row, step());
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::uint64_t Statement::number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

Bytes Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    return {static_cast<const std::uint8_t*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

// --- Database --------------------------------------------------------------------------------

Result<Database> Database::open(const std::string& path) {
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database;
    database.handle_.reset(handle);
    if (code != SQLITE_OK) {
        return tl::unexpected(error(handle));
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kPatience);
    database.log_pages_ = std::make_unique<int>(0);
    sqlite3_wal_hook(handle, note_log_pages, database.log_pages_.get());
    return database;
}

void Database::watch(std::function<bool()> go_on) {
    auto watch = go_on ? std::make_unique<std::function<bool()>>(std::move(go_on)) : nullptr;
    sqlite3_progress_handler(handle_.get(), kWatchSteps, watch ? ask_watch : nullptr, watch.get());
    watch_ = std::move(watch);
}

Result<void> Database::run(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return tl::unexpected(error(handle_.get()));
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(error(handle_.get()));
    }
    Statement statement;
    statement.statement_.reset(prepared);
    return statement;
}

Result<std::uint64_t> Database::number(std::string_view sql) {
    WEFT_TRY(Statement statement, prepare(sql));
    WEFT_TRY(const bool row, statement.step());
    const std::uint64_t number = row ? statement.number(0) : 0;
    return finish(statement, row).map([&] { return number; });
}

Result<std::string> Database::text(std::string_view sql) {
    WEFT_TRY(Statement statement, prepare(sql));
    WEFT_TRY(const bool row, statement.step());
    std::string text{row ? statement.text(0) : ""};
    return finish(statement, row).map([&] { return std::move(text); });
}

Result<int> Database::checkpoint(Checkpoint how) {
    const int mode = how == Checkpoint::passive   ? SQLITE_CHECKPOINT_PASSIVE
                     : how == Checkpoint::restart ? SQLITE_CHECKPOINT_RESTART
                                                  : SQLITE_CHECKPOINT_TRUNCATE;
    if (how != Checkpoint::begin_anew) {
        sqlite3_busy_timeout(handle_.get(), 0);  // a reader may take its time
    }
    // A connection that has read nothing yet does not know that there is a log.
    int written = 0;
    int code = sqlite3_exec(handle_.get(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr,
                            nullptr);
    if (code == SQLITE_OK) {
        code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, &written);
    }
    sqlite3_busy_timeout(handle_.get(), kPatience);
    switch (code & 0xff) {
        case SQLITE_OK:
            if (how != Checkpoint::passive) {
                *log_pages_ = 0;
            }
            return written;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:  // nothing is lost: all of it is in the log
            return std::max(written, 0);
        default:
            return tl::unexpected(error(handle_.get()));
    }
}

Result<void> Database::copy_to(const std::string& path) {
    WEFT_TRY(Database copy, open(path));
    sqlite3_backup* const backup =
        sqlite3_backup_init(copy.handle_.get(), "main", handle_.get(), "main");
    if (backup == nullptr) {
        return tl::unexpected(error(copy.handle_.get()));
    }
    while (sqlite3_backup_step(backup, kCopiedPages) == SQLITE_OK) {
    }
    if (sqlite3_backup_finish(backup) != SQLITE_OK) {
        return tl::unexpected(error(copy.handle_.get()));
    }
    return {};
}

void Database::close_untouched() {
    if (handle_) {
        sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
}

Error Database::error(sqlite3* handle) {
    return handle == nullptr ? disk_error(SQLITE_NOMEM, "out of memory")
                             : disk_error(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

Error disk_error(int code, const std::string& words) {
    const bool full = (code & 0xff) == SQLITE_FULL;
    return {.condition = full ? kResourceLimitExceeded : kInternalError,
            .text = words + std::string{remedy(code)} + " (SQLite " + std::to_string(code) + ")"};
}

}  // namespace weft::sqlite
