#include "common/wire/reader.hpp"

#include "common/wire/descriptors.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

namespace weft::wire {
namespace {

TEST_SUITE("Reader") {
    TEST_CASE("fields are read one after the other, null as absent") {
        const Buffer bytes = hex(
            "41 42 56 01 50 07 60 01 02 43 52 05 70 00 01 00 00 44 53 06 80 00 00 00 01 00 00 00 "
            "00 "
            "83 00 00 00 00 00 00 00 09 a0 02 01 02 a1 02 'hi' a3 03 'sym' b1 00 00 00 01 'x' 40");
        Reader reader(bytes);
        CHECK(reader.boolean() == true);
        CHECK(reader.boolean() == false);
        CHECK(reader.boolean() == true);
        CHECK(reader.ubyte() == 7);
        CHECK(reader.ushort() == 0x102);
        CHECK(reader.uint() == 0U);
        CHECK(reader.uint() == 5U);
        CHECK(reader.uint() == 0x10000U);
        CHECK(reader.ulong() == 0U);
        CHECK(reader.ulong() == 6U);
        CHECK(reader.ulong() == 0x1'0000'0000U);
        CHECK(reader.timestamp() == 9);
        CHECK(shown(*reader.binary()) == "0102");
        CHECK(reader.string() == "hi");
        CHECK(reader.symbol() == "sym");
        CHECK(reader.text() == "x");
        CHECK(reader.string() == std::nullopt);
        CHECK(reader.done());
        CHECK(reader.uint() == std::nullopt);  // past the end a field is absent too
        CHECK(reader.ok());
    }

    TEST_CASE("a narrower unsigned type is read, a wider one fails") {
        const Buffer narrow = hex("50 07");
        CHECK(Reader(narrow).uint() == 7U);
        const Buffer wide = hex("53 07");
        Reader reader(wide);
        CHECK(reader.uint() == std::nullopt);
        CHECK_FALSE(reader.ok());
    }

    TEST_CASE("an integer may be of any type, and keeps its sign") {
        const Buffer bytes =
            hex("50 ff 60 ff ff 43 52 ff 70 ff ff ff ff 44 53 ff 80 00 00 00 00 ff ff ff ff "
                "51 ff 54 80 55 7f 61 80 00 71 ff ff ff fe 81 80 00 00 00 00 00 00 00 40 "
                "80 ff ff ff ff ff ff ff ff a1 00");
        Reader reader(bytes);
        for (const std::int64_t expected :
             {0xffL, 0xffffL, 0L, 0xffL, 0xffff'ffffL, 0L, 0xffL, 0xffff'ffffL, -1L, -128L, 127L,
              -32768L, -2L, std::numeric_limits<std::int64_t>::min()}) {
            CHECK(reader.integer() == expected);
        }
        CHECK(reader.integer() == std::nullopt);
        CHECK(reader.integer() == -1);  // an ulong that does not fit
        CHECK(reader.ok());
        CHECK(reader.integer() == std::nullopt);
        CHECK_FALSE(reader.ok());
        for (const std::string_view text : {"51", "54", "55", "61 00", "71 00 00 00", "81 00"}) {
            const Buffer cut_off = hex(text);
            Reader broken(cut_off);
            CHECK(broken.integer() == std::nullopt);
            CHECK_FALSE(broken.ok());
        }
    }

    TEST_CASE("after a mistyped field all others are absent") {
        const Buffer bytes = hex("a1 01 'x' 41");
        Reader reader(bytes);
        CHECK(reader.boolean() == std::nullopt);
        CHECK(reader.string() == std::nullopt);
        CHECK_FALSE(reader.ok());
        CHECK(reader.done());
    }

    TEST_CASE("every field that is cut off fails") {
        for (const std::string_view text :
             {"56", "50", "60 01", "52", "70 00 00 00", "53", "80 00", "83 00", "a0", "a1 02 'x'",
              "b1 00 00 00", "b3 ff ff ff ff 'x'", "56 02"}) {
            const Buffer bytes = hex(text);
            INFO(text);
            Reader reader(bytes);
            switch (bytes[0]) {
                case 0x56:
                    reader.boolean();
                    break;
                case 0x83:
                    reader.timestamp();
                    break;
                case 0xa0:
                    reader.binary();
                    break;
                case 0xa1:
                case 0xb1:
                case 0xb3:
                    reader.text();
                    break;
                default:
                    reader.ulong();
                    break;
            }
            CHECK_FALSE(reader.ok());
        }
    }

    TEST_CASE("a described list is entered and left behind") {
        const Buffer bytes = hex("00 53 14 c0 04 02 41 52 09 00 80 00 00 00 00 00 00 00 15 45 41");
        Reader reader(bytes);
        std::uint64_t descriptor = 0;
        Reader fields = reader.described_list(descriptor);
        CHECK(descriptor == 0x14);
        CHECK(fields.boolean() == true);
        CHECK(fields.uint() == 9U);
        CHECK(fields.done());
        fields = reader.described_list(descriptor);
        CHECK(descriptor == 0x15);
        CHECK(fields.done());
        CHECK(reader.boolean() == true);
        CHECK(reader.ok());
    }

    TEST_CASE("a list or map is entered in each of its forms, anything else fails") {
        std::uint32_t count = 9;
        const Buffer map8 = hex("c1 03 02 41 42");
        CHECK(Reader(map8).map(count).boolean() == true);
        CHECK(count == 2);
        const Buffer map32 = hex("d1 00 00 00 06 00 00 00 02 41 42");
        CHECK(Reader(map32).map(count).boolean() == true);
        const Buffer list32 = hex("d0 00 00 00 05 00 00 00 01 42");
        CHECK(Reader(list32).list(count).boolean() == false);
        CHECK(count == 1);
        for (const std::string_view text :
             {"00 53 24 45", "45", "40", "c0 01 00", "c1 00", "c1 02 00", ""}) {
            const Buffer bytes = hex(text);
            INFO(text);
            Reader reader(bytes);
            CHECK(reader.map(count).done());
            CHECK_FALSE(reader.ok());
        }
    }

    TEST_CASE("a descriptor may be a symbol, known or not") {
        std::uint64_t descriptor = 0;
        const Buffer symbols = hex("00 a3 0f 'amqp:begin:list' 45 00 b3 00 00 00 01 'x' 45 41");
        Reader reader(symbols);
        reader.described_list(descriptor);
        CHECK(descriptor == 0x11);
        reader.described_list(descriptor);
        CHECK(descriptor == kDescriptorUnknown);
        CHECK(reader.boolean() == true);
        CHECK(reader.ok());
    }

    TEST_CASE("a descriptor that is neither number nor symbol fails") {
        Reader reader;
        const Buffer null = hex("00 40 45");
        reader = Reader(null);
        CHECK(reader.descriptor() == std::nullopt);
        CHECK_FALSE(reader.ok());
    }

    TEST_CASE("raw is the whole next value, whatever it is") {
        const Buffer bytes = hex("00 53 24 c0 02 01 41 e0 03 02 40 ff 40 41");
        Reader reader(bytes);
        CHECK(shown(reader.raw()) == "005324c0020141");
        CHECK(shown(reader.raw()) == "e0030240ff");  // what is inside an array is not looked at
        CHECK(reader.raw().empty());
        CHECK(reader.ok());
        CHECK(shown(reader.rest()) == "41");
    }

    TEST_CASE("a compound value whose count is not that of its values has no size") {
        CHECK(encoded_size(hex("c0 02 01 41")) == 4);
        CHECK(encoded_size(hex("c0 02 02 41")) == 0);
        CHECK(encoded_size(hex("c0 03 01 41 41")) == 0);
        CHECK(encoded_size(hex("c0 01 00")) == 3);
        CHECK(encoded_size(hex("c0 00")) == 0);
        CHECK(encoded_size(hex("d0 00 00 00 04 00 00 00 00")) == 9);
        CHECK(encoded_size(hex("d0 00 00 00 04 ff ff ff ff")) == 0);
        CHECK(encoded_size({}) == 0);
        CHECK(encoded_size(Buffer(1'000'000, 0)) == 0);
    }

    TEST_CASE("any bytes can be read with any sequence of calls") {
        std::mt19937 random(7);
        for (int i = 0; i < 20'000; ++i) {
            Buffer bytes(random() % 24);
            for (auto& byte : bytes) {
                constexpr std::uint8_t kLikely[] = {0x00, 0x40, 0x45, 0x53, 0xa1, 0xa3,
                                                    0xc0, 0xc1, 0xd0, 0xe0, 0x02, 0x03};
                byte = random() % 4 == 0 ? static_cast<std::uint8_t>(random())
                                         : kLikely[random() % sizeof kLikely];
            }
            const std::size_t size = encoded_size(bytes);
            CHECK(size <= bytes.size());
            Reader reader(bytes);
            std::uint32_t count = 0;
            std::uint64_t descriptor = 0;
            while (reader.ok() && !reader.done()) {
                const std::size_t before = reader.rest().size();
                switch (random() % 8) {
                    case 0:
                        reader.boolean();
                        break;
                    case 1:
                        reader.ulong();
                        break;
                    case 2:
                        reader.text();
                        break;
                    case 3:
                        reader.binary();
                        break;
                    case 4:
                        reader.raw();
                        break;
                    case 5:
                        reader.list(count);
                        break;
                    case 6:
                        reader.map(count);
                        break;
                    default:
                        reader.described_list(descriptor);
                        break;
                }
                CHECK(reader.rest().size() < before);
            }
        }
    }
}

}  // namespace
}  // namespace weft::wire
