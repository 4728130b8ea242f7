#include "common/base/conditions.hpp"
#include "mqtt-gateway/store/tables.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <utility>

namespace weft::mqtt_store {
namespace {

constexpr std::uint64_t kApplication = 0x5765664d;  // "WefM"

constexpr const char* kSchema = R"(
    BEGIN;
    CREATE TABLE session(
        id INTEGER PRIMARY KEY,
        client TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL,
        expiry_seconds INTEGER NOT NULL,
        expires INTEGER NOT NULL,        -- milliseconds since 1970
        will BLOB NOT NULL,              -- empty: none
        will_delay INTEGER NOT NULL,
        will_due INTEGER NOT NULL);
    CREATE TABLE subscription(
        session INTEGER NOT NULL,
        filter TEXT NOT NULL,
        identifier INTEGER NOT NULL,
        options INTEGER NOT NULL,        -- bits: 0-1 QoS, 2 no local, 3 as published, 4-5 handling,
                                         -- 6 retained messages are due
        PRIMARY KEY(session, filter)) WITHOUT ROWID;
    CREATE TABLE incoming(
        session INTEGER NOT NULL,
        packet INTEGER NOT NULL,
        PRIMARY KEY(session, packet)) WITHOUT ROWID;
    CREATE TABLE entry(
        session INTEGER NOT NULL,
        number INTEGER NOT NULL,
        stage INTEGER NOT NULL,
        packet INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        size INTEGER NOT NULL,
        message BLOB NOT NULL,
        PRIMARY KEY(session, number)) WITHOUT ROWID;
    CREATE INDEX entry_expires ON entry(expires) WHERE expires < 9223372036854775807 AND stage = 0;
    CREATE TABLE retained(
        topic TEXT PRIMARY KEY,
        message BLOB NOT NULL) WITHOUT ROWID;
    PRAGMA application_id = 1466263117;
    PRAGMA user_version = 1;
    COMMIT;
)";

/// What version 2 has besides.
constexpr const char* kSecondSchema = R"(
    BEGIN;
    CREATE TABLE fired_will(
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL,
        message BLOB NOT NULL);
    PRAGMA user_version = 2;
    COMMIT;
)";

/// And version 3. A session that was there has a birth from now on.
constexpr const char* kThirdSchema = R"(
    BEGIN;
    ALTER TABLE session ADD COLUMN birth INTEGER NOT NULL DEFAULT 0;
    UPDATE session SET birth = random();
    PRAGMA user_version = 3;
    COMMIT;
)";

/// And version 4. Publishes are counted in another way: what was sent before has names of another
/// birth.
constexpr const char* kFourthSchema = R"(
    BEGIN;
    ALTER TABLE session ADD COLUMN serial_base INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE incoming ADD COLUMN serial INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE incoming ADD COLUMN taken INTEGER NOT NULL DEFAULT 1;
    UPDATE session SET birth = random();
    PRAGMA user_version = 4;
    COMMIT;
)";

/// And version 5.
constexpr const char* kFifthSchema = R"(
    BEGIN;
    CREATE TABLE seen(
        number INTEGER PRIMARY KEY,
        key BLOB NOT NULL);
    PRAGMA user_version = 5;
    COMMIT;
)";

/// And version 6. Of a message that the device has only the identifier is kept. Identifiers
/// followed from numbers in another way: what may have been sent keeps the one that it had.
constexpr const char* kSixthSchema = R"(
    BEGIN;
    CREATE TABLE outgoing(
        session INTEGER NOT NULL,
        packet INTEGER NOT NULL,
        PRIMARY KEY(session, packet)) WITHOUT ROWID;
    INSERT OR IGNORE INTO outgoing SELECT session, packet FROM entry WHERE stage = 2;
    DELETE FROM entry WHERE stage = 2;
    UPDATE entry SET packet = (number - 1) % 65535 + 1 WHERE stage = 0;
    ALTER TABLE session ADD COLUMN last_swept INTEGER NOT NULL DEFAULT 0;
    DROP INDEX entry_expires;
    ALTER TABLE entry DROP COLUMN stage;
    CREATE INDEX entry_expires ON entry(expires) WHERE expires < 9223372036854775807;
    PRAGMA user_version = 6;
    COMMIT;
)";

