#include "common/daemon/load.hpp"

#include "common/daemon/catalogue.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

/// A configuration file that is removed again.
struct File {
    std::string path = "/tmp/weft-load-test-" + std::to_string(::getpid()) + ".json";
    explicit File(const std::string& text) { std::ofstream{path} << text; }
    ~File() { std::remove(path.c_str()); }
};

struct Read {
    CommonConfig common;
    std::vector<std::string> lines;  // of the faults
};

Read read(const std::string& text, std::vector<std::string> settings = {}) {
    const File file{text};
    config::CommandLine command;
    command.config = file.path;
    command.settings = std::move(settings);
    config::Faults faults;
    const auto document = load_document(command, kettle_table(), faults);
    REQUIRE(document);
    CommonConfig common = read_common(*document, kModules, faults);
    return {std::move(common), faults.lines()};
}

}  // namespace

TEST_SUITE("load") {
    TEST_CASE("the sections of every daemon are read, and what has no name is named by its place") {
        const auto [common, lines] =
            read(R"({"listeners": [{"port": 0}, {"port": 0}, {"name": "web", "http": true}],
                     "connectors": [{"host": "h", "port": 7}], "log": [{"module": "LEAF"}]})",
                 {"/listeners/2/port=8080"});
        CHECK(lines.empty());
        REQUIRE(common.listeners.size() == 3);
        CHECK(common.listeners[0].connection.name == "listener/127.0.0.1:0");
        CHECK(common.listeners[1].connection.name == "listener/127.0.0.1:0:2");
        CHECK(common.listeners[2].connection.port == 8080);
        CHECK(common.listeners[2].http);
        REQUIRE(common.connectors.size() == 1);
        CHECK(common.connectors[0].name == "connector/h:7");
        REQUIRE(common.log.size() == 1);
        CHECK(common.log[0].module == kLeaf);
    }

    TEST_CASE("names that stand twice and ports that are shared are faults") {
        const auto [common, lines] = read(
            R"({"listeners": [{"name": "a", "port": 1}, {"name": "a", "port": 1}],
                "connectors": [{"name": "c", "port": 2}, {"name": "c", "port": 3}]})");
        REQUIRE(lines.size() == 3);
        CHECK(lines[0].find("/listeners/1/name") != std::string::npos);
        CHECK(lines[1].find("/listeners/1/port") != std::string::npos);
        CHECK(lines[2].find("/connectors/1/name") != std::string::npos);
    }

    TEST_CASE("a daemon's own keys stand beside the common ones, and others are unknown") {
        CHECK(read(R"({"listeners": [{"port": 0, "material": "iron"}]})").lines.empty());
        CHECK(read(R"({"listeners": [{"port": 0, "role": "normal"}]})").lines.size() == 1);
    }

    TEST_CASE("a file that can't be read is one fault") {
        config::CommandLine command;
        command.config = "/nonexistent/kettle.json";
        config::Faults faults;
        CHECK_FALSE(load_document(command, kettle_table(), faults));
        CHECK(faults.lines().size() == 1);
    }

    TEST_CASE("what can be configured is what management shows, with the same defaults") {
        const mgmt::Catalogue catalogue = common_catalogue(kettle_table());
        const mgmt::EntityType* listener = catalogue.find("listener");
        REQUIRE(listener != nullptr);
        CHECK(listener->find("maxFrameSize")->default_value == wire::Value{std::int64_t{16384}});
        CHECK(listener->find("material")->default_value == wire::Value{"copper"});
        CHECK(listener->find("boundPort")->statistic);
        CHECK(listener->find("saslPlugin") != nullptr);
        CHECK(catalogue.find("sslProfile")->find("password")->secret);
        const mgmt::Attribute* module = catalogue.find("log")->find("module");
        CHECK(module->type.choices.size() == kModules.size());
        CHECK_FALSE(module->update);
        CHECK(catalogue.find("log")->find("enable")->update);
        CHECK(catalogue.find("connection")->supports("UPDATE"));
    }
}
