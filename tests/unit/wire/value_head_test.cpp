#include "common/wire/value_head.hpp"

#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <array>

namespace weft::wire {
namespace {

std::size_t size_in(std::string_view text) {
    return stated_size(hex(text));
}

TEST_SUITE("the head of a value") {
    TEST_CASE("a constructor's high digit is its layout") {
        using Kind = Layout::Kind;
        constexpr std::array<Layout, 16> kLayouts{
            Layout{Kind::none, 0},     Layout{Kind::none, 0},     Layout{Kind::none, 0},
            Layout{Kind::none, 0},     Layout{Kind::fixed, 0},    Layout{Kind::fixed, 1},
            Layout{Kind::fixed, 2},    Layout{Kind::fixed, 4},    Layout{Kind::fixed, 8},
            Layout{Kind::fixed, 16},   Layout{Kind::variable, 1}, Layout{Kind::variable, 4},
            Layout{Kind::compound, 1}, Layout{Kind::compound, 4}, Layout{Kind::array, 1},
            Layout{Kind::array, 4}};
        for (unsigned code = 0; code <= 0xff; ++code) {
            const Layout layout = layout_of(static_cast<std::uint8_t>(code));
            CHECK(layout.kind == kLayouts[code >> 4U].kind);
            CHECK(layout.width == kLayouts[code >> 4U].width);
        }
    }

    TEST_CASE("a value states its size in its first bytes") {
        CHECK(size_in("40") == 1);
        CHECK(size_in("53") == 2);
        CHECK(size_in("60") == 3);
        CHECK(size_in("70") == 5);
        CHECK(size_in("80") == 9);
        CHECK(size_in("98") == 17);
        CHECK(size_in("a1 ff") == 257);
        CHECK(size_in("b1 00 01 00 00") == 65541);
        CHECK(size_in("c0 03") == 5);
        CHECK(size_in("d1 ff ff ff ff") == 0x1'0000'0004U);
        CHECK(size_in("f0 00 00 00 07") == 12);
        CHECK(size_in("00 53") == kNoValue);
        CHECK(size_in("3f") == kNoValue);
        for (const std::string_view text : {"", "a1", "b1 00 00 00", "c0", "d0 00", "e0"}) {
            CHECK(size_in(text) == kSizeCutOff);
        }
    }

    TEST_CASE("a list or map is its count and its values, if all of it is there") {
        const Buffer short_list = hex("c0 03 02 40 41 99");
        const auto list = compound_of(short_list, 1);
        REQUIRE(list);
        CHECK(list->count == 2);
        CHECK(shown(list->values) == "4041");
        const Buffer long_map = hex("d1 00 00 00 05 00 00 00 01 40");
        const auto map = compound_of(long_map, 4);
        REQUIRE(map);
        CHECK(map->count == 1);
        CHECK(shown(map->values) == "40");
        CHECK_FALSE(compound_of(hex("c0 03 02 40"), 1));
        CHECK_FALSE(compound_of(hex("c0 00 02"), 1));  // no room for the count
        CHECK_FALSE(compound_of(hex("c0 01"), 1));
        CHECK_FALSE(compound_of(hex("d0 00 00 00 03 00 00 00 00"), 4));
        CHECK_FALSE(compound_of(hex("d0 ff ff ff ff 00 00 00 00"), 4));
        CHECK_FALSE(compound_of({}, 4));
    }

    TEST_CASE("heads that are written are read") {
        CHECK(fits_head8(254, 255));
        CHECK_FALSE(fits_head8(255, 1));
        CHECK_FALSE(fits_head8(0, 256));
        Buffer bytes(kHead8 + 2);
        store_head8(bytes.data(), Code::list8, 2, 2);
        CHECK(shown(bytes) == "c003020000");
        bytes.assign(kHead32 + 1, 0);
        store_head32(bytes.data(), Code::map32, 1, 1);
        CHECK(compound_of(bytes, 4)->values.size() == 1);
        bytes.assign(kDescriptor8, 0xff);
        store_descriptor8(bytes.data(), 0x24);
        CHECK(shown(bytes) == "005324");
        CHECK(has_descriptor8(bytes));
        CHECK_FALSE(has_descriptor8(hex("00 53")));
        CHECK_FALSE(has_descriptor8(hex("00 80 00")));
        CHECK_FALSE(has_descriptor8(hex("40 53 24")));
    }
}

}  // namespace
}  // namespace weft::wire
