#include "router/node/state_file.hpp"

#include "common/io/log.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

settings::Setting setting(std::string key, std::int64_t version) {
    return {.key = std::move(key),
            .value = R"({"address":"a\"b"})",
            .version = version,
            .origin = "A",
            .from_file = version % 2 == 0};
}

settings::SettingTable::ByKey by_key(const std::vector<settings::Setting>& settings) {
    settings::SettingTable::ByKey found;
    for (const settings::Setting& each : settings) {
        found.emplace(each.key, each);
    }
    return found;
}

std::vector<settings::Setting> kept(const std::string& folder) {
    auto file = StateFile::open(folder);
    REQUIRE(file);
    auto settings = file->read();
    REQUIRE(settings);
    return *settings;
}

}  // namespace

TEST_SUITE_BEGIN("state_file");

TEST_CASE("what was written and appended is read in that order") {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/made/below";
    {
        auto file = StateFile::open(path);
        REQUIRE(file);
        CHECK(file->read()->empty());
        REQUIRE(file->rewrite(by_key({setting("a", 1), setting("b", 2)})));
        REQUIRE(file->append({setting("c", 3)}, /*durable=*/true));
        REQUIRE(file->append({setting("a", 4)}, /*durable=*/false));
        CHECK(file->lines() == 4);
    }
    CHECK(kept(path) ==
          std::vector{setting("a", 1), setting("b", 2), setting("c", 3), setting("a", 4)});
}

TEST_CASE("a folder is one router's at a time") {
    const TemporaryFolder folder;
    const auto first = StateFile::open(folder.path());
    REQUIRE(first);
    const auto second = StateFile::open(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().text.find("another router's") != std::string::npos);
}

TEST_CASE("a line that was cut off is left out; one that is damaged puts the file aside") {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/addresses.jsonl";
    {
        auto file = StateFile::open(folder.path());
        REQUIRE(file->rewrite(by_key({setting("a", 1)})));
        REQUIRE(file->append({setting("b", 2)}, /*durable=*/true));
    }
    std::ofstream(path, std::ios::app) << R"({"key":"c","val)";
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("b", 2)});
    CHECK_FALSE(std::filesystem::exists(path + ".bad"));

    REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("error+")}));
    std::ofstream(path, std::ios::app) << "\n{}\n[1]\n";
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("b", 2)});
    CHECK(std::filesystem::exists(path + ".bad"));
}

TEST_CASE("a folder that can't be made is an error that says where to look") {
    const auto file = StateFile::open("/proc/weft");
    REQUIRE_FALSE(file);
    CHECK(file.error().text.find("/proc/weft") != std::string::npos);
    CHECK(file.error().text.find("stateDir") != std::string::npos);
}

TEST_SUITE_END();
