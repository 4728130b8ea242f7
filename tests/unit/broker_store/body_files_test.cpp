#include "broker/store/body_files.hpp"

#include "tests/unit/broker_store/fault_disk.hpp"
#include "tests/unit/broker_store/opened.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace weft::store::test {
namespace {

constexpr std::size_t kLarge = 600'000;

/// A store of large messages.
struct Archive {
    Archive() { done(segments.add_queue(kOrders, "orders", "")); }
    void append(std::size_t size, char letter) {
        done(segments.append(kOrders, ++last, {}, as_bytes(std::string(size, letter))));
    }
    void reopen() {
        segments = {};
        segments = opened(folder.path());
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& file :
             std::filesystem::directory_iterator{BodyFiles::folder_in(folder.path())}) {
            names.insert(file.path().filename());
        }
        return names;
    }
    std::string path(const std::string& name) const {
        return BodyFiles::folder_in(folder.path()) + "/" + name;
    }
    Reading all() {
        return done(segments.read(
            kOrders, {.from = 1, .through = 1'000'000, .messages = 1'000'000, .bytes = 1 << 30}));
    }
    std::string letters() {
        std::string first;
        for (const queue::Record& record : all().records) {
            first.push_back(record.damaged ? '!' : static_cast<char>(record.payload->front()));
        }
        return first;
    }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
    MessageId last = 0;
};

}  // namespace

