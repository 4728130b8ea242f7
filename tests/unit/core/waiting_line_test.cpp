#include "router/core/waiting_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>

namespace weft::router {
namespace {

struct Line {
    ~Line() { static_cast<void>(line.take_all()); }
    Branch& add(std::uint8_t priority, std::uint64_t number) {
        Delivery& delivery = deliveries.emplace_back();
        delivery.branch.delivery = &delivery;
        delivery.number = number;
        line.push(delivery.branch, priority);
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
    static_cast<void>(some.line.take_all());
    CHECK(some.line.count() == 0);
    CHECK(some.line.stuck() == 0);
    CHECK(first.line == nullptr);
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

TEST_CASE("all are taken at once, the most urgent first, and others may wait then") {
    Line some;
    some.add(4, 0);
    some.add(9, 1);
    some.add(4, 2);
    BranchList all = some.line.take_all();
    CHECK(some.line.empty());
    std::string order;
    while (!all.empty()) {
        order += std::to_string(all.front().delivery->number);
        all.front().unlink();
    }
    CHECK(order == "102");
    some.add(4, 3);
    CHECK(some.line.count() == 1);
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

TEST_SUITE_END();

}  // namespace weft::router
