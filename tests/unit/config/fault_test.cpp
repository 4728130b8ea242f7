#include "common/config/fault.hpp"

#include "tests/unit/config/lines.hpp"

#include <doctest/doctest.h>

using namespace weft::config;
using test::Lines;

TEST_SUITE("fault") {
    TEST_CASE("a fault is one line whatever it quotes") {
        Faults faults;
        const Place place{faults.add_file("f"), 3};
        faults.error(place, "/a\nb", "must not be " + quote("x\r\n\x1b[2J"));
        CHECK(faults.lines() == Lines{"f:3: /a\\x0ab: must not be \"x\\x0d\\x0a\\x1b[2J\""});
    }

    TEST_CASE("long quotations are cut") {
        CHECK(quote(std::string(100, 'x')) == "\"" + std::string(kQuotedMax, 'x') + "…\"");
    }

    TEST_CASE("only errors fail a configuration") {
        Faults faults;
        const Place place{faults.add_file("f"), 0};
        faults.warn(place, "", "hm");
        CHECK_FALSE(faults.failed());
        CHECK(faults.lines() == Lines{"f: warning: hm"});
        faults.error(place, "", "no");
        CHECK(faults.failed());
    }

    TEST_CASE("faults beyond the limit are counted") {
        Faults faults;
        const Place place{faults.add_file("f"), 0};
        for (std::size_t i = 0; i < kFaultsMax + 7; ++i) {
            faults.error(place, "", "no");
        }
        REQUIRE(faults.lines().size() == kFaultsMax + 1);
        CHECK(faults.lines().back() == "and 7 more");
    }
}
