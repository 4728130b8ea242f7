#include "broker/forwarding/emptying.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::forwarding {

TEST_SUITE("emptying") {
    using Stage = Emptying::Stage;

    TEST_CASE("it is empty when the store says so, and not before") {
        Emptying emptying;
        CHECK_FALSE(emptying.note(3, false));
        CHECK_FALSE(emptying.is_closed());
        CHECK(emptying.note(0, false));
        CHECK(emptying.stage() == Stage::checking);
        CHECK(emptying.is_closed());
        CHECK_FALSE(emptying.note(0, false));  // it was asked
        emptying.on_checked(true);
        CHECK(emptying.stage() == Stage::empty);
        CHECK_FALSE(emptying.note(0, false));
        CHECK(emptying.is_closed());
    }

    TEST_CASE("what the store has goes before what is known") {
        Emptying emptying;
        CHECK(emptying.note(0, false));
        emptying.on_checked(false);
        CHECK(emptying.stage() == Stage::emptying);
        CHECK(emptying.note(0, false));
    }

    TEST_CASE("it stays open while somebody may bring more") {
        Emptying emptying;
        CHECK_FALSE(emptying.note(0, true));
        CHECK_FALSE(emptying.is_closed());
        CHECK(emptying.note(0, false));
    }

    TEST_CASE("what comes in spite of it makes it go on") {
        Emptying emptying;
        CHECK(emptying.note(0, false));
        CHECK_FALSE(emptying.note(1, false));
        emptying.on_checked(true);  // the answer is of before
        CHECK(emptying.stage() == Stage::emptying);
        CHECK(emptying.note(0, false));
        emptying.on_checked(true);
        CHECK_FALSE(emptying.note(1, false));
        CHECK(emptying.stage() == Stage::emptying);
    }

    TEST_CASE("a queue stays that no other broker keeps, and why") {
        CHECK(why_it_stays({.of_routers = true, .brokers = 2}).empty());
        CHECK(why_it_stays({.of_routers = true, .brokers = 1}) ==
              "its entry names no other broker");
        CHECK_FALSE(why_it_stays({.of_routers = false, .brokers = 2}).empty());
        CHECK_FALSE(why_it_stays({.of_routers = true, .is_pattern = true, .brokers = 2}).empty());
        CHECK(why_it_stays({.of_subscription = true}).find("subscription") != std::string::npos);
    }

    TEST_CASE("one that is forwarded leaves by that, whoever keeps it") {
        CHECK(why_it_stays({.has_rule = true}).empty());
    }
}

}  // namespace weft::forwarding
