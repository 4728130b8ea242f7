#include "router/linkroute/allotment.hpp"

#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace weft::linkroute {
namespace {

router::AddressPattern pattern_of(std::string_view text) {
    return *router::AddressPattern::parse(router::AddressPattern::Grammar::pattern, text);
}

}  // namespace

TEST_SUITE_BEGIN("allotment");

TEST_CASE("one may have what the others leave free, and all may have a little") {
    Allotment all;
    const auto pattern = pattern_of("a/#");
    Allotment::Share one;
    Allotment::Share other;
    all.take(one, {.bytes = Allotment::kBytesMax / 2, .find = 0});
    const auto refused = all.check(one, pattern, 7, 7);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == kResourceLimitExceeded);
    CHECK(all.check(other, pattern, 7, 7));
    all.take(other, {.bytes = Allotment::kBytesMax / 2, .find = 0});
    CHECK_FALSE(all.check(other, pattern, 7, 7));
    CHECK(all.check({}, pattern, 7, 7));
    all.give_back(one, {.bytes = Allotment::kBytesMax / 2, .find = 0});
    CHECK(one.bytes == 0);
    CHECK(all.bytes() == Allotment::kBytesMax / 2);
    CHECK(all.check(one, pattern, 7, 7));
}

TEST_CASE("wildcards before the last level count for what they add to a look") {
    const Allotment all;
    const std::size_t most = Allotment::kFindMax;
    CHECK(all.check({}, pattern_of("*/a"), most - 1, most));
    const auto refused = all.check({}, pattern_of("*/a"), most, most + 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == kResourceLimitExceeded);
    CHECK_FALSE(
        all.check({.bytes = 0, .find = most / 2}, pattern_of("*/a"), most / 2, most / 2 + 1));
    SUBCASE("but those that add nothing do not") {
        CHECK(all.check({}, pattern_of("*/a"), 2 * most, 2 * most));
    }
    SUBCASE("and none that has no wildcard but for its last level") {
        for (const std::string_view text : {"a", "a/b/#", "a/*", "#"}) {
            CHECK(all.check({}, pattern_of(text), most, most + 3));
        }
        CHECK_FALSE(all.check({}, pattern_of("a/*/#"), most, most + 3));
    }
}

TEST_CASE("a pattern takes more for each of its levels, and for its text") {
    const std::size_t one = Allotment::bytes_of(pattern_of("aa"));
    CHECK(Allotment::bytes_of(pattern_of("a/")) < Allotment::bytes_of(pattern_of("a/b")));
    CHECK(Allotment::bytes_of(pattern_of("aab")) == one + 2);
}

TEST_SUITE_END();

}  // namespace weft::linkroute
