#include "common/io/log_output.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace weft::io {

namespace {

using Ownership = DescriptorOutput::Ownership;

const std::string kLine(100, 'x');

/// Writes lines until one is not taken whole: why.
int error_after_all(LogOutput& output) {
    for (;;) {
        const auto written = output.write(kLine, Level::info);
        if (written.error != 0) {
            return written.error;
        }
    }
}

}  // namespace

TEST_SUITE("log output") {
    TEST_CASE("a pipe that nobody reads makes lines wait, though it would make others wait") {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        DescriptorOutput output{ends[1], Ownership::closed};
        CHECK(error_after_all(output) == EAGAIN);
        CHECK((::fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);  // it is others' too
        std::array<char, 2 * PIPE_BUF> some{};
        CHECK(::read(ends[0], some.data(), some.size()) > 0);
        CHECK(output.write(kLine, Level::info).size == kLine.size());
        ::close(ends[0]);
        const auto signal = std::signal(SIGPIPE, SIG_IGN);
        CHECK(output.write(kLine, Level::info).error == EPIPE);
        std::signal(SIGPIPE, signal);
    }

    TEST_CASE("of a line longer than a pipe takes at once a part is written") {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        DescriptorOutput output{ends[1], Ownership::closed};
        CHECK(output.write(std::string(3 * PIPE_BUF, 'x'), Level::info).size == PIPE_BUF);
        ::close(ends[0]);
    }

    TEST_CASE("a socket whose peer does not read makes lines wait") {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
        DescriptorOutput output{ends[1], Ownership::closed};
        CHECK(error_after_all(output) == EAGAIN);
        ::close(ends[0]);
        CHECK(output.write(kLine, Level::info).error == EPIPE);
    }

    TEST_CASE("a full disk and a file at its size limit are errors") {
        const auto full = open_output("/dev/full");
        REQUIRE(full);
        CHECK((*full)->write(kLine, Level::info).error == ENOSPC);

        const std::string path = "/tmp/weft-log-output-" + std::to_string(::getpid());
        const auto file = open_output(path);
        REQUIRE(file);
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit low{250, before.rlim_max};
        const auto signal = std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &low);
        CHECK((*file)->write(kLine, Level::info).size == 100);
        CHECK((*file)->write(kLine, Level::info).size == 100);
        CHECK((*file)->write(kLine, Level::info).size == 50);
        CHECK((*file)->write(kLine, Level::info).error == EFBIG);
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, signal);
        std::remove(path.c_str());
    }

    TEST_CASE("a descriptor that was closed is an error") {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        DescriptorOutput output{ends[1], Ownership::left_open};
        ::close(ends[0]);
        ::close(ends[1]);
        CHECK(output.write(kLine, Level::info).error == EBADF);
    }

    TEST_CASE("in a folder only files of its own are opened") {
        std::string folder = "/tmp/weft-log-folder-XXXXXX";
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        const auto path = [&](const char* name) { return folder + "/" + name; };
        const auto refused = [&](const char* name) {
            const auto output = open_output_in(folder, name);
            return output ? std::string{} : output.error().text;
        };
        CHECK(refused("new.log").empty());
        CHECK(refused("new.log").empty());  // it is there now
        REQUIRE(::symlink("/dev/null", path("link").c_str()) == 0);
        CHECK(refused("link") == "log output " + path("link") + " can't be opened: it is a link");
        REQUIRE(::link(path("new.log").c_str(), path("twice").c_str()) == 0);
        CHECK(refused("twice").ends_with("it is no file of its own"));
        REQUIRE(::mkdir(path("below").c_str(), 0700) == 0);
        CHECK(refused("below").ends_with("Is a directory"));
        REQUIRE(::mkfifo(path("fifo").c_str(), 0600) == 0);
        CHECK_FALSE(refused("fifo").empty());
        const int reader = ::open(path("fifo").c_str(), O_RDONLY | O_NONBLOCK);
        CHECK(refused("fifo").ends_with("it is no file of its own"));  // though somebody reads it
        ::close(reader);
        std::filesystem::remove_all(folder);
        CHECK(refused("new.log").ends_with("No such file or directory"));
    }

    TEST_CASE("a FIFO that nobody reads can't be opened, and makes nobody wait") {
        const std::string path = "/tmp/weft-log-fifo-" + std::to_string(::getpid());
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        const auto refused = open_output(path);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.starts_with("log output " + path + " can't be opened: "));
        std::remove(path.c_str());
    }
}

}  // namespace weft::io
