#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::store {

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

/// A connection to an SQLite file. Threading: one thread at a time.
class Database {
public:
    Database() = default;

    /// Makes the file if it is missing.
    [[nodiscard]] static Result<Database> open(const std::string& path);

    [[nodiscard]] Result<void> run(const char* sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// The one number that `sql` gives.
    [[nodiscard]] Result<std::uint64_t> number(std::string_view sql);
    /// The one text that it gives.
    [[nodiscard]] Result<std::string> text(std::string_view sql);

    /// Writes pages of the log back into the file. `restart`: the log then begins anew. That others
    /// are in the way is no error.
    [[nodiscard]] Result<void> checkpoint(bool restart);
    /// Pages in the log as of the last commit.
    int log_pages() const { return *log_pages_; }

    /// What SQLite last said, in words for who has to mend it.
    static Error error(sqlite3* handle);

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };

    std::unique_ptr<sqlite3, Close> handle_;
    std::unique_ptr<int> log_pages_;  // where SQLite is told to write it
};

}  // namespace weft::store
