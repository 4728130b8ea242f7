#include "mqtt-gateway/store/tables.hpp"

#include "tests/unit/mqtt_store/kept.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace weft::mqtt_store {
namespace {

constexpr SessionNumber kOne{1};
constexpr SessionNumber kTwo{2};

Tables tables_in(const std::string& folder, std::uint64_t bytes_max = 0) {
    return done(Tables::open({.folder = folder, .bytes_max = bytes_max}));
}

std::string refusal_of(const std::string& folder) {
    const auto tables = Tables::open({.folder = folder});
    return tables ? "" : tables.error().text;
}

bool mentions(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

/// A store in which something was changed by hand.
void change(const std::string& folder, const char* sql) {
    auto database = done(sqlite::Database::open(Tables::file_in(folder)));
    done(database.run(sql));
}

/// A store of this version becomes what an older gateway would have made.
void make_older(const std::string& folder, std::uint64_t version) {
    static constexpr const char* kBack[]{
        "DROP TABLE fired_will",
        "ALTER TABLE session DROP COLUMN birth",
        "ALTER TABLE session DROP COLUMN serial_base;"
        "ALTER TABLE incoming DROP COLUMN serial; ALTER TABLE incoming DROP COLUMN taken",
        "DROP TABLE seen",
        "DROP TABLE outgoing; DROP INDEX entry_expires;"
        "ALTER TABLE session DROP COLUMN last_swept;"
        "ALTER TABLE entry ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX entry_expires ON entry(expires)"
        " WHERE expires < 9223372036854775807 AND stage = 0",
        "DROP TRIGGER entry_gone; DROP INDEX entry_body; DROP TABLE body;"
        "ALTER TABLE entry DROP COLUMN body"};
    static_assert(std::size(kBack) + 1 == Tables::kVersion);
    for (std::uint64_t now = Tables::kVersion; now > version; --now) {
        change(folder, kBack[now - 2]);
    }
    change(folder, ("PRAGMA user_version = " + std::to_string(version)).c_str());
}

}  // namespace

TEST_SUITE_BEGIN("mqtt tables");

TEST_CASE("all of a session is there when it is opened again") {
    const TemporaryFolder folder;
    const StoredSubscription all{.filter = "a/#",
                                 .identifier = 268'435'455,
                                 .qos = mqtt::Qos::exactly_once,
                                 .no_local = true,
                                 .retain_as_published = true,
                                 .retain_handling = mqtt::RetainHandling::none,
                                 .retained_due = true};
    const StoredSubscription plain{.filter = "$share/g/b"};
    {
        Tables tables = tables_in(folder.path());
        CHECK(done(tables.load()).sessions.empty());
        done(tables.put_session(kOne, {.client_id = "one", .epoch = 1}));
        done(tables.put_session(kOne, {.client_id = "one",
                                       .birth = 0xfedc'ba98'7654'3210,
                                       .epoch = 7,
                                       .expiry_seconds = 0xffff'ffff,
                                       .expires = 1'700'000'000'000,
                                       .will = StoredWill{.message = message("will", "gone"),
                                                          .delay_seconds = 30,
                                                          .due = 1'700'000'030'000},
                                       .serial_base = 9}));
        done(tables.put_session(kTwo, {.client_id = "two"}));
        done(tables.put_subscription(kOne, {.filter = "a/#"}));
        done(tables.put_subscription(kOne, all));
        done(tables.put_subscription(kOne, plain));
        done(tables.put_subscription(kOne, {.filter = "c"}));
        done(tables.remove_subscription(kOne, "c"));
        for (const mqtt::PacketId packet : std::vector<mqtt::PacketId>{3, 65'535, 3, 4}) {
            done(tables.put_incoming(kOne, {.packet = packet, .taken = true}));
        }
        done(tables.put_incoming(kOne, {.packet = 4, .serial = 1}));
        done(tables.add_entry(kOne, 1, *message("a", "1")));
        done(tables.add_entry(kOne, 2, *message("a", "2")));
        done(tables.put_retained(*message("r/1", "old")));
        done(tables.put_retained(*message("r/1", "kept")));
        done(tables.put_retained(*message("r/2")));
        done(tables.remove_retained("r/2"));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 2);
    const KnownSession& one = known.sessions[0];
    CHECK(one.number == kOne);
    CHECK(one.row.client_id == "one");
    CHECK(one.row.birth == 0xfedc'ba98'7654'3210);
    CHECK(one.row.epoch == 7);
    CHECK(one.row.expiry_seconds == 0xffff'ffff);
    CHECK(one.row.expires == 1'700'000'000'000);
    REQUIRE(one.row.will);
    CHECK(payload_of(one.row.will->message) == "gone");
    CHECK(one.row.will->delay_seconds == 30);
    CHECK(one.row.will->due == 1'700'000'030'000);
    CHECK(one.subscriptions == std::vector{plain, all});
    CHECK(one.incoming == std::vector<IncomingId>{{.packet = 3, .taken = true},
                                                  {.packet = 4, .serial = 1},
                                                  {.packet = 65'535, .taken = true}});
    CHECK(one.row.serial_base == 9);
    CHECK(one.queued == QueueSize{.messages = 2, .bytes = 2 * message("a")->size()});
    CHECK(one.last == 2);
    CHECK_FALSE(known.sessions[1].row.will);
    CHECK(known.sessions[1].row.expires == kForever);
    REQUIRE(known.retained.size() == 1);
    CHECK(payload_of(known.retained[0]) == "kept");
}

TEST_CASE("serials begin anew for identifiers that are free, and for no others") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        done(tables.put_session(kTwo, {.client_id = "two"}));
        done(tables.put_incoming(kOne, {.packet = 1, .serial = 4}));
        done(tables.put_incoming(kOne, {.packet = 2, .serial = 5, .taken = true}));
        done(tables.put_incoming(kTwo, {.packet = 1, .serial = 4}));
        const std::vector<IncomingId> under_way{{.packet = 2, .serial = 5},
                                                {.packet = 3, .serial = 0}};
        done(tables.set_serials(kOne, 6, under_way));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 2);
    CHECK(known.sessions[0].row.serial_base == 6);
    CHECK(known.sessions[0].incoming ==
          std::vector<IncomingId>{{.packet = 2, .serial = 5, .taken = true}, {.packet = 3}});
    CHECK(known.sessions[1].row.serial_base == 0);
    CHECK(known.sessions[1].incoming == std::vector<IncomingId>{{.packet = 1, .serial = 4}});
}

TEST_CASE("what was not committed is not there") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
    }
    Tables tables = tables_in(folder.path());
    CHECK(done(tables.load()).sessions.empty());
}

TEST_CASE("a session goes with all that it has, and nothing of others") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        for (const SessionNumber session : {kOne, kTwo}) {
            done(tables.put_session(session, {.client_id = session == kOne ? "one" : "two"}));
            done(tables.put_subscription(session, {.filter = "a"}));
            done(tables.put_incoming(session, {.packet = 1, .taken = true}));
            done(tables.add_entry(session, 1, *message("a")));
        }
        done(tables.drop_session(kOne));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 1);
    CHECK(known.sessions[0].row.client_id == "two");
    CHECK(known.sessions[0].queued.messages == 1);
}

TEST_CASE("a queue is read in parts, in order") {
    const TemporaryFolder folder;
    Tables tables = tables_in(folder.path());
    for (EntryNumber number = 1; number <= 5; ++number) {
        done(tables.add_entry(kOne, number, *message("a", std::to_string(number))));
    }
    const std::size_t size = message("a")->size();
    QueueReading reading = done(tables.read_queue(kOne, 0, 3));
    CHECK(payloads(reading) == Payloads{"1", "2", "3"});
    CHECK_FALSE(reading.complete);
    CHECK(reading.messages[2].number == 3);
    CHECK(reading.messages[2].packet == 0);
    CHECK(done(tables.remove_entry(kOne, 1)) == QueueSize{.messages = 1, .bytes = size});
    CHECK(done(tables.remove_entry(kOne, 4)) == QueueSize{.messages = 1, .bytes = size});
    CHECK(done(tables.remove_entry(kOne, 4)) == QueueSize{});
    reading = done(tables.read_queue(kOne, 3, 2));
    CHECK(payloads(reading) == Payloads{"5"});
    CHECK(reading.complete);
    CHECK(done(tables.read_queue(kTwo, 0, 10)).messages.empty());
}

TEST_CASE("a body is there as long as an entry has it") {
    const TemporaryFolder folder;
    const auto bodies = [&] {
        auto database = done(sqlite::Database::open(Tables::file_in(folder.path())));
        return done(database.number("SELECT count(*) FROM body"));
    };
    constexpr BodyNumber kBody{7};
    {
        Tables tables = tables_in(folder.path());
        for (const SessionNumber session : {kOne, kTwo}) {
            const std::string name{session == kOne ? "one" : "two"};
            done(tables.put_session(session, {.client_id = name}));
            done(tables.add_entry(session, 1, *message("a", "shared", 100), kBody));
            done(tables.add_entry(session, 2, *message("a", "own")));
            done(tables.add_entry(session, 3, *message("a", "shared", 100), kBody));
        }
        done(tables.commit());
        CHECK(bodies() == 1);
        CHECK(payloads(done(tables.read_queue(kTwo, 0, 10))) ==
              Payloads{"shared", "own", "shared"});
        CHECK(done(tables.remove_entry(kOne, 1)).bytes == message("a", "shared", 100)->size());
        done(tables.drop_session(kTwo));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    CHECK(done(tables.load()).last_body == kBody);
    CHECK(payloads(done(tables.read_queue(kOne, 0, 10))) == Payloads{"own", "shared"});
    std::vector<Freed> freed;
    done(tables.sweep(100, 10, freed));
    done(tables.commit());
    CHECK(freed.size() == 1);
    CHECK(bodies() == 0);
    // It is written again for one that comes later.
    done(tables.add_entry(kOne, 4, *message("a", "shared"), kBody));
    CHECK(payloads(done(tables.read_queue(kOne, 0, 10))) == Payloads{"own", "shared"});
}

TEST_CASE("a reading of large messages is short") {
    const TemporaryFolder folder;
    Tables tables = tables_in(folder.path());
    const std::string large(Tables::kReadBytesMax, 'x');
    for (EntryNumber number = 1; number <= 3; ++number) {
        done(tables.add_entry(kOne, number, *message("a", large)));
    }
    const QueueReading reading = done(tables.read_queue(kOne, 0, 10));
    CHECK(reading.messages.size() == 1);
    CHECK_FALSE(reading.complete);
}

TEST_CASE("what has expired goes, the oldest first") {
    const TemporaryFolder folder;
    Tables tables = tables_in(folder.path());
    done(tables.add_entry(kOne, 1, *message("a", "1", 300)));
    done(tables.add_entry(kOne, 2, *message("a", "2", 100)));
    done(tables.add_entry(kOne, 3, *message("a", "3", 100)));
    done(tables.add_entry(kTwo, 1, *message("a", "4", 200)));
    done(tables.add_entry(kTwo, 2, *message("a", "5")));
    std::vector<Freed> freed;
    done(tables.sweep(99, 10, freed));
    CHECK(freed.empty());
    done(tables.sweep(250, 1, freed));
    REQUIRE(freed.size() == 1);
    CHECK(freed[0].session == kOne);
    CHECK(freed[0].size == QueueSize{.messages = 1, .bytes = message("a")->size()});
    done(tables.sweep(1000, 10, freed));
    CHECK(freed.size() == 4);
    CHECK(done(tables.read_queue(kOne, 0, 10)).messages.empty());
    CHECK(payloads(done(tables.read_queue(kTwo, 0, 10))) == Payloads{"5"});
}

TEST_CASE("the number of a message that expired is not given again: its device may know it") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        done(tables.add_entry(kOne, 7, *message("a", "1", 100)));
        done(tables.add_entry(kOne, 8, *message("a", "2", 100)));
        std::vector<Freed> freed;
        done(tables.sweep(200, 10, freed));
        CHECK(freed.size() == 2);
        done(tables.put_session(kOne, {.client_id = "one", .epoch = 2}));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 1);
    CHECK(known.sessions[0].last == 8);
    CHECK(known.sessions[0].queued == QueueSize{});
}

