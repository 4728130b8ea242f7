#include "broker/store/claim.hpp"

#include "broker/store/own_process.hpp"
#include "broker/store/store.hpp"
#include "tests/unit/broker_store/fault_disk.hpp"
#include "tests/unit/broker_store/opened.hpp"
#include "tests/unit/broker_store/version_1.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace weft::store::test {
namespace {

using tenure::Life;

constexpr Duration kLease = std::chrono::seconds{8};
constexpr Duration kSecond = std::chrono::seconds{1};

/// Brokers of one folder, and the time that they see.
struct Rivals {
    Claim::Options options(Duration lease = kLease) {
        return {.folder = folder.path(),
                .broker = "b1",
                .lease = lease,
                .now = [this] { return now; },
                .end_process =
                    [this](const tenure::Holder& holder) {
                        ended.push_back(holder.id);
                        return true;
                    }};
    }
    std::unique_ptr<Claim> standby(Duration lease = kLease) {
        return std::make_unique<Claim>(options(lease));
    }
    std::unique_ptr<Claim> active(Duration lease = kLease) {
        return done(Claim::take(options(lease)));
    }
    std::string epoch_file() const { return folder.path() + "/epoch"; }

    node::test::TemporaryFolder folder;
    Instant now{std::chrono::hours{1}};
    std::vector<std::string> ended;
};

std::string_view condition_of(const Result<void>& result) {
    return result ? std::string_view{} : result.error().condition;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A store that goes by such a claim, and what it told.
struct ClaimedStore {
    ClaimedStore(Rivals& rivals, std::unique_ptr<Claim> claim) {
        store = done(
            Store::open(loop, {.folder = rivals.folder.path()},
                        {.stored = [this](QueueNumber, MessageId through) { durable = through; },
                         .failed = [this](const Error& error) { failures.push_back(error); }},
                        std::move(claim)));
        known = store->take_queues();
    }
    QueueNumber orders() {
        return known.empty() ? store->add_queue("orders", "") : known[0].number;
    }
    void append(QueueNumber to, MessageId id, std::size_t size = 4) {
        store->append(to, {.id = id, .payload = std::make_shared<const Buffer>(size, 'x')});
    }
    void settle() {
        bool idle = false;
        store->when_idle([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }

    io::Loop loop;
    MessageId durable = 0;
    std::vector<Error> failures;
    std::vector<KnownQueue> known;
    std::unique_ptr<Store> store;
};

/// A process that has the store, and has passed the gate if `inside`, until it is killed. With
/// SIGCONT it goes on: it looks whether it may write, and tells by its exit status.
pid_t holder_process(const Claim::Options& options, bool inside, int told) {
    const pid_t child = ::fork();
    if (child != 0) {
        return child;
    }
    auto claim = Claim::take(options);
    if (!claim) {
        ::_exit(9);
    }
    auto pass = inside ? (*claim)->enter() : Result<Gate::Pass>{fail(kInternalError, "")};
    const char ready = 1;
    if (::write(told, &ready, 1) != 1) {
        ::_exit(9);
    }
    ::raise(SIGSTOP);
    ::_exit(condition_of((*claim)->confirm()) == kFenced ? 3 : 0);
}

}  // namespace

TEST_SUITE("claim") {
    TEST_CASE("what the file says is read as it was written") {
        tenure::Record record{.epoch = 7,
                              .beat = 300,
                              .lease = std::chrono::milliseconds{1500},
                              .left = true,
                              .since = 1'764'493'200'000,
                              .holder = own_process("b1")};
        CHECK(decode_record(encode_record(record)) == record);
        CHECK(encode_record(record).size() == EpochFile::kSize);
        record.holder.machine.clear();
        record.holder.broker = std::string(1000, '\n');
        const auto cut = decode_record(encode_record(record));
        REQUIRE(cut);
        CHECK(cut->holder.machine.empty());
        CHECK(cut->holder.id == record.holder.id);
    }

    TEST_CASE("a file of which a byte is another one is damaged") {
        tenure::Record record;
        record.epoch = 12;
        record.holder = own_process("b1");
        const std::string text = encode_record(record);
        const std::size_t said = text.find("\nsum ") + 5;
        for (std::size_t at = 0; at < said; ++at) {
            std::string damaged = text;
            damaged[at] ^= 1;
            CAPTURE(at);
            CHECK_FALSE(decode_record(damaged));
            CHECK_FALSE(decode_record(text.substr(0, at)));
        }
        CHECK_FALSE(decode_record(""));
    }

    TEST_CASE("the file keeps its size, and a damaged one is said to be so") {
        Rivals rivals;
        {
            const auto claim = rivals.active();
            CHECK(std::filesystem::file_size(rivals.epoch_file()) == EpochFile::kSize);
            done(claim->keep());
        }
        CHECK(std::filesystem::file_size(rivals.epoch_file()) == EpochFile::kSize);
        std::ofstream{rivals.epoch_file()} << "weft epoch 1\nepoch x\n";
        const auto claim = Claim::take(rivals.options());
        REQUIRE_FALSE(claim);
        CHECK(contains(claim.error().text,
                       "/epoch' is damaged: if no broker has the store, delete that file"));
    }

    TEST_CASE("each that has the store is another epoch, and who waits is told of it") {
        Rivals rivals;
        auto first = rivals.active({});
        auto second = rivals.standby({});
        CHECK_FALSE(done(second->seek()));
        CHECK(contains(second->why_not(), "broker 'b1' (process "));
        CHECK(contains(second->why_not(), "), epoch 1, has the store since 2"));
        CHECK(second->tenure().life() == Life::standby);
        first.reset();
        CHECK(done(second->seek()));
        CHECK(second->tenure().record().epoch == 2);
        CHECK(done(EpochFile{rivals.folder.path()}.read()) == second->tenure().record());
    }

    TEST_CASE("who goes in good order says so, and is not waited for") {
        Rivals rivals;
        rivals.active();
        CHECK(done(EpochFile{rivals.folder.path()}.read())->left);
        CHECK(done(rivals.standby()->seek()));
    }

    TEST_CASE("a lease is renewed by who passes the gate, and not each time") {
        Rivals rivals;
        const auto claim = rivals.active();
        for (int i = 0; i < 100; ++i) {
            const auto pass = done(claim->enter());
        }
        CHECK(claim->tenure().record().beat == 1);
        for (int i = 0; i < 100; ++i, rivals.now += kSecond / 2) {
            const auto pass = done(claim->enter());
        }
        CHECK(claim->tenure().record().beat == 50);
    }

    TEST_CASE("a lease that ran out is seized, and who had it writes nothing more") {
        Rivals rivals;
        const auto first = rivals.active();
        auto deputy = done(first->deputy());
        auto second = rivals.standby();
        CHECK_FALSE(done(second->seek()));
        rivals.now += 10 * kSecond;
        CHECK(done(second->seek()));
        CHECK(rivals.ended.empty());
        const auto refused = first->enter();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == kFenced);
        CHECK(contains(refused.error().text, "epoch 2 has the store now"));
        CHECK(first->tenure().life() == Life::fenced);
        CHECK(deputy.enter().error().condition == kFenced);
        done(second->enter());

        // The lock of the folder is the second one's now.
        CHECK(sqlite::FolderLock::take(rivals.folder.path(), "broker").error().condition ==
              kResourceLocked);
    }

    TEST_CASE("who went after it was deposed does not end the tenure of the other one") {
        Rivals rivals;
        auto first = rivals.active();
        auto second = rivals.standby();
        CHECK_FALSE(done(second->seek()));
        rivals.now += 10 * kSecond;
        CHECK(done(second->seek()));
        first.reset();
        CHECK_FALSE(done(EpochFile{rivals.folder.path()}.read())->left);
        done(second->enter());
        CHECK_FALSE(Claim::take(rivals.options()));
    }

    TEST_CASE("who is late fences itself, though nobody else is there") {
        Rivals rivals;
        const auto claim = rivals.active();
        const auto pass = done(claim->enter());
        rivals.now += kLease;
        const auto late = claim->confirm();
        CHECK(condition_of(late) == kFenced);
        CHECK(contains(late.error().text, "it stood still for longer than its lease"));
    }

    TEST_CASE("who stands still behind the gate is not overtaken, but ended") {
        Rivals rivals;
        auto first = rivals.active();
        auto second = rivals.standby();
        CHECK_FALSE(done(second->seek()));
        {
            const auto pass = done(first->enter());
            rivals.now += 10 * kSecond;
            CHECK_FALSE(done(second->seek()));
            CHECK(rivals.ended == std::vector{first->tenure().self().id});
            CHECK(second->tenure().life() == Life::standby);
            CHECK(condition_of(first->confirm()) == kFenced);  // it goes on, too late
        }
        CHECK(done(second->seek()));
        CHECK(second->tenure().record().epoch == 2);
    }

    TEST_CASE("a file that is gone is nobody's leave to write") {
        Rivals rivals;
        const auto claim = rivals.active({});
        std::filesystem::remove(rivals.epoch_file());
        CHECK(claim->enter().error().condition == kFenced);
    }

    TEST_CASE("who fails to take the store leaves it to others") {
        Rivals rivals;
        const std::string gate = rivals.folder.path() + "/gate";
        std::filesystem::create_directory(gate);
        const auto first = rivals.standby();
        CHECK_FALSE(first->seek());
        std::filesystem::remove(gate);
        const auto second = rivals.active();
        CHECK(second->tenure().life() == Life::active);
        CHECK_FALSE(done(first->seek()));
    }

    TEST_CASE("one that stands by, and looks just then, is in nobody's way") {
        Rivals rivals;
        std::optional looks = done(sqlite::FolderLock::take(rivals.folder.path(), "broker"));
        Claim::Options options = rivals.options();
        options.now = [&] {
            looks.reset();
            return rivals.now;
        };
        CHECK(Claim::take(std::move(options)));
    }

    TEST_CASE("two that wait do not both get it") {
        Rivals rivals;
        auto first = rivals.active();
        auto second = rivals.standby();
        auto third = rivals.standby();
        for (int i = 0; i < 10; ++i, rivals.now += kSecond) {
            CHECK_FALSE(done(second->seek()));
            CHECK_FALSE(done(third->seek()));
        }
        CHECK(done(second->seek()));
        CHECK_FALSE(done(third->seek()));
        CHECK(contains(third->why_not(), "epoch 2"));
    }
}

TEST_SUITE("claim: stores") {
    TEST_CASE("a deposed store commits nothing, and says that nothing is durable") {
        Rivals rivals;
        ClaimedStore first{rivals, rivals.active()};
        const QueueNumber orders = first.orders();
        first.append(orders, 1);
        first.settle();
        CHECK(first.durable == 1);
        auto claim = rivals.standby();
        CHECK_FALSE(done(claim->seek()));
        rivals.now += 10 * kSecond;
        REQUIRE(done(claim->seek()));
        ClaimedStore second{rivals, std::move(claim)};
        CHECK(second.store->epoch() == 2);

        first.append(orders, 2);
        first.append(orders, 3, 20'000);  // beside the database
        first.settle();
        CHECK(first.durable == 1);
        REQUIRE(first.failures.size() == 1);
        CHECK(first.failures[0].condition == kFenced);
        CHECK(first.store->is_fenced());

        second.append(orders, 2);
        second.settle();
        CHECK(second.durable == 2);
        first.store.reset();
        second.append(orders, 3, 20'000);
        second.settle();
        CHECK(second.durable == 3);
        CHECK(second.failures.empty());
        second.store.reset();
        Segments left = opened(rivals.folder.path());
        const Bodies bodies = all_of(left, orders);
        CHECK(bodies.size() == 3);
        CHECK(bodies[2].size() == 20'000);
    }

    TEST_CASE("a batch that was begun in time is not committed too late") {
        Rivals rivals;
        const std::shared_ptr<Claim> claim = rivals.active();
        Segments segments = done(Segments::open({.folder = rivals.folder.path()}, claim));
        {
            const auto pass = done(claim->enter());
            done(segments.add_queue(kOrders, "orders", ""));
            done(segments.commit());
        }
        const auto pass = done(claim->enter());
        done(segments.append(kOrders, 1, {}, as_bytes("late")));
        rivals.now += kLease;
        CHECK(condition_of(segments.commit()) == kFenced);
        segments.abandon();
    }

    TEST_CASE("a batch that takes long renews the lease on its way") {
        Rivals rivals;
        Claim::Options options = rivals.options();
        options.now = [&rivals] { return rivals.now += kSecond; };  // each look takes one
        const std::shared_ptr<Claim> claim = done(Claim::take(std::move(options)));
        Segments segments = done(Segments::open({.folder = rivals.folder.path()}, claim));
        Batch batch;
        batch.push_back({.request = AddQueue{.number = kOrders, .name = "orders"}});
        for (MessageId id = 1; id <= 20; ++id) {
            batch.push_back(
                {.request = AppendMessage{
                     .to = kOrders,
                     .append = {.id = id, .payload = std::make_shared<const Buffer>(1)}}});
        }
        const auto pass = done(claim->enter());
        const std::uint64_t beats = claim->tenure().record().beat;
        done(carry_out(segments, *claim, batch));
        CHECK(claim->tenure().record().beat >= beats + 20 / (kLease / kSecond));
    }

    TEST_CASE("opening a store may take longer than its lease") {
        Rivals rivals;
        Claim::Options options = rivals.options();
        options.now = [&rivals] { return rivals.now += 3 * kSecond; };  // each look at it
        const Instant began = rivals.now;
        const std::shared_ptr<Claim> claim = done(Claim::take(std::move(options)));
        const Segments segments = done(Segments::open({.folder = rivals.folder.path()}, claim));
        CHECK(claim->tenure().record().beat > 3);  // each of three steps
        CHECK(rivals.now - began > 2 * kLease);
        const auto pass = done(claim->enter());
    }

    TEST_CASE("a start may take longer than its lease: it goes on, and nobody takes the store") {
        Rivals rivals;
        FaultDisk disk;
        const std::string file = Segments::file_in(rivals.folder.path());
        const std::string many =
            " FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
            " FROM n WHERE i < 20000) SELECT i * 64 AS first FROM n)";
        SUBCASE("that counts what there is") {
            {
                ClaimedStore store{rivals, rivals.active()};
                store.orders();
                store.settle();
            }
            done(done(Database::open(file))
                     .run(("INSERT INTO segment SELECT 1, first, 64, 0, 0, 64, "
                           "9223372036854775807, 9223372036854775807, 16,"
                           " 0, first" +
                           many)
                              .c_str()));
        }
        SUBCASE("that brings the tables up to date") {
            make_version_1(file);
            done(done(Database::open(file))
                     .run(("INSERT INTO segment SELECT NULL, 1, first, 64, 0, 64, "
                           "9223372036854775807, x'00'" +
                           many)
                              .c_str()));
        }
        auto claim = rivals.active();
        const auto standby = rivals.standby();
        const Instant began = rivals.now;
        disk.watch([&](DiskCall call, std::string_view path) {
            if (call == DiskCall::read && path == file) {
                rivals.now += kLease / 20;  // a slow disk
                (void)standby->seek();
            }
        });
        ClaimedStore slow{rivals, std::move(claim)};
        disk.watch({});
        CHECK(rivals.now - began > 2 * kLease);
        const MessageId next = slow.known[0].stored.last + 1;
        slow.append(slow.orders(), next);
        slow.settle();
        CHECK(slow.durable == next);
        CHECK(slow.failures.empty());
        CHECK(rivals.ended.empty());
        CHECK_FALSE(done(standby->seek()));
    }

    TEST_CASE("a store's files are closed behind the gate") {
        Rivals rivals;
        FaultDisk disk;
        ClaimedStore store{rivals, rivals.active()};
        store.append(store.orders(), 1);
        store.settle();
        int writes = 0;
        bool others_may = false;
        disk.watch([&](DiskCall call, std::string_view) {
            if (call == DiskCall::write) {
                ++writes;
                Gate gate = done(Gate::open(rivals.folder.path()));
                others_may |= done(gate.shut()).has_value();
            }
        });
        store.store.reset();
        disk.watch({});
        CHECK(writes > 0);
        CHECK_FALSE(others_may);
    }

    TEST_CASE("an idle store renews its lease") {
        Rivals rivals;
        Claim::Options options = rivals.options(std::chrono::milliseconds{800});
        options.now = {};
        ClaimedStore store{rivals, done(Claim::take(options))};
        const EpochFile file{rivals.folder.path()};
        const std::uint64_t beat = done(file.read())->beat;
        while (done(file.read())->beat < beat + 3) {
            store.loop.run_one();
            REQUIRE(store.failures.empty());
        }
    }
}

TEST_SUITE("claim: processes") {
    TEST_CASE("a process that stands still is deposed, and fenced when it goes on") {
        Rivals rivals;
        std::array<int, 2> pipe{};
        REQUIRE(::pipe(pipe.data()) == 0);
        Claim::Options theirs = rivals.options(std::chrono::milliseconds{100});
        theirs.now = {};
        const pid_t child = holder_process(theirs, false, pipe[1]);
        char ready = 0;
        REQUIRE(::read(pipe[0], &ready, 1) == 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
        auto claim = rivals.standby(std::chrono::milliseconds{100});
        CHECK_FALSE(done(claim->seek()));
        rivals.now += kSecond;
        CHECK(done(claim->seek()));
        CHECK(rivals.ended.empty());
        ::kill(child, SIGCONT);
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 3);
        done(claim->enter());
        ::close(pipe[0]);
        ::close(pipe[1]);
    }

    TEST_CASE("a process that stands still in the middle of a write is ended") {
        Rivals rivals;
        std::array<int, 2> pipe{};
        REQUIRE(::pipe(pipe.data()) == 0);
        const pid_t child = holder_process(rivals.options(), true, pipe[1]);
        char ready = 0;
        REQUIRE(::read(pipe[0], &ready, 1) == 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
        Claim::Options options = rivals.options();
        options.end_process = {};
        Claim claim{options};
        CHECK_FALSE(done(claim.seek()));
        rivals.now += 10 * kSecond;
        CHECK_FALSE(done(claim.seek()));
        CHECK(contains(claim.why_not(), "it stood still in the middle of a write, and is ended"));
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == SIGKILL);
        CHECK(done(claim.seek()));  // the same machine: at once
        ::close(pipe[0]);
        ::close(pipe[1]);
    }

    TEST_CASE("no other process than that one is ended") {
        tenure::Holder holder = own_process("b1");
        CHECK(holder.process == static_cast<std::uint64_t>(::getpid()));
        CHECK(holder.started > 0);
        ++holder.started;
        CHECK_FALSE(end_process(holder));
        --holder.started;
        holder.machine = "another";
        CHECK_FALSE(end_process(holder));
        holder = own_process("b1");
        holder.space.clear();
        CHECK_FALSE(end_process(holder));
    }
}

}  // namespace weft::store::test
