#include "tools/weft/bench/ledger.hpp"

#include "tools/weft/bench/slots.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <set>
#include <string>

namespace weft::tools {
namespace {

using Added = BenchNumbers::Added;
using Arrival = BenchArrivals::Arrival;

constexpr std::uint64_t kLedgerRun = bench_run(7);

BenchNumbers numbers(std::initializer_list<std::uint64_t> list) {
    BenchNumbers all;
    for (const std::uint64_t number : list) {
        all.add(number);
    }
    return all;
}

BenchNumbers numbers_below(std::uint64_t end) {
    BenchNumbers all;
    for (std::uint64_t number = 0; number < end; ++number) {
        all.add(number);
    }
    return all;
}

BenchStamp stamp(std::uint32_t sender, std::uint64_t sequence, std::uint64_t run = kLedgerRun) {
    return {.run = run, .time = 1, .number = bench_number(sender, sequence)};
}

}  // namespace

TEST_SUITE("bench numbers") {
    TEST_CASE("a number is added once, in whatever order they come") {
        BenchNumbers all;
        for (const std::uint64_t number : {5U, 0U, 200U, 63U, 64U, 1U}) {
            CHECK(all.add(number) == Added::added);
            CHECK(all.add(number) == Added::was_there);
        }
        CHECK(all.count() == 6);
        CHECK(all.holes() == 195);
    }

    TEST_CASE("those that were whole long ago are still known") {
        BenchNumbers all = numbers_below(1'000);
        CHECK(all.add(0) == Added::was_there);
        CHECK(all.add(999) == Added::was_there);
        CHECK(all.count() == 1'000);
        CHECK(all.holes() == 0);
    }

    TEST_CASE("one that is too far from the others is refused") {
        BenchNumbers all;
        CHECK(all.add(BenchNumbers::kSpanMax) == Added::too_far);
        CHECK(all.count() == 0);
        CHECK(all.holes() == 0);
    }

    TEST_CASE("a set without another one") {
        const BenchNumbers many = numbers_below(1'000);
        CHECK(many.count_without(BenchNumbers{}) == 1'000);
        CHECK(many.count_without(many) == 0);
        CHECK(many.count_without(numbers({0, 64, 999, 5'000})) == 997);
        CHECK(numbers({0, 64, 999, 5'000}).count_without(many) == 1);
        CHECK(BenchNumbers{}.count_without(many) == 0);
    }

    TEST_CASE("sets say what simple ones say") {
        BenchNumbers mine;
        BenchNumbers theirs;
        std::set<std::uint64_t> plain_mine;
        std::set<std::uint64_t> plain_theirs;
        std::uint64_t random = 1;
        for (int i = 0; i < 3'000; ++i) {
            random = random * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
            const std::uint64_t number = (random >> 33) % 2'000;
            const bool is_mine = (random >> 32 & 1) != 0;
            BenchNumbers& set = is_mine ? mine : theirs;
            std::set<std::uint64_t>& plain = is_mine ? plain_mine : plain_theirs;
            CHECK((set.add(number) == Added::added) == plain.insert(number).second);
        }
        std::uint64_t expected = 0;
        for (const std::uint64_t number : plain_mine) {
            expected += 1 - plain_theirs.count(number);
        }
        CHECK(mine.count() == plain_mine.size());
        CHECK(mine.count_without(theirs) == expected);
    }
}

TEST_SUITE("bench ledger") {
    TEST_CASE("a message is known by its run, its sender and its number") {
        BenchArrivals arrivals;
        CHECK(arrivals.take(stamp(0, 5)) == Arrival::once);
        CHECK(arrivals.take(stamp(0, 5)) == Arrival::again);
        CHECK(arrivals.take(stamp(1, 5)) == Arrival::once);
        CHECK(arrivals.take(stamp(0, 5, bench_run(8))) == Arrival::once);
        CHECK(arrivals.take(stamp(0, BenchNumbers::kSpanMax + 64)) == Arrival::stranger);
        CHECK(arrivals.holes() == 15);
    }

    TEST_CASE("what was accepted and did not come is missing, what came besides is not") {
        BenchLedger ledger{.run = kLedgerRun};
        ledger.accepted = {numbers({0, 1, 2}), numbers({0, 1})};
        ledger.arrivals.resize(1);
        CHECK(ledger.accepted_count() == 5);
        CHECK(ledger.missing() == 5);
        for (const BenchStamp& came : {stamp(0, 0), stamp(0, 2), stamp(0, 7), stamp(1, 1)}) {
            ledger.arrivals[0].take(came);
        }
        CHECK(ledger.missing() == 2);
        ledger.arrivals[0].take(stamp(0, 1, bench_run(8)));
        CHECK(ledger.missing() == 2);
        ledger.arrivals[0].take(stamp(0, 1));
        ledger.arrivals[0].take(stamp(1, 0));
        CHECK(ledger.missing() == 0);
    }

    TEST_CASE("each subscriber must have all") {
        BenchLedger ledger{.run = kLedgerRun};
        ledger.accepted = {numbers({0, 1})};
        ledger.arrivals.resize(2);
        ledger.arrivals[0].take(stamp(0, 0));
        ledger.arrivals[0].take(stamp(0, 1));
        ledger.arrivals[1].take(stamp(0, 1));
        CHECK(ledger.missing() == 1);
    }
}

TEST_SUITE("bench slots") {
    TEST_CASE("a value is kept under a number until it is taken, and then another has it") {
        BenchSlots<std::string> slots;
        const auto first = slots.put("a");
        const auto second = slots.put("b");
        CHECK(first != second);
        CHECK(slots.take(first) == "a");
        CHECK(slots.put("c") == first);
        CHECK(slots.take(second) == "b");
        CHECK(slots.take(first) == "c");
    }
}

}  // namespace weft::tools
