#include "router/node/state_file.hpp"

#include "common/io/log.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

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

StateLines lines(const std::vector<settings::Setting>& settings) {
    StateLines lines;
    for (const settings::Setting& each : settings) {
        lines.add(each);
    }
    return lines;
}

std::vector<settings::Setting> kept(const std::string& folder) {
    auto file = StateFile::open(folder);
    REQUIRE(file);
    auto settings = file->read();
    REQUIRE(settings);
    return *settings;
}

/// What the disk answers from now on; 0: it works.
struct Faults {
    int write = 0;
    std::size_t room = 0;  // bytes that it takes before it fails
    int sync = 0;
    int rename = 0;

    Disk disk() {
        return {.write = [this](int file, const void* bytes, std::size_t size) -> ssize_t {
                    if (write == 0) {
                        return ::write(file, bytes, size);
                    }
                    if (room == 0) {
                        errno = write;
                        return -1;
                    }
                    const std::size_t most = std::min(size, room);
                    room -= most;
                    return ::write(file, bytes, most);
                },
                .sync =
                    [this](int file) {
                        errno = sync;
                        return sync == 0 ? ::fsync(file) : -1;
                    },
                .rename =
                    [this](const char* from, const char* to) {
                        errno = rename;
                        return rename == 0 ? ::rename(from, to) : -1;
                    }};
    }
};

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
        REQUIRE(file->append(lines({setting("c", 3)}), /*durable=*/true));
        REQUIRE(file->append(lines({setting("a", 4)}), /*durable=*/false));
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
        REQUIRE(file->append(lines({setting("b", 2)}), /*durable=*/true));
    }
    std::ofstream(path, std::ios::app) << R"({"key":"c","val)";
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("b", 2)});
    CHECK_FALSE(std::filesystem::exists(path + ".bad"));

    REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("error+")}));
    std::ofstream(path, std::ios::app) << "\n{}\n[1]\n";
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("b", 2)});
    CHECK(std::filesystem::exists(path + ".bad"));
}

TEST_CASE("of what can't be appended nothing is kept, and the error says where and why") {
    for (const int error : {ENOSPC, EIO, EROFS, EFBIG}) {
        for (const std::size_t room : {0U, 30U, 100U}) {
            CAPTURE(error);
            CAPTURE(room);
            const TemporaryFolder folder;
            Faults faults;
            {
                auto file = StateFile::open(folder.path(), faults.disk());
                REQUIRE(file);
                CHECK_FALSE(file->is_sound());
                REQUIRE(file->rewrite(by_key({setting("a", 1)})));
                CHECK(file->is_sound());
                faults.write = error;
                faults.room = room;
                const auto written =
                    file->append(lines({setting("b", 2), setting("c", 3)}), /*durable=*/true);
                REQUIRE_FALSE(written);
                CHECK(written.error().text.find(folder.path() + "/addresses.jsonl (" +
                                                std::strerror(error)) != std::string::npos);
                CHECK_FALSE(file->is_sound());
            }
            CHECK(kept(folder.path()) == std::vector{setting("a", 1)});
        }
    }
}

TEST_CASE("what the disk does not confirm is not kept, and is written anew") {
    const TemporaryFolder folder;
    Faults faults;
    {
        auto file = StateFile::open(folder.path(), faults.disk());
        REQUIRE(file->rewrite(by_key({setting("a", 1)})));
        faults.sync = EIO;
        CHECK_FALSE(file->append(lines({setting("b", 2)}), /*durable=*/true));
        CHECK_FALSE(file->is_sound());
        CHECK_FALSE(file->rewrite(by_key({setting("a", 1), setting("b", 2)})));
        CHECK_FALSE(file->is_sound());
        faults.sync = 0;
        REQUIRE(file->rewrite(by_key({setting("a", 1), setting("c", 3)})));
        CHECK(file->is_sound());
        REQUIRE(file->append(lines({setting("d", 4)}), /*durable=*/true));
    }
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("c", 3), setting("d", 4)});
}

