#include "router/annotations/entries.hpp"

#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::annotations {
namespace {

using wire::hex;

TEST_SUITE("entries and traces") {
    TEST_CASE("entries come in order, each with its key, its value and both") {
        const Buffer map = hex("c1 0a 04 a3 01 'a' 45 a1 01 'b' 54 07");
        Entries entries(map);
        REQUIRE(entries.next());
        CHECK(entries.key() == "a");
        CHECK(entries.key_is_symbol());
        CHECK(entries.value().size() == 1);
        CHECK(entries.whole().size() == 4);
        REQUIRE(entries.next());
        CHECK(entries.key() == "b");
        CHECK_FALSE(entries.key_is_symbol());
        CHECK(entries.value().size() == 2);
        CHECK_FALSE(entries.next());
        CHECK(entries.ok());
    }

    TEST_CASE("a key that is no text is an empty one, a key without a value is an error") {
        const Buffer map = hex("c1 03 02 44 41");
        Entries entries(map);
        REQUIRE(entries.next());
        CHECK(entries.key().empty());
        CHECK_FALSE(entries.key_is_symbol());

        const Buffer lone_key = hex("c1 02 01 41");
        Entries odd(lone_key);
        CHECK_FALSE(odd.next());
        CHECK_FALSE(odd.ok());
        CHECK_FALSE(Entries(hex("45")).ok());
        CHECK_FALSE(Entries({}).ok());
    }

    TEST_CASE("a trace is walked to its end, or to what is no text") {
        const Buffer trace = hex("c0 0f 04 a1 03 '0/a' a3 03 '0/b' 54 01 54 02");
        TraceWalk walk(trace);
        CHECK(walk.count() == 4);
        REQUIRE(walk.next());
        CHECK(walk.text() == "0/a");
        CHECK_FALSE(walk.text_is_symbol());
        REQUIRE(walk.next());
        CHECK(walk.text() == "0/b");
        CHECK(walk.text_is_symbol());
        CHECK_FALSE(walk.next());
        CHECK_FALSE(walk.done());
    }

    TEST_CASE("without a trace there is no router, and what is no list is no trace") {
        TraceWalk none({});
        CHECK(none.ok());
        CHECK(none.done());
        CHECK_FALSE(none.next());
        CHECK_FALSE(TraceWalk(hex("54 01")).ok());
    }
}

}  // namespace
}  // namespace weft::annotations
