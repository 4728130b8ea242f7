#include "tests/unit/linkstate/samples.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::linkstate;
using test::content;
using test::with;
using wire::hex;
using wire::Map;
using wire::Symbol;

namespace {

template <class Kind>
Kind read(Bytes bytes) {
    const auto message = read_message(bytes);
    REQUIRE_MESSAGE(message.has_value(), message.error().text);
    REQUIRE(std::holds_alternative<Kind>(*message));
    return std::get<Kind>(*message);
}

const Map kSpeaker = {{"id", "A"}, {"pv", 1}, {"area", "0"}};

}  // namespace

TEST_SUITE("reading control messages") {
    TEST_CASE("a HELLO in the long forms, which originals write throughout") {
        const Buffer bytes =
            hex("00 53 74 d1 00 00 00 13 00 00 00 02 a1 06 'opcode' a1 05 'HELLO' "
                "00 53 77 d1 00 00 00 3e 00 00 00 0a a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 "
                "a1 04 'area' a1 01 '0' a1 08 'instance' 71 65 53 f1 00 "
                "a1 04 'seen' d0 00 00 00 0a 00 00 00 02 a1 01 'B' a1 01 'C'");
        CHECK(read<Hello>(bytes) ==
              Hello{.from = {.id = "A"}, .instance = 1700000000, .seen = {"B", "C"}});
    }

    TEST_CASE("integers of each type and width are one") {
        const auto have_seq = [](wire::Value value) {
            const Map body = with(kSpeaker, "have_seq", std::move(value));
            return read<MobileRequest>(content("MAR", body)).have_seq;
        };
        CHECK(have_seq(std::int8_t{7}) == 7);
        CHECK(have_seq(std::int16_t{300}) == 300);
        CHECK(have_seq(std::int32_t{7}) == 7);
        CHECK(have_seq(std::int32_t{70000}) == 70000);
        CHECK(have_seq(std::int64_t{7}) == 7);
        CHECK(have_seq(kSequenceMax) == kSequenceMax);
        CHECK(have_seq(std::uint8_t{255}) == 255);
        CHECK(have_seq(std::uint16_t{65535}) == 65535);
        CHECK(have_seq(std::uint32_t{0}) == 0);
        CHECK(have_seq(std::uint32_t{7}) == 7);
        CHECK(have_seq(std::uint32_t{4000000000}) == 4000000000);
        CHECK(have_seq(std::uint64_t{0}) == 0);
        CHECK(have_seq(std::uint64_t{7}) == 7);
        CHECK(have_seq(static_cast<std::uint64_t>(kSequenceMax)) == kSequenceMax);
    }

    TEST_CASE("keys, ids and opcodes may be symbols, fields that nobody knows are skipped") {
        const Map body = {{Symbol{"id"}, Symbol{"A"}},
                          {"colour", wire::List{1, Map{{"id", "B"}}}},
                          {5, "a key that is no text"},
                          {Symbol{"pv"}, 1},
                          {"have_seq", 3},
                          {"area", wire::Value{}}};
        CHECK(read<MobileRequest>(content(Symbol{"MAR"}, body)) ==
              MobileRequest{.from = {.id = "A"}, .have_seq = 3});
    }

    TEST_CASE("who says no version has version 0, who says no instance has 0") {
        const Map body = {{"id", "A"}, {"seen", wire::List{}}};
        CHECK(read<Hello>(content("HELLO", body)) ==
              Hello{.from = {.id = "A", .version = 0}, .instance = 0, .seen = {}});
    }

    TEST_CASE("of a version above ours only the speaker is read") {
        const Map body = {{"id", "A"}, {"pv", 2}, {"seen", "changed"}};
        CHECK(read<Hello>(content("HELLO", body)) ==
              Hello{.from = {.id = "A", .version = 2}, .instance = 0, .seen = {}});
        CHECK(read<MobileUpdate>(content("MAU", body)).from.version == 2);
    }

    TEST_CASE("hints that are not as many as the addresses are none") {
        const Map diff = with(with(with(kSpeaker, "mobile_seq", 2), "add", wire::List{"M0a"}),
                              "del", wire::List{"M0b", "M0c"});
        const auto hints = [](const Map& body) {
            return read<MobileUpdate>(content("MAU", body)).hints;
        };
        CHECK(hints(with(diff, "hints", wire::List{0})) == std::vector{Hint::multicast_flood});
        CHECK(hints(with(diff, "hints", wire::List{1, 2})).empty());
        CHECK(hints(with(diff, "hints", wire::List{})).empty());
        CHECK(hints(diff).empty());
        const Map absolute =
            with(with(kSpeaker, "mobile_seq", 2), "exist", wire::List{"M0a", "M0b", "M0c"});
        CHECK(hints(with(absolute, "hints", wire::List{1, 4, 5})) ==
              std::vector{Hint::multicast, Hint::link_balanced, Hint::unavailable});
        CHECK(hints(with(absolute, "hints", wire::List{2, 99, -1})) ==
              std::vector{Hint::closest, Hint::balanced, Hint::balanced});
        CHECK(hints(with(absolute, "hints", wire::List{1})).empty());
    }

    TEST_CASE("an absolute update of nothing is not a change of nothing") {
        const Map body = with(with(kSpeaker, "mobile_seq", 2), "exist", wire::List{});
        const auto update = read<MobileUpdate>(content("MAU", body));
        REQUIRE(update.exist.has_value());
        CHECK(update.exist->empty());
        CHECK(update.hints.empty());
    }

    TEST_CASE("a footer behind the body is passed over") {
        Buffer bytes = test::written(LinkStateRequest{.from = {.id = "A"}});
        append(bytes, hex("00 53 78 c1 01 00"));
        CHECK(read<LinkStateRequest>(bytes) == LinkStateRequest{.from = {.id = "A"}});
    }
}