TEST_CASE("a file that can't be written anew stays as it was, and its draft takes no room") {
    for (const int error : {ENOSPC, EIO, EROFS}) {
        const TemporaryFolder folder;
        Faults faults;
        {
            auto file = StateFile::open(folder.path(), faults.disk());
            REQUIRE(file->rewrite(by_key({setting("a", 1)})));
            SUBCASE("its draft") {
                faults.write = error;
                faults.room = 10;
            }
            SUBCASE("its name") {
                faults.rename = error;
            }
            CHECK_FALSE(file->rewrite(by_key({setting("b", 2)})));
            CHECK_FALSE(file->is_sound());
        }
        CHECK_FALSE(std::filesystem::exists(folder.path() + "/addresses.jsonl.new"));
        CHECK(kept(folder.path()) == std::vector{setting("a", 1)});
    }
}

TEST_CASE(
    "while a draft is made there is the old file, and then the draft, with what came meanwhile") {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/addresses.jsonl";
    const auto in_file = [&path] {
        std::ifstream file(path);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string old = lines({setting("a", 1), setting("b", 2)}).text;
    const std::string more = lines({setting("c", 3)}).text;
    std::optional<StateFile> file{std::move(*StateFile::open(folder.path()))};
    REQUIRE(file->rewrite(by_key({setting("a", 1), setting("b", 2)})));
    REQUIRE(file->begin_draft());
    CHECK(in_file() == old);
    REQUIRE(file->add(lines({setting("a", 4)})));
    REQUIRE(file->confirming()());
    CHECK(in_file() == old);
    REQUIRE(file->append(lines({setting("c", 3)}), /*durable=*/true));
    CHECK(file->lines() == 3);
    REQUIRE(file->add(lines({setting("b", 2)})));
    CHECK(in_file() == old + more);
    const auto place = file->placing();
    CHECK(in_file() == old + more);
    CHECK_FALSE(file->is_sound());
    REQUIRE(place());
    const std::string anew = lines({setting("a", 4), setting("c", 3), setting("b", 2)}).text;
    CHECK(in_file() == anew);
    file->take_draft();
    CHECK(file->is_sound());
    CHECK(file->lines() == 3);
    REQUIRE(file->append(lines({setting("d", 5)}), /*durable=*/true));
    CHECK(in_file() == anew + lines({setting("d", 5)}).text);

    REQUIRE(file->begin_draft());
    REQUIRE(file->add(lines({setting("e", 6)})));
    SUBCASE("one that is given up leaves the file") {
        file->drop_draft();
        CHECK_FALSE(file->is_sound());
    }
    SUBCASE("so does one whose maker goes") {
        file.reset();
    }
    CHECK_FALSE(std::filesystem::exists(path + ".new"));
    CHECK(in_file() == anew + lines({setting("d", 5)}).text);
}

TEST_CASE("what is missing in a draft is told when more is added, and the file has it") {
    const TemporaryFolder folder;
    std::size_t writes_left = 2;
    Disk disk{.write = [&writes_left](int to, const void* bytes, std::size_t size) -> ssize_t {
        errno = ENOSPC;
        return writes_left == 0 ? -1 : (--writes_left, ::write(to, bytes, size));
    }};
    std::optional<StateFile> file{std::move(*StateFile::open(folder.path(), std::move(disk)))};
    REQUIRE(file->rewrite(by_key({setting("a", 1)})));
    REQUIRE(file->begin_draft());
    REQUIRE(file->append(lines({setting("b", 2)}), /*durable=*/true));
    CHECK(file->is_sound());
    writes_left = 1;
    CHECK_FALSE(file->add(lines({setting("a", 1)})));
    file.reset();
    CHECK(kept(folder.path()) == std::vector{setting("a", 1), setting("b", 2)});
}

TEST_CASE("a folder that can't be made is an error that says where to look") {
    const auto file = StateFile::open("/proc/weft");
    REQUIRE_FALSE(file);
    CHECK(file.error().text.find("/proc/weft") != std::string::npos);
    CHECK(file.error().text.find("stateDir") != std::string::npos);
}

TEST_SUITE_END();