TEST_CASE("one gateway has a folder") {
    const TemporaryFolder folder;
    const Tables tables = tables_in(folder.path());
    CHECK(mentions(refusal_of(folder.path()), "in use by another gateway"));
}

TEST_CASE("stores of others, and of later gateways, are refused") {
    const TemporaryFolder folder;
    static_cast<void>(tables_in(folder.path()));
    change(folder.path(), "PRAGMA user_version = 8");
    CHECK(mentions(refusal_of(folder.path()),
                   "it has version 8, and this gateway reads versions up to 7"));
    change(folder.path(), "PRAGMA user_version = 7; PRAGMA application_id = 1466263156");
    CHECK(mentions(refusal_of(folder.path()), "this is no gateway's store"));
    std::ofstream{Tables::file_in(folder.path()), std::ios::trunc} << std::string(8192, 'x');
    CHECK(mentions(refusal_of(folder.path()), "put a backup in its place"));
}

TEST_CASE("a store of version 1 is brought up to date, and keeps what it has") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        done(tables.put_session(kTwo, {.client_id = "two"}));
        done(tables.put_incoming(kOne, {.packet = 7, .taken = true}));
        done(tables.commit());
    }
    make_older(folder.path(), 1);
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 2);
    CHECK(known.sessions[0].row.client_id == "one");
    CHECK(known.sessions[0].row.birth != known.sessions[1].row.birth);
    CHECK(known.sessions[0].incoming == std::vector<IncomingId>{{.packet = 7, .taken = true}});
    done(tables.put_will(WillNumber{1}, {.message_id = "one/1/will", .message = message("w")}));
    done(tables.commit());
}

