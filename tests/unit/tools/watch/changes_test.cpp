#include "tools/weft/watch/changes.hpp"

#include <doctest/doctest.h>

using namespace weft::tools;

TEST_SUITE_BEGIN("watch changes");

TEST_CASE("what is new, changed and gone is told, and nothing else") {
    const std::vector<Entity> before{{{"identity", "a"}, {"n", 1}, {"m", 5}},
                                     {{"identity", "b"}, {"n", 1}},
                                     {{"name", "c"}, {"n", 1}}};
    const std::vector<Entity> now{{{"identity", "d"}, {"n", 7}},
                                  {{"identity", "a"}, {"n", 2}, {"m", 5}},
                                  {{"name", "c"}, {"n", 1}}};
    const auto changes = changes_between(before, now);
    REQUIRE(changes.size() == 3);
    CHECK(change_line(changes[0], false) == "new d n=7");
    CHECK(change_line(changes[1], false) == "changed a n=2");
    CHECK(change_line(changes[2], false) == "gone b");
    CHECK(change_line(changes[1], true) == R"({"is":"changed","key":"a","entity":{"n":2}})");
    CHECK(change_line(changes[2], true) == R"({"is":"gone","key":"b"})");
    CHECK(changes_between(now, now).empty());
}

TEST_CASE("at first all is new; what says nothing is left out") {
    const std::vector<Entity> now{
        {{"identity", "q"}, {"name", "q"}, {"user", nullptr}, {"full", true}}, {{"n", 1}}};
    const auto changes = changes_between({}, now);
    REQUIRE(changes.size() == 1);
    CHECK(change_line(changes.front(), false) == "new q full=True");
}

TEST_SUITE_END();
