#include "broker/forwarding/rate.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace weft::forwarding {
namespace {

Instant second_at(int seconds) {
    return Instant{} + std::chrono::seconds{seconds};
}

void add_many(Rate& rate, int second, int count) {
    for (int i = 0; i < count; ++i) {
        rate.add(second_at(second));
    }
}

}  // namespace

TEST_SUITE("rate") {
    TEST_CASE("nothing is no rate") {
        CHECK(Rate{}.per_second(second_at(5)) == 0);
    }

    TEST_CASE("it is of the seconds that are over") {
        Rate rate;
        add_many(rate, 100, 30);
        CHECK(rate.per_second(second_at(100)) == 0);
        CHECK(rate.per_second(second_at(101)) == 30);
        add_many(rate, 101, 10);
        CHECK(rate.per_second(second_at(102)) == 20);
    }

    TEST_CASE("what is older than its window is forgotten") {
        Rate rate;
        add_many(rate, 100, 50);
        CHECK(rate.per_second(second_at(110)) == 5);
        CHECK(rate.per_second(second_at(111)) == 0);
        add_many(rate, 200, 20);
        CHECK(rate.per_second(second_at(201)) == 2);
    }
}

}  // namespace weft::forwarding
