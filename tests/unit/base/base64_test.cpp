#include "common/base/base64.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace weft;

TEST_SUITE("base64") {
    TEST_CASE("the vectors of RFC 4648, both ways") {
        for (const auto& [plain, text] :
             {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="},
              std::pair{"foo", "Zm9v"}, std::pair{"foob", "Zm9vYg=="},
              std::pair{"fooba", "Zm9vYmE="}, std::pair{"foobar", "Zm9vYmFy"}}) {
            CHECK(base64(as_bytes(plain)) == text);
            const auto back = from_base64(text);
            REQUIRE(back);
            CHECK(as_text(*back) == plain);
        }
    }

    TEST_CASE("all bytes come back") {
        Buffer all;
        for (int i = 0; i < 256; ++i) {
            all.push_back(static_cast<std::uint8_t>(i));
            CHECK(from_base64(base64(all)) == all);
        }
    }

    TEST_CASE("what is no base64, or not the one way to say it, is nothing") {
        for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "=m9v",
                                 "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_", "Zg==="}) {
            CHECK_MESSAGE(!from_base64(text), text);
        }
    }
}
