#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;

TEST_SUITE("settings are kept before they are said") {
    TEST_CASE("what management says is to be kept first, what files and others say is not") {
        World a;
        a.machine.declare({{"filed", "v"}});
        a.up("B");
        a.news("B", {setting("heard", "v", 7)});
        CHECK(a.kept.empty());
        REQUIRE(a.machine.set("made", "v"));
        CHECK(a.kept == std::vector{setting("made", "v", 8, "A")});
        REQUIRE(a.machine.remove("heard"));
        CHECK(a.kept.back() == setting("heard", "", 9, "A"));
    }

    TEST_CASE("what can't be kept is refused: nothing is changed, and nobody hears of it") {
        World a;
        REQUIRE(a.machine.set("k", "old"));
        a.up("B");
        a.pass(seconds(1));
        (void)a.take_sent();
        a.told.clear();
        const SettingDigest before = a.machine.table().digest();
        a.keep_error = "no room";
        CHECK(a.machine.set("k", "new").error().text == "no room");
        CHECK(a.machine.set("l", "v").error().text == "no room");
        CHECK(a.machine.remove("k").error().text == "no room");
        CHECK(a.machine.table().digest() == before);
        CHECK(a.told.empty());
        CHECK(a.sent.empty());

        a.keep_error.clear();
        REQUIRE(a.machine.set("k", "new"));
        CHECK(a.value("k") == "new");
        CHECK(a.sent_of(Kind::news).size() == 1);
    }
}
