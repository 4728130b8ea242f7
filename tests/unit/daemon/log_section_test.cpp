#include "common/daemon/log_section.hpp"

#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/daemon/log_modules.hpp"
#include "tests/unit/daemon/kettle.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

struct LoadedLog {
    std::vector<LogConfig> log;
    std::vector<std::string> lines;  // of the faults
};

LoadedLog load(const std::string& text) {
    static constexpr auto kChoices = module_choices(kModules);
    static const auto kKeys = log_keys(kChoices);
    static const std::array kSections{log_section(kKeys)};
    config::Faults faults;
    const config::FileReader none =
        [](const std::string&) -> tl::expected<std::string, std::string> {
        return tl::unexpected<std::string>("does not exist");
    };
    const config::Node root = config::load_json("k", text, none, faults);
    const config::Document document =
        config::read_document({"kettle", kSections}, root, config::Dialect::json, none, faults);
    LoadedLog loaded;
    for (const config::Entity* entity : document.all("log")) {
        loaded.log.push_back(read_log(*entity, kModules, faults));
    }
    loaded.lines = faults.lines();
    return loaded;
}

}  // namespace

TEST_SUITE("log section") {
    TEST_CASE("an entry names one of the daemon's modules, and what it leaves out is DEFAULT's") {
        const auto loaded = load(R"({"log": [{"module": "LEAF", "enable": "debug+",
                                              "includeSource": true}]})");
        CHECK(loaded.lines.empty());
        REQUIRE(loaded.log.size() == 1);
        CHECK(loaded.log[0].module == kLeaf);
        CHECK(loaded.log[0].settings.levels == *io::parse_levels("debug+"));
        CHECK(loaded.log[0].settings.source == true);
        CHECK_FALSE(loaded.log[0].settings.timestamp);
        CHECK_FALSE(loaded.log[0].settings.output);
    }

    TEST_CASE("a daemon's own modules come before those of every daemon") {
        constexpr auto kAll = with_common_modules(std::array{io::NamedModule{kKettle, "KETTLE"}});
        CHECK(kAll.size() == 7);
        CHECK(kAll.front().name == "KETTLE");
        CHECK(kAll.back().module == io::Module::default_);
    }

    TEST_CASE("a module that the daemon does not have is a fault, and so is a level") {
        const auto loaded = load(R"({"log": [{"module": "ROUTER"},
                                             {"module": "KETTLE", "enable": "loud"}]})");
        REQUIRE(loaded.lines.size() == 2);
        CHECK(loaded.lines[0].find("/log/0/module") != std::string::npos);
        CHECK(loaded.lines[1].find("/log/1/enable") != std::string::npos);
    }

    TEST_CASE("the folder for management's files is DEFAULT's to name") {
        const auto loaded =
            load(R"({"log": [{"module": "DEFAULT", "directory": "/var/log/weft"}]})");
        CHECK(loaded.lines.empty());
        CHECK(loaded.log.at(0).directory == "/var/log/weft");
        const auto wrong = load(R"({"log": [{"module": "LEAF", "directory": "/var/log/weft"}]})");
        REQUIRE(wrong.lines.size() == 1);
        CHECK(wrong.lines[0].find("/log/0/directory: is for all modules") != std::string::npos);
    }

    TEST_CASE("what is set up holds for the process, and the command line's level for DEFAULT") {
        name_modules();
        config::CommandLine command;
        command.log_level = "warn";
        REQUIRE(set_up_log({{kLeaf, {.levels = *io::parse_levels("none")}}}, command));
        CHECK_FALSE(io::log().enabled(kLeaf, io::Level::critical));
        CHECK(io::log().enabled(kKettle, io::Level::warning));
        CHECK_FALSE(io::log().enabled(kKettle, io::Level::notice));
        CHECK_FALSE(set_up_log({{kLeaf, {.output = "/dev/null/file"}}}, {}));
        REQUIRE(io::log().change(kLeaf, {}));
        REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("info+")}));
    }
}
