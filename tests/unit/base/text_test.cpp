#include "common/base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace weft {

TEST_SUITE("text") {
    TEST_CASE("lower case is that of ASCII letters; other bytes stay") {
        CHECK(lower("maxFrameSize_9 Ö") == "maxframesize_9 Ö");
        CHECK(lower('Z') == 'z');
        CHECK(lower('[') == '[');
    }

    TEST_CASE("words are the same but for the case of letters, or they are not") {
        CHECK(same_but_case("Notice", "nOTICE"));
        CHECK_FALSE(same_but_case("notice", "notices"));
        CHECK_FALSE(same_but_case("a[", "a{"));
    }

    TEST_CASE("bytes have two hexadecimal digits each") {
        constexpr std::array<std::uint8_t, 3> kBytes{0x00, 0x0f, 0xa5};
        CHECK(hex(kBytes) == "000fa5");
        CHECK(hex({}) == "");
        std::string text = "\\x";
        append_hex(text, std::uint8_t{0x1b});
        CHECK(text == "\\x1b");
    }

    TEST_CASE("the nearest name is the one with the fewest edits, letter case aside") {
        constexpr std::array<std::string_view, 5> kNames{"port", "host", "maxFrameSize", "id",
                                                         "saslMechanisms"};
        CHECK(nearest("prot", kNames) == "port");  // a swap is one edit
        CHECK(nearest("hots", kNames) == "host");
        CHECK(nearest("prt", kNames) == "port");
        CHECK(nearest("saslmechanism", kNames) == "saslMechanisms");
        CHECK(nearest("maxframesize", kNames) == "maxFrameSize");
        CHECK(nearest("max_frame_size", kNames) == "maxFrameSize");
    }

    TEST_CASE("no name is near if more than a third of the letters would change") {
        constexpr std::array<std::string_view, 3> kNames{"port", "host", "id"};
        CHECK(nearest("frobnicate", kNames) == "");
        CHECK(nearest("xy", kNames) == "");
        CHECK(nearest("", kNames) == "");
        constexpr std::array<std::string_view, 2> kShort{"a", "b"};
        CHECK(nearest("x", kShort) == "");  // as many edits as letters is no likeness
    }

    TEST_CASE("a name past 64 bytes is nobody's typing error") {
        const std::string longest(64, 'p');
        const std::array<std::string_view, 1> names{longest};
        CHECK(nearest(std::string(63, 'p'), names) == longest);
        CHECK(nearest(std::string(65, 'p'), names) == "");
        CHECK(nearest(std::string(100'000, 'p'), names) == "");
    }
}

}  // namespace weft
