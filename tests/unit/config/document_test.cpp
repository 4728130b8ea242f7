#include "tests/unit/config/fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace weft::config;
using namespace weft::config::test;

namespace {

struct Case {
    std::string attributes;
    std::string fault;  // behind "a.json:1: /boxes/0"
};

void check(const std::vector<Case>& cases, Dialect dialect, const std::string& severity = "") {
    for (const Case& each : cases) {
        CAPTURE(each.attributes);
        CHECK(load_box(", " + each.attributes, dialect).lines ==
              Lines{"a.json:1: " + severity + "/boxes/0" + each.fault});
    }
}

}  // namespace

TEST_SUITE("document") {
    TEST_CASE("what is not written has its default, that of the dialect") {
        for (const Dialect dialect : {Dialect::json, Dialect::qdrouterd}) {
            const auto loaded = load_box("", dialect);
            CHECK(loaded.lines == Lines{});
            const Entity& box = *loaded.document.all("boxes").at(0);
            CHECK(box.text("name") == "b");
            CHECK(box.boolean("open"));
            CHECK(box.integer("count") == 3);
            CHECK(box.integer("port") == (dialect == Dialect::json ? 5672 : 7));
            CHECK(box.integer("room") == 4096);
            CHECK(box.duration("waitSeconds") == std::chrono::milliseconds{1500});
            CHECK(box.text("colour") == "red");
            CHECK(box.map("labels").empty());
            CHECK(box.text("password").empty());
            CHECK(box.given("count") == nullptr);
        }
    }

    TEST_CASE("what is written has its key's type") {
        const auto loaded = load_box(
            R"(, "open": false, "count": 9, "port": "amqps", "room": "1GiB", "waitSeconds": 0.25,
               "colour": "blue", "labels": {"a": [1]}, "tags": ["x"], "folder": "sub")");
        CHECK(loaded.lines == Lines{});
        const Entity& box = *loaded.document.all("boxes").at(0);
        CHECK_FALSE(box.boolean("open"));
        CHECK(box.integer("count") == 9);
        CHECK(box.integer("port") == 5671);
        CHECK(box.integer("room") == std::int64_t{1} << 30);
        CHECK(box.duration("waitSeconds") == std::chrono::milliseconds{250});
        CHECK(box.text("colour") == "blue");
        CHECK(box.map("labels").at(0).name == "a");
        CHECK(box.given("tags")->list()->size() == 1);
        CHECK(box.text("folder") == "sub");
    }

    TEST_CASE("singletons exist even if nobody wrote them") {
        const auto loaded = load({{"a.json", "{}"}});
        CHECK(loaded.lines == Lines{});
        CHECK(loaded.document.singleton("shop").text("id").empty());
        CHECK(loaded.document.all("boxes").empty());
    }

    TEST_CASE("a value that does not fit is a fault that says what would") {
        check(
            {{R"("open": "yes")", "/open: must be true or false, not \"yes\""},
             {R"("open": 1)", "/open: must be true or false, not 1"},
             {R"("count": 0)", "/count: must be a whole number from 1 to 9, not 0"},
             {R"("count": 10)", "/count: must be a whole number from 1 to 9, not 10"},
             {R"("count": 1.5)", "/count: must be a whole number from 1 to 9, not 1.5"},
             {R"("count": "3")", "/count: must be a whole number from 1 to 9, not \"3\""},
             {R"("count": null)", "/count: must be a whole number from 1 to 9, not null"},
             {R"("port": 65536)",
              "/port: must be a port from 0 to 65535, \"amqp\" or \"amqps\", not 65536"},
             {R"("port": "http")",
              "/port: must be a port from 0 to 65535, \"amqp\" or \"amqps\", not \"http\""},
             {R"("room": "64KB")",
              "/room: must be a size in bytes, as in 65536 or \"64KiB\", from 16 to 2147483647, "
              "not \"64KB\""},
             {R"("room": "9999999TiB")",
              "/room: must be a size in bytes, as in 65536 or \"64KiB\", from 16 to 2147483647, "
              "not \"9999999TiB\""},
             {R"("room": "KiB")",
              "/room: must be a size in bytes, as in 65536 or \"64KiB\", from 16 to 2147483647, "
              "not \"KiB\""},
             {R"("room": 15)",
              "/room: must be a size in bytes, as in 65536 or \"64KiB\", from 16 to 2147483647, "
              "not 15"},
             {R"("waitSeconds": -1)",
              "/waitSeconds: must be a number of seconds from 0 to 60, not -1"},
             {R"("waitSeconds": 60.5)",
              "/waitSeconds: must be a number of seconds from 0 to 60, not 60.5"},
             {R"("colour": "green")", "/colour: must be one of red, blue, not \"green\""},
             {R"("colour": 5)", "/colour: must be one of red, blue, not 5"},
             {R"("labels": [])", "/labels: must be an object, not a list"},
             {R"("tags": ["a", 1])", "/tags: must be a list of texts, not a list"},
             {R"("folder": {})", "/folder: must be a path, not an object"},
             {R"("password": 12345)", "/password: must be a text, \"env:NAME\" or \"file:PATH\""}},
            Dialect::json);
    }

    TEST_CASE("an unknown key names the nearest known one, if there is one near") {
        check({{R"("cuont": 1)", "/cuont: unknown key; did you mean \"count\"?"},
               {R"("PORT": 1)", "/PORT: unknown key; did you mean \"port\"?"},
               {R"("waitSecond": 1)", "/waitSecond: unknown key; did you mean \"waitSeconds\"?"},
               {R"("zzz": 1)", "/zzz: unknown key"},
               {R"("a/b~": 1)", "/a~1b~0: unknown key"}},
              Dialect::json);
    }

    TEST_CASE("what is not available says why, unless its default is given") {
        check({{R"("lid": true)", "/lid: is not available: boxes have no lids"},
               {R"("colour": "gold")", "/colour: \"gold\" is not available: there is none left"},
               {R"("dump": "x")", "/dump: is not available: nothing is dumped"}},
              Dialect::json);
        CHECK(load_box(R"(, "lid": false)").lines == Lines{});
    }

    TEST_CASE("in a qdrouterd.conf what is harmless is a warning") {
        check({{R"("dump": "x")", "/dump: has no effect: nothing is dumped"},
               {R"("stale": "x")", "/stale: has no effect: it is always so"},
               {R"("dir": "x")", "/dir: is the old name of \"folder\""},
               {R"("limit": 99)", "/limit: must be a whole number from 4 to 6, not 99; 6 is used"}},
              Dialect::qdrouterd, "warning: ");
        check({{R"("lid": true)", "/lid: is not available: boxes have no lids"},
               {R"("count": 99)", "/count: must be a whole number from 1 to 9, not 99"}},
              Dialect::qdrouterd);
        const auto clamped = load_box(R"(, "limit": 1)", Dialect::qdrouterd);
        CHECK(clamped.document.all("boxes").at(0)->integer("limit") == 4);
        const auto renamed = load_box(R"(, "dir": "x")", Dialect::qdrouterd);
        CHECK(renamed.document.all("boxes").at(0)->text("folder") == "x");
    }

    TEST_CASE("old names and values out of bounds are errors in JSON") {
        check({{R"("dir": "x")", "/dir: is the old name of \"folder\"; use that"},
               {R"("limit": 7)", "/limit: must be a whole number from 4 to 6, not 7"}},
              Dialect::json);
        CHECK(load_box(R"(, "stale": "x")").lines ==
              Lines{"a.json:1: warning: /boxes/0/stale: has no effect: it is always so"});
    }

    TEST_CASE("an old name beside the new one is a key given twice") {
        CHECK(load_box(R"(, "folder": "x", "dir": "y")", Dialect::qdrouterd).lines.back() ==
              "a.json:1: /boxes/0/dir: is given twice, once by its old name; keep one of them");
    }

    TEST_CASE("sections must have their shape") {
        const std::vector<std::pair<std::string, Lines>> cases{
            {"[]", {"a.json:1: must be one object, not a list"}},
            {R"({"shop": []})", {"a.json:1: /shop: must be an object, not a list"}},
            {R"({"boxes": {}})", {"a.json:1: /boxes: must be a list of objects, not an object"}},
            {R"({"boxes": [5]})", {"a.json:1: /boxes/0: must be an object, not 5"}},
            {R"({"boxes": [{}]})", {"a.json:1: /boxes/0: needs \"name\": a text"}},
            {R"({"box": []})", {"a.json:1: /box: unknown section; did you mean \"boxes\"?"}},
            {R"({"shopp": {}})", {"a.json:1: /shopp: unknown section; did you mean \"shop\"?"}},
            {R"({"crates": [{}]})", {"a.json:1: /crates/0: is not available: there are no crates"}},
            {R"({"bags": [{}]})", {"a.json:1: /bags/0: is not available: there are no bags"}},
            {R"({"crates": [], "bags": []})", {}},
        };
        for (const auto& [text, lines] : cases) {
            CAPTURE(text);
            CHECK(load({{"a.json", text}}).lines == lines);
        }
        CHECK(load({{"a.json", R"({"bags": [{}]})"}}, {}, Dialect::qdrouterd).lines ==
              Lines{"a.json:1: warning: /bags/0: has no effect: there are no bags"});
    }

    TEST_CASE("all faults of a file are found, each with its line") {
        CHECK(load({{"a.json",
                     "{\n\"boxes\": [\n{\"name\": \"b\",\n\"count\": 0,\n\"prt\": 1},\n"
                     "{\"nam\": 1}\n],\n\"x\": 1}"}})
                  .lines ==
              Lines{"a.json:4: /boxes/0/count: must be a whole number from 1 to 9, not 0",
                    "a.json:5: /boxes/0/prt: unknown key; did you mean \"port\"?",
                    "a.json:6: /boxes/1/nam: unknown key; did you mean \"name\"?",
                    "a.json:6: /boxes/1: needs \"name\": a text", "a.json:8: /x: unknown section"});
    }

    TEST_CASE("paths in JSON start from their file's folder, in a qdrouterd.conf from nowhere") {
        const std::map<std::string, std::string> files{
            {"a.json", R"({"include": ["sub/b.json"]})"},
            {"sub/b.json", R"({"boxes": [{"name": "b", "folder": "data"},
                                         {"name": "c", "folder": "/data"}]})"}};
        const auto boxes = load(files).document;
        CHECK(boxes.all("boxes").at(0)->text("folder") == "sub/data");
        CHECK(boxes.all("boxes").at(1)->text("folder") == "/data");
        const auto conf = load(files, {}, Dialect::qdrouterd).document;
        CHECK(conf.all("boxes").at(0)->text("folder") == "data");
    }
}
