#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;

TEST_SUITE("settings of a configuration file") {
    TEST_CASE("what the file has is said, and told") {
        World a;
        a.machine.declare({{"k", "v"}, {"l", "w"}});
        CHECK(a.told ==
              std::vector{setting("k", "v", 1, "A", true), setting("l", "w", 2, "A", true)});
        CHECK(a.machine.file().size() == 2);
    }

    TEST_CASE("after a restart nothing is said if nothing changed") {
        World a;
        a.machine.declare({{"k", "v"}});
        CHECK(World(a, {{"k", "v"}}).told.empty());
    }

    TEST_CASE("what changed in the file, came or went is said") {
        World a;
        a.machine.declare({{"changed", "old"}, {"gone", "v"}, {"same", "v"}});
        CHECK(World(a, {{"changed", "new"}, {"came", "v"}, {"same", "v"}}).told ==
              std::vector{setting("gone", "", 4, "A", true), setting("came", "v", 5, "A", true),
                          setting("changed", "new", 6, "A", true)});
    }

    TEST_CASE("an entry that went and came again stands") {
        World a;
        a.machine.declare({{"k", "v"}});
        World without(a, {});
        CHECK(without.value("k").empty());
        CHECK(World(without, {}).told.empty());
        CHECK(World(without, {{"k", "v"}}).value("k") == "v");
    }

    TEST_CASE("a router without its state puts right what it said in a former life") {
        World b("B");
        World a("A");
        a.machine.declare({{"changed", "old"}, {"gone", "v"}, {"same", "v"}});
        REQUIRE(a.machine.set("by hand", "v"));
        meet(a, b);
        World again(a, {{"changed", "new"}, {"same", "v"}}, /*keeps=*/false);
        b.machine.peer_down("A");
        meet(again, b);
        again.pass(milliseconds(0));
        exchange(again, b);
        CHECK(b.value("changed") == "new");
        CHECK(b.value("gone").empty());
        CHECK(b.value("same") == "v");
        CHECK(again.value("by hand") == "v");
        CHECK(again.machine.table().all() == b.machine.table().all());
    }

    TEST_CASE("what another router said since stands, whatever the file says") {
        World a;
        a.machine.declare({{"changed", "v"}, {"deleted", "v"}, {"gone", "v"}});
        a.up("B");
        a.news("B", {setting("changed", "of B", 10), setting("deleted", "", 11),
                     setting("gone", "of B", 12)});
        a.pass(seconds(10));
        World again(a, {{"changed", "new"}, {"deleted", "v"}});
        CHECK(again.told.empty());
        CHECK(again.value("changed") == "of B");
        CHECK(again.value("deleted").empty());
        CHECK(again.value("gone") == "of B");
    }

    TEST_CASE("what was said by hand on this router gives way to its file") {
        World a;
        REQUIRE(a.machine.set("k", "by hand"));
        World again(a, {{"k", "of the file"}});
        CHECK(again.value("k") == "of the file");
        // The same if the state is lost.
        World lost(a, {{"k", "of the file"}}, /*keeps=*/false);
        lost.up("B");
        lost.news("B", {setting("k", "by hand", 9, "A")});
        lost.pass(milliseconds(0));
        CHECK(lost.value("k") == "of the file");
    }

    TEST_CASE("what stands in the file can't be changed by hand on this router") {
        World a;
        a.machine.declare({{"k", "v"}});
        const std::string text =
            "'k' stands in this router's configuration file: change it there and restart";
        CHECK(a.machine.set("k", "w").error() == Error{"amqp:unauthorized-access", text});
        CHECK(a.machine.remove("k").error() == Error{"amqp:unauthorized-access", text});
        CHECK(a.value("k") == "v");
    }

    TEST_CASE("routers with the same file: an entry is gone with the last of them") {
        const File file = {{"k", "v"}};
        World a("A");
        World b("B");
        a.machine.declare(file);
        b.machine.declare(file);
        meet(a, b);
        CHECK(a.machine.table().find("k")->origin == "B");
        // B is restarted without the entry, which it was that said it.
        World b2(b, {});
        a.machine.peer_down("B");
        meet(a, b2);
        a.pass(milliseconds(0));
        exchange(a, b2);
        CHECK(b2.value("k") == "v");
        CHECK(b2.machine.table().find("k")->origin == "A");
        World a2(a, {});
        b2.machine.peer_down("A");
        meet(a2, b2);
        CHECK(b2.value("k").empty());
        CHECK(a2.machine.table().all() == b2.machine.table().all());
    }

    TEST_CASE("files that differ do not fight: one of them holds on both") {
        World a("A");
        World b("B");
        a.machine.declare({{"k", "of A"}, {"l", "of A"}});
        b.machine.declare({{"k", "of B"}});
        meet(a, b);
        a.pass(seconds(60));
        b.pass(seconds(60));
        exchange(a, b);
        CHECK(a.machine.table().all() == b.machine.table().all());
        CHECK(a.value("k") == "of B");
        CHECK(a.machine.counters().taken == 1);
    }

    TEST_CASE("two routers that wrongly have one id correct each other slowly") {
        World one("A");
        World other("A");
        one.machine.declare({{"k", "of one"}});
        other.machine.declare({{"k", "of the other"}});
        one.up("B");
        other.up("B");
        one.news("B", other.told);
        std::size_t news = 0;
        for (int second = 0; second < 60; ++second) {  // B passes all on
            for (World* each : {&one, &other}) {
                each->pass(seconds(1));
                for (const auto& sent : each->take_sent()) {
                    if (sent.message.kind == Kind::news) {
                        ++news;
                        (each == &one ? other : one).tell("B", sent.message);
                    }
                }
            }
        }
        CHECK(news > 2);
        CHECK(news <= 2 * 60 / 5 + 2);
    }
}
