#include "common/security/prepared.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace weft::security;

TEST_SUITE("prepared") {
    TEST_CASE("what RFC 4013 maps is mapped, and all else stays as it is") {
        for (const auto& [text, ready] :
             {std::pair{"I\u00adX", "IX"}, std::pair{"user", "user"}, std::pair{"USER", "USER"},
              std::pair{"a\u00a0b\u3000c", "a b c"}, std::pair{"a\u200bb", "a b"},
              std::pair{"a\u200d\ufeff\ufe0fb", "ab"}, std::pair{"ö€𝄞", "ö€𝄞"},
              std::pair{"", ""}}) {
            CHECK(prepared(text) == std::string{ready});
        }
    }

    TEST_CASE("what RFC 4013 prohibits is refused") {
        using namespace std::string_view_literals;
        for (const std::string_view text :
             {"\a"sv, "a\0b"sv, "\x7f"sv, "\u0080"sv, "a\u2028b"sv, "\u202e"sv, "\ue000"sv,
              "\ufdd0"sv, "\ufffe"sv, "\U0001ffff"sv, "\U0010fffd"sv, "\U000e0041"sv, "\ufffd"sv}) {
            CHECK(prepared(text).error() ==
                  "has control characters, or others that nobody can type");
        }
        CHECK(prepared("\xff").error() == "is not UTF-8");
        CHECK(prepared("\xed\xa0\x80").error() == "is not UTF-8");
    }

    TEST_CASE("passwords and names have their sizes, and names no spaces") {
        CHECK(prepared_password("a b") == std::string{"a b"});
        CHECK(prepared_password("").error() == "is empty");
        CHECK(prepared_password("\u00ad").error() == "is empty");
        CHECK(prepared_password(std::string(kPasswordMax, 'x')));
        CHECK(prepared_password(std::string(kPasswordMax + 1, 'x')).error() ==
              "has more than 1024 bytes");
        CHECK(prepared_user("jürgen@example.com") == std::string{"jürgen@example.com"});
        CHECK(prepared_user("a b").error() == "has a space");
        CHECK(prepared_user("a\u00a0b").error() == "has a space");
        CHECK(prepared_user("anonymous").error() == "is what whoever says nothing is called");
        CHECK(prepared_user(std::string(kUserNameMax + 1, 'x')).error() ==
              "has more than 255 bytes");
    }
}
