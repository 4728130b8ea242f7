#include "common/security/guess_limits.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;
using namespace weft::security;

namespace {

constexpr Instant kStart{std::chrono::hours{1}};

/// Wrong guesses until no more are looked at.
int guesses(GuessLimits& limits, auto host, auto user, Instant now, int most = 100'000) {
    int count = 0;
    while (count < most && limits.may_guess(host(count), user(count), now)) {
        limits.count(host(count), user(count), now);
        ++count;
    }
    return count;
}

auto always(std::string name) {
    return [name = std::move(name)](int) { return name; };
}
auto each(std::string name) {
    return [name = std::move(name)](int number) { return name + std::to_string(number); };
}

}  // namespace

TEST_SUITE("guess limits") {
    TEST_CASE(
        "tokens of one host: two hundred at once, and ten a second; passwords count with them") {
        GuessLimits limits;
        int shown = 0;
        for (; limits.may_show("h", kStart) && shown < 1000; ++shown) {
            limits.count_shown("h", kStart);
        }
        CHECK(shown == 200);
        CHECK_FALSE(limits.may_guess("h", "u", kStart));
        CHECK(limits.may_show("other", kStart));
        CHECK(limits.may_guess("other", "", kStart));
        CHECK(limits.may_show("h", kStart + std::chrono::milliseconds{100}));
    }

    TEST_CASE("one user from one host: ten at once, and one more each six seconds") {
        GuessLimits limits;
        CHECK(guesses(limits, always("h"), always("u"), kStart) == 10);
        CHECK(guesses(limits, always("h"), always("u"), kStart + std::chrono::seconds{5}) == 0);
        CHECK(guesses(limits, always("h"), always("u"), kStart + std::chrono::seconds{6}) == 1);
        CHECK(guesses(limits, always("h"), always("u"), kStart + std::chrono::hours{1}) == 10);
        CHECK(limits.may_guess("h", "other", kStart + std::chrono::hours{1}));
        CHECK(limits.may_guess("other", "u", kStart + std::chrono::hours{1}));
    }

    TEST_CASE("one user from many hosts, and many users from one host") {
        GuessLimits limits;
        CHECK(guesses(limits, each("h"), always("u"), kStart) == GuessLimits::kOfUser.at_once);
        CHECK(limits.may_guess("h", "other", kStart));
        GuessLimits others;
        CHECK(guesses(others, always("h"), each("u"), kStart) == GuessLimits::kOfHost.at_once);
        CHECK(others.may_guess("other", "u", kStart));
        CHECK(others.may_guess("h", "u", kStart + GuessLimits::kOfHost.period));
    }

    TEST_CASE("nothing is counted but what is wrong") {
        GuessLimits limits;
        for (int i = 0; i < 1000; ++i) {
            CHECK(limits.may_guess("h", "u", kStart));
        }
    }

    TEST_CASE("many names that are made up lock out nobody for long") {
        GuessLimits limits;
        for (int i = 0; i < 100'000; ++i) {
            limits.count("h" + std::to_string(i), "u" + std::to_string(i), kStart);
        }
        CHECK(limits.may_guess("host", "user", kStart + std::chrono::minutes{10}));
    }
}
