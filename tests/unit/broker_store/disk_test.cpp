#include "broker/store/store.hpp"
#include "tests/simulation/seeds.hpp"
#include "tests/unit/broker_store/fault_disk.hpp"
#include "tests/unit/broker_store/opened.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace weft::store::test {
namespace {

constexpr std::size_t kPayload = 3000;

std::string payload_of(MessageId id) {
    return "message " + std::to_string(id) + std::string(kPayload * (id % 5), 'x');
}

/// A broker and its clients in short: what it told them must hold, whatever the disk does.
class Bench {
public:
    explicit Bench(const std::string& folder) : folder_{folder} {}

    /// False: the store does not open.
    bool open() {
        auto opened =
            Store::open(loop_, {.folder = folder_},
                        {.stored = [this](QueueNumber, MessageId through) { stored_ = through; },
                         .failed = [this](const Error& error) { failures.push_back(error.text); }});
        if (!opened) {
            failures.push_back(opened.error().text);
            return false;
        }
        store_ = std::move(*opened);
        const auto queues = store_->take_queues();
        queue_ = queues.empty() ? store_->add_queue("orders", "") : queues[0].number;
        last_ = queues.empty() ? 0 : queues[0].stored.last;
        return true;
    }
    void close() { store_.reset(); }
    /// Appends some, takes some out, in several commits; ends early if the store fails.
    void work(int rounds) {
        for (int round = 0; round < rounds && !store_->has_failed(); ++round) {
            append(3);
            if (const auto oldest = known_.begin(); oldest != known_.end() && *oldest <= stored_) {
                remove(*oldest);
            }
            settle();
        }
    }
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string body = payload_of(++last_);
            store_->append(
                queue_,
                {.id = last_, .payload = std::make_shared<const Buffer>(body.begin(), body.end())});
            known_.insert(last_);
        }
    }
    void remove(MessageId id) {
        known_.erase(id);
        doubtful_.insert(id);
        store_->remove(queue_, id, payload_of(id).size());
        store_->wait([this, id] {
            doubtful_.erase(id);
            removed_.insert(id);
        });
    }
    void settle() {
        bool idle = false;
        store_->when_idle([&] { idle = true; });
        while (!idle) {
            loop_.run_one();
        }
    }
    /// What is in the store is what clients heard, and maybe what they heard nothing of.
    void check() {
        std::set<MessageId> found;
        store_->read(
            queue_,
            {.from = 1, .through = 1'000'000, .messages = 1'000'000, .bytes = 1'000'000'000},
            [&](const Reading& reading) {
                for (const queue::Record& record : reading.records) {
                    CHECK_FALSE(record.damaged);
                    CHECK(as_text(*record.payload) == payload_of(record.id));
                    found.insert(record.id);
                }
            });
        settle();
        CHECK(failures.empty());
        for (const MessageId id : known_) {
            CHECK((id > stored_ || found.contains(id)));  // nothing accepted is lost
        }
        for (const MessageId id : removed_) {
            CHECK_FALSE(found.contains(id));  // nothing comes back
        }
        CHECK(last_ >= stored_);
        known_ = found;
        doubtful_.clear();
        stored_ = last_;
    }

    std::vector<std::string> failures;

private:
    std::string folder_;
    io::Loop loop_;
    std::unique_ptr<Store> store_;
    QueueNumber queue_{};
    MessageId last_ = 0;
    MessageId stored_ = 0;
    std::set<MessageId> known_;
    std::set<MessageId> doubtful_;  // to be removed: nobody heard that they are
    std::set<MessageId> removed_;
};

constexpr int kRounds = 4;

/// A seed tries one call in so many, the next seed the next ones; so many seeds try all of them.
constexpr std::size_t kStride = 4;

std::size_t first_call(std::uint32_t seed) {
    return 1 + (seed / weft::test::kSeedsADay + seed) % kStride;  // another one each day, too
}

/// Writes and flushes of such a bench from the beginning on.
std::size_t calls_of_a_run() {
    const node::test::TemporaryFolder folder;
    FaultDisk disk;
    Bench bench{folder.path()};
    REQUIRE(bench.open());
    bench.work(kRounds);
    bench.close();
    return disk.calls(DiskCall::write) + disk.calls(DiskCall::sync);
}

/// A broker whose power is cut in its `nth` call, and the next one on what that left.
void cut_power_in(std::size_t nth, Left left, std::uint32_t which) {
    const node::test::TemporaryFolder folder;
    FaultDisk disk;
    Bench bench{folder.path()};
    disk.cut_power_in(nth);
    if (bench.open()) {
        bench.work(kRounds);
        bench.close();
    }
    disk.cut_power();
    disk.restore(left, which);
    bench.failures.clear();
    REQUIRE(bench.open());
    bench.check();
    bench.work(2);
    bench.check();
    bench.close();
}

struct Fault {
    DiskCall call{};
    int code = 0;
    bool lasting = false;
    std::string_view words{};
};

