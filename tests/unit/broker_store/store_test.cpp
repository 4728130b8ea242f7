#include "broker/store/store.hpp"

#include "tests/unit/broker_store/fault_disk.hpp"
#include "tests/unit/broker_store/opened.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <utility>

namespace weft::store::test {
namespace {

/// A store, and what it told.
struct Asker {
    explicit Asker(const std::string& folder, const Space::Options& space = {}) {
        auto opened = Store::open(
            loop, {.folder = folder, .space = space, .free_bytes = [this] { return free; }},
            {.stored = [this](QueueNumber queue, MessageId through) { durable[queue] = through; },
             .failed = [this](const Error& error) { failures.push_back(error.text); },
             .room = [this](Room room) { rooms.push_back(room); }});
        if (!opened) {
            FAIL(opened.error().text);
        }
        store = std::move(*opened);
        queues = store->take_queues();
    }
    void append(QueueNumber to, MessageId id, const std::string& body) {
        store->append(
            to, {.id = id, .payload = std::make_shared<const Buffer>(body.begin(), body.end())});
    }
    void settle() {
        bool idle = false;
        store->when_idle([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }
    Bodies read(QueueNumber from, const queue::Range& range) {
        Bodies all;
        store->read(from, range, [&](const Reading& reading) { all = bodies(reading); });
        settle();
        return all;
    }

    /// The writer's, while it is at work.
    std::uint64_t free = std::uint64_t{1} << 40;
    io::Loop loop;
    std::vector<Room> rooms;
    std::map<QueueNumber, MessageId> durable;
    std::vector<std::string> failures;
    std::unique_ptr<Store> store;
    std::vector<KnownQueue> queues;
};

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr queue::Range kAll{.from = 1, .through = 100'000, .messages = 100'000, .bytes = 1 << 30};

/// Appends for ever, and says on `out` what is durable.
[[noreturn]] void append_until_killed(const std::string& folder, int out) {
    Asker asker{folder};
    const QueueNumber queue =
        asker.queues.empty() ? asker.store->add_queue("q", "") : asker.queues[0].number;
    MessageId id = asker.queues.empty() ? 0 : asker.queues[0].stored.last;
    for (;;) {
        for (MessageId i = 0; i < 1 + id % 7; ++i) {
            ++id;
            asker.append(queue, id, "message " + std::to_string(id));
        }
        asker.settle();
        const MessageId durable = asker.durable[queue];
        if (::write(out, &durable, sizeof durable) != sizeof durable) {
            ::_exit(1);
        }
    }
}

}  // namespace

TEST_SUITE("store") {
    TEST_CASE("who appends hears when it is durable; what is asked together is one commit") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        CHECK(asker.queues.empty());
        const QueueNumber orders = asker.store->add_queue("orders", "some settings");
        const QueueNumber other = asker.store->add_queue("other", "");
        for (MessageId id = 1; id <= 100; ++id) {
            asker.append(orders, id, std::to_string(id));
        }
        asker.append(other, 1, "o");
        CHECK(asker.durable.empty());
        asker.settle();
        CHECK(asker.durable[orders] == 100);
        CHECK(asker.durable[other] == 1);
        CHECK(asker.store->counts().commits == 1);
        CHECK(asker.store->waiting_bytes() == 0);
    }

    TEST_CASE("all is done in order") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        const QueueNumber dead = asker.store->add_queue("dead", "");
        for (MessageId id : {1u, 2u, 3u}) {
            asker.append(orders, id, std::to_string(id));
        }
        asker.store->move({.from = orders, .id = 2, .to = dead, .new_id = 1});
        asker.store->remove(orders, 1, 1);
        asker.store->recount(orders, 3, 4);
        CHECK(asker.read(orders, kAll) == Bodies{"3"});
        CHECK(asker.read(dead, kAll) == Bodies{"2"});
        CHECK(asker.durable[dead] == 1);
    }

    TEST_CASE("who waits hears when all before is durable") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.append(orders, 1, "a");
        std::vector<std::uint64_t> seen;  // commits
        asker.store->wait([&] { seen.push_back(asker.store->counts().commits); });
        asker.settle();
        asker.store->remove(orders, 1, 1);
        asker.store->wait([&] { seen.push_back(asker.store->counts().commits); });
        asker.store->sweep(orders, {.now = 1, .from = 1, .through = 1, .messages = 1},
                           [&](const queue::Swept& swept) { CHECK(swept.expired.empty()); });
        asker.settle();
        CHECK(seen == std::vector<std::uint64_t>{1, 2});
    }

