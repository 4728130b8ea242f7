#include "common/wire/delivery_state.hpp"

#include "common/wire/reader.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <tuple>

namespace weft::wire {
namespace {

Outcome outcome_in(std::string_view text) {
    return outcome_of(hex(text));
}

TEST_SUITE("delivery state") {
    TEST_CASE("the states that we send are what the spec says they are") {
        CHECK(shown(kAccepted) == "00532445");
        CHECK(shown(kReleased) == "00532645");
        CHECK(shown(kReceived) == "005323c003024344");
        CHECK(shown(kModifiedFailed) == "005327c0020141");
        CHECK(outcome_of(kAccepted) == Outcome::accepted);
        CHECK(outcome_of(kReleased) == Outcome::released);
        CHECK(outcome_of(kReceived) == Outcome::received);
        CHECK(outcome_of(kModifiedFailed) == Outcome::modified);
        CHECK(outcome_of(rejected("x:bad", "why")) == Outcome::rejected);
    }

    TEST_CASE("a state is known in every encoding of its descriptor and its list") {
        CHECK(outcome_in("00 80 00 00 00 00 00 00 00 24 45") == Outcome::accepted);
        CHECK(outcome_in("00 53 24 c0 01 00") == Outcome::accepted);
        CHECK(outcome_in("00 53 25 d0 00 00 00 04 00 00 00 00") == Outcome::rejected);
        CHECK(outcome_in("00 53 23 45") == Outcome::received);
        CHECK(outcome_in("00 53 33 c0 04 01 a0 01 07") == Outcome::declared);
        CHECK(outcome_in("00 53 34 45") == Outcome::transactional);
        CHECK(outcome_in("00 a3 12 'amqp:accepted:list' 45") == Outcome::accepted);
    }

    TEST_CASE("what is no whole state is none") {
        CHECK(outcome_of({}) == Outcome::none);
        for (const std::string_view text : {
                 "00",
                 "00 53 24",                          // cut off
                 "00 53 24 45 45",                    // more behind it
                 "00 53 24 41",                       // no list
                 "00 53 99 45",                       // another described list
                 "00 53 00 45",                       //
                 "00 80 00 00 00 01 00 00 00 25 45",  // the low byte alone would be rejected
                 "00 53 27 c0 03 01 41",              // a list that is longer than it is
                 "00 a3 12 'amqp:accepted:lisp' 45",  // a symbol of nothing
                 "45",                                // no descriptor
             }) {
            CAPTURE(text);
            CHECK(outcome_in(text) == Outcome::none);
        }
    }

    TEST_CASE("outcomes end a delivery, received and the states of transactions do not") {
        CHECK(is_terminal(kAccepted));
        CHECK(is_terminal(kReleased));
        CHECK(is_terminal(kModifiedFailed));
        CHECK(is_terminal(rejected("x:bad", "")));
        CHECK_FALSE(is_terminal({}));
        CHECK_FALSE(is_terminal(kReceived));
        CHECK_FALSE(is_terminal(hex("00 53 33 45")));
        CHECK_FALSE(is_terminal(hex("00 53 34 45")));
    }

    TEST_CASE("an error leaves out what is empty at its end") {
        using Case = std::tuple<std::string_view, Bytes, std::uint32_t>;
        const Buffer info = hex("c1 01 00");
        for (const auto& [description, map, count] :
             {Case{"", {}, 1}, Case{"why", {}, 2}, Case{"", info, 3}, Case{"why", info, 3}}) {
            Buffer encoded;
            Writer out{encoded};
            write_error(out, "x:bad", description, map);
            Reader reader{encoded};
            CHECK(reader.descriptor() == 0x1dU);
            std::uint32_t fields = 0;
            Reader list = reader.list(fields);
            CHECK(fields == count);
            CHECK(list.symbol() == "x:bad");
            CHECK(list.string().value_or("") == description);
            CHECK(shown(list.raw()) == shown(map));
            CHECK(list.ok());
        }
    }
}

TEST_CASE("a bare state is the same outcome without words") {
    CHECK(bare(rejected("x:why", "because")) == rejected("x:why", {}));
    for (const Bytes state : {kAccepted, kReleased, kReceived, kModifiedFailed}) {
        const Buffer short_one = bare(state);
        CHECK(outcome_of(short_one) == outcome_of(state));
        CHECK(bare(short_one) == short_one);
    }
    CHECK(bare(rejected(std::string(kConditionMax + 1, 'c'), "why")) == rejected("", {}));
    CHECK(bare({}).empty());
    CHECK(bare(kAccepted.first(3)).empty());
}

}  // namespace
}  // namespace weft::wire