TEST_CASE("a store of version 4 is brought up to date: then it knows names") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one", .birth = 7}));
        done(tables.add_entry(kOne, 1, *message("a", "kept")));
        done(tables.commit());
    }
    make_older(folder.path(), 4);
    {
        Tables tables = tables_in(folder.path());
        const Known known = done(tables.load());
        REQUIRE(known.sessions.size() == 1);
        CHECK(known.sessions[0].row.birth == 7);
        CHECK(known.seen.empty());
        CHECK(payloads(done(tables.read_queue(kOne, 0, 10))) == Payloads{"kept"});
        done(tables.put_seen({.number = 1, .key = "name"}, 0));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    CHECK(done(tables.load()).seen == std::vector<SeenName>{{.number = 1, .key = "name"}});
}

TEST_CASE("a store of version 5 is brought up to date, with the identifiers that devices know") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        for (const EntryNumber number : {1U, 2U, 3U, 65'536U, 65'537U}) {
            done(tables.add_entry(kOne, number, *message("a", std::to_string(number))));
        }
        done(tables.commit());
    }
    make_older(folder.path(), 5);
    // The second was sent under an identifier of its own, the third is the device's.
    change(folder.path(),
           "UPDATE entry SET stage = 1, packet = 7 WHERE number = 2;"
           "UPDATE entry SET stage = 2, packet = 8, size = 0, message = x'' WHERE number = 3");
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 1);
    CHECK(known.sessions[0].outgoing == std::vector<mqtt::PacketId>{8});
    CHECK(known.sessions[0].queued.messages == 4);
    CHECK(known.sessions[0].last == 65'537);
    const QueueReading reading = done(tables.read_queue(kOne, 0, 10));
    CHECK(payloads(reading) == Payloads{"1", "2", "65536", "65537"});
    std::vector<mqtt::PacketId> packets;
    for (const QueuedMessage& each : reading.messages) {
        packets.push_back(each.packet);
    }
    CHECK(packets == std::vector<mqtt::PacketId>{1, 7, 1, 2});
}