    TEST_CASE("the next broker finds all of it") {
        const node::test::TemporaryFolder folder;
        {
            Asker asker{folder.path()};
            const QueueNumber orders = asker.store->add_queue("orders", "x");
            asker.append(orders, 1, "a");
            asker.store->set_settings(orders, "y");
            asker.settle();
        }
        Asker asker{folder.path()};
        REQUIRE(asker.queues.size() == 1);
        CHECK(asker.queues[0].name == "orders");
        CHECK(asker.queues[0].settings == "y");
        CHECK(asker.queues[0].stored.last == 1);
        CHECK(asker.read(asker.queues[0].number, kAll) == Bodies{"a"});
        CHECK(asker.store->add_queue("new", "") != asker.queues[0].number);
    }

    TEST_CASE("a batch ends behind all copies of a message, so that they are written once") {
        const node::test::TemporaryFolder folder;
        {
            Asker asker{folder.path()};
            const std::array queues{asker.store->add_queue("a", ""),
                                    asker.store->add_queue("b", ""),
                                    asker.store->add_queue("c", "")};
            asker.settle();
            for (MessageId id = 1; id <= 400; ++id) {  // 1,200 requests: two batches
                const auto payload = std::make_shared<const Buffer>(2000 + id, std::uint8_t{1});
                for (const QueueNumber queue : queues) {
                    asker.store->append(queue, {.id = id, .payload = payload});
                }
            }
            asker.settle();
            CHECK(asker.store->counts().commits == 3);
        }
        const std::string file = Segments::file_in(folder.path());
        CHECK(done(done(Database::open(file)).number("SELECT count(*) FROM segment")) ==
              3 * done(done(Database::open(file)).number("SELECT count(*) FROM body")));
    }

    TEST_CASE("a large backlog goes in batches, and the log stays short") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        const std::string body(100'000, 'x');
        for (MessageId id = 1; id <= 200; ++id) {
            asker.append(orders, id, body);
        }
        asker.settle();
        CHECK(asker.store->counts().commits >= 10);  // of some 1 MiB
        CHECK(asker.durable[orders] == 200);
        CHECK(asker.read(orders, kAll).size() == 200);
        CHECK(asker.failures.empty());
    }

