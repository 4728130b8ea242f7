#include "mqtt-gateway/node/rate_limit.hpp"

#include <doctest/doctest.h>

using namespace weft;
using weft::gateway::RateLimit;

namespace {

constexpr Instant kFirst{std::chrono::seconds{1000}};

int taken(RateLimit& limit, Instant now, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
        count += limit.take(now) ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_SUITE("rate limit") {
    TEST_CASE("a second's worth may come at once, and then evenly") {
        RateLimit limit{10};
        CHECK(taken(limit, kFirst, 50) == 10);
        CHECK(taken(limit, kFirst + std::chrono::milliseconds{99}, 50) == 0);
        CHECK(taken(limit, kFirst + std::chrono::milliseconds{100}, 50) == 1);
        CHECK(taken(limit, kFirst + std::chrono::milliseconds{500}, 50) == 4);
        CHECK(taken(limit, kFirst + std::chrono::seconds{60}, 50) == 10);
    }

    TEST_CASE("0 is any number") {
        RateLimit limit{0};
        CHECK(taken(limit, kFirst, 1000) == 1000);
    }
}
