#include "tests/unit/config/fixture.hpp"

#include <doctest/doctest.h>

using namespace weft::config;
using namespace weft::config::test;

namespace {

const std::map<std::string, std::string> kFiles{
    {"a.json", R"({"shop": {"id": "s"}, "boxes": [{"name": "b", "count": 2}]})"}};

const Entity& box(const Loaded& loaded, std::size_t position) {
    return *loaded.document.all("boxes").at(position);
}

}  // namespace

TEST_SUITE("overrides") {
    TEST_CASE("a value is replaced or added, and its key's type says what it means") {
        const auto loaded =
            load(kFiles, {"/shop/id=7", "/boxes/0/count=5", "/boxes/0/open=no",
                          "/boxes/0/room=64KiB", "/boxes/0/waitSeconds=0.5", "/boxes/0/colour=blue",
                          "/boxes/0/labels={\"a\": 1}", "/boxes/0/name=\"x=y\""});
        CHECK(loaded.lines == Lines{});
        CHECK(loaded.document.singleton("shop").text("id") == "7");
        CHECK(box(loaded, 0).integer("count") == 5);
        CHECK_FALSE(box(loaded, 0).boolean("open"));
        CHECK(box(loaded, 0).integer("room") == 65536);
        CHECK(box(loaded, 0).text("colour") == "blue");
        CHECK(box(loaded, 0).map("labels").size() == 1);
        CHECK(box(loaded, 0).text("name") == "x=y");
    }

    TEST_CASE("list elements and whole sections can be added") {
        const auto loaded =
            load(kFiles, {"/boxes/-/name=c", "/boxes/1/count=9", "/boxes/2/name=d"});
        CHECK(loaded.lines == Lines{});
        CHECK(box(loaded, 1).text("name") == "c");
        CHECK(box(loaded, 1).integer("count") == 9);
        CHECK(box(loaded, 2).text("name") == "d");
        const auto empty = load({{"a.json", "{}"}}, {"/shop/id=x", "/boxes/0/name=y"});
        CHECK(empty.lines == Lines{});
        CHECK(empty.document.singleton("shop").text("id") == "x");
        CHECK(box(empty, 0).text("name") == "y");
    }

    TEST_CASE("the last of two settings holds") {
        CHECK(box(load(kFiles, {"/boxes/0/count=5", "/boxes/0/count=6"}), 0).integer("count") == 6);
    }

    TEST_CASE("faults of settings say so") {
        const std::vector<std::pair<std::string, Lines>> cases{
            {"shop/id=x", {"--set: \"shop/id=x\" must be /section/key=value"}},
            {"/shop/id", {"--set: \"/shop/id\" must be /section/key=value"}},
            {"=x", {"--set: \"=x\" must be /section/key=value"}},
            {"/boxes/5/name=x", {"--set: /boxes/5/name: leads nowhere: there is no \"5\""}},
            {"/boxes/x/name=x", {"--set: /boxes/x/name: leads nowhere: there is no \"x\""}},
            {"/boxes/99999999999999999999/name=x",
             {"--set: /boxes/99999999999999999999/name: leads nowhere: there is no "
              "\"99999999999999999999\""}},
            {"/shop/id/x=y", {"--set: /shop/id/x: leads nowhere: there is no \"x\""}},
            {"/boxes/0/count=ten",
             {"--set: /boxes/0/count: must be a whole number from 1 to 9, not \"ten\""}},
            {"/boxes/0/waitSeconds=nan",
             {"--set: /boxes/0/waitSeconds: must be a number of seconds from 0 to 60, not "
              "\"nan\""}},
            {"/boxes/0/cuont=1", {"--set: /boxes/0/cuont: unknown key; did you mean \"count\"?"}},
        };
        for (const auto& [setting, lines] : cases) {
            CAPTURE(setting);
            CHECK(load(kFiles, {setting}).lines == lines);
        }
        const auto broken = load(kFiles, {"/boxes/0/labels={"}).lines;
        REQUIRE(broken.size() == 1);
        CHECK(broken[0].starts_with("--set: is not JSON"));
    }

    TEST_CASE("~0 and ~1 stand for ~ and / in a setting's pointer") {
        CHECK(load({{"a.json", "{}"}}, {"/a~1b~0/x=1"}).lines ==
              Lines{"--set: /a~1b~0: unknown section"});
    }
}