    TEST_CASE("each commit is flushed once, and the log begins anew") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.settle();
        const std::size_t before = disk.calls(DiskCall::sync);
        constexpr std::size_t kCount = 1200;
        MessageId id = 0;
        for (std::size_t commit = 0; commit < kCount; ++commit) {
            for (int message = 0; message < 8; ++message) {  // some ten pages
                asker.append(orders, ++id, std::string(7000, 'x'));
            }
            asker.settle();
        }
        CHECK(asker.store->counts().commits >= kCount);
        CHECK(disk.calls(DiskCall::sync) - before < kCount + kCount / 20);
        CHECK(std::filesystem::file_size(folder.path() + "/store.db-wal") <
              (sqlite::LogLength::kMost + 100U) * 8192U);
    }

    TEST_CASE("an error is told once, and nothing is durable from then on") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.append(orders, 1, "a");
        asker.settle();
        disk.fail(DiskCall::write, 1, SQLITE_FULL, /*lasting=*/true);
        asker.append(orders, 2, "b");
        asker.settle();
        asker.append(orders, 3, "c");
        asker.settle();
        CHECK(asker.store->has_failed());
        REQUIRE(asker.failures.size() == 1);
        CHECK(asker.failures[0].find("make room on the disk") != std::string::npos);
        CHECK(asker.durable[orders] == 1);
    }

    TEST_CASE("a disk that others have filled: the reserve is given back, and nothing fails") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        Asker asker{folder.path(), {.free_min = 4096, .reserve = kMiB}};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.append(orders, 1, "a");
        asker.append(orders, 2, "b");
        asker.settle();
        const std::string reserve = folder.path() + "/reserve";
        CHECK(std::filesystem::file_size(reserve) == kMiB);
        CHECK(asker.store->space().use().reserve == kMiB);
        disk.fill([reserve] { return std::filesystem::exists(reserve); });
        asker.free = 0;
        asker.store->remove(orders, 1, 1);
        asker.append(orders, 3, "c");
        asker.settle();
        CHECK(asker.failures.empty());
        CHECK_FALSE(std::filesystem::exists(reserve));
        CHECK(asker.durable[orders] == 3);
        CHECK(asker.read(orders, kAll) == Bodies{"b", "c"});
        CHECK(asker.store->room() == Room::none);
        SUBCASE("it is kept again when there is room") {
            asker.free = 1024 * kMiB;
            asker.append(orders, 4, "d");
            asker.settle();
            CHECK(std::filesystem::exists(reserve));
            CHECK(asker.store->room() == Room::plenty);
        }
        SUBCASE("a broker that is started now takes out messages, too") {
            asker.store.reset();
            Asker next{folder.path(), {.free_min = 4096, .reserve = kMiB}};
            next.store->remove(next.queues[0].number, 2, 1);
            CHECK(next.read(next.queues[0].number, kAll) == Bodies{"c"});
            CHECK(next.failures.empty());
        }
    }

    TEST_CASE("room goes and comes back, though nothing is written") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path(), {.free_min = 1000}};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        const auto with = [&](std::uint64_t free) {
            asker.free = free;
            asker.store->wait([] {});
            asker.settle();
            asker.loop.post([] {});
            asker.loop.run_one();
            return asker.store->room();
        };
        CHECK(with(1000) == Room::plenty);
        CHECK(with(999) == Room::low);
        CHECK(with(499) == Room::none);
        CHECK(with(700) == Room::none);
        CHECK(with(750) == Room::low);
        CHECK(with(1200) == Room::low);
        CHECK(asker.store->takes(0));
        asker.append(orders, 1, std::string(800, 'x'));
        CHECK_FALSE(asker.store->takes(0));  // what waits counts
        asker.settle();
        CHECK(asker.store->takes(0));
        const std::size_t told = asker.rooms.size();
        asker.free = 1250;
        while (asker.rooms.size() == told) {
            asker.loop.run_one();  // it looks by itself
        }
        CHECK(asker.rooms == std::vector{Room::low, Room::none, Room::low, Room::plenty});
    }

    TEST_CASE("a store has a limit of its own") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path(), {.free_min = 1024 * kMiB, .used_max = kMiB}};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        MessageId id = 0;
        while (asker.store->takes(8000)) {
            REQUIRE(++id < 200);
            asker.append(orders, id, std::string(8000, 'x'));
            asker.settle();
        }
        CHECK(id > 80);
        CHECK(asker.store->space().use().used < kMiB);
        for (MessageId gone = 1; gone <= id; ++gone) {
            asker.store->remove(orders, gone, 8000);
        }
        asker.settle();
        CHECK(asker.store->room() == Room::plenty);
    }

    TEST_CASE("destroyed with work under way, it tells nobody") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.append(orders, 1, "a");
        asker.loop.run_one();  // the writer has it
        asker.store.reset();
        bool later = false;
        asker.loop.post([&] { later = true; });
        while (!later) {
            asker.loop.run_one();
        }
        CHECK(asker.durable.empty());
    }

    TEST_CASE("kill -9 while it writes: what was said to be durable is there") {
        const node::test::TemporaryFolder folder;
        MessageId durable = 0;
        for (int round = 0; round < 10; ++round) {
            int pipes[2];
            REQUIRE(::pipe(pipes) == 0);
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                ::close(pipes[0]);
                append_until_killed(folder.path(), pipes[1]);
            }
            ::close(pipes[1]);
            for (int i = 0; i < 3 + round * 7; ++i) {
                REQUIRE(::read(pipes[0], &durable, sizeof durable) == sizeof durable);
            }
            REQUIRE(::kill(child, SIGKILL) == 0);
            REQUIRE(::waitpid(child, nullptr, 0) == child);
            while (::read(pipes[0], &durable, sizeof durable) == sizeof durable) {
            }
            ::close(pipes[0]);

            Asker asker{folder.path()};
            REQUIRE(asker.queues.size() == 1);
            CHECK(asker.queues[0].stored.last >= durable);
            const Bodies found = asker.read(asker.queues[0].number, kAll);
            REQUIRE(found.size() == asker.queues[0].stored.last);
            for (std::size_t i = 0; i < found.size(); ++i) {
                REQUIRE(found[i] == "message " + std::to_string(i + 1));
            }
        }
    }

    TEST_CASE("a group is one commit, however large it is") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        const QueueNumber orders = asker.store->add_queue("orders", "");
        const QueueNumber other = asker.store->add_queue("other", "");
        asker.append(other, 1, "before");
        asker.settle();
        constexpr MessageId kMany = Store::kBatchRequestsMax + 10;
        std::uint64_t commits = 0;
        {
            const Store::Group group{*asker.store};
            for (MessageId id = 1; id <= kMany; ++id) {
                asker.append(orders, id, std::string(2000, 'x'));
            }
            asker.store->remove(other, 1, 6);
            asker.store->wait([&] { commits = asker.store->counts().commits; });
        }
        asker.append(other, 2, "behind");
        CHECK(asker.store->counts().commits == 1);
        asker.settle();
        CHECK(commits == 2);
        CHECK(asker.durable[orders] == kMany);
        CHECK(asker.store->counts().commits == 3);
        CHECK(asker.read(other, kAll) == Bodies{"behind"});
    }

    TEST_CASE("large reads are answered by several batches, in order, and before a later drop") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        constexpr std::size_t kLarge = 3 * kMiB;
        constexpr std::size_t kReads = 10;
        const QueueNumber orders = asker.store->add_queue("orders", "");
        asker.append(orders, 1, std::string(kLarge, 'l'));
        asker.settle();
        const std::uint64_t commits = asker.store->counts().commits;
        std::map<std::uint64_t, std::size_t> read;  // bytes, by commit
        for (std::size_t i = 0; i < kReads; ++i) {
            asker.store->read(orders, {.from = 1, .through = 1, .messages = 1, .bytes = 1},
                              [&](const Reading& reading) {
                                  REQUIRE(reading.records.size() == 1);
                                  read[asker.store->counts().commits] += reading.records[0].size;
                              });
        }
        bool gone = false;
        asker.store->drop_queue(orders, [&] { gone = read.size() == 4; });
        asker.settle();
        CHECK(gone);
        CHECK(asker.store->waiting_bytes() == 0);
        CHECK(read.begin()->first == commits + 1);
        for (const auto& [commit, bytes] : read) {
            CHECK(bytes < kBroughtMax + kLarge);
        }
    }

    TEST_CASE("that a body file is emptied is asked once, however long it waits") {
        const node::test::TemporaryFolder folder;
        Asker asker{folder.path()};
        constexpr std::size_t kBody = 600'000;
        constexpr MessageId kAlive = 20;  // 12 MB: 10 parts, a commit each
        constexpr MessageId kLast = BodyFiles::kFileBytes / kBody + 2;  // in the next file
        constexpr int kReads = 100;                                     // many answers' worth
        const QueueNumber orders = asker.store->add_queue("orders", "");
        for (MessageId id = 1; id <= kLast; ++id) {
            asker.append(orders, id, std::string(kBody, 'b'));
        }
        asker.settle();
        for (MessageId id = 1; id < kLast - kAlive; ++id) {
            asker.store->remove(orders, id, kBody);
        }
        std::uint64_t read_at = 0;
        for (int i = 0; i < kReads; ++i) {
            asker.store->read(orders, {.from = kLast, .through = kLast, .messages = 1, .bytes = 1},
                              [&](const Reading&) { read_at = asker.store->counts().commits; });
        }
        asker.settle();
        CHECK(asker.store->counts().commits >= read_at + 5);
        CHECK(asker.failures.empty());
    }

    TEST_CASE("a queue that is dropped is gone, however much is in it, and the others are not") {
        node::test::TemporaryFolder folder;
        constexpr MessageId kMany = (Segments::kDroppedSegments * 2 + 1) * kSegmentMessagesMax;
        {
            Asker asker{folder.path()};
            const QueueNumber large = asker.store->add_queue("large", "");
            const QueueNumber other = asker.store->add_queue("other", "");
            asker.append(other, 1, "stays");
            for (MessageId id = 1; id <= kMany; ++id) {
                asker.append(large, id, "x");
            }
            asker.store->recount(large, 1, 3);
            asker.settle();
            asker.append(large, kMany + 1, "as late as can be");
            bool gone = false;
            asker.store->drop_queue(large, [&] { gone = true; });
            CHECK_FALSE(gone);
            const std::uint64_t commits = asker.store->counts().commits;
            asker.settle();
            CHECK(gone);
            CHECK(asker.store->counts().commits >= commits + 3);
            CHECK(asker.failures.empty());
            CHECK(asker.read(other, kAll) == Bodies{"stays"});
        }
        Asker again{folder.path()};
        REQUIRE(again.queues.size() == 1);
        CHECK(again.queues[0].name == "other");
    }
}

}  // namespace weft::store::test
