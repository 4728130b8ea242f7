#include "common/base/printable.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;

TEST_SUITE_BEGIN("printable");

TEST_CASE("what people write in any language stays as it is") {
    for (const std::string text :
         {"", "plain ~ text", "é € 漢字 עברית العربية 😀", "\u00a0\u200b\u200d\ufeff", "\\u009b"}) {
        CHECK(printable(text) == text);
    }
}

TEST_CASE("controls are escaped: C0, DEL and C1") {
    CHECK(printable("a\tb\x1b[2J\x7f") == "a\\u0009b\\u001b[2J\\u007f");
    CHECK(printable("\u009b31m red \u0080\u009f\u0085") == "\\u009b31m red \\u0080\\u009f\\u0085");
    CHECK(printable(std::string("\0", 1)) == "\\u0000");
}

TEST_CASE("marks that turn the direction of writing are escaped, and what separates lines") {
    CHECK(printable("user\u202etxt.exe\u202c") == "user\\u202etxt.exe\\u202c");
    CHECK(printable("\u202a\u202b\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c") ==
          "\\u202a\\u202b\\u202d\\u2066\\u2067\\u2068\\u2069\\u200e\\u200f\\u061c");
    CHECK(printable("\u2028\u2029") == "\\u2028\\u2029");
}

TEST_CASE("bytes that are no UTF-8 are escaped one by one") {
    CHECK(printable("a\xff\x9bz") == "a\\xff\\x9bz");
    CHECK(printable("\xe2\x82") == "\\xe2\\x82");                 // cut off
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");        // a surrogate
    CHECK(printable("\xc2\x9b\xc0\x80") == "\\u009b\\xc0\\x80");  // overlong
}

TEST_CASE("ends of lines are kept on request, and nothing else of that kind") {
    CHECK(printable("a\nb\r\n") == "a\\u000ab\\u000d\\u000a");
    CHECK(printable("a\nb\r\u2028\n", Breaks::kept) == "a\nb\\u000d\\u2028\n");
}

TEST_SUITE_END();
