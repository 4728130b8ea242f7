#include "router/core/waiting_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>

namespace weft::router {
namespace {

struct Line {
    ~Line() {
        while (!line.empty()) {
            line.take();
        }
    }
    Branch& add(std::uint8_t priority, std::uint64_t number) {
        Delivery& delivery = deliveries.emplace_back();
        delivery.branch.delivery = &delivery;
        delivery.number = number;
        steps += line.push(delivery.branch, priority);
        return delivery.branch;
    }
    std::string take(std::size_t count) {
        std::string taken;
        for (; count > 0; --count) {
            taken += std::to_string(line.take().delivery->priority);
        }
        return taken;
    }
    std::deque<Delivery> deliveries;
    WaitingLine line;
    std::size_t steps = 0;  // what was looked at to put them in their places
};

}  // namespace

TEST_SUITE_BEGIN("waiting line");

TEST_CASE("the urgent go first, and of one priority the oldest") {
    Line some;
    for (const std::uint8_t priority : std::array<std::uint8_t, 6>{4, 9, 0, 4, 9, 7}) {
        some.add(priority, static_cast<std::uint32_t>(some.deliveries.size()));
    }
    CHECK(some.line.count() == 6);
    CHECK(some.line.front()->delivery->number == 1);
    CHECK(some.take(2) == "99");
    CHECK(some.take(4) == "7440");
    CHECK(some.line.empty());
    CHECK(some.line.front() == nullptr);
}

TEST_CASE("how many wait, and how many of them are stuck, is known at any time") {
    Line some;
    Branch& first = some.add(4, 1);
    some.add(9, 2);
    Branch& third = some.add(4, 3);
    some.line.note_stuck(first);
    some.line.note_stuck(third);
    CHECK(some.line.count() == 3);
    CHECK(some.line.stuck() == 2);
    some.line.remove(third);
    CHECK_FALSE(third.stuck);
    Branch& urgent = some.line.take();
    some.line.put_back(urgent);
    CHECK(some.line.count() == 2);
    CHECK(some.line.stuck() == 1);
    some.take(2);
    CHECK(some.line.count() == 0);
    CHECK(some.line.stuck() == 0);
    CHECK(first.line == nullptr);
}

TEST_CASE("many that come back in order, past many younger ones, cost one walk together") {
    constexpr std::uint64_t kMany = 10'000;
    const auto in_order = [](Line& some) {
        std::uint64_t last = 0;
        while (!some.line.empty()) {
            const std::uint64_t number = some.line.take().delivery->number;
            CHECK(number >= last);
            last = number;
        }
    };
    Line some;
    for (std::uint64_t i = 0; i < kMany; ++i) {
        some.add(4, kMany + 2 * i);
    }
    CHECK(some.steps == kMany);
    SUBCASE("all older") {
        for (std::uint64_t i = 0; i < kMany; ++i) {
            some.add(4, i);
        }
        CHECK(some.steps < 4 * kMany);
    }
    SUBCASE("among them") {
        for (std::uint64_t i = 0; i < kMany; ++i) {
            some.add(4, kMany + 2 * i + 1);
        }
        CHECK(some.steps < 6 * kMany);
    }
    SUBCASE("while they are taken") {
        for (std::uint64_t i = 0; i < kMany; ++i) {
            some.add(4, i);
            if (i % 2 == 1) {
                CHECK(some.line.take().delivery->number == i / 2);
            }
        }
        CHECK(some.steps < 4 * kMany);
    }
    SUBCASE("while all but the young are taken") {
        for (std::uint64_t i = 0; i < kMany / 2; ++i) {
            some.add(4, kMany + 2 * i + 1);
            some.line.remove(some.deliveries[i].branch);
        }
        CHECK(some.steps < 6 * kMany);
    }
    in_order(some);
}

TEST_CASE("where the last one was put is forgotten with the line's last") {
    Line some;
    some.add(4, 10);
    some.add(4, 20);
    some.line.remove(some.add(4, 15));
    CHECK(some.take(2) == "44");
    some.add(9, 40);
    some.add(9, 60);
    some.add(9, 50);
    some.add(4, 30);
    some.add(4, 35);
    some.add(4, 33);
    CHECK(some.take(6) == "999444");
}

TEST_CASE("what comes back is put in its place by age") {
    // While the first waited, so many others passed.
    constexpr std::uint64_t kLate = 10 + (std::uint64_t{1} << 31);
    Line some;
    some.add(4, 10);
    some.add(4, 30);
    some.add(4, kLate);
    some.add(4, 20);
    std::array<std::uint64_t, 4> numbers{};
    for (std::uint64_t& number : numbers) {
        number = some.line.take().delivery->number;
    }
    CHECK(numbers == std::array<std::uint64_t, 4>{10, 20, 30, kLate});
}

TEST_CASE("every priority that waits has a turn in each sixteen") {
    Line some;
    std::uint32_t number = 0;
    for (std::uint8_t priority = 0; priority < kPriorities; ++priority) {
        for (int i = 0; i < 200; ++i) {
            some.add(priority, number++);
        }
    }
    const std::string taken = some.take(160);
    for (std::size_t from = 0; from + WaitingLine::kRound <= taken.size(); ++from) {
        for (char priority = '0'; priority <= '9'; ++priority) {
            REQUIRE(taken.substr(from, WaitingLine::kRound).find(priority) != std::string::npos);
        }
    }
    CHECK(taken.substr(0, 6) == "999999");
    CHECK(std::ranges::count(taken, '9') == 70);
}

TEST_CASE("what was put back is the next again, and its turn with it") {
    Line some;
    some.add(9, 0);
    some.add(4, 1);
    for (int i = 0; i < 40; ++i) {
        Branch& branch = some.line.take();
        CHECK(branch.delivery->priority == 9);
        some.line.put_back(branch);
    }
    CHECK(some.take(2) == "94");
}

TEST_CASE("a branch may leave from the middle") {
    Line some;
    some.add(5, 0);
    Branch& ends = some.add(5, 1);
    some.add(5, 2);
    some.line.remove(ends);
    CHECK(some.line.count() == 2);
    CHECK(some.take(2) == "55");
}

TEST_CASE("all that waits is looked at again once, in order, whatever comes or goes meanwhile") {
    Line some;
    for (const std::uint8_t priority : std::array<std::uint8_t, 5>{4, 9, 4, 0, 9}) {
        some.add(priority, some.deliveries.size());
    }
    CHECK(some.line.to_look_at() == nullptr);
    some.line.look_again();
    std::string seen;
    while (Branch* const next = some.line.to_look_at()) {
        seen += std::to_string(next->delivery->number);
        if (next->delivery->number == 4) {
            some.line.remove(*next);  // goes, and so does the one behind it
            some.line.remove(some.deliveries[0].branch);
            some.add(9, 5);
            some.add(4, 6);
        } else {
            some.line.looked_at();
        }
    }
    CHECK(seen == "14263");
    CHECK_FALSE(some.line.is_looked_at());
    CHECK(some.line.count() == 5);
}

TEST_CASE("nothing is looked at where nothing waits, and what is taken needs no look") {
    Line some;
    some.line.look_again();
    CHECK(some.line.to_look_at() == nullptr);
    some.add(4, 0);
    some.add(4, 1);
    some.line.look_again();
    some.line.take();
    CHECK(some.line.to_look_at() == &some.deliveries[1].branch);
    some.line.take();
    CHECK(some.line.to_look_at() == nullptr);
}

TEST_SUITE_END();

}  // namespace weft::router
