#include "common/security/plain.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

TEST_SUITE("plain") {
    TEST_CASE("what a client says, a server reads") {
        const Buffer message = plain_message("alice", "se cret");
        CHECK(as_text(message) == std::string_view{"\0alice\0se cret", 14});
        const auto said = plain_in(message);
        REQUIRE(said);
        CHECK(said->authorize.empty());
        CHECK(said->user == "alice");
        CHECK(said->password == "se cret");
    }

    TEST_CASE("who wants to act for somebody says so") {
        const auto said = plain_in(as_bytes({"bob\0alice\0x", 11}));
        REQUIRE(said);
        CHECK(said->authorize == "bob");
    }

    TEST_CASE("what lacks a part, or has one too many, is none") {
        using namespace std::string_view_literals;
        for (const std::string_view bad :
             {""sv, "\0"sv, "\0\0"sv, "alice"sv, "\0alice"sv, "\0alice\0"sv, "\0\0secret"sv,
              "\0alice\0sec\0ret"sv, "\0alice\0secret\0"sv, "bob\0\0secret"sv}) {
            CHECK_FALSE(plain_in(as_bytes(bad)));
        }
    }
}
