#include "broker/store/schema.hpp"

#include "common/base/conditions.hpp"

#include <array>
#include <string>

namespace weft::store {
namespace {

constexpr std::uint64_t kApplication = 0x57656674;  // "Weft"

/// The first is of an empty file; each other one makes the next version of the one before. A step
/// that was released is never changed.
constexpr std::array<const char*, kSchemaVersion> kSteps{
    R"(
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
)",
    R"(
    ALTER TABLE segment RENAME TO segment_1;
    CREATE TABLE segment(
        queue INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        gone INTEGER NOT NULL,           -- a bit for each message that was removed
        ripe INTEGER NOT NULL,           -- a bit for each that was scheduled and was due
        live_bytes INTEGER NOT NULL,     -- of the payloads of those that were not removed
        expires INTEGER NOT NULL,        -- none does before; milliseconds since 1970
        due INTEGER NOT NULL,            -- none that is scheduled, and waits, is before; the same
        priorities INTEGER NOT NULL,     -- a bit for each that messages have
        file INTEGER NOT NULL,           -- has bodies of it; 0: none has
        body INTEGER NOT NULL,           -- the row of `body`
        PRIMARY KEY(queue, first)) WITHOUT ROWID;
    CREATE INDEX segment_due ON segment(queue, due) WHERE due < 9223372036854775807;
    CREATE INDEX segment_file ON segment(file) WHERE file > 0;
    CREATE TABLE body(
        id INTEGER PRIMARY KEY,
        messages BLOB NOT NULL);
    INSERT INTO body SELECT id, body FROM segment_1;
    INSERT INTO segment SELECT queue, first, count, gone, 0, live_bytes, expires,
        9223372036854775807, 16, 0, id FROM segment_1;
    DROP TABLE segment_1;
    CREATE TABLE name(                   -- of the youngest messages, where duplicates are found
        queue INTEGER NOT NULL,
        number INTEGER NOT NULL,
        name BLOB NOT NULL,
        PRIMARY KEY(queue, number)) WITHOUT ROWID;
    CREATE TABLE damaged(                -- messages that could not be read, set aside
        id INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        message INTEGER NOT NULL,
        body BLOB NOT NULL);             -- what there was
    CREATE TABLE body_file(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        size INTEGER NOT NULL,           -- bytes that were committed
        live_bytes INTEGER NOT NULL);    -- of bodies of messages that were not removed
)",
    R"(
    CREATE TABLE origin(                 -- of dead messages, where they died
        queue INTEGER NOT NULL,
        message INTEGER NOT NULL,
        name TEXT NOT NULL,              -- of the queue
        number INTEGER NOT NULL,         -- of the queue of a subscription; 0: its name finds it
        reason TEXT NOT NULL,
        PRIMARY KEY(queue, message)) WITHOUT ROWID;
    CREATE INDEX origin_number ON origin(number) WHERE number > 0;
)",
    R"(
    CREATE TABLE shared_body(            -- rows of `body` that more than one segment has
        body INTEGER PRIMARY KEY,
        segments INTEGER NOT NULL);      -- how many have it
)"};

/// 0: it has no tables.
Result<std::uint64_t> version_of(Database& database) {
    WEFT_TRY(const std::uint64_t tables, database.number("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) {
        return 0;
    }
    WEFT_TRY(const std::uint64_t application, database.number("PRAGMA application_id"));
    WEFT_TRY(const std::uint64_t version, database.number("PRAGMA user_version"));
    if (application != kApplication || version == 0) {
        return fail(kInternalError,
                    "this is no broker's store: name another folder in /store/path");
    }
    if (version > kSchemaVersion) {
        return fail(kInternalError, "it has version " + std::to_string(version) +
                                        ", and this broker knows versions up to " +
                                        std::to_string(kSchemaVersion) +
                                        ": start the broker that wrote it, or a newer one");
    }
    return version;
}

/// All columns of all tables, in words.
Result<std::string> columns_of(Database& database) {
    return database.text(
        "SELECT group_concat(word, ' ') FROM (SELECT tables.name || '.' || columns.name AS word"
        " FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns"
        " WHERE tables.type = 'table' AND tables.name NOT GLOB 'sqlite_*' ORDER BY word)");
}

/// Builds between two versions have written other tables under the number of the next one.
Result<void> check_tables(Database& database, std::uint64_t version) {
    WEFT_TRY(Database model, Database::open(":memory:"));
    for (std::uint64_t step = 0; step < version; ++step) {
        if (auto done = model.run(kSteps.at(step)); !done) {
            return done;
        }
    }
    WEFT_TRY(const std::string there, columns_of(database));
    WEFT_TRY(const std::string wanted, columns_of(model));
    if (there != wanted) {
        return fail(kInternalError,
                    "its tables are not those of version " + std::to_string(version) +
                        ", though it says so: a build between two versions wrote it. Let that "
                        "build serve it until it is empty, or name another folder in /store/path");
    }
    return {};
}

}  // namespace

Result<void> prepare_schema(Database& database) {
    WEFT_TRY(std::uint64_t version, version_of(database));
    if (auto right = check_tables(database, version); !right) {
        return right;
    }
    for (; version < kSchemaVersion; ++version) {
        const std::string sql = std::string{"BEGIN IMMEDIATE;"} + kSteps.at(version) +
                                "PRAGMA user_version = " + std::to_string(version + 1) + ";COMMIT";
        if (auto done = database.run(sql.c_str()); !done) {
            return done;
        }
    }
    return {};
}

Result<void> check_schema(Database& database) {
    WEFT_TRY(const std::uint64_t version, version_of(database));
    if (version != kSchemaVersion) {
        return fail(kInternalError, "it has version " + std::to_string(version) +
                                        ", and this program reads version " +
                                        std::to_string(kSchemaVersion) +
                                        ": start a broker of this version on it once");
    }
    return check_tables(database, version);
}

}  // namespace weft::store
