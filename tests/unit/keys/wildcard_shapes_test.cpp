#include "common/keys/wildcard_shapes.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::keys {
namespace {

/// Brings new shapes as long as he may; how many.
std::size_t bring(WildcardShapes& shapes, char first, std::uint64_t bringer) {
    std::size_t count = 0;
    for (std::string shape(1, first); shapes.may_bring(shape, bringer); ++count) {
        shapes.add(shape);
        shapes.charge(shape, bringer);
        shape += 'x';
    }
    return count;
}

}  // namespace

TEST_SUITE_BEGIN("WildcardShapes");

TEST_CASE("the shape of a key says where its wildcards are") {
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "a/+/c") == "/x+x");
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "b/+/*") == "/x+x");
    CHECK(WildcardShapes::of(MatchMethod::amqp, "a.*.c") == ".x*x");
    CHECK(WildcardShapes::of(MatchMethod::amqp, "#.c") == ".#x");
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "+/#") == "/+#");
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "a/b/+").empty());
    CHECK(WildcardShapes::of(MatchMethod::amqp, "a.b.#").empty());
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "a/b").empty());
    CHECK(WildcardShapes::of(MatchMethod::mqtt, "#").empty());
}

TEST_CASE("of new shapes one has what the others leave free") {
    WildcardShapes shapes{256};
    CHECK(bring(shapes, 'a', 7) == 128);
    CHECK(bring(shapes, 'b', 8) == 64);
    CHECK_FALSE(shapes.may_bring("new", 7));
    CHECK(shapes.may_bring("new", 9));
    CHECK(shapes.may_bring("a", 8));  // that is there
    CHECK(shapes.may_bring("", 8));
    shapes.add("a");
    shapes.charge("a", 8);
    shapes.remove("a");
    CHECK_FALSE(shapes.may_bring("new", 7));  // another key has what it brought
    shapes.remove("a");
    CHECK(shapes.size() == 191);
    CHECK(bring(shapes, 'c', 9) == 33);
}

TEST_CASE("what nobody brought counts for nobody, and leaves less free") {
    WildcardShapes shapes{8};
    for (std::size_t length = 1; length <= 12; ++length) {
        shapes.add(std::string(length, 's'));
    }
    CHECK(shapes.size() == 12);
    CHECK_FALSE(shapes.may_bring("new", 7));
    CHECK(shapes.may_bring("s", 7));
    for (std::size_t length = 1; length <= 8; ++length) {
        shapes.remove(std::string(length, 's'));
    }
    CHECK(bring(shapes, 'a', 7) == 2);
}

TEST_SUITE_END();

}  // namespace weft::keys
