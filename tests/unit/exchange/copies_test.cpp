#include "router/exchange/copies.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::exchange {

TEST_SUITE_BEGIN("Copies");

TEST_CASE("a message waits for its copies, but not for those of stalled next hops") {
    Copies copies;
    Passage passage;
    Way awake;
    Way asleep;
    asleep.stalled = true;
    copies.open(passage, awake);
    copies.open(passage, asleep);
    CHECK(passage.copies.size() == 2);
    CHECK(passage.claims == 1);
    Copy& first = copies[passage.copies[0]];
    CHECK(first.way == &awake);
    Copies::waive(first);
    Copies::waive(first);
    CHECK(passage.claims == 0);
}

TEST_CASE("copies that close leave the others of their message in place") {
    Copies copies;
    Passage passage;
    Passage other;
    std::vector<Way> ways(4);
    for (Way& way : ways) {
        copies.open(passage, way);
    }
    copies.open(other, ways[0]);
    const std::vector<std::uint32_t> numbers = passage.copies;
    copies.close(numbers[0]);
    copies.close(numbers[3]);
    CHECK(passage.claims == 2);
    CHECK(passage.copies.size() == 2);
    for (const std::uint32_t number : {numbers[1], numbers[2]}) {
        CHECK(copies.is_of(number, passage));
        CHECK(passage.copies[copies[number].position] == number);
    }
    CHECK_FALSE(copies.is_of(numbers[0], passage));
    CHECK(other.claims == 1);
}

TEST_CASE("numbers of copies are used again") {
    Copies copies;
    Passage passage;
    Way way;
    for (int i = 0; i < 10; ++i) {
        copies.open(passage, way);
        copies.close(passage.copies.back());
    }
    CHECK(copies.end() == 1);
}

TEST_SUITE_END();

}  // namespace weft::exchange
