#include "broker/store/snapshot.hpp"

#include "tests/unit/broker_store/opened.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace weft::store::test {
namespace {

constexpr std::size_t kBodyBytes = 20'000;

/// A store that is open, with small messages and large ones.
struct Living {
    Living() {
        done(segments.add_queue(kOrders, "orders", "settings"));
        for (MessageId id = 1; id <= 4; ++id) {
            done(segments.append(kOrders, id, {},
                                 as_bytes(std::string(id % 2 == 0 ? kBodyBytes : 10, 'x'))));
        }
        done(segments.commit());
        done(segments.remove(kOrders, 1, 10));
        done(segments.commit());
    }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
};

template <class T>
std::string words(const Result<T>& result) {
    return result ? "" : result.error().text;
}

}  // namespace

TEST_SUITE("store: copies") {
    TEST_CASE("a copy beside the store that is in use is a store") {
        Living living;
        const node::test::TemporaryFolder other;
        const std::string copy = other.path() + "/copy";
        const Verdict verdict = done(back_up(living.folder.path(), copy));
        CHECK(verdict.queues == 1);
        CHECK(verdict.messages == 3);
        CHECK(verdict.bytes == 2 * kBodyBytes + 10);
        CHECK(verdict.body_files == 1);
        CHECK(verdict.faults == 0);
        CHECK(words(back_up(living.folder.path(), copy)).find("is not empty") != std::string::npos);
        Segments again = opened(copy);
        CHECK(all_of(again).size() == 3);
        CHECK(done(again.inventory()).queues[0].settings == "settings");
    }

    TEST_CASE("it is as of one commit, whatever becomes of the store meanwhile") {
        Living living;
        Snapshot snapshot = done(Snapshot::take(living.folder.path()));
        for (const MessageId id : {2U, 4U}) {
            done(living.segments.remove(kOrders, id, kBodyBytes));
        }
        done(living.segments.append(kOrders, 5, {}, as_bytes("late")));
        done(living.segments.commit());
        CHECK(std::filesystem::is_empty(BodyFiles::folder_in(living.folder.path())));
        const node::test::TemporaryFolder other;
        done(snapshot.copy_to(other.path()));
        Segments again = opened(other.path());
        CHECK(all_of(again).size() == 3);
        CHECK(all_of(again)[0] == std::string(kBodyBytes, 'x'));
    }

    TEST_CASE("verify names what is damaged, and what was set aside") {
        Living living;
        const std::string folder = living.folder.path();
        const std::string body = BodyFiles::folder_in(folder) + "/1";
        SUBCASE("a body") {
            std::fstream file{body, std::ios::in | std::ios::out};
            file.seekp(kBodyBytes + 5);
            file.put('y');
            file.close();
            Verdict verdict = done(done(Snapshot::take(folder)).verify());
            CHECK(verdict.faults == 1);
            CHECK(verdict.messages == 2);
            CHECK(verdict.named ==
                  Bodies{"message 4 of queue 'orders': its checksum is wrong in body file 1"});
            done(living.segments.set_aside(kOrders, 4, kBodyBytes));
            done(living.segments.commit());
            verdict = done(done(Snapshot::take(folder)).verify());
            CHECK(verdict.faults == 0);
            REQUIRE(verdict.set_aside.size() == 1);
            CHECK(verdict.set_aside[0].queue == "orders");
            CHECK(verdict.set_aside[0].message == 4);
            CHECK(verdict.set_aside[0].bytes == kBodyBytes);
        }
        SUBCASE("a file that is missing") {
            std::filesystem::remove(body);
            const Verdict verdict = done(done(Snapshot::take(folder)).verify());
            CHECK(verdict.faults == 2);
            CHECK(verdict.named[0] == "message 2 of queue 'orders': its body file 1 is missing");
            const node::test::TemporaryFolder other;
            CHECK(words(back_up(folder, other.path())).find("body file 1 is missing") !=
                  std::string::npos);
            CHECK_FALSE(std::filesystem::exists(other.path() + "/store.db"));
        }
    }

    TEST_CASE("restore makes a store of a copy, and overwrites none") {
        Living living;
        const node::test::TemporaryFolder other;
        const std::string copy = other.path() + "/copy";
        done(back_up(living.folder.path(), copy));
        CHECK(words(restore(copy, living.folder.path())).find("is in use by another broker") !=
              std::string::npos);
        living.segments = {};
        CHECK(words(restore(copy, living.folder.path())).find("has a store already") !=
              std::string::npos);
        const std::string fresh = other.path() + "/fresh";
        CHECK(done(restore(copy, fresh)).messages == 3);
        Segments again = opened(fresh);
        CHECK(all_of(again).size() == 3);
        done(again.append(kOrders, 5, {}, as_bytes("new")));
        done(again.commit());
        again = {};
        std::ofstream{BodyFiles::folder_in(copy) + "/1"} << "short";
        CHECK(words(restore(copy, other.path() + "/third")).find("has 2 faults") !=
              std::string::npos);
    }

    TEST_CASE("a folder without a store, and one of another version") {
        const node::test::TemporaryFolder folder;
        CHECK(words(Snapshot::take(folder.path())) ==
              "there is no store in '" + folder.path() + "'");
        Living living;
        living.segments = {};
        done(done(Database::open(Segments::file_in(living.folder.path())))
                 .run("PRAGMA user_version = 99"));
        CHECK(words(Snapshot::take(living.folder.path())).find("it has version 99") !=
              std::string::npos);
    }
}

}  // namespace weft::store::test
