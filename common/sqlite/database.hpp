#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::sqlite {

/// A prepared statement. Errors: in the words of Database::error.
/// Threading: as its database, which must outlive it.
class Statement {
public:
    Statement() = default;

    // Values of its parameters, the first of which is 1. What is viewed must live until `reset`.
    Statement& bind(int at, std::uint64_t value);
    Statement& bind(int at, std::string_view value);
    Statement& bind(int at, Bytes value);
    /// True: there is a row. After the last one it is reset by itself.
    [[nodiscard]] Result<bool> step();
    /// For one that gives no rows.
    [[nodiscard]] Result<void> run();
    /// Ready to be run again; what was bound is forgotten.
    void reset();

    // Of the row; views hold until the next step or reset.
    std::uint64_t number(int column) const;
    Bytes bytes(int column) const;
    std::string_view text(int column) const { return as_text(bytes(column)); }

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// What failed, an SQLite code, in words for who has to mend it.
Error disk_error(int code, const std::string& words);

/// How much of the log is written back into the file.
enum class Checkpoint : std::uint8_t {
    passive,     // what is in nobody's way
    restart,     // all, and the log is used from its beginning
    begin_anew,  // all, after those that read now, and the log is empty
};

/// A connection to an SQLite file. Threading: one thread at a time.
class Database {
public:
    static constexpr int kWatchSteps = 1000;  // some tens of small rows

    Database() = default;

    /// Makes the file if it is missing.
    [[nodiscard]] static Result<Database> open(const std::string& path);

    /// `go_on` is asked now and then while something runs, each kWatchSteps steps of SQLite's; when
    /// it says no, that ends with an error. Empty: nobody is asked. Writing back the log, and what
    /// a commit flushes, have no steps.
    void watch(std::function<bool()> go_on);

    [[nodiscard]] Result<void> run(const char* sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// The one number that `sql` gives.
    [[nodiscard]] Result<std::uint64_t> number(std::string_view sql);
    /// The one text that it gives.
    [[nodiscard]] Result<std::string> text(std::string_view sql);

    /// How many pages of the log are in the database now. That others are in the way, or the disk
    /// is full, is no error: then less is written back.
    [[nodiscard]] Result<int> checkpoint(Checkpoint how);
    /// A copy of the file as this connection sees it, flushed; `path` is not there yet.
    [[nodiscard]] Result<void> copy_to(const std::string& path);
    /// Closing it writes nothing back: of a file of which a write failed, nobody knows what it has.
    void close_untouched();
    /// Pages in the log as of the last commit, or since it began anew here.
    int log_pages() const { return *log_pages_; }

    /// What SQLite last said, in words for who has to mend it.
    static Error error(sqlite3* handle);

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };

    std::unique_ptr<std::function<bool()>> watch_;  // SQLite knows where it stands
    std::unique_ptr<sqlite3, Close> handle_;
    std::unique_ptr<int> log_pages_;  // where SQLite is told to write it
};

}  // namespace weft::sqlite
