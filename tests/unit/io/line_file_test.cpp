#include "common/io/line_file.hpp"

#include "common/io/rotating_output.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace weft::io {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with the test.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "weft-lines-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    std::string file() const { return path + "/a.log"; }
    static std::string text(const std::string& name) {
        std::ifstream in{name};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::string path;
};

}  // namespace

TEST_SUITE("line file") {
    TEST_CASE("lines are appended to what is there, and nobody else may read them") {
        const Folder folder;
        std::ofstream{folder.file()} << "old\n";
        fs::permissions(folder.file(), fs::perms{0600});
        {
            const auto file = LineFile::open(folder.file(), {});
            REQUIRE(file);
            CHECK((*file)->write("one"));
            CHECK((*file)->write("two"));
        }
        CHECK(Folder::text(folder.file()) == "old\none\ntwo\n");
        struct stat facts {};
        const auto made = LineFile::open(folder.file() + ".new", {});
        REQUIRE(made);
        REQUIRE(::stat((folder.file() + ".new").c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777U) == 0600);
    }

    TEST_CASE("a file that can't be opened is named with the reason") {
        const Folder folder;
        const auto none = LineFile::open(folder.path + "/no/a.log", {});
        REQUIRE_FALSE(none);
        CHECK(none.error().text.find("/no/a.log can't be opened: No such file") !=
              std::string::npos);
        CHECK_FALSE(LineFile::open(folder.path, {}));
        CHECK_FALSE(LineFile::open("/dev/null", {}));
    }

    TEST_CASE("before a file is too large it is renamed, and the oldest goes") {
        const Folder folder;
        auto output = RotatingOutput::open(folder.file(), {.bytes = 8, .files = 3});
        REQUIRE(output);
        for (const char* line : {"1111\n", "2\n", "3333\n", "444444444444\n", "5\n"}) {
            CHECK((*output)->write(line, Level::notice).size == std::string{line}.size());
        }
        CHECK(Folder::text(folder.file()) == "5\n");
        CHECK(Folder::text(folder.file() + ".1") == "444444444444\n");
        CHECK(Folder::text(folder.file() + ".2") == "3333\n");
        CHECK_FALSE(fs::exists(folder.file() + ".3"));
    }

    TEST_CASE("where there may be one file it begins anew") {
        const Folder folder;
        auto output = RotatingOutput::open(folder.file(), {.bytes = 4, .files = 1});
        REQUIRE(output);
        CHECK((*output)->write("1111\n", Level::notice).error == 0);
        CHECK((*output)->write("2222\n", Level::notice).error == 0);
        CHECK(Folder::text(folder.file()) == "2222\n");
        CHECK_FALSE(fs::exists(folder.file() + ".1"));
    }

    TEST_CASE("a line is not split between files, though it is written in parts") {
        const Folder folder;
        auto output = RotatingOutput::open(folder.file(), {.bytes = 4, .files = 2});
        REQUIRE(output);
        CHECK((*output)->write("123", Level::notice).error == 0);
        CHECK((*output)->write("456\n", Level::notice).error == 0);
        CHECK(Folder::text(folder.file()) == "123456\n");
    }

    TEST_CASE("who takes the file away gets no more of it; another one is begun") {
        const Folder folder;
        auto output = RotatingOutput::open(folder.file(), {});
        REQUIRE(output);
        CHECK((*output)->write("1\n", Level::notice).error == 0);
        fs::rename(folder.file(), folder.file() + ".taken");
        CHECK((*output)->write("2\n", Level::notice).error == 0);
        CHECK(Folder::text(folder.file()) == "2\n");
        CHECK(Folder::text(folder.file() + ".taken") == "1\n");
    }

    TEST_CASE("what can't be turned over is not made larger") {
        const Folder folder;
        auto output = RotatingOutput::open(folder.file(), {.bytes = 4, .files = 2});
        REQUIRE(output);
        CHECK((*output)->write("1111\n", Level::notice).error == 0);
        fs::create_directories(folder.file() + ".1/x");
        CHECK((*output)->write("2\n", Level::notice).error == EISDIR);
        CHECK(Folder::text(folder.file()) == "1111\n");
        fs::remove_all(folder.file() + ".1");
        CHECK((*output)->write("2\n", Level::notice).error == 0);
        CHECK(Folder::text(folder.file()) == "2\n");
    }
}

}  // namespace weft::io
