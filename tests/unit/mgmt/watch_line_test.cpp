#include "common/mgmt/watch_line.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;
using namespace weft::mgmt;

namespace {

std::string fault(std::string_view line) {
    const auto read = read_stream_line(line);
    return read ? "none" : read.error().text;
}

}  // namespace

TEST_SUITE_BEGIN("watch_line");

TEST_CASE("what a client may say") {
    const auto watch = read_stream_line(R"({"watch": 3, "path": "/api/queue?count=9"})");
    REQUIRE(watch);
    CHECK(std::get<WatchLine>(*watch).number == 3);
    CHECK(std::get<WatchLine>(*watch).path == "/api/queue?count=9");
    CHECK(std::get<WatchLine>(*watch).seconds == kWatchSecondsLeast);
    const auto slow = read_stream_line(R"({"watch": 0, "path": "/api", "seconds": 60})");
    REQUIRE(slow);
    CHECK(std::get<WatchLine>(*slow).seconds == 60);
    const auto unwatch = read_stream_line(R"({"unwatch": 3})");
    REQUIRE(unwatch);
    CHECK(std::get<UnwatchLine>(*unwatch).number == 3);
    const auto login = read_stream_line(R"({"login": "Bearer x"})");
    REQUIRE(login);
    CHECK(std::get<LoginLine>(*login).authorization == "Bearer x");
}

TEST_CASE("what is wrong is named") {
    CHECK(fault("watch") != "none");
    CHECK(fault("[1]").starts_with("say {\"watch\": NUMBER"));
    CHECK(fault("{}").starts_with("say {\"watch\": NUMBER"));
    CHECK(fault(R"({"login": 7})").starts_with("say {\"watch\": NUMBER"));
    CHECK(fault(R"({"watch": "x", "path": "/api"})").starts_with("'watch' must be an integer"));
    CHECK(fault(R"({"watch": -1, "path": "/api"})").starts_with("'watch' must be an integer"));
    CHECK(fault(R"({"watch": 1})").starts_with("'path' must be one of /api"));
    CHECK(fault(R"({"watch": 1, "path": "/metrics"})").starts_with("'path' must be one of /api"));
    CHECK(fault(R"({"watch": 1, "path": "/api/)" + std::string(kWatchPathMax, 'x') + "\"}") ==
          "'path' has at most 4096 bytes");
    CHECK(fault(R"({"watch": 1, "path": "/api", "seconds": 0})") ==
          "'seconds' must be an integer from 1 to 3600");
}

TEST_SUITE_END();
