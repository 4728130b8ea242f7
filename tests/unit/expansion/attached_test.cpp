#include "router/expansion/attached.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::expansion;
using autolink::Finds;

TEST_SUITE_BEGIN("attached");

TEST_CASE("a broker is found by its container id, or else by the name of its connection") {
    Attached attached;
    CHECK_FALSE(attached.find("b1"));
    attached.add(1, "c", "b1");
    CHECK(attached.find("b1") == Finds::connection);
    CHECK(attached.find("c") == Finds::container);
    attached.add(2, "b1", "brokers");
    CHECK(attached.find("b1") == Finds::container);
    CHECK(attached.remove(2) == std::pair<std::string, std::string>{"b1", "brokers"});
    CHECK(attached.find("b1") == Finds::connection);
}

TEST_CASE("it is there while one of its connections is") {
    Attached attached;
    attached.add(1, "b1", "x");
    attached.add(2, "b1", "x");
    attached.remove(1);
    CHECK(attached.find("b1"));
    attached.remove(2);
    CHECK_FALSE(attached.find("b1"));
    CHECK_FALSE(attached.find("x"));
    CHECK_FALSE(attached.remove(2));
}

TEST_SUITE_END();
