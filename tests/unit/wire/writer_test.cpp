#include "common/wire/writer.hpp"

#include "common/wire/reader.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

namespace weft::wire {
namespace {

template <class Write>
std::string written(const Write& write) {
    Buffer out;
    Writer writer(out);
    write(writer);
    return shown(out);
}

TEST_SUITE("Writer") {
    TEST_CASE("numbers take their shortest form at its very limits") {
        CHECK(written([](Writer& w) { w.uint(0U); }) == "43");
        CHECK(written([](Writer& w) { w.uint(255U); }) == "52ff");
        CHECK(written([](Writer& w) { w.uint(256U); }) == "7000000100");
        CHECK(written([](Writer& w) { w.ulong(std::uint64_t{0}); }) == "44");
        CHECK(written([](Writer& w) { w.ulong(std::uint64_t{256}); }) == "800000000000000100");
        CHECK(written([](Writer& w) { w.int_(-128); }) == "5480");
        CHECK(written([](Writer& w) { w.int_(128); }) == "7100000080");
        CHECK(written([](Writer& w) { w.long_(-129); }) == "81ffffffffffffff7f");
        CHECK(written([](Writer& w) { w.byte(-1); }) == "51ff");
        CHECK(written([](Writer& w) { w.short_(-1); }) == "61ffff");
        CHECK(written([](Writer& w) { w.timestamp(-1); }) == "83ffffffffffffffff");
    }

    TEST_CASE("absent fields are null") {
        CHECK(written([](Writer& w) { w.boolean(std::optional<bool>{}); }) == "40");
        CHECK(written([](Writer& w) { w.uint(std::optional<std::uint32_t>{}); }) == "40");
        CHECK(written([](Writer& w) { w.ulong(std::optional<std::uint64_t>{7}); }) == "5307");
        CHECK(written([](Writer& w) { w.raw({}); }) == "40");
    }

    TEST_CASE("a list knows its size and how many values it has, nested ones and descriptors too") {
        const auto fill = [](Writer& w) {
            const auto outer = w.begin_described_list(0x10);
            w.string("a");
            const auto inner = w.begin_map();
            w.symbol("k");
            w.descriptor("d");
            w.null();
            w.end(inner);
            w.boolean(true);
            w.end(outer);
        };
        CHECK(written(fill) ==
              shown(hex("00 53 10 d0 00 00 00 19 00 00 00 03 a1 01 'a' "
                        "d1 00 00 00 0c 00 00 00 02 a3 01 'k' 00 a3 01 'd' 40 41")));
    }

    TEST_CASE("end_shortest keeps values and counts in the form that just holds them") {
        const auto list_of = [](std::size_t text) {
            return written([text](Writer& w) {
                const auto mark = w.begin_list();
                w.string(std::string(text, 'x'));
                w.end_shortest(mark);
            });
        };
        CHECK(written([](Writer& w) { w.end_shortest(w.begin_list()); }) == "45");
        CHECK(written([](Writer& w) { w.end_shortest(w.begin_map()); }) == "c10100");
        CHECK(list_of(1) == "c00401a10178");
        CHECK(list_of(252).starts_with("c0ff01a1fc78"));
        CHECK(
            list_of(253).starts_with("d0000001030000"
                                     "0001a1fd78"));
        CHECK(written([](Writer& w) {
                  const auto outer = w.begin_list();
                  w.end_shortest(w.begin_list());
                  w.null();
                  w.end_shortest(outer);
              }) == "c003024540");
    }

    TEST_CASE("what is written is read back as one value") {
        Buffer out;
        Writer w(out);
        const auto mark = w.begin_list();
        w.ubyte(1);
        w.ushort(2);
        w.float_(1);
        w.double_(1);
        w.character(U'x');
        w.uuid(Buffer(16, 3));
        w.binary(Buffer(300, 4));
        w.symbol(std::string(300, 's'));
        w.end(mark);
        CHECK(encoded_size(out) == out.size());
    }
}

}  // namespace
}  // namespace weft::wire
