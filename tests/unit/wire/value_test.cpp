#include "common/wire/value.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/codes.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

namespace weft::wire {
namespace {

Described described(Value descriptor, Value value) {
    return {std::make_shared<const Value>(std::move(descriptor)),
            std::make_shared<const Value>(std::move(value))};
}

std::string encoded(const Value& value) {
    Buffer out;
    encode(out, value);
    return shown(out);
}

Value decoded(std::string_view text) {
    const Buffer bytes = hex(text);
    Bytes in = bytes;
    auto value = decode(in);
    INFO(text);
    REQUIRE(value.has_value());
    CHECK(in.empty());
    return *value;
}

void round_trip(const Value& value, std::string_view wire) {
    CHECK(encoded(value) == shown(hex(wire)));
    CHECK(decoded(wire) == value);
}

bool refused(Bytes bytes) {
    Bytes in = bytes;
    const auto value = decode(in);
    CHECK(in.size() == bytes.size());
    return !value.has_value() && value.error().condition == kDecodeError;
}

TEST_SUITE("Value") {
    TEST_CASE("every primitive type has its shortest encoding and comes back as it was") {
        round_trip({}, "40");
        round_trip(true, "41");
        round_trip(false, "42");
        round_trip(std::uint8_t{200}, "50 c8");
        round_trip(std::uint16_t{0x102}, "60 01 02");
        round_trip(std::uint32_t{0}, "43");
        round_trip(std::uint32_t{255}, "52 ff");
        round_trip(std::uint32_t{256}, "70 00 00 01 00");
        round_trip(std::uint64_t{0}, "44");
        round_trip(std::uint64_t{255}, "53 ff");
        round_trip(std::uint64_t{256}, "80 00 00 00 00 00 00 01 00");
        round_trip(std::int8_t{-1}, "51 ff");
        round_trip(std::int16_t{-2}, "61 ff fe");
        round_trip(std::int32_t{-128}, "54 80");
        round_trip(std::int32_t{-129}, "71 ff ff ff 7f");
        round_trip(std::int64_t{127}, "55 7f");
        round_trip(std::int64_t{128}, "81 00 00 00 00 00 00 00 80");
        round_trip(1.5F, "72 3f c0 00 00");
        round_trip(1.5, "82 3f f8 00 00 00 00 00 00");
        round_trip(U'A', "73 00 00 00 41");
        round_trip(Timestamp{-1}, "83 ff ff ff ff ff ff ff ff");
        round_trip(Decimal{{1, 2, 3, 4}}, "74 01 02 03 04");
        round_trip(Decimal{Buffer(8, 7)}, "84 07 07 07 07 07 07 07 07");
        round_trip(Binary{{1, 2}}, "a0 02 01 02");
        round_trip("hi", "a1 02 'hi'");
        round_trip(Symbol{"hi"}, "a3 02 'hi'");
        Uuid uuid;
        uuid.bytes[15] = 9;
        round_trip(uuid, "98 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 09");
    }

    TEST_CASE("text of more than 255 bytes takes the long form") {
        const std::string text(256, 'x');
        round_trip(text, "b1 00 00 01 00 '" + text + "'");
        round_trip(Symbol{text}, "b3 00 00 01 00 '" + text + "'");
        round_trip(Binary{Buffer(text.begin(), text.end())}, "b0 00 00 01 00 '" + text + "'");
    }

    TEST_CASE("compound values nest and take the shortest form that holds them") {
        round_trip(List{}, "45");
        round_trip(Map{}, "c1 01 00");
        round_trip(List{Value{1}, Value{List{}}}, "c0 04 02 54 01 45");
        round_trip(Map{{"a", List{Value{true}}}}, "c1 08 02 a1 01 'a' c0 02 01 41");
        round_trip(described(std::uint64_t{0x24}, List{}), "00 53 24 45");
        const std::string text(252, 'x');  // with its own head one byte too long for list8
        round_trip(List{Value{text}}, "c0 ff 01 a1 fc '" + text + "'");
        round_trip(List{Value{text + "x"}}, "d0 00 00 01 03 00 00 00 01 a1 fd '" + text + "x'");
    }

    TEST_CASE("ten bytes are not sixty-five thousand values") {
        const Buffer many{0xf0, 0, 0, 0, 5, 0, 0, 0xff, 0xff, 0x40};
        Bytes in = many;
        const auto tree = decode(in);
        REQUIRE_FALSE(tree);
        CHECK(tree.error().text == "an array has more than 256 elements without bytes");
        CHECK(refused(hex("f0 00 00 00 05 ff ff ff ff 40")));
        CHECK(refused(hex("f0 00 00 00 05 00 00 01 01 45")));
        const Buffer some{0xf0, 0, 0, 0, 5, 0, 0, 1, 0, 0x40};
        in = some;
        CHECK(decode(in)->as<Array>()->elements.size() == kBytelessMax);
    }

    TEST_CASE("an array writes one constructor that fits all elements") {
        round_trip(Array{}, "e0 02 00 a3");
        round_trip(Array{{Symbol{"a"}, Symbol{"bc"}}}, "e0 07 02 a3 01 'a' 02 'bc'");
        round_trip(Array{{std::int32_t{1}, std::int32_t{-1}}}, "e0 04 02 54 01 ff");
        round_trip(Array{{std::int32_t{1}, std::int32_t{300}}},
                   "e0 0a 02 71 00 00 00 01 00 00 01 2c");
        round_trip(Array{{std::uint64_t{0}, std::uint64_t{5}}}, "e0 04 02 53 00 05");
        round_trip(Array{{true, false}}, "e0 04 02 56 01 00");
        round_trip(Array{{Value{}, Value{}}}, "e0 02 02 40");
    }

    TEST_CASE("an array holds lists, maps, arrays and described values") {
        round_trip(Array{{List{Value{true}}, List{}}},
                   "e0 13 02 d0 00 00 00 05 00 00 00 01 41 00 00 00 04 00 00 00 00");
        round_trip(Array{{Map{{true, false}}}}, "e0 0c 01 d1 00 00 00 06 00 00 00 02 41 42");
        round_trip(Array{{Array{{std::uint8_t{7}}}}}, "e0 0c 01 f0 00 00 00 06 00 00 00 01 50 07");
        round_trip(Array{{described(Symbol{"d"}, "x"), described(Symbol{"d"}, "yz")}},
                   "e0 0b 02 00 a3 01 'd' a1 01 'x' 02 'yz'");
        CHECK(decoded("e0 02 03 45") == Value{Array{{List{}, List{}, List{}}}});
        CHECK(decoded("e0 01 00") == Value{Array{}});
    }

    TEST_CASE("an array of more than 255 bytes or elements takes the long form") {
        const Value many = Array{List(256, Value{})};
        round_trip(many, "f0 00 00 00 05 00 00 01 00 40");
        const std::string text(256, 'x');
        round_trip(Array{{Value{text}}},
                   "f0 00 00 01 09 00 00 00 01 b1 00 00 01 00 '" + text + "'");
    }

    TEST_CASE("longer encodings than needed are read too") {
        CHECK(decoded("56 01") == Value{true});
        CHECK(decoded("70 00 00 00 01") == Value{std::uint32_t{1}});
        CHECK(decoded("80 00 00 00 00 00 00 00 01") == Value{std::uint64_t{1}});
        CHECK(decoded("b1 00 00 00 01 'x'") == Value{"x"});
        CHECK(decoded("d0 00 00 00 04 00 00 00 00") == Value{List{}});
        CHECK(decoded("d1 00 00 00 06 00 00 00 02 41 42") == Value{Map{{true, false}}});
    }

    TEST_CASE("decode moves behind one value and leaves what follows") {
        const Buffer bytes = hex("54 01 a1 01 'x'");
        Bytes in = bytes;
        CHECK(decode(in) == Value{1});
        CHECK(decode(in) == Value{"x"});
        CHECK(in.empty());
        CHECK_FALSE(decode(in).has_value());
    }

    TEST_CASE("malformed values are refused and nothing is consumed") {
        for (const std::string_view text : {"",
                                            "01",
                                            "4f",
                                            "57 00",
                                            "56 02",
                                            "a2 00",
                                            "d2 00 00 00 00",
                                            "c0 00",
                                            "c0 01 01",
                                            "c0 02 00 40",
                                            "c1 03 01 40",
                                            "c1 02 01 40",
                                            "d0 00 00 00 03 00 00 00",
                                            "d0 ff ff ff ff 00 00 00 00",
                                            "d0 00 00 00 05 ff ff ff ff 40",
                                            "e0 02 01 57",
                                            "e0 03 01 40 40",
                                            "e0 02 01 00",
                                            "00",
                                            "00 40",
                                            "00 00",
                                            "b0 ff ff ff ff 00"}) {
            INFO(text);
            CHECK(refused(hex(text)));
        }
    }

    TEST_CASE("nesting is bounded, in lists, descriptors and arrays alike") {
        const auto nested = [](int depth) {
            Value value = List{};
            for (; depth > 0; --depth) {
                value = Value{List{std::move(value)}};
            }
            Buffer out;
            encode(out, value);
            return out;
        };
        const Buffer deepest = nested(kValueNestingMax);
        Bytes in = deepest;
        CHECK(decode(in).has_value());
        CHECK(encoded_size(deepest) == deepest.size());
        CHECK(refused(nested(kValueNestingMax + 1)));
        CHECK(encoded_size(nested(kValueNestingMax + 1)) == 0);
        CHECK(refused(Buffer(100'000, 0)));
        Buffer array = hex("f0 00 01 00 04 00 00 00 01");
        array.resize(array.size() + 0x10000, 0);
        CHECK(refused(array));
    }

    TEST_CASE("values of all depths count against one limit") {
        Buffer fits = hex("d0 00 01 00 03 00 00 ff ff");
        fits.resize(fits.size() + 0xffff, 0x40);
        Bytes in = fits;
        CHECK(decode(in).has_value());
        Buffer over = hex("d0 00 01 00 04 00 01 00 00");
        over.resize(over.size() + 0x10000, 0x40);
        CHECK(refused(over));
    }

    TEST_CASE("trees can share one limit") {
        const Buffer bytes = hex("c0 03 02 40 40");
        std::size_t values_left = 5;
        Bytes in = bytes;
        CHECK(decode(in, values_left).has_value());
        CHECK(values_left == 2);
        in = bytes;
        CHECK_FALSE(decode(in, values_left).has_value());
    }

    TEST_CASE("a value written into an open list counts as one") {
        Buffer out;
        Writer writer(out);
        const auto mark = writer.begin_list();
        encode(writer, Map{{"k", Array{{true, true}}}});
        encode(writer, described(std::uint64_t{1}, "x"));
        encode(writer, Decimal{Buffer(4, 1)});
        writer.end_shortest(mark);
        CHECK(decoded(shown(out)).as<List>()->size() == 3);
    }

    TEST_CASE("a map is searched by string or symbol") {
        const Map map{{Symbol{"a"}, 1}, {std::uint32_t{5}, 2}, {"b", 3}, {"b", 4}};
        REQUIRE(find(map, "a") != nullptr);
        CHECK(*find(map, "a") == Value{1});
        CHECK(*find(map, "b") == Value{3});
        CHECK(find(map, "c") == nullptr);
    }

    TEST_CASE("integer() is the value of any integer type that fits") {
        CHECK(Value{std::uint8_t{3}}.integer() == 3);
        CHECK(Value{std::int16_t{-3}}.integer() == -3);
        CHECK(Value{std::uint64_t{0x7fff'ffff'ffff'ffff}}.integer() ==
              std::numeric_limits<std::int64_t>::max());
        CHECK(Value{std::uint64_t{0x8000'0000'0000'0000}}.integer() == std::nullopt);
        CHECK(Value{true}.integer() == std::nullopt);
        CHECK(Value{1.0}.integer() == std::nullopt);
        CHECK(Value{"1"}.integer() == std::nullopt);
    }

    TEST_CASE("text() is the text of a string or symbol") {
        CHECK(*Value{"a"}.text() == "a");
        CHECK(*Value{Symbol{"b"}}.text() == "b");
        CHECK(Value{Binary{}}.text() == nullptr);
    }

    TEST_CASE("a described value without pointers is a described null") {
        CHECK(Value{Described{}} == Value{described({}, {})});
        CHECK(encoded(Described{}) == "004040");
        CHECK(to_string(Described{}) == "@null null");
    }

    TEST_CASE("to_string writes one line a person can read") {
        Uuid uuid;
        uuid.bytes[0] = 0xab;
        const Map map{{"a", 1},
                      {Symbol{"b"}, List{true, Value{}, Binary{{0x0f, 0xa0}}}},
                      {"q\"\n", described(std::uint64_t{36}, Array{{std::uint8_t{1}}})},
                      {uuid, Timestamp{5}},
                      {U'é', 0.5}};
        CHECK(to_string(map) == R"({"a": 1, "b": [true, null, 0x0fa0], "q\"\u000a": @36 [1], )"
                                R"(ab000000-0000-0000-0000-000000000000: 5, U+00E9: 0.5})");
    }

    TEST_CASE("random bytes decode or are refused, and what decodes encodes stably") {
        std::mt19937 random(20240611);
        Buffer seed;
        encode(seed, Map{{Symbol{"a"}, Array{{described(Symbol{"d"}, "x")}}},
                         {"b", List{true, std::int32_t{5}, List{}, Binary{{1, 2, 3}}}},
                         {"c", described(std::uint64_t{36}, Array{{List{true}, List{}}})}});
        int good = 0;
        for (int i = 0; i < 20'000; ++i) {
            Buffer bytes = seed;
            for (auto changes = random() % 4; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            Bytes in = bytes;
            const auto value = decode(in);
            if (!value) {
                CHECK(in.size() == bytes.size());
                continue;
            }
            ++good;
            CHECK(encoded_size(bytes) == bytes.size() - in.size());
            Buffer once;
            encode(once, *value);
            Bytes again = once;
            const auto second = decode(again);
            REQUIRE(second.has_value());
            Buffer twice;
            encode(twice, *second);
            CHECK(shown(once) == shown(twice));
        }
        CHECK(good > 1000);
    }
}

}  // namespace
}  // namespace weft::wire
