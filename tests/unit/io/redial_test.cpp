#include "common/io/redial.hpp"

#include <doctest/doctest.h>

namespace weft::io {

namespace {

const HostPort kA{"a", "1"};
const HostPort kB{"b", "2"};
const HostPort kC{"c", "3"};

void check_within(Duration delay, Duration full) {
    CHECK(delay <= full);
    CHECK(delay >= full * 3 / 4);
}

}  // namespace

TEST_SUITE("redial") {
    TEST_CASE("delays double from one second to thirty, less a random part") {
        Redial redial{kA, {}, 1};
        for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
            check_within(redial.failed(), std::chrono::seconds{seconds});
            CHECK(redial.target() == kA);
        }
    }

    TEST_CASE("two routers do not wait equally long") {
        Redial one{kA, {}, 1};
        Redial other{kA, {}, 2};
        CHECK(one.failed() != other.failed());
    }

    TEST_CASE("each address of a round is dialled before it waits") {
        Redial redial{kA, {}, 1};
        redial.set_failovers({kB, kC});
        CHECK(redial.failed() == Duration::zero());
        CHECK(redial.target() == kB);
        CHECK(redial.failed() == Duration::zero());
        CHECK(redial.target() == kC);
        check_within(redial.failed(), std::chrono::seconds{1});
        CHECK(redial.target() == kA);
        CHECK(redial.failed() == Duration::zero());
    }

    TEST_CASE("a lost connection that was in use starts anew with the first address") {
        Redial redial{kA, {}, 1};
        redial.set_failovers({kB});
        (void)redial.failed();
        (void)redial.failed();
        (void)redial.failed();
        CHECK(redial.target() == kB);
        redial.succeeded();
        check_within(redial.failed(), std::chrono::seconds{1});
        CHECK(redial.target() == kA);
        (void)redial.failed();
        check_within(redial.failed(), std::chrono::seconds{1});  // the growth began anew, too
    }

    TEST_CASE("failovers replace each other, without doubles and up to a limit") {
        Redial redial{kA, {}, 1};
        redial.set_failovers({kB, kA, kB, kC});
        CHECK(redial.targets() == std::vector{kA, kB, kC});
        (void)redial.failed();
        redial.set_failovers({kC, kB});
        CHECK(redial.target() == kB);
        CHECK(redial.targets() == std::vector{kB, kA, kC});  // in the order in which it dials
        redial.set_failovers(std::vector<HostPort>(3, kB));
        std::vector<HostPort> many;
        for (int i = 0; i < 100; ++i) {
            many.push_back({"h", std::to_string(i)});
        }
        redial.set_failovers(many);
        CHECK(redial.targets().size() == Redial::kFailoversMax + 1);
    }

    TEST_CASE("an empty list leaves the configured address and the one in use") {
        Redial redial{kA, {}, 1};
        redial.set_failovers({kB, kC});
        (void)redial.failed();
        (void)redial.failed();
        redial.set_failovers({});
        CHECK(redial.target() == kC);
        CHECK(redial.targets() == std::vector{kC, kA});
    }

    TEST_CASE("the address in use stays, however many others there are") {
        Redial redial{kA, {}, 1};
        redial.set_failovers({kB});
        (void)redial.failed();
        std::vector<HostPort> many;
        for (int i = 0; i < 100; ++i) {
            many.push_back({"h", std::to_string(i)});
        }
        redial.set_failovers(many);
        CHECK(redial.target() == kB);
        CHECK(redial.targets().size() == Redial::kFailoversMax + 1);
    }
}

}  // namespace weft::io