TEST_CASE("an identifier is held in place of the message that the device has, until it is free") {
    const TemporaryFolder folder;
    const std::size_t size = message("a")->size();
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        done(tables.put_session(kTwo, {.client_id = "two"}));
        done(tables.add_entry(kOne, 1, *message("a")));
        CHECK(done(tables.put_outgoing(kOne, {.packet = 9, .held = true, .entry = 1})) ==
              QueueSize{.messages = 1, .bytes = size});
        CHECK(done(tables.put_outgoing(kOne, {.packet = 9, .held = true, .entry = 1})) ==
              QueueSize{});
        CHECK(done(tables.put_outgoing(kOne, {.packet = 5, .held = true})) == QueueSize{});
        CHECK(done(tables.put_outgoing(kOne, {.packet = 6, .held = true})) == QueueSize{});
        CHECK(done(tables.put_outgoing(kOne, {.packet = 6})) == QueueSize{});
        CHECK(done(tables.put_outgoing(kTwo, {.packet = 1, .held = true})) == QueueSize{});
        done(tables.drop_session(kTwo));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 1);
    CHECK(known.sessions[0].outgoing == std::vector<mqtt::PacketId>{5, 9});
    CHECK(known.sessions[0].queued == QueueSize{});
}

TEST_CASE("names of messages are there until they are forgotten, in their order") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        for (const std::uint64_t number : {1U, 2U, 5U}) {
            done(tables.put_seen({.number = number, .key = std::to_string(number)}, 0));
        }
        done(tables.put_seen({.number = 6, .key = std::string("6\0", 2)}, 2));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    CHECK(done(tables.load()).seen ==
          std::vector<SeenName>{{.number = 5, .key = "5"}, {.number = 6, .key = {"6\0", 2}}});
}