/// And version 7. A large message that stands in several queues is there once: F3.
constexpr const char* kSeventhSchema = R"(
    BEGIN;
    CREATE TABLE body(
        id INTEGER PRIMARY KEY,
        message BLOB NOT NULL);
    ALTER TABLE entry ADD COLUMN body INTEGER NOT NULL DEFAULT 0;  -- 0: the message is in the entry
    CREATE INDEX entry_body ON entry(body) WHERE body <> 0;
    CREATE TRIGGER entry_gone AFTER DELETE ON entry WHEN old.body <> 0 BEGIN
        DELETE FROM body WHERE id = old.body
            AND NOT EXISTS (SELECT 1 FROM entry WHERE body <> 0 AND body = old.body);
    END;
    PRAGMA user_version = 7;
    COMMIT;
)";

/// From version 1 on, each to the next one.
constexpr const char* kSteps[] = {kSecondSchema, kThirdSchema, kFourthSchema,
                                  kFifthSchema,  kSixthSchema, kSeventhSchema};
static_assert(std::size(kSteps) + 1 == Tables::kVersion);

Error in_store_file(const std::string& file, Error error) {
    error.text = "the store '" + file + "': " + error.text;
    return error;
}

tl::unexpected<Error> damaged(const std::string& what) {
    return fail(kInternalError, what + " is damaged: put a backup in its place");
}

SharedMessage read_message(Bytes encoded) {
    auto message = mqtt_mapping::KeptMessage::read({encoded.begin(), encoded.end()});
    return message ? std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(message))
                   : nullptr;
}

StoredSubscription read_subscription(const sqlite::Statement& row) {
    const std::uint64_t options = row.number(3);
    return {.filter = std::string{row.text(1)},
            .identifier = static_cast<std::uint32_t>(row.number(2)),
            .qos = static_cast<mqtt::Qos>(options & 3),
            .no_local = (options & 4) != 0,
            .retain_as_published = (options & 8) != 0,
            .retain_handling = static_cast<mqtt::RetainHandling>((options >> 4) & 3),
            .retained_due = (options & 64) != 0};
}

}  // namespace

Result<Tables> Tables::open(const TablesOptions& options) {
    Tables tables;
    WEFT_TRY(tables.lock_, sqlite::FolderLock::take(options.folder, "gateway"));
    const std::string file = file_in(options.folder);
    const auto opened = [&]() -> Result<void> {
        WEFT_TRY(tables.database_, sqlite::Database::open(file));
        if (auto done = tables.prepare_file(options.bytes_max); !done) {
            return done;
        }
        return tables.prepare_statements();
    }();
    if (!opened) {
        return tl::unexpected(in_store_file(file, opened.error()));
    }
    return tables;
}

Result<void> Tables::prepare_file(std::uint64_t bytes_max) {
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
    return database_.run(
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -8192;"
        "PRAGMA temp_store = MEMORY");
}

