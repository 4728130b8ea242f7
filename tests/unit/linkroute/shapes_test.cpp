#include "router/linkroute/shapes.hpp"

#include <doctest/doctest.h>

namespace weft::linkroute {

using Kind = Shapes::Kind;

TEST_SUITE_BEGIN("shapes");

TEST_CASE("nodes of the same kinds behind one another are one") {
    Shapes shapes;
    CHECK(shapes.cost() == 0);
    const auto literal = shapes.enter(Shapes::kNone, Kind::literal);
    CHECK(shapes.enter(Shapes::kNone, Kind::literal) == literal);
    const auto one = shapes.enter(literal, Kind::one);
    CHECK(shapes.enter(Shapes::kNone, Kind::one) != one);
    CHECK(shapes.cost() == 3);
}

TEST_CASE("behind a # one counts for each place of it, behind two each node does") {
    Shapes shapes;
    const auto many = shapes.enter(Shapes::kNone, Kind::many);
    CHECK(shapes.cost() == 1);
    const auto behind = shapes.enter(many, Kind::literal);
    CHECK(shapes.enter(many, Kind::literal) == behind);
    CHECK(shapes.cost() == 1 + Shapes::kPlacesMax);
    const auto again = shapes.enter(behind, Kind::many);
    CHECK(shapes.cost() == 1 + 2 * Shapes::kPlacesMax);
    const auto last = shapes.enter(again, Kind::one);
    CHECK(shapes.enter(again, Kind::one) == last);
    CHECK(shapes.cost() == 1 + 4 * Shapes::kPlacesMax);
}

TEST_CASE("what goes costs nothing any more, and its place is used again") {
    Shapes shapes;
    const auto many = shapes.enter(Shapes::kNone, Kind::many);
    const auto behind = shapes.enter(many, Kind::one);
    CHECK(shapes.enter(many, Kind::one) == behind);
    shapes.leave(behind);
    CHECK(shapes.cost() == 1 + Shapes::kPlacesMax);
    shapes.leave(behind);
    CHECK(shapes.cost() == 1);
    shapes.leave(many);
    CHECK(shapes.cost() == 0);
    const auto literal = shapes.enter(Shapes::kNone, Kind::literal);
    CHECK(literal == many);
    CHECK(shapes.enter(literal, Kind::literal) == behind);
    CHECK(shapes.cost() == 2);
}

TEST_SUITE_END();

}  // namespace weft::linkroute