/// A broker whose `nth` call of that kind fails, and those after it. False: it makes no such call.
bool is_in_order_after(const Fault& fault, std::size_t nth) {
    CAPTURE(nth);
    const node::test::TemporaryFolder folder;
    FaultDisk disk;
    Bench bench{folder.path()};
    disk.fail(fault.call, nth, fault.code, fault.lasting);
    if (bench.open()) {
        bench.work(kRounds);
    }
    const bool failed = disk.has_failed();
    CHECK(bench.failures.size() <= (failed ? 1U : 0U));
    // There are writes that SQLite can do without; no flush is one.
    CHECK((fault.call == DiskCall::write || failed == !bench.failures.empty()));
    if (!bench.failures.empty()) {
        CHECK(bench.failures[0].find(fault.words) != std::string::npos);
    }
    bench.close();
    if (!failed) {
        return false;
    }
    // The next broker finds what the system still shows of what was not flushed ...
    disk.restart();
    bench.failures.clear();
    REQUIRE(bench.open());
    bench.check();
    bench.work(2);
    // ... and then the power is cut: nothing is built on it.
    disk.cut_power();
    bench.close();
    disk.restore(Left::nothing, 0);
    bench.failures.clear();
    REQUIRE(bench.open());
    bench.check();
    bench.close();
    return true;
}

}  // namespace

TEST_SUITE("store: the disk") {
    TEST_CASE("the power is cut in any call: what was stored is there, what was removed is not") {
        const std::size_t calls = calls_of_a_run();
        REQUIRE(calls > 50);
        weft::test::for_seeds({.count = 1, .slow = true}, [&](std::uint32_t seed) {
            std::uint32_t which = seed;
            for (const Left left :
                 {Left::nothing, Left::some_writes, Left::some_sectors, Left::all}) {
                for (std::size_t nth = first_call(seed); nth <= calls; nth += kStride) {
                    CAPTURE(seed);
                    CAPTURE(nth);
                    CAPTURE(static_cast<int>(left));
                    cut_power_in(nth, left, ++which);
                }
            }
        });
    }

    TEST_CASE("a call that fails ends the store's work once, in clear words, and loses nothing") {
        const std::size_t calls = calls_of_a_run();
        const std::vector<Fault> faults{
            {DiskCall::write, SQLITE_IOERR_WRITE, false, "the disk failed; see the system's log"},
            {DiskCall::write, SQLITE_IOERR_WRITE, true, "the disk failed; see the system's log"},
            {DiskCall::write, SQLITE_FULL, true, "make room on the disk"},
            {DiskCall::sync, SQLITE_IOERR_FSYNC, false, "the disk failed; see the system's log"},
            {DiskCall::sync, SQLITE_IOERR_FSYNC, true, "the disk failed; see the system's log"}};
        weft::test::for_seeds({.count = 1, .slow = true}, [&](std::uint32_t seed) {
            for (const Fault& fault : faults) {
                CAPTURE(seed);
                CAPTURE(fault.code);
                CAPTURE(fault.lasting);
                std::size_t nth = first_call(seed);
                while (nth <= calls && is_in_order_after(fault, nth)) {
                    nth += kStride;  // until it needs no more calls than that
                }
            }
        });
    }

    TEST_CASE("the power is cut while the next broker takes up what could not be flushed") {
        for (const Left left : {Left::nothing, Left::some_writes, Left::some_sectors}) {
            for (std::size_t nth = 1;; ++nth) {
                CAPTURE(nth);
                const node::test::TemporaryFolder folder;
                FaultDisk disk;
                Bench bench{folder.path()};
                REQUIRE(bench.open());
                bench.work(kRounds);
                disk.fail(DiskCall::sync, 1, SQLITE_IOERR_FSYNC);
                bench.work(1);
                REQUIRE(disk.has_failed());
                bench.close();
                disk.restart();
                bench.failures.clear();
                disk.cut_power_in(nth);
                const bool cut = !bench.open();
                bench.close();
                disk.cut_power();
                disk.restore(left, static_cast<std::uint32_t>(nth));
                bench.failures.clear();
                REQUIRE(bench.open());
                bench.check();
                bench.close();
                if (!cut) {
                    break;
                }
            }
        }
    }

    TEST_CASE("a store that failed is closed untouched") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        Bench bench{folder.path()};
        REQUIRE(bench.open());
        bench.work(2);
        disk.fail(DiskCall::sync, 1, SQLITE_IOERR_FSYNC);
        bench.work(1);
        REQUIRE(bench.failures.size() == 1);
        const std::size_t writes = disk.calls(DiskCall::write);
        const std::size_t syncs = disk.calls(DiskCall::sync);
        bench.close();
        CHECK(disk.calls(DiskCall::write) == writes);
        CHECK(disk.calls(DiskCall::sync) == syncs);
    }

    TEST_CASE("what can't be read back ends the store's work") {
        const node::test::TemporaryFolder folder;
        FaultDisk disk;
        Bench bench{folder.path()};
        REQUIRE(bench.open());
        bench.work(kRounds);
        bench.close();
        disk.fail(DiskCall::read, 1, SQLITE_IOERR_READ, /*lasting=*/true);
        CHECK_FALSE(bench.open());
        REQUIRE(bench.failures.size() == 1);
        CHECK(bench.failures[0].find("the disk failed") != std::string::npos);
    }
}

}  // namespace weft::store::test
