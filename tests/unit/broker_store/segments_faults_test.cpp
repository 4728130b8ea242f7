#include "tests/unit/broker_store/opened.hpp"

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
        done(segments.append(kOrders, id, queue::kForever, as_bytes("the body of a message")));
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
            CHECK(refusal(path) == "the store in '" + path +
                                       "' is in use by another broker: stop that one, or name "
                                       "another folder in /store/path");
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
        SUBCASE("another version") {
            make_store(folder.path());
            done(done(Database::open(file)).run("PRAGMA user_version = 2"));
            CHECK(has(refusal(folder.path()), "it has version 2, and this broker reads version 1"));
        }
        CHECK(has(refusal(folder.path()), "the store '" + file + "': "));
    }

    TEST_CASE("a damaged message is an error, and no message") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        done(done(Database::open(Segments::file_in(folder.path())))
                 .run("UPDATE segment SET body = replace(body, 'message', 'massage')"));
        Segments segments = opened(folder.path());
        const auto read =
            segments.read(kOrders, {.from = 2, .through = 3, .messages = 9, .bytes = 999});
        REQUIRE_FALSE(read);
        CHECK(has(read.error().text, "message 2 is damaged"));
    }

    TEST_CASE("a segment that can't be") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        done(done(Database::open(Segments::file_in(folder.path())))
                 .run("UPDATE segment SET count = 1000"));
        CHECK(has(refusal(folder.path()), "segment 1 is damaged"));
    }

    TEST_CASE("a full disk is an error of its own; what was committed is there") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        std::size_t committed = 3;
        {
            Segments segments = opened(folder.path(), 256 * 1024);
            const std::string body(10'000, 'x');
            for (;;) {
                Result<void> added =
                    segments.append(kOrders, committed + 1, queue::kForever, as_bytes(body));
                if (added) {
                    added = segments.commit();
                }
                if (!added) {
                    CHECK(added.error().condition == "amqp:resource-limit-exceeded");
                    CHECK(has(added.error().text, "make room on the disk"));
                    break;
                }
                ++committed;
                REQUIRE(committed < 100);
            }
        }
        Segments segments = opened(folder.path());
        CHECK(all_of(segments).size() == committed);
    }

    TEST_CASE("a store that may only be read") {
        const node::test::TemporaryFolder folder;
        make_store(folder.path());
        Segments segments = opened(folder.path());
        Database reader = done(Database::open(Segments::file_in(folder.path())));
        done(reader.run("PRAGMA query_only = ON"));
        const auto written = reader.run("DELETE FROM segment");
        REQUIRE_FALSE(written);
        CHECK(has(written.error().text, "the broker must be able to write its store"));
    }
}

}  // namespace weft::store::test
