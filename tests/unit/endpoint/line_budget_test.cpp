#include "common/endpoint/line_budget.hpp"

#include <doctest/doctest.h>

namespace weft::endpoint {
namespace {

/// Lines that may be logged at once.
int burst(LineBudget& budget, Instant now) {
    int lines = 0;
    while (budget.take(now)) {
        ++lines;
    }
    return lines;
}

}  // namespace

TEST_SUITE("line budget") {
    TEST_CASE("a peer causes some lines at once, then one each second; the others are counted") {
        LineBudget budget;
        Instant now{std::chrono::hours{1}};
        CHECK(burst(budget, now) == LineBudget::kLinesMax);
        CHECK_FALSE(budget.take(now + LineBudget::kLineEach / 2));
        CHECK(budget.take_left_out() == 2);
        CHECK(budget.take_left_out() == 0);
        now += 3 * LineBudget::kLineEach;
        CHECK(burst(budget, now) == 3);
        now += std::chrono::hours{1};
        CHECK(burst(budget, now) == LineBudget::kLinesMax);
    }
}

}  // namespace weft::endpoint
