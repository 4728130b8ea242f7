#include "common/io/log.hpp"
#include "tests/unit/endpoint/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace weft;
using namespace weft::endpoint;
using namespace weft::endpoint::test;

namespace {

/// Lines of the log that begin so, among the newest.
std::size_t lines(std::string_view begin) {
    const auto records = io::log().recent();
    return static_cast<std::size_t>(std::ranges::count_if(
        records, [&](const auto& record) { return record->text.starts_with(begin); }));
}

}  // namespace

TEST_SUITE_BEGIN("trace of a connection");

TEST_CASE("lines of the log begin with the connection's tag") {
    const std::size_t before = lines("[C7] accepted on clients from ");
    World world{server_profile()};
    CHECK(lines("[C7] accepted on clients from ") == before + 1);
    const std::size_t gone = lines("[C7] gone: over");
    world.peer.drop("over");
    CHECK(lines("[C7] gone: over") == gone + 1);
}

TEST_CASE("a traced connection logs the frames of both directions, and stops when told") {
    World world{server_profile()};
    CHECK_FALSE(world.connection->is_traced());
    world.connection->trace(true);
    CHECK(world.connection->is_traced());
    const std::size_t in = lines("[C7]:0 <- @open");
    const std::size_t out = lines("[C7]:0 -> @open");
    world.peer.open();
    CHECK(lines("[C7]:0 <- @open") == in + 1);
    CHECK(lines("[C7]:0 -> @open") == out + 1);
    world.connection->trace(false);
    world.peer.close();
    CHECK(lines("[C7]:0 <- @close") == 0);
}

TEST_SUITE_END();
