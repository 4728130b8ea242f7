#include "tools/weft/manage/selection.hpp"

#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>

namespace weft::tools {
namespace {

std::string names(const Selection& selection, std::size_t limit = 0) {
    const std::vector<Entity> rows{
        {{"name", "b"}, {"depth", 9}, {"kind", "Queue"}},
        {{"name", "a"}, {"depth", 10}, {"kind", "queue of dead"}},
        {{"name", "c"}, {"depth", nullptr}, {"kind", "topic"}},
        {{"name", "d"}, {"depth", 9.5}, {"kind", "queue"}},
    };
    std::string text;
    for (const Entity& row : selected(rows, selection, limit)) {
        text += row["name"].get<std::string>();
    }
    return text;
}

}  // namespace

TEST_SUITE("manage selection") {
    TEST_CASE("conditions all hold, and a star is any end") {
        CHECK(names({.conditions = {"kind=queue"}}) == "d");
        CHECK(names({.conditions = {"kind=queue*"}}) == "ad");
        CHECK(names({.conditions = {"kind!=queue*", "name!=c"}}) == "b");
        CHECK(names({.conditions = {"depth=9"}}) == "b");
        CHECK(names({.conditions = {"depth="}}) == "c");
        CHECK(names({.conditions = {"nothing=x"}}) == "");
    }

    TEST_CASE("a match is in any value, in any case") {
        CHECK(names({.match = "QUEUE"}) == "bad");
        CHECK(names({.match = "10"}) == "a");
    }

    TEST_CASE("numbers are in the order of numbers, what is not known is least") {
        CHECK(names({.sort = "depth"}) == "cbda");
        CHECK(names({.sort = "-depth"}, 2) == "ad");
        CHECK(names({.match = "queue", .sort = "name"}) == "abd");
        CHECK(names({}, 3) == "bac");
    }

    TEST_CASE("what is no condition is refused") {
        for (const char* condition : {"kind", "=x", "!=x"}) {
            CHECK_THROWS_AS(names({.conditions = {condition}}), Failure);
        }
    }
}

}  // namespace weft::tools