Result<void> Tables::check_version() {
    WEFT_TRY(const std::uint64_t tables, database_.number("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) {
        if (auto done = database_.run(kSchema); !done) {
            return done;
        }
    }
    WEFT_TRY(const std::uint64_t application, database_.number("PRAGMA application_id"));
    WEFT_TRY(std::uint64_t version, database_.number("PRAGMA user_version"));
    if (application != kApplication) {
        return fail(kInternalError,
                    "this is no gateway's store: name another folder in /store/path");
    }
    for (; version >= 1 && version < kVersion; ++version) {
        if (auto done = database_.run(kSteps[version - 1]); !done) {
            return done;
        }
    }
    if (version != kVersion) {
        return fail(kInternalError, "it has version " + std::to_string(version) +
                                        ", and this gateway reads versions up to " +
                                        std::to_string(kVersion) +
                                        ": start the gateway that wrote it");
    }
    return {};
}

Result<void> Tables::prepare_statements() {
    const std::pair<sqlite::Statement*, std::string_view> all[] = {
        {&put_session_,
         "INSERT INTO session(id, client, epoch, expiry_seconds, expires, will, will_delay,"
         " will_due, birth, serial_base) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
         " ON CONFLICT(id) DO UPDATE SET"
         " client = excluded.client, epoch = excluded.epoch,"
         " expiry_seconds = excluded.expiry_seconds, expires = excluded.expires,"
         " will = excluded.will, will_delay = excluded.will_delay, will_due = excluded.will_due,"
         " birth = excluded.birth, serial_base = excluded.serial_base"},
        {&drop_session_, "DELETE FROM session WHERE id = ?"},
        {&drop_subscriptions_, "DELETE FROM subscription WHERE session = ?"},
        {&drop_incoming_, "DELETE FROM incoming WHERE session = ?"},
        {&put_outgoing_, "INSERT OR IGNORE INTO outgoing(session, packet) VALUES(?, ?)"},
        {&remove_outgoing_, "DELETE FROM outgoing WHERE session = ? AND packet = ?"},
        {&drop_outgoing_, "DELETE FROM outgoing WHERE session = ?"},
        {&drop_entries_, "DELETE FROM entry WHERE session = ?"},
        {&put_subscription_,
         "INSERT OR REPLACE INTO subscription(session, filter, identifier, options)"
         " VALUES(?, ?, ?, ?)"},
        {&remove_subscription_, "DELETE FROM subscription WHERE session = ? AND filter = ?"},
        {&put_incoming_,
         "INSERT OR REPLACE INTO incoming(session, packet, serial, taken) VALUES(?, ?, ?, ?)"},
        {&pin_incoming_,
         "INSERT OR IGNORE INTO incoming(session, packet, serial, taken) VALUES(?, ?, ?, 0)"},
        {&drop_free_, "DELETE FROM incoming WHERE session = ? AND taken = 0"},
        {&set_base_, "UPDATE session SET serial_base = ?2 WHERE id = ?1"},
        {&put_body_, "INSERT OR IGNORE INTO body(id, message) VALUES(?, ?)"},
        {&add_entry_,
         "INSERT INTO entry(session, number, packet, expires, size, message, body)"
         " VALUES(?, ?, 0, ?, ?, ?, ?)"},
        {&remove_entry_, "DELETE FROM entry WHERE session = ? AND number = ? RETURNING size"},
        {&read_queue_,
         "SELECT number, packet, CASE body WHEN 0 THEN message ELSE"
         " (SELECT shared.message FROM body AS shared WHERE shared.id = entry.body) END FROM entry"
         " WHERE session = ? AND number > ? ORDER BY number LIMIT ?"},
        {&sweep_,
         "DELETE FROM entry WHERE (session, number) IN"
         " (SELECT session, number FROM entry INDEXED BY entry_expires"
         "  WHERE expires < 9223372036854775807 AND expires <= ?"
         "  ORDER BY expires LIMIT ?) RETURNING session, size, number"},
        {&note_swept_, "UPDATE session SET last_swept = max(last_swept, ?2) WHERE id = ?1"},
        {&put_retained_, "INSERT OR REPLACE INTO retained(topic, message) VALUES(?, ?)"},
        {&remove_retained_, "DELETE FROM retained WHERE topic = ?"},
        {&put_will_, "INSERT INTO fired_will(id, message_id, message) VALUES(?, ?, ?)"},
        {&remove_will_, "DELETE FROM fired_will WHERE id = ?"},
        {&put_seen_, "INSERT INTO seen(number, key) VALUES(?, ?)"},
        {&forget_seen_, "DELETE FROM seen WHERE number <= ?"},
        {&count_pages_, "PRAGMA page_count"},
        {&count_free_pages_, "PRAGMA freelist_count"},
    };
    for (const auto& [statement, text] : all) {
        WEFT_TRY(*statement, database_.prepare(text));
    }
    return {};
}

// --- what was there --------------------------------------------------------------------------

Result<Known> Tables::load() {
    Known known;
    if (auto done = load_sessions(known); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = load_parts(known); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = load_retained(known); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = load_wills(known); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = load_seen(known); !done) {
        return tl::unexpected(done.error());
    }
    WEFT_TRY(const std::uint64_t last_body,
             database_.number("SELECT coalesce(max(id), 0) FROM body"));
    known.last_body = BodyNumber{last_body};
    return known;
}

Result<void> Tables::load_sessions(Known& known) {
    WEFT_TRY(sqlite::Statement rows,
             database_.prepare("SELECT id, client, epoch, expiry_seconds, expires, will,"
                               " will_delay, will_due, birth, serial_base, last_swept FROM session"
                               " ORDER BY id"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        KnownSession session{.number = SessionNumber{rows.number(0)},
                             .row = {.client_id = std::string{rows.text(1)},
                                     .birth = rows.number(8),
                                     .epoch = rows.number(2),
                                     .expiry_seconds = static_cast<std::uint32_t>(rows.number(3)),
                                     .expires = static_cast<WallTime>(rows.number(4)),
                                     .serial_base = rows.number(9)},
                             .last = rows.number(10)};
        if (const Bytes will = rows.bytes(5); !will.empty()) {
            session.row.will =
                StoredWill{.message = read_message(will),
                           .delay_seconds = static_cast<std::uint32_t>(rows.number(6)),
                           .due = static_cast<WallTime>(rows.number(7))};
            if (session.row.will->message == nullptr) {
                return damaged("the will of session " + std::to_string(rows.number(0)));
            }
        }
        known.sessions.push_back(std::move(session));
    }
}

Result<void> Tables::load_parts(Known& known) {
    std::unordered_map<std::uint64_t, KnownSession*> sessions;
    for (KnownSession& session : known.sessions) {
        sessions.emplace(static_cast<std::uint64_t>(session.number), &session);
    }
    const auto each = [&](std::string_view sql, auto&& take) -> Result<void> {
        WEFT_TRY(sqlite::Statement rows, database_.prepare(sql));
        for (;;) {
            WEFT_TRY(const bool row, rows.step());
            if (!row) {
                return {};
            }
            const auto session = sessions.find(rows.number(0));
            if (session == sessions.end()) {  // F1
                return damaged("what belongs to session " + std::to_string(rows.number(0)));
            }
            take(*session->second, rows);
        }
    };
    auto done = each("SELECT session, filter, identifier, options FROM subscription",
                     [](KnownSession& session, const sqlite::Statement& row) {
                         session.subscriptions.push_back(read_subscription(row));
                     });
    if (!done) {
        return done;
    }
    done =
        each("SELECT session, packet, serial, taken FROM incoming",
             [](KnownSession& session, const sqlite::Statement& row) {
                 session.incoming.push_back({.packet = static_cast<mqtt::PacketId>(row.number(1)),
                                             .serial = row.number(2),
                                             .taken = row.number(3) != 0});
             });
    if (!done) {
        return done;
    }
    done = each("SELECT session, packet FROM outgoing",
                [](KnownSession& session, const sqlite::Statement& row) {
                    session.outgoing.push_back(static_cast<mqtt::PacketId>(row.number(1)));
                });
    if (!done) {
        return done;
    }
    return each("SELECT session, count(*), sum(size), max(number) FROM entry GROUP BY session",
                [](KnownSession& session, const sqlite::Statement& row) {
                    session.queued = {.messages = row.number(1), .bytes = row.number(2)};
                    session.last = std::max(session.last, row.number(3));
                });
}

Result<void> Tables::load_wills(Known& known) {
    WEFT_TRY(sqlite::Statement rows,
             database_.prepare("SELECT id, message_id, message FROM fired_will ORDER BY id"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        KnownWill known_will{.number = WillNumber{rows.number(0)},
                             .will = {.message_id = std::string{rows.text(1)},
                                      .message = read_message(rows.bytes(2))}};
        if (known_will.will.message == nullptr) {
            return damaged("the will " + known_will.will.message_id);
        }
        known.wills.push_back(std::move(known_will));
    }
}

Result<void> Tables::load_seen(Known& known) {
    WEFT_TRY(sqlite::Statement rows,
             database_.prepare("SELECT number, key FROM seen ORDER BY number"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        known.seen.push_back(
            {.number = rows.number(0), .key = std::string{as_text(rows.bytes(1))}});
    }
}

Result<void> Tables::load_retained(Known& known) {
    WEFT_TRY(sqlite::Statement rows, database_.prepare("SELECT topic, message FROM retained"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        SharedMessage message = read_message(rows.bytes(1));
        if (message == nullptr || message->publish().topic != rows.text(0)) {
            return damaged("the retained message of '" + std::string{rows.text(0)} + "'");
        }
        known.retained.push_back(std::move(message));
    }
}

}  // namespace weft::mqtt_store