TEST_SUITE("store: bodies") {
    TEST_CASE("large bodies stand in a file, small ones in their segment") {
        Archive archive;
        archive.append(BodyFiles::kInsideMax, 'a');
        done(archive.segments.commit());
        CHECK(archive.files().empty());
        archive.append(BodyFiles::kInsideMax + 1, 'b');
        archive.append(100, 'c');
        archive.append(kLarge, 'd');
        CHECK(archive.letters() == "abcd");  // before it is durable, too
        done(archive.segments.commit());
        CHECK(archive.files() == std::set<std::string>{"1"});
        CHECK(std::filesystem::file_size(archive.path("1")) == BodyFiles::kInsideMax + 1 + kLarge);
        archive.reopen();
        CHECK(archive.letters() == "abcd");
        CHECK(archive.all().records[3].size == kLarge);
        CHECK(done(archive.segments.inventory()).queues[0].stored.bytes ==
              2 * BodyFiles::kInsideMax + 1 + 100 + kLarge);
    }

    TEST_CASE("what one read gives is bounded by the size of bodies, not of their places") {
        Archive archive;
        for (char letter : {'a', 'b', 'c', 'd'}) {
            archive.append(kLarge, letter);
        }
        const Reading reading = done(archive.segments.read(
            kOrders, {.from = 1, .through = 4, .messages = 100, .bytes = 2 * kLarge}));
        CHECK(reading.records.size() == 2);
        CHECK(reading.through == 2);
    }

    TEST_CASE("a file goes with its last message") {
        Archive archive;
        archive.append(kLarge, 'a');
        archive.append(kLarge, 'b');
        done(archive.segments.commit());
        done(archive.segments.remove(kOrders, 1, kLarge));
        done(archive.segments.commit());
        CHECK(archive.files().size() == 1);
        archive.reopen();
        done(archive.segments.remove(kOrders, 2, kLarge));
        CHECK(archive.files().size() == 1);
        done(archive.segments.commit());
        CHECK(archive.files().empty());
        CHECK(done(archive.segments.use()).body_bytes == 0);
        archive.append(kLarge, 'c');
        done(archive.segments.commit());
        CHECK(archive.letters() == "c");
    }

    TEST_CASE("a queue that goes takes its bodies along") {
        Archive archive;
        archive.append(kLarge, 'a');
        done(archive.segments.commit());
        CHECK(done(archive.segments.drop(kOrders)));
        done(archive.segments.commit());
        CHECK(archive.files().empty());
    }

    TEST_CASE("the body of a message that moves stays where it is") {
        Archive archive;
        done(archive.segments.add_queue(kDead, "dead", ""));
        for (char letter : {'a', 'b', 'c'}) {
            archive.append(kLarge, letter);
        }
        done(archive.segments.commit());
        done(archive.segments.move(kOrders, 1, kDead, 1, 77));
        done(archive.segments.move(kOrders, 2, kDead, 2, 77));
        done(archive.segments.commit());
        CHECK(std::filesystem::file_size(archive.path("1")) == 3 * kLarge);
        CHECK(archive.letters() == "c");
        archive.reopen();
        CHECK(all_of(archive.segments, kDead) ==
              Bodies{std::string(kLarge, 'a'), std::string(kLarge, 'b')});
        const auto queues = done(archive.segments.inventory()).queues;
        CHECK(queues[0].stored.bytes == kLarge);
        CHECK(queues[1].stored.bytes == 2 * kLarge);
        CHECK(done(archive.segments.drop(kOrders)));  // where it was before has no part in it
        done(archive.segments.remove(kDead, 1, kLarge));
        done(archive.segments.commit());
        CHECK(archive.files().size() == 1);
        CHECK(all_of(archive.segments, kDead) == Bodies{std::string(kLarge, 'b')});
        done(archive.segments.remove(kDead, 2, kLarge));
        done(archive.segments.commit());
        CHECK(archive.files().empty());
    }

    TEST_CASE("what emptying a body file moves at once stays bounded where messages have moved") {
        Archive archive;
        done(archive.segments.add_queue(kDead, "dead", ""));
        for (MessageId id = 1; id <= 4; ++id) {
            archive.append(kLarge, 'a');
            done(archive.segments.commit());
            done(archive.segments.move(kOrders, id, kDead, id, 77));
        }
        done(archive.segments.commit());
        Database reader = done(Database::open(Segments::file_in(archive.folder.path())));
        CHECK(done(reader.number("SELECT max(live_bytes) FROM segment")) <= kSegmentPayload);
        CHECK(done(reader.number("SELECT sum(live_bytes) FROM segment")) == 4 * kLarge);
    }

    TEST_CASE("of several that move each keeps its file, and what is damaged is so there") {
        Archive archive;
        done(archive.segments.add_queue(kDead, "dead", ""));
        archive.append(BodyFiles::kFileBytes, 'a');  // it takes no more
        done(archive.segments.commit());
        archive.append(kLarge, 'b');
        archive.append(kLarge, 'c');
        done(archive.segments.commit());
        CHECK(archive.files().size() == 2);
        std::fstream file{archive.path("2"), std::ios::in | std::ios::out};
        file.put('x');
        file.close();
        for (MessageId id = 1; id <= 3; ++id) {
            done(archive.segments.move(kOrders, id, kDead, id, 77));
        }
        done(archive.segments.commit());
        archive.reopen();
        CHECK(archive.files().size() == 2);
        const auto first_of = [&](MessageId id) {
            const Reading reading =
                done(archive.segments.read(kDead, {.from = id, .through = id, .messages = 1}));
            const queue::Record& record = reading.records.at(0);
            return record.damaged ? '!' : static_cast<char>(record.payload->front());
        };
        CHECK(first_of(1) == 'a');
        CHECK(first_of(2) == '!');
        CHECK(first_of(3) == 'c');
    }

    TEST_CASE("what was written and never committed goes when the store is opened") {
        Archive archive;
        archive.append(kLarge, 'a');
        done(archive.segments.commit());
        archive.append(kLarge, 'b');  // not committed
        std::ofstream{archive.path("7")} << "nobody's";
        std::ofstream{archive.path("notes.txt")} << "somebody's";
        archive.reopen();
        CHECK(archive.files() == std::set<std::string>{"1", "notes.txt"});
        CHECK(std::filesystem::file_size(archive.path("1")) == kLarge);
        CHECK(archive.letters() == "a");
    }

    TEST_CASE("a body that is damaged, cut or gone is told as damaged, and the others are there") {
        Archive archive;
        for (char letter : {'a', 'b', 'c'}) {
            archive.append(kLarge, letter);
        }
        done(archive.segments.commit());
        SUBCASE("damaged") {
            std::fstream file{archive.path("1"), std::ios::in | std::ios::out};
            file.seekp(kLarge + 10);
            file.put('x');
            file.close();
            CHECK(archive.letters() == "a!c");
            done(archive.segments.set_aside(kOrders, 2, kLarge));
            done(archive.segments.commit());
            CHECK(archive.letters() == "ac");
        }
        SUBCASE("cut") {
            std::filesystem::resize_file(archive.path("1"), 3 * kLarge - 1);
            CHECK(archive.letters() == "ab!");
        }
        SUBCASE("gone") {
            archive.segments = {};
            std::filesystem::remove(archive.path("1"));
            archive.segments = opened(archive.folder.path());
            CHECK(archive.letters() == "!!!");
            done(archive.segments.set_aside(kOrders, 1, kLarge));
            done(archive.segments.commit());
            CHECK(archive.letters() == "!!");
        }
    }

    TEST_CASE("a message whose place is damaged takes none of its file's others along") {
        Archive archive;
        archive.append(kLarge / 2, 'a');  // in one segment
        archive.append(kLarge / 2, 'b');
        done(archive.segments.commit());
        archive.segments = {};
        done(done(Database::open(Segments::file_in(archive.folder.path())))
                 .run("UPDATE body SET messages = substr(messages, 1, 25) ||"
                      " x'0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f' ||"
                      " substr(messages, 50)"));
        archive.segments = opened(archive.folder.path());
        CHECK(archive.letters().substr(1) == "b");
        const Reading reading = archive.all();
        REQUIRE(reading.records[0].damaged);
        CHECK(reading.records[0].size > 2 * kLarge);  // what it says
        done(archive.segments.set_aside(kOrders, 1, reading.records[0].size));
        done(archive.segments.commit());
        CHECK(archive.files() == std::set<std::string>{"1"});
        archive.reopen();
        CHECK(archive.letters() == "b");
    }

    TEST_CASE("a file that is mostly dead is emptied, a bounded part with each commit") {
        Archive archive;
        const auto parts = static_cast<MessageId>(BodyFiles::kFileBytes / kLarge + 1);
        for (MessageId i = 0; i < parts; ++i) {
            archive.append(kLarge, 'a');
            done(archive.segments.commit());
        }
        archive.append(kLarge, 'z');  // to the next file
        done(archive.segments.commit());
        CHECK(archive.files() == std::set<std::string>{"1", "2"});
        CHECK_FALSE(archive.segments.wants_compaction());
        const MessageId kept = parts / 5;
        for (MessageId id = 1; id <= parts - kept; ++id) {
            done(archive.segments.remove(kOrders, id, kLarge));
        }
        done(archive.segments.commit());
        int commits = 0;
        for (; archive.segments.wants_compaction(); ++commits) {
            REQUIRE(commits < 100);
            const std::uint64_t before = done(archive.segments.use()).body_bytes;
            done(archive.segments.compact());
            CHECK(done(archive.segments.use()).body_bytes <=
                  before + Segments::kCompactedBytes + kLarge);
            if (commits == 3) {  // killed meanwhile
                archive.reopen();
                continue;
            }
            done(archive.segments.commit());
        }
        CHECK(commits > 5);
        CHECK(archive.files() == std::set<std::string>{"2"});
        CHECK(archive.letters() == std::string(kept, 'a') + "z");
        CHECK(done(archive.segments.use()).body_bytes == (kept + 1) * kLarge);
        archive.reopen();
        CHECK(archive.letters() == std::string(kept, 'a') + "z");
    }

    TEST_CASE("bodies are flushed before the commit that refers to them") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        {
            Segments segments = opened(folder.path());
            done(segments.add_queue(kOrders, "orders", ""));
            done(segments.commit());
            done(segments.append(kOrders, 1, {}, as_bytes(std::string(kLarge, 'a'))));
            const std::size_t before = disk.calls(DiskCall::sync);
            done(segments.commit());
            CHECK(disk.calls(DiskCall::sync) == before + 2);
            disk.cut_power();
        }
        disk.restore(Left::nothing, 0);
        Segments segments = opened(folder.path());
        CHECK(all_of(segments).size() == 1);
        CHECK(all_of(segments)[0] == std::string(kLarge, 'a'));
    }
}

}  // namespace weft::store::test
