#include "common/daemon/log_entities.hpp"

#include "common/io/log.hpp"
#include "tests/unit/daemon/kettle.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

TEST_SUITE_BEGIN("log entities");

TEST_CASE("a module's row says what it logs, and where that is DEFAULT's to say") {
    name_modules();
    LogSource source;
    CHECK(source.size() == kModules.size());
    const auto row = source.find(mgmt::FindBy::identity, "log/KETTLE");
    REQUIRE(row);
    CHECK(row->shown_name() == "log/KETTLE");
    CHECK(*row->attributes.find("module") == wire::Value{"KETTLE"});
    CHECK(*row->attributes.find("enable") == wire::Value{"default"});
    CHECK(row->attributes.find("outputFile")->is_null());
}

TEST_CASE("what a module logs can be changed, and given back to DEFAULT") {
    name_modules();
    LogSource source;
    auto row = source.update("log/KETTLE", {{"enable", "debug, error+"}, {"includeSource", true}});
    REQUIRE(row);
    CHECK(*row->attributes.find("enable") == wire::Value{"debug,error+"});
    CHECK(*row->attributes.find("includeSource") == wire::Value{true});
    CHECK(row->attributes.find("outputFile")->is_null());
    CHECK(io::log().enabled(kKettle, io::Level::debug));
    CHECK_FALSE(io::log().enabled(kKettle, io::Level::info));

    row = source.update("log/KETTLE", {{"enable", "default"}, {"includeSource", {}}});
    REQUIRE(row);
    CHECK(*row->attributes.find("enable") == wire::Value{"default"});
    CHECK(row->attributes.find("includeSource")->is_null());
    CHECK(io::log().enabled(kKettle, io::Level::info) ==
          io::log().enabled(io::Module::default_, io::Level::info));
}

TEST_CASE("levels that are none are refused and change nothing") {
    name_modules();
    LogSource source;
    const auto refused = source.update("log/KETTLE", {{"enable", "loud"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == std::string_view{"amqp:invalid-field"});
    CHECK_FALSE(io::log().settings(kKettle).levels);
    CHECK_FALSE(source.update("log/KERNEL", {}));
}

TEST_CASE("an output that is not management's to choose is refused and changes nothing") {
    name_modules();
    LogSource source;
    const auto refused = source.update("log/KETTLE", {{"outputFile", "/tmp/anywhere"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == std::string_view{"amqp:invalid-field"});
    CHECK(refused.error().text.starts_with("log output /tmp/anywhere is refused: "));
    CHECK_FALSE(io::log().settings(kKettle).output);
    REQUIRE(source.update("log/KETTLE", {{"outputFile", "stdout"}}));
    REQUIRE(source.update("log/KETTLE", {{"outputFile", {}}}));
}

TEST_CASE("log statistics count records by module and level") {
    name_modules();
    const LogStatsSource source;
    const auto errors = [&] {
        const auto row = source.find(mgmt::FindBy::identity, "logStats/LEAF");
        REQUIRE(row);
        CHECK(row->name == "LEAF");
        return row->attributes.find("errorCount")->integer().value_or(-1);
    };
    const std::int64_t before = errors();
    WEFT_LOG(kLeaf, io::Level::error, "counted");
    CHECK(errors() == before + 1);
}

TEST_CASE("recent lines are told with the place in the program, not its folder") {
    name_modules();
    WEFT_LOG(kLeaf, io::Level::error, "the last line");
    const auto lines = recent_lines(1);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].module == "LEAF");
    CHECK(lines[0].level == "error");
    CHECK(lines[0].text == "the last line");
    CHECK(lines[0].file == "log_entities_test.cpp");
    CHECK(lines[0].line > 0);
    CHECK(lines[0].seconds > 1'700'000'000);
}

TEST_SUITE_END();
