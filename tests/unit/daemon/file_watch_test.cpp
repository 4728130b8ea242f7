#include "common/daemon/file_watch.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace weft::daemon;

namespace {

using Paths = std::vector<std::string>;

}  // namespace

TEST_SUITE("file watch") {
    TEST_CASE("a change is told once, when nobody writes any more") {
        std::map<std::string, FileStamp> files{{"a", {.size = 1}}, {"b", {.size = 1}}};
        FileWatch watch{[&](const std::string& path) { return files[path]; }};
        const Paths both{"a", "b"};
        CHECK(watch.changed(both).empty());
        CHECK(watch.changed(both).empty());
        files["a"].size = 2;
        CHECK(watch.changed(both).empty());
        files["a"].size = 3;  // still being written
        CHECK(watch.changed(both).empty());
        CHECK(watch.changed(both) == Paths{"a"});
        CHECK(watch.changed(both).empty());
        files["a"] = {};  // gone
        CHECK(watch.changed(both).empty());
        CHECK(watch.changed(both) == Paths{"a"});
        files["b"].size = 9;
        watch.know(both);
        CHECK(watch.changed(both).empty());
        CHECK(watch.changed(both).empty());
    }

    TEST_CASE("what comes and goes within two looks is as it was") {
        FileStamp stamp{.size = 1};
        FileWatch watch{[&](const std::string&) { return stamp; }};
        CHECK(watch.changed({"a"}).empty());
        stamp.size = 2;
        CHECK(watch.changed({"a"}).empty());
        stamp.size = 1;
        CHECK(watch.changed({"a"}).empty());
        CHECK(watch.changed({"a"}).empty());
    }

    TEST_CASE("a folder is another one when its files are") {
        const auto folder =
            std::filesystem::temp_directory_path() / ("weft-watch-" + std::to_string(::getpid()));
        std::filesystem::create_directory(folder);
        CHECK(stamp_of(folder / "a") == FileStamp{});
        const FileStamp empty = stamp_of(folder);
        std::ofstream{folder / "a"} << "1";
        const FileStamp one = stamp_of(folder);
        CHECK(one != empty);
        CHECK(stamp_of(folder) == one);
        std::ofstream{folder / "a"} << "12";
        CHECK(stamp_of(folder) != one);
        std::filesystem::remove_all(folder);
        CHECK(stamp_of(folder) == FileStamp{});
    }
}