TEST_CASE("wills that were fired are there until they are removed") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        for (const std::uint64_t number : {1U, 2U, 3U}) {
            done(tables.put_will(WillNumber{number}, {.message_id = "d/" + std::to_string(number),
                                                      .message = message("w", "gone")}));
        }
        done(tables.remove_will(WillNumber{2}));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.wills.size() == 2);
    CHECK(known.wills[1].number == WillNumber{3});
    CHECK(known.wills[1].will.message_id == "d/3");
    CHECK(payload_of(known.wills[1].will.message) == "gone");
}

TEST_CASE("what a device has of its queue is known without reading it") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        for (const EntryNumber number : {1U, 2U, 3U, 4U, 5U}) {
            done(tables.add_entry(kOne, number, *message("a")));
        }
        done(tables.put_outgoing(kOne, {.packet = 8, .held = true, .entry = 2}));
        done(tables.commit());
    }
    Tables tables = tables_in(folder.path());
    const Known known = done(tables.load());
    REQUIRE(known.sessions.size() == 1);
    CHECK(known.sessions[0].queued.messages == 4);
    CHECK(known.sessions[0].last == 5);
}

TEST_CASE("what is damaged is said by name, and is no message") {
    const TemporaryFolder folder;
    {
        Tables tables = tables_in(folder.path());
        done(tables.put_session(kOne, {.client_id = "one"}));
        done(tables.add_entry(kOne, 1, *message("a")));
        done(tables.put_retained(*message("r")));
        done(tables.commit());
    }
    const auto load_error = [&] {
        Tables tables = tables_in(folder.path());
        const auto known = tables.load();
        return known ? "" : known.error().text;
    };
    change(folder.path(), "UPDATE entry SET message = x'00'");
    {
        Tables tables = tables_in(folder.path());
        const auto reading = tables.read_queue(kOne, 0, 10);
        REQUIRE_FALSE(reading);
        CHECK(mentions(reading.error().text, "message 1 of session 1 is damaged"));
    }
    CHECK(load_error() == "");
    change(folder.path(), "UPDATE retained SET topic = 'other'");
    CHECK(mentions(load_error(), "the retained message of 'other' is damaged"));
    change(folder.path(), "DELETE FROM retained; UPDATE session SET will = x'01'");
    CHECK(mentions(load_error(), "the will of session 1 is damaged"));
    change(folder.path(), "DELETE FROM session");
    CHECK(mentions(load_error(), "what belongs to session 1 is damaged"));
}

TEST_SUITE_END();

}  // namespace weft::mqtt_store
