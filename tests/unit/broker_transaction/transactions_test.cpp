#include "broker/transaction/transactions.hpp"

#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string_view>

namespace weft::transaction {
namespace {

using namespace std::chrono_literals;
using Taken = Transactions::Taken;
using Kind = Request::Kind;

constexpr ControlId kLink{1};
constexpr ControlId kOther{2};
constexpr GroupId kSession{1};
constexpr GroupId kOtherSession{2};
constexpr Instant kStart{};

constexpr Id named(std::uint8_t number) {
    return Id{number};
}

struct Desk {
    explicit Desk(const Limits& limits = {}) : pool{.limits = limits}, all{pool} {}
    /// The condition of the refusal; "commit", "rollback".
    std::string_view discharge(std::uint8_t number, Kind how, ControlId by = kLink) {
        const auto done = all.discharge(named(number), by, how);
        return !done ? done.error().condition : *done ? "commit" : "rollback";
    }

    Pool pool;
    Transactions all;
};

}  // namespace

TEST_SUITE("transactions") {
    TEST_CASE("one is declared, takes work, and is over with its discharge") {
        Desk desk;
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        CHECK(desk.all.declare(named(2), kLink, kSession, kStart));
        CHECK(desk.pool.open == 2);
        CHECK(desk.all.enlist(named(1), 100) == Taken::yes);
        CHECK(desk.all.enlist(named(3), 100) == Taken::unknown);
        CHECK(desk.discharge(1, Kind::commit) == "commit");
        CHECK(desk.discharge(1, Kind::commit) == kTransactionUnknownId);
        CHECK(desk.all.enlist(named(1), 0) == Taken::unknown);
        CHECK(desk.discharge(2, Kind::rollback) == "rollback");
        CHECK(desk.pool.open == 0);
        CHECK(desk.pool.counters.declared == 2);
        CHECK(desk.pool.counters.rolled_back == 1);
        CHECK(desk.all.deadline() == kNever);
    }

    TEST_CASE("all that links of a session declared can be spoilt at once, and no other's") {
        Desk desk;
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        CHECK(desk.all.declare(named(2), ControlId{3}, kSession, kStart));
        CHECK(desk.all.declare(named(3), kOther, kOtherSession, kStart));
        desk.all.spoil(kSession, {kInternalError, "why"});
        desk.all.spoil(kSession, {kInternalError, "later"});
        CHECK(desk.all.enlist(named(1), 0) == Taken::no);
        CHECK(desk.all.reason(named(1)).text == "why");
        CHECK(desk.all.declare(named(4), kLink, kSession, kStart));
        CHECK(desk.all.enlist(named(4), 0) == Taken::yes);
        CHECK(desk.discharge(1, Kind::commit) == kTransactionRollback);
        CHECK(desk.discharge(2, Kind::rollback, ControlId{3}) == "rollback");
        CHECK(desk.discharge(3, Kind::commit, kOther) == "commit");
        CHECK(desk.discharge(4, Kind::commit) == "commit");
    }

    TEST_CASE("a transaction is its link's, and is undone with it") {
        Desk desk;
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        CHECK(desk.all.declare(named(2), kOther, kOtherSession, kStart));
        CHECK(desk.discharge(1, Kind::commit, kOther) == kTransactionUnknownId);
        CHECK(desk.all.leave(kLink) == std::vector{named(1)});
        CHECK(desk.all.leave(kLink).empty());
        CHECK(desk.pool.counters.abandoned == 1);
        CHECK(desk.discharge(2, Kind::commit, kOther) == "commit");
        CHECK(desk.pool.open == 0);
    }

    TEST_CASE("one that is spoilt takes nothing more and is not committed") {
        Desk desk;
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        desk.all.spoil(named(1), {kResourceLimitExceeded, "the queue is full"});
        desk.all.spoil(named(1), {kInternalError, "later"});
        desk.all.spoil(named(9), {kInternalError, "nobody's"});
        CHECK(desk.all.enlist(named(1), 1) == Taken::no);
        CHECK(desk.all.reason(named(1)).text == "the queue is full");
        const auto done = desk.all.discharge(named(1), kLink, Kind::commit);
        REQUIRE_FALSE(done);
        CHECK(done.error().condition == kTransactionRollback);
        CHECK(done.error().text.ends_with("the queue is full"));
        CHECK(desk.pool.counters.failed == 1);

        CHECK(desk.all.declare(named(2), kLink, kSession, kStart));
        desk.all.spoil(named(2), {kResourceLimitExceeded, "the queue is full"});
        CHECK(desk.discharge(2, Kind::rollback) == "rollback");
        CHECK(desk.pool.open == 0);
    }

    TEST_CASE("one that is open for too long is undone, and says so when it is discharged") {
        Desk desk{{.open_max = 10s}};
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        CHECK(desk.all.declare(named(2), kLink, kSession, kStart + 1s));
        CHECK(desk.all.deadline() == kStart + 10s);
        CHECK(desk.all.expire(kStart + 9s).empty());
        CHECK(desk.all.expire(kStart + 10s) == std::vector{named(1)});
        CHECK(desk.pool.open == 1);
        CHECK(desk.all.deadline() == kStart + 11s);
        CHECK(desk.all.enlist(named(1), 1) == Taken::no);
        CHECK(desk.all.reason(named(1)).condition == kTransactionTimeout);
        CHECK(desk.discharge(1, Kind::commit) == kTransactionTimeout);
        CHECK(desk.discharge(1, Kind::commit) == kTransactionUnknownId);
        CHECK(desk.all.expire(kStart + 20s) == std::vector{named(2)});
        CHECK(desk.discharge(2, Kind::rollback) == "rollback");
        CHECK(desk.pool.counters.timed_out == 2);
        CHECK(desk.pool.counters.rolled_back == 0);

        CHECK(desk.all.declare(named(3), kLink, kSession, kStart));
        CHECK(desk.all.expire(kStart + 20s).size() == 1);
        CHECK(desk.all.leave(kLink).empty());
        CHECK(desk.pool.counters.abandoned == 0);
        CHECK(desk.pool.open == 0);
    }

    TEST_CASE("each limit has its refusal") {
        Desk desk{{.transactions_max = 2, .work_max = 3, .bytes_max = 3 * kWorkBytes + 100}};
        CHECK(desk.all.declare(named(1), kLink, kSession, kStart));
        CHECK(desk.all.declare(named(2), kLink, kSession, kStart));
        const auto third = desk.all.declare(named(3), kLink, kSession, kStart);
        REQUIRE_FALSE(third);
        CHECK(third.error().condition == kResourceLimitExceeded);
        CHECK(desk.pool.counters.refused == 1);

        for (int i = 0; i < 3; ++i) {
            CHECK(desk.all.enlist(named(1), 0) == Taken::yes);
        }
        CHECK(desk.all.enlist(named(1), 0) == Taken::no);
        CHECK(desk.discharge(1, Kind::commit) == kTransactionRollback);

        CHECK(desk.all.enlist(named(2), 60) == Taken::yes);
        CHECK(desk.all.enlist(named(2), 40) == Taken::yes);
        CHECK(desk.all.enlist(named(2), 1) == Taken::no);
        CHECK(desk.discharge(2, Kind::commit) == kTransactionRollback);

        desk.pool.limits.all_bytes_max = kWorkBytes + 150;
        desk.pool.bytes = 100;  // of others
        CHECK(desk.all.declare(named(4), kLink, kSession, kStart));
        CHECK(desk.all.enlist(named(4), 50) == Taken::yes);
        desk.pool.bytes = kWorkBytes + 150;
        CHECK(desk.all.enlist(named(4), 1) == Taken::no);
        CHECK(desk.pool.counters.over_limit == 3);
    }

    TEST_CASE("a connection has no more of what all may have than others leave free") {
        Desk greedy{
            {.bytes_max = 1000 * kWorkBytes, .all_bytes_max = 1000 * kWorkBytes, .open_max = 10s}};
        Transactions other{greedy.pool};
        // What one piece of work takes beside its own bytes is 1 here, an outcome takes just that.
        const auto take = [&](Transactions& who, std::uint8_t number, std::size_t size) {
            const std::size_t bytes = (size - 1) * kWorkBytes;
            const bool taken = who.enlist(named(number), bytes) == Taken::yes;
            greedy.pool.bytes += taken ? size * kWorkBytes : 0;  // as their owner does
            return taken;
        };
        for (std::uint8_t number = 1; number <= 9; ++number) {
            CHECK(greedy.all.declare(named(number), kLink, kSession, kStart));
            CHECK(other.declare(named(number), kOther, kOtherSession, kStart));
        }
        CHECK(take(greedy.all, 1, 400));
        CHECK(take(greedy.all, 2, 100));
        CHECK_FALSE(take(greedy.all, 3, 1));
        CHECK(take(other, 1, 250));
        CHECK_FALSE(take(other, 2, 1));
        CHECK_FALSE(take(other, 3, 1));
        CHECK(greedy.discharge(1, Kind::rollback) == "rollback");
        greedy.pool.bytes -= 400 * kWorkBytes;
        CHECK(take(other, 4, 10));
        CHECK(other.expire(kStart + 10s).size() == 9);
        greedy.pool.bytes -= 260 * kWorkBytes;
        CHECK(take(greedy.all, 4, 400));
    }
}

}  // namespace weft::transaction
