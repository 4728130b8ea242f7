#include "router/mgmt/request_lines.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::router_mgmt {
namespace {

ManagementRequest request(wire::DeliveryId id, std::size_t bytes = 0) {
    ManagementRequest made;
    made.id = id;
    made.bytes = Buffer(bytes);
    return made;
}

/// The ids in their turns, "1 2 3".
std::string take_all(RequestLines& lines) {
    std::string ids;
    while (!lines.empty()) {
        ids += (ids.empty() ? "" : " ") + std::to_string(lines.take().id);
    }
    return ids;
}

}  // namespace

TEST_SUITE_BEGIN("request lines");

TEST_CASE("connections have turns, and each keeps its order") {
    RequestLines lines;
    for (const wire::DeliveryId id : {1U, 2U, 3U, 4U}) {
        lines.add(7, 0, request(id));
    }
    lines.add(8, 0, request(11));
    lines.add(8, 0, request(12));
    lines.add(9, 0, request(21));
    CHECK(take_all(lines) == "1 11 21 2 12 3 4");
    CHECK(lines.weight() == 0);
}

TEST_CASE("who comes while others are served has his turn with the next round") {
    RequestLines lines;
    lines.add(7, 0, request(1));
    lines.add(7, 0, request(2));
    lines.add(7, 0, request(3));
    CHECK(lines.take().id == 1);
    lines.add(8, 0, request(11));
    CHECK(lines.take().id == 2);
    CHECK(lines.take().id == 11);
    CHECK(take_all(lines) == "3");
}

TEST_CASE("requesters behind one connection share its turns") {
    RequestLines lines;
    lines.add(0, 5, request(1));
    lines.add(0, 5, request(2));
    lines.add(0, 5, request(3));
    lines.add(0, 6, request(11));
    lines.add(1, 0, request(21));
    lines.add(1, 0, request(22));
    CHECK(take_all(lines) == "1 21 11 22 2 3");
}

TEST_CASE("what is too much is the newest of who brought most") {
    constexpr std::size_t kEach = RequestLines::kRequestWeight;
    RequestLines lines;
    lines.add(1, 0, request(1));
    lines.add(1, 0, request(2));
    lines.add(2, 0, request(11, 2 * kEach));
    CHECK(lines.weight() == 5 * kEach);
    CHECK_FALSE(lines.take_excess(5 * kEach));
    CHECK(lines.take_excess(4 * kEach)->id == 11);
    CHECK(lines.take_excess(kEach)->id == 2);
    CHECK_FALSE(lines.take_excess(kEach));
    CHECK(take_all(lines) == "1");
}

TEST_CASE("of several behind one connection it is the newest of who asks most") {
    constexpr std::size_t kEach = RequestLines::kRequestWeight;
    RequestLines lines;
    lines.add(0, 5, request(1));
    lines.add(0, 6, request(11));
    lines.add(0, 6, request(12));
    CHECK(lines.take_excess(2 * kEach)->id == 12);
    std::size_t visited = 0;
    lines.for_each([&](ManagementRequest& each) { visited += each.id; });
    CHECK(visited == 12);
    CHECK(lines.take_excess(0));
    CHECK(lines.take_excess(0));
    CHECK(lines.empty());
}

TEST_SUITE_END();

}  // namespace weft::router_mgmt
