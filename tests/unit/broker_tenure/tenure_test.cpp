#include "broker/tenure/tenure.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

using namespace weft;
using namespace weft::tenure;

namespace {

using Step = Tenure::Step;
using Verdict = Tenure::Verdict;

constexpr Duration kSecond = std::chrono::seconds{1};
constexpr Duration kLease = 8 * kSecond;
constexpr Instant kNoon{std::chrono::hours{12}};

Holder holder(std::string id, std::string machine = "m1") {
    return {.id = std::move(id),
            .broker = "b1",
            .host = "node-a",
            .machine = std::move(machine),
            .space = "s",
            .process = 77,
            .started = 5};
}

/// One that has the store since noon.
Tenure active(Duration lease = kLease) {
    Tenure tenure{holder("a"), lease};
    CHECK(tenure.look({.lock_free = true}, kNoon) == Step::take);
    tenure.begin(tenure.next({}, 0), kNoon);
    return tenure;
}

Sight held(const Record& record) {
    return {.lock_free = false, .record = record};
}
Sight let_go(const Record& record) {
    return {.lock_free = true, .record = record};
}

}  // namespace

TEST_SUITE("tenure") {
    TEST_CASE("a store that nobody had is taken with its lock") {
        Tenure tenure{holder("a"), kLease};
        CHECK(tenure.life() == Life::standby);
        CHECK(tenure.look({.lock_free = false}, kNoon) == Step::wait);
        CHECK(tenure.look({.lock_free = true}, kNoon) == Step::take);
        const Record record = tenure.next({}, 1234);
        CHECK(tenure.life() == Life::standby);
        tenure.begin(record, kNoon);
        CHECK(record ==
              Record{.epoch = 1, .beat = 1, .lease = kLease, .since = 1234, .holder = holder("a")});
        CHECK(tenure.life() == Life::active);
    }

    TEST_CASE("the epoch rises with each that takes it") {
        Tenure tenure{holder("b"), {}};
        Record left;
        left.epoch = 41;
        left.left = true;
        tenure.begin(tenure.next(left, 0), kNoon);
        CHECK(tenure.record().epoch == 42);
    }

    TEST_CASE("without a lease the lock alone counts, however long it is held") {
        const Record record = active({}).record();
        Tenure standby{holder("b", "m2"), {}};
        CHECK(standby.look(held(record), kNoon) == Step::wait);
        CHECK(standby.look(held(record), kNoon + std::chrono::hours{1000}) == Step::wait);
        CHECK(standby.look(let_go(record), kNoon + std::chrono::hours{1000}) == Step::take);
    }

    TEST_CASE("a lock that a process of the same machine let go is enough") {
        const Record record = active().record();
        Tenure standby{holder("b"), kLease};
        CHECK(standby.look(held(record), kNoon) == Step::wait);
        CHECK(standby.look(let_go(record), kNoon + kSecond) == Step::take);
    }

    TEST_CASE("of another machine, or of one that is not known, the lease is waited for") {
        const std::array<std::pair<std::string, std::string>, 3> machines{
            {{"m1", "m2"}, {"m1", ""}, {"", ""}}};
        for (const auto& [theirs, ours] : machines) {
            Record record = active().record();
            record.holder.machine = theirs;
            Tenure standby{holder("b", ours), kLease};
            CHECK(standby.look(let_go(record), kNoon) == Step::wait);
            CHECK(standby.look(let_go(record), kNoon + 10 * kSecond - Duration{1}) == Step::wait);
            CHECK(standby.look(let_go(record), kNoon + 10 * kSecond) == Step::take);
        }
    }

    TEST_CASE("each renewal that is seen begins the wait anew") {
        Tenure tenure = active();
        Tenure standby{holder("b", "m2"), kLease};
        Instant now = kNoon;
        for (int i = 0; i < 100; ++i, now += kSecond) {
            CHECK(standby.look(let_go(tenure.renewed(now)), now) == Step::wait);
        }
        const Record last = tenure.record();
        CHECK(standby.look(let_go(last), now - kSecond + 10 * kSecond - Duration{1}) == Step::wait);
        CHECK(standby.look(let_go(last), now - kSecond + 10 * kSecond) == Step::take);
    }

    TEST_CASE("another holder begins it anew, too") {
        Record record = active().record();
        Tenure standby{holder("b", "m2"), kLease};
        CHECK(standby.look(held(record), kNoon) == Step::wait);
        record.holder.id = "c";
        CHECK(standby.look(held(record), kNoon + 9 * kSecond) == Step::wait);
        CHECK(standby.look(held(record), kNoon + 18 * kSecond) == Step::wait);
        CHECK(standby.look(held(record), kNoon + 19 * kSecond) == Step::seize);
    }

    TEST_CASE("a lease that ran out is seized from who has the lock") {
        const Record record = active().record();
        Tenure standby{holder("b"), kLease};
        CHECK(standby.look(held(record), kNoon) == Step::wait);
        CHECK(standby.look(held(record), kNoon + 10 * kSecond) == Step::seize);
        CHECK(standby.next(record, 0).epoch == 2);
    }

    TEST_CASE("who left is not waited for") {
        Record record = active().record();
        record.left = true;
        Tenure standby{holder("b", "m2"), kLease};
        CHECK(standby.look(held(record), kNoon) == Step::wait);
        CHECK(standby.look(let_go(record), kNoon) == Step::take);
    }

    TEST_CASE("it is renewed eight times a lease, and then as long as it is") {
        Tenure tenure = active();
        int renewals = 0;
        constexpr Duration kStep = kSecond / 10;
        for (Instant now = kNoon; now <= kNoon + 10 * kLease; now += kStep) {
            const Verdict verdict = tenure.check(tenure.record(), now);
            REQUIRE(verdict != Verdict::fenced);
            if (verdict == Verdict::due) {
                tenure.renewed(now);
                ++renewals;
            }
        }
        CHECK(renewals == 80);
        CHECK(tenure.record().beat == 81);
    }

    TEST_CASE("who is late is fenced, though nobody else has the store") {
        Tenure tenure = active();
        CHECK(tenure.check(tenure.record(), kNoon + kLease - Duration{1}) == Verdict::due);
        CHECK(tenure.check(tenure.record(), kNoon + kLease) == Verdict::fenced);
        CHECK(tenure.life() == Life::fenced);
        CHECK(tenure.fence() == "it stood still for longer than its lease");
        CHECK(tenure.check(tenure.record(), kNoon) == Verdict::fenced);  // T3
        CHECK(tenure.recheck(tenure.record()) == Verdict::fenced);
    }

    TEST_CASE("a holder is late before any standby takes the lease for run out") {
        Tenure tenure = active();
        const Record record = tenure.record();
        Tenure standby{holder("b"), kLease};
        Instant now = kNoon;
        while (standby.look(held(record), now) == Step::wait) {
            now += kSecond;
        }
        CHECK(tenure.check(record, now) == Verdict::fenced);
        CHECK(now - kNoon > kLease);
    }

    TEST_CASE("without a lease nobody is late") {
        Tenure tenure = active({});
        CHECK(tenure.check(tenure.record(), kNoon + std::chrono::hours{1000}) == Verdict::held);
        CHECK(tenure.renewal() == Duration::zero());
    }

    TEST_CASE("who was deposed is fenced by what the file says") {
        Tenure tenure = active();
        Record record = tenure.record();
        SUBCASE("another") {
            record.epoch = 2;
            record.holder.id = "b";
            record.holder.process = 78;
            CHECK(tenure.check(record, kNoon) == Verdict::fenced);
            CHECK(tenure.fence() ==
                  "broker 'b1' (process 78 on node-a), epoch 2 has the store now");
        }
        SUBCASE("another of the same epoch, in a folder that was put back") {
            record.holder.id = "b";
            CHECK(tenure.check(record, kNoon) == Verdict::fenced);
        }
        SUBCASE("nobody") {
            CHECK(tenure.recheck(std::nullopt) == Verdict::fenced);
            CHECK(tenure.fence() == "the store's file 'epoch' is gone");
        }
        CHECK(tenure.life() == Life::fenced);
    }

    TEST_CASE("where nobody can have taken it, nobody is late") {
        Tenure tenure = active();
        CHECK(tenure.recheck(tenure.record()) == Verdict::due);
        tenure.renewed(kNoon + 2 * kLease);
        CHECK(tenure.check(tenure.record(), kNoon + 2 * kLease) == Verdict::held);
    }

    TEST_CASE("what others wrote is shown so that a terminal takes no orders from it") {
        Record record;
        record.holder = holder("a");
        record.holder.broker = "b\x1b[2J";
        CHECK(in_words(record).find('\x1b') == std::string::npos);
    }
}
