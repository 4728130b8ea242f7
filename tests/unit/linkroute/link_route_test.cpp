#include "router/linkroute/link_route.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace weft::linkroute {
namespace {

using Grammar = router::AddressPattern::Grammar;
using router::Direction;

std::string key(Grammar grammar, std::string text, Direction direction) {
    LinkRoute route;
    route.text = std::move(text);
    route.grammar = grammar;
    route.direction = direction;
    return mesh_key(route);
}

}  // namespace

TEST_SUITE_BEGIN("link_route");

TEST_CASE("other routers know a prefix by C and D, a pattern by E and F") {
    CHECK(key(Grammar::prefix, "a.b", Direction::in) == "Ca.b");
    CHECK(key(Grammar::prefix, "/a/b/", Direction::out) == "Da/b");
    CHECK(key(Grammar::pattern, "a/*/b", Direction::in) == "Ea/*/b");
    CHECK(key(Grammar::pattern, "#", Direction::out) == "F#");
    CHECK(key(Grammar::pattern, "a/#/#", Direction::out) == "Fa/#/#");
    CHECK(key(Grammar::pattern, "a", Direction::in) == "Ea");
}

TEST_CASE("a pattern that is a prefix is told as one") {
    CHECK(key(Grammar::pattern, "a/b/#", Direction::in) == "Ca/b");
    CHECK(key(Grammar::pattern, "a.#", Direction::out) == "Da");
    CHECK(key(Grammar::pattern, "a/*/#", Direction::in) == "Ea/*/#");
}

TEST_CASE("a key is read as it was made") {
    CHECK(is_link_route_key("Ca"));
    CHECK_FALSE(is_link_route_key("C"));
    CHECK_FALSE(is_link_route_key("M0a"));
    const MeshRoute prefix = read_mesh_key("Da.b");
    CHECK(prefix.direction == Direction::out);
    CHECK(prefix.grammar == Grammar::prefix);
    CHECK(prefix.text == "a.b");
    const MeshRoute pattern = read_mesh_key("E*/x");
    CHECK(pattern.direction == Direction::in);
    CHECK(pattern.grammar == Grammar::pattern);
    CHECK(pattern.text == "*/x");
}

TEST_CASE("external prefixes are put on and taken off, and the other way round") {
    const ExternalPrefixes add{.add = "broker/"};
    CHECK(add.outward("orders") == "broker/orders");
    CHECK(add.inward("broker/orders") == "orders");
    CHECK(add.inward("tmp.1") == "tmp.1");
    const ExternalPrefixes del{.del = "east."};
    CHECK(del.outward("east.orders") == "orders");
    CHECK(del.outward("orders") == "orders");
    CHECK(del.outward("east.") == "east.");
    CHECK(del.inward("orders") == "east.orders");
    const ExternalPrefixes both{.add = "w.", .del = "e."};
    CHECK(both.outward("e.q") == "w.q");
    CHECK(both.inward("w.q") == "e.q");
}

TEST_SUITE_END();

}  // namespace weft::linkroute
