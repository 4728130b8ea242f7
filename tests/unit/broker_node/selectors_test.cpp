#include "broker/node/selectors.hpp"

#include "broker/selector/limits.hpp"
#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

/// One of so many bytes, and different from others.
std::string selector_of(std::size_t bytes, std::size_t number) {
    const std::string start = "n = " + std::to_string(number) + " AND c = '";
    return start + std::string(bytes - start.size() - 1, 'x') + "'";
}

}  // namespace

TEST_SUITE("selectors") {
    TEST_CASE("equal ones are one, while somebody has it") {
        Selectors all;
        SharedSelector one = all.read("n = 1").value();
        SharedSelector same = all.read("  n=1 ").value();
        CHECK(one == same);
        CHECK(all.read("n = 2").value() != one);
        CHECK(all.size() == 1);
        CHECK(all.bytes() == one->text.size());
        one.reset();
        CHECK(all.size() == 1);
        same.reset();
        CHECK(all.size() == 0);
        CHECK(all.bytes() == 0);
    }

    TEST_CASE(
        "one that is too long in the form that is kept is refused, and what is kept is read") {
        Selectors all;
        const std::string literal = "'aaaaaaaaaaaaaaaaaaaa'";
        std::string in = "x IN(" + literal;
        while (in.size() < selector::kTextBytesMax - 30) {
            in += "," + literal;
        }
        in += ")";
        REQUIRE(in.size() <= selector::kTextBytesMax);
        const auto refused = all.read(in);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == kResourceLimitExceeded);
        CHECK(refused.error().text.starts_with("the selector, written out, has "));
        const SharedSelector fits = all.read("x IN('a','b')").value();
        CHECK(all.read(fits->text).value() == fits);
    }

    TEST_CASE("different ones have so many bytes together, and who comes last a part of the rest") {
        Selectors all;
        std::vector<SharedSelector> held;
        for (std::size_t i = 0; i < Selectors::kBytesMax / selector::kTextBytesMax; ++i) {
            auto read = all.read(selector_of(selector::kTextBytesMax - 100, i));
            if (!read) {
                CHECK(read.error().condition == kResourceLimitExceeded);
                break;
            }
            held.push_back(*std::move(read));
        }
        CHECK(all.bytes() < Selectors::kBytesMax);
        CHECK(all.bytes() > Selectors::kBytesMax / 2);
        CHECK(all.read("n = 1"));
    }
}

}  // namespace weft::broker
