#include "common/config/secret.hpp"

#include "tests/unit/config/fixture.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

using namespace weft::config;
using namespace weft::config::test;

TEST_SUITE("secret") {
    TEST_CASE("a secret is taken from the environment, a file's first line, or as written") {
        ::setenv("WEFT_TEST_SECRET", "s3", 1);
        const FileReader reader = reader_of({{"etc/pw", "s4\r\nrest"}, {"/pw", "s5"}});
        CHECK(resolve_secret("env:WEFT_TEST_SECRET", "etc/a.json", reader) == "s3");
        CHECK(resolve_secret("file:pw", "etc/a.json", reader) == "s4");
        CHECK(resolve_secret("file:/pw", "etc/a.json", reader) == "s5");
        CHECK(resolve_secret("plain", "etc/a.json", reader) == "plain");
        CHECK(resolve_secret("literal:env:x", "etc/a.json", reader) == "env:x");
        CHECK(resolve_secret("pass:x", "etc/a.json", reader) == "x");
    }

    TEST_CASE("PEM is the whole of a file, or of a variable") {
        ::setenv("WEFT_TEST_SECRET", "a\nb\n", 1);
        const FileReader reader = reader_of({{"etc/a.pem", "c\nd\n"}});
        CHECK(pem_source("a.pem", "etc/a.json") == "etc/a.pem");
        CHECK(pem_source("file:a.pem", "etc/a.json") == "etc/a.pem");
        CHECK(pem_source("/a.pem", "etc/a.json") == "/a.pem");
        CHECK(pem_source("env:X", "etc/a.json") == "env:X");
        CHECK(pem_source("", "etc/a.json").empty());
        CHECK(read_pem("etc/a.pem", reader) == "c\nd\n");
        CHECK(read_pem("env:WEFT_TEST_SECRET", reader) == "a\nb\n");
        CHECK(read_pem("b.pem", reader).error() == "\"b.pem\" does not exist");
        ::unsetenv("WEFT_TEST_SECRET");
        CHECK(read_pem("env:WEFT_TEST_SECRET", reader).error() ==
              "the environment has no \"WEFT_TEST_SECRET\"");
    }

    TEST_CASE("what can't be read is a fault at the key") {
        ::unsetenv("WEFT_TEST_SECRET");
        CHECK(load_box(R"(, "password": "env:WEFT_TEST_SECRET")").lines ==
              Lines{"a.json:1: /boxes/0/password: the environment has no \"WEFT_TEST_SECRET\""});
        CHECK(load_box(R"(, "password": "file:pw")").lines ==
              Lines{"a.json:1: /boxes/0/password: \"pw\" does not exist"});
    }

    TEST_CASE("files are read from disk, and say why not") {
        CHECK(read_file("/nonexistent/x").error() == "cannot be opened: No such file or directory");
        CHECK(read_file("/").error() == "cannot be read: Is a directory");
        CHECK(read_file("/dev/null") == "");
        CHECK(read_file("/dev/zero").error() == "is larger than 16 MiB");
    }

    TEST_CASE("while a daemon runs only regular files are read: others would let it wait") {
        CHECK(read_regular_file("/nonexistent/x").error() ==
              "cannot be opened: No such file or directory");
        CHECK(read_regular_file("/").error() == "is no regular file");
        CHECK(read_regular_file("/dev/null").error() == "is no regular file");
        const std::string pipe = "/tmp/weft-pipe-" + std::to_string(::getpid());
        REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
        CHECK(read_regular_file(pipe).error() == "is no regular file");
        ::unlink(pipe.c_str());
        CHECK(read_regular_file(std::string{WEFT_SOURCE_DIR} + "/README.md").value_or("") != "");
        const std::string large = "/tmp/weft-large-" + std::to_string(::getpid());
        const int file = ::open(large.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        REQUIRE(::ftruncate(file, kLateBytesMax) == 0);
        CHECK(read_regular_file(large).value_or("").size() == kLateBytesMax);
        REQUIRE(::ftruncate(file, kLateBytesMax + 1) == 0);
        CHECK(read_regular_file(large).error() == "is larger than 1 MiB");
        CHECK(read_file(large).has_value());
        ::close(file);
        ::unlink(large.c_str());
    }
}
