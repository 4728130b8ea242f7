#include "broker/store/schema.hpp"
#include "tests/unit/broker_store/opened.hpp"
#include "tests/unit/broker_store/version_1.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace weft::store::test {
namespace {

void write_file(const std::string& path, const std::string& text) {
    std::ofstream{path} << text;
}

/// A store with a queue of some messages, closed.
void make_store(const std::string& folder) {
    Segments segments = opened(folder);
    done(segments.add_queue(kOrders, "orders", ""));
    for (MessageId id = 1; id <= 3; ++id) {
        done(segments.append(kOrders, id, {}, as_bytes("the body of a message")));
    }
    done(segments.commit());
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("segments: faults") {
    TEST_CASE("one broker at a time") {
        const node::test::TemporaryFolder folder;
        const std::string path = folder.path() + "/not/there/yet";
        {
            const Segments first = opened(path);
            const std::string text = refusal(path);
            CHECK(
                has(text, "the store in '" + path +
                              "' is in use by another broker: stop that one, or name another "
                              "folder in /store/path, or set /store/standby, and this one waits"));
            CHECK(has(text, "(process " + std::to_string(::getpid()) + " on "));
            CHECK(has(text, "epoch 1, has the store since 20"));
        }
        opened(path);
    }

    TEST_CASE("a folder that can't be made or written") {
        const node::test::TemporaryFolder folder;
        write_file(folder.path() + "/file", "");
        const std::string text = refusal(folder.path() + "/file/store");
        CHECK(has(text, "the store's folder '" + folder.path() + "/file/store' can't be made"));
    }

    TEST_CASE("a file that is no database, or not ours, or of another version") {
        const node::test::TemporaryFolder folder;
        const std::string file = Segments::file_in(folder.path());
        SUBCASE("no database") {
            write_file(file, std::string(20'000, 'x'));
            CHECK(has(refusal(folder.path()), "the store is damaged; put a backup in its place"));
        }
        SUBCASE("not ours") {
            done(done(Database::open(file)).run("CREATE TABLE theirs(a)"));
            CHECK(has(refusal(folder.path()), "this is no broker's store"));
        }
        SUBCASE("a newer version") {
            make_store(folder.path());
            done(done(Database::open(file)).run("PRAGMA user_version = 99"));
            CHECK(has(refusal(folder.path()),
                      "it has version 99, and this broker knows versions up to 4: start the broker "
                      "that wrote it, or a newer one"));
            CHECK(done(done(Database::open(file)).number("PRAGMA user_version")) == 99);
        }
        CHECK(has(refusal(folder.path()), "the store '" + file + "': "));
    }

    TEST_CASE("a store of version 1 is brought up to the present one, with all that is in it") {
        const node::test::TemporaryFolder folder;
        const std::string file = Segments::file_in(folder.path());
        make_version_1(file);
        {
            Segments segments = opened(folder.path());
            CHECK(all_of(segments) == Bodies{"old"});
            done(segments.append(kOrders, 2, {.priority = 7}, as_bytes("new")));
            done(segments.commit());
        }
        CHECK(done(done(Database::open(file)).number("PRAGMA user_version")) == kSchemaVersion);
        Segments segments = opened(folder.path());
        const Reading reading =
            done(segments.read(kOrders, {.from = 1, .through = 2, .messages = 9, .bytes = 99}));
        CHECK(bodies(reading) == Bodies{"old", "new"});
        CHECK(reading.records[0].priority == queue::kPriorityDefault);
        CHECK(reading.records[0].expires == 12345);
        CHECK(reading.records[1].priority == 7);
    }

    TEST_CASE("a store of version 2 knows of no deaths yet, and of those that come") {
        const node::test::TemporaryFolder folder;
        const std::string file = Segments::file_in(folder.path());
        make_store(folder.path());
        done(done(Database::open(file))
                 .run("DROP TABLE origin; DROP TABLE shared_body; PRAGMA user_version = 2"));
        const queue::Provenance late{.queue = "late", .reason = "expired"};
        const auto origins = [](Segments& segments) {
            Bodies names;
            for (const queue::Record& record :
                 done(
                     segments.read(kOrders, {.from = 1, .through = 9, .messages = 9, .bytes = 999}))
                     .records) {
                names.push_back(record.provenance ? record.provenance->queue : "");
            }
            return names;
        };
        {
            Segments segments = opened(folder.path());
            CHECK(origins(segments) == Bodies{"", "", ""});
            done(segments.append(kOrders, 4, {}, as_bytes("dead"), &late));
            done(segments.commit());
        }
        CHECK(done(done(Database::open(file)).number("PRAGMA user_version")) == kSchemaVersion);
        Segments segments = opened(folder.path());
        CHECK(origins(segments) == Bodies{"", "", "", "late"});
    }

    TEST_CASE("a store with other tables than its version has is refused untouched") {
        const node::test::TemporaryFolder folder;
        const std::string file = Segments::file_in(folder.path());
        make_store(folder.path());
        const auto changed = [&](const char* sql) { done(done(Database::open(file)).run(sql)); };
        std::uint64_t version = kSchemaVersion;
        SUBCASE("of the present one") {
            changed("ALTER TABLE segment DROP COLUMN priorities");
        }
        SUBCASE("of an older one") {
            version = 2;
            changed(
                "DROP TABLE origin; DROP TABLE shared_body; DROP TABLE name; CREATE TABLE "
                "body_segment(file, segment);"
                "PRAGMA user_version = 2");
        }
        const std::string text = refusal(folder.path());
        CHECK(has(text, "its tables are not those of version " + std::to_string(version) +
                            ", though it says so"));
        Database database = done(Database::open(file));
        CHECK(done(database.number("PRAGMA user_version")) == version);
        CHECK_FALSE(check_schema(database));
    }

    TEST_CASE("a damaged message is told as such; the others of its segment are not touched") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        // The second of three: 21 bytes of payload behind 25 of a head each.
        done(done(Database::open(Segments::file_in(folder.path())))
                 .run("UPDATE body SET messages = substr(messages, 1, 80) || x'00' ||"
                      " substr(messages, 82)"));
        Segments segments = opened(folder.path());
        done(segments.add_queue(kDead, "dead", ""));
        const auto read = [&](QueueNumber queue) {
            return done(
                segments.read(queue, {.from = 1, .through = 9, .messages = 9, .bytes = 999}));
        };
        const Reading reading = read(kOrders);
        REQUIRE(reading.records.size() == 3);
        CHECK_FALSE(reading.records[0].damaged);
        CHECK(reading.records[1].damaged);
        CHECK_FALSE(reading.records[2].damaged);
        SUBCASE("it is set aside, with what there is of it") {
            done(segments.set_aside(kOrders, 2, 21));
            done(segments.commit());
            CHECK(segments.damaged() == 1);
            CHECK(read(kOrders).records.size() == 2);
            segments = {};
            segments = opened(folder.path());
            CHECK(segments.damaged() == 1);
            CHECK(read(kOrders).records.size() == 2);
            Database reader = done(Database::open(Segments::file_in(folder.path())));
            CHECK(done(reader.number("SELECT count(*) FROM damaged WHERE queue = 1 AND message = 2"
                                     " AND length(body) = 21")) == 1);
        }
        SUBCASE("it does not become sound where it goes") {
            done(segments.move(kOrders, 2, kDead, 1, queue::kForever));
            done(segments.commit());
            REQUIRE(read(kDead).records.size() == 1);
            CHECK(read(kDead).records[0].damaged);
        }
        SUBCASE("nobody knows when it expires") {
            const auto swept = done(segments.sweep(
                kOrders, {.now = queue::kForever, .from = 1, .through = 3, .messages = 9}));
            REQUIRE(swept.expired.size() == 3);  // all are wanted
            CHECK_FALSE(swept.expired[0].damaged);
            CHECK(swept.expired[1].damaged);
            CHECK(done(segments.sweep(
                           kOrders,
                           {.now = queue::kForever - 1, .from = 1, .through = 3, .messages = 9}))
                      .expired.empty());
        }
        SUBCASE("nobody knows whether it is due: it is told beside those that are") {
            done(segments.append(kOrders, 4, {.due = 100}, as_bytes("later")));
            done(segments.append(kOrders, 5, {.due = 200}, as_bytes("much later")));
            done(segments.commit());
            segments = {};
            done(done(Database::open(Segments::file_in(folder.path())))
                     .run("UPDATE body SET messages = substr(messages, 1, 28) || x'00' ||"
                          " substr(messages, 30) WHERE id = (SELECT max(id) FROM body)"));
            segments = opened(folder.path());
            const auto ripened = done(segments.ripen(kOrders, {.now = 150, .messages = 9}));
            REQUIRE(ripened.ripe.size() == 1);
            CHECK(ripened.ripe[0].id == 4);
            CHECK(ripened.ripe[0].damaged);
            CHECK(ripened.next == 200);
        }
    }

    TEST_CASE("a size that can't be: what is behind it can't be found") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        done(done(Database::open(Segments::file_in(folder.path())))
                 .run("UPDATE body SET messages = substr(messages, 1, 46) || x'7f' ||"
                      " substr(messages, 48)"));
        Segments segments = opened(folder.path());
        const Reading reading =
            done(segments.read(kOrders, {.from = 1, .through = 9, .messages = 9, .bytes = 999}));
        REQUIRE(reading.records.size() == 3);
        CHECK_FALSE(reading.records[0].damaged);
        CHECK(reading.records[1].damaged);
        CHECK(reading.records[2].damaged);
    }

    TEST_CASE("what is asked of a queue that is gone ends in words") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        Segments segments = opened(folder.path());
        const auto words = [](const auto& result) {
            return result ? std::string{} : result.error().text;
        };
        const std::string text = "something is asked of queue 2, which is gone";
        CHECK(has(words(segments.move(kOrders, 1, kDead, 1, queue::kForever)), text));
        CHECK(has(words(segments.append(kDead, 1, {}, as_bytes("a"))), text));
        CHECK(has(words(segments.remove(kDead, 1, 1)), text));
        CHECK(has(words(segments.recount(kDead, 1, 1)), text));
        CHECK(has(words(segments.sweep(kDead, {})), text));
        CHECK(has(words(segments.ripen(kDead, {})), text));
        CHECK(has(words(segments.drop(kDead)), text));
    }

    TEST_CASE("a segment that can't be") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        done(done(Database::open(Segments::file_in(folder.path())))
                 .run("UPDATE segment SET count = 1000"));
        Segments segments = opened(folder.path());
        const std::string words =
            "the segment of message 1 of queue 1 is damaged: put a backup in its place";
        CHECK(has(segments.inventory().error().text, words));
        CHECK(has(segments.inventory().error().text, Segments::file_in(folder.path())));
        CHECK(has(segments.remove(kOrders, 2, 1).error().text, words));
    }

    TEST_CASE("a store that may only be read") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        Segments segments = opened(folder.path());
        Database reader = done(Database::open(Segments::file_in(folder.path())));
        done(reader.run("PRAGMA query_only = ON"));
        const auto written = reader.run("DELETE FROM segment");
        REQUIRE_FALSE(written);
        CHECK(has(written.error().text, "this program must be able to write its store"));
    }
}

}  // namespace weft::store::test
