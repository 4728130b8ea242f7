#include "common/io/log.hpp"
#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::router::test;

TEST_SUITE_BEGIN("entity_logs");

TEST_CASE("what a module logs can be changed, and given back to DEFAULT") {
    World world;
    mgmt::Reply reply =
        world.change("log", "log/POLICY", {{"enable", "debug, error+"}, {"includeSource", true}});
    REQUIRE_MESSAGE(reply.status == mgmt::Status::ok, reply.description);
    CHECK(at(reply.body, "module") == wire::Value{"POLICY"});
    CHECK(at(reply.body, "enable") == wire::Value{"debug,error+"});
    CHECK(at(reply.body, "includeSource") == wire::Value{true});
    CHECK(at(reply.body, "outputFile").is_null());
    CHECK(io::log().enabled(io::Module::policy, io::Level::debug));
    CHECK_FALSE(io::log().enabled(io::Module::policy, io::Level::info));

    reply = world.change("log", "log/POLICY", {{"enable", "default"}, {"includeSource", {}}});
    CHECK(at(reply.body, "enable") == wire::Value{"default"});
    CHECK(at(reply.body, "includeSource").is_null());
    CHECK(io::log().enabled(io::Module::policy, io::Level::info) ==
          io::log().enabled(io::Module::default_, io::Level::info));
}

TEST_CASE("levels that are none are refused and change nothing") {
    World world;
    const mgmt::Reply reply = world.change("log", "log/POLICY", {{"enable", "loud"}});
    CHECK(reply.status == mgmt::Status::bad_request);
    CHECK(world.ask({{"operation", "READ"}, {"identity", "log/POLICY"}}).body.as<wire::Map>());
    CHECK_FALSE(io::log().settings(io::Module::policy).levels);
}

TEST_CASE("log statistics count records by module and level") {
    World world;
    const auto errors = [&] {
        const mgmt::Reply reply =
            world.ask({{"operation", "READ"}, {"identity", "logStats/PYTHON"}});
        CHECK(at(reply.body, "name") == wire::Value{"PYTHON"});
        return number(at(reply.body, "errorCount"));
    };
    const std::int64_t before = errors();
    WEFT_LOG(io::Module::python, io::Level::error, "counted");
    CHECK(errors() == before + 1);
}

TEST_CASE("recent lines are told with the place in the program, not its folder") {
    World world;
    WEFT_LOG(io::Module::python, io::Level::error, "the last line");
    const mgmt::Reply reply = world.ask({{"operation", "GET-LOG"}, {"limit", 1}});
    const wire::List& lines = *reply.body.as<wire::List>();
    REQUIRE(lines.size() == 1);
    const wire::List& line = *lines[0].as<wire::List>();
    REQUIRE(line.size() == 6);
    CHECK(line[0] == wire::Value{"PYTHON"});
    CHECK(line[1] == wire::Value{"error"});
    CHECK(line[2] == wire::Value{"the last line"});
    CHECK(line[3] == wire::Value{"entity_logs_test.cpp"});
    CHECK(number(line[4]) > 0);
    CHECK(number(line[5]) > 1'700'000'000);
}

TEST_SUITE_END();
