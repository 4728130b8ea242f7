#include "common/base/utf8.hpp"

#include <doctest/doctest.h>

#include <string_view>

using weft::is_utf8;
using weft::utf8_size;

TEST_SUITE_BEGIN("utf8");

TEST_CASE("a character is as long as its first byte says") {
    CHECK(utf8_size("ab") == 1);
    CHECK(utf8_size("\xc3\xa9x") == 2);
    CHECK(utf8_size("\xe2\x82\xac") == 3);
    CHECK(utf8_size("\xf0\x9f\x98\x80") == 4);
    CHECK(utf8_size(std::string_view{"\0", 1}) == 1);
}

TEST_CASE("what is cut off, overlong, a surrogate or past Unicode is no character") {
    for (const std::string_view bad :
         {"\x80", "\xc3", "\xe2\x82", "\xc3(", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
          "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        CHECK(utf8_size(bad) == 0);
    }
}

TEST_CASE("a text is UTF-8 if all of it is") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("wörld €"));
    CHECK_FALSE(is_utf8("wörld \xff"));
    CHECK_FALSE(is_utf8("\xe2\x82"));
}

TEST_SUITE_END();
