#include "common/base/keyed_hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace weft {

TEST_SUITE_BEGIN("keyed hash");

// The key 00 01 … 0f and the texts 00 01 … that the authors of SipHash use.
TEST_CASE("text is hashed as SipHash-1-3 does") {
    set_hash_key(0x0706050403020100, 0x0f0e0d0c0b0a0908);
    std::string text;
    CHECK(TextHash{}(text) == 0xabac0158050fc4dc);
    for (char byte = 0; byte < 7; ++byte) {
        text += byte;
    }
    CHECK(TextHash{}(text) == 0xd3927d989bb11140);
    text += char{7};
    CHECK(NumberHash{}(0x0706050403020100) != TextHash{}(text));
}

TEST_CASE("with another key other names meet") {
    const auto buckets = [] {
        std::set<std::size_t> some;
        for (int i = 0; i < 100; ++i) {
            some.insert(TextHash{}("name" + std::to_string(i)));
            some.insert(NumberHash{}(static_cast<std::uint64_t>(i)));
        }
        return some;
    };
    set_hash_key(1, 2);
    const std::set<std::size_t> first = buckets();
    CHECK(first.size() == 200);
    CHECK(buckets() == first);
    set_hash_key(1, 3);
    for (const std::size_t hash : buckets()) {
        CHECK(first.count(hash) == 0);
    }
    set_hash_key(0, 0);
}

TEST_SUITE_END();

}  // namespace weft
