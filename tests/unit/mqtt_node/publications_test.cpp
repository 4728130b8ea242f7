#include "mqtt-gateway/node/publications.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using std::chrono::seconds;

namespace {

constexpr Instant kStart{seconds{1000}};

Publication to(const std::string& address, std::size_t size = 10, bool settled = false) {
    return {.address = address, .message = Buffer(size), .settled = settled};
}

/// Starts all that can be, and tells which.
std::vector<PublicationId> start_all(Publications& publications, Instant now = kStart) {
    std::vector<PublicationId> ids;
    while (const PublicationId id = publications.next()) {
        publications.started(id, now);
        ids.push_back(id);
    }
    return ids;
}

}  // namespace

TEST_SUITE("publications") {
    TEST_CASE("those of one address go out in their order, addresses take turns") {
        Publications publications{{}};
        const auto a1 = publications.add(to("a"), kStart);
        const auto a2 = publications.add(to("a"), kStart);
        const auto b1 = publications.add(to("b"), kStart);
        CHECK(start_all(publications) == std::vector{a1, b1, a2});
        CHECK(publications.in_flight() == 3);
        CHECK(publications.bytes() == 30);
    }

    TEST_CASE("an address that nobody serves leaves the link to others") {
        Publications publications{{.in_flight_max = 2}};
        for (int i = 0; i < 5; ++i) {
            publications.add(to("dead"), kStart);
        }
        CHECK(start_all(publications).size() == 2);
        const auto other = publications.add(to("b"), kStart);
        CHECK(start_all(publications) == std::vector{other});
        publications.forget(1);
        CHECK(start_all(publications) == std::vector<PublicationId>{3});
    }

    TEST_CASE("what is put aside goes out again before younger ones of its address") {
        Publications publications{{.in_flight_max = 1}};
        const auto first = publications.add(to("a"), kStart);
        const auto second = publications.add(to("a"), kStart);
        publications.started(first, kStart);
        publications.put_aside(first);
        publications.again(first, kStart);
        CHECK(publications.next() == first);
        publications.started(first, kStart);
        publications.forget(first);
        CHECK(publications.next() == second);
    }

    TEST_CASE("a lost link puts aside all that was in flight, in its order") {
        Publications publications{{}};
        const auto first = publications.add(to("a"), kStart);
        const auto second = publications.add(to("b"), kStart);
        start_all(publications);
        const auto third = publications.add(to("a"), kStart);
        std::vector<PublicationId> lost;
        publications.lost(lost);
        CHECK(lost == std::vector{first, second});
        CHECK(publications.in_flight() == 0);
        CHECK(start_all(publications) == std::vector{third});
    }

    TEST_CASE("what waits or is in flight for too long is put aside and told") {
        Publications publications{
            {.in_flight_max = 1, .wait_max = seconds{1}, .flight_max = seconds{10}}};
        const auto first = publications.add(to("a"), kStart);
        const auto second = publications.add(to("a"), kStart);
        publications.started(first, kStart);
        CHECK(publications.deadline() == kStart + seconds{1});
        std::vector<Publications::Late> late;
        publications.tick(kStart + seconds{1}, late);
        REQUIRE(late.size() == 1);
        CHECK(late[0].id == second);
        CHECK_FALSE(late[0].in_flight);
        CHECK(publications.deadline() == kStart + seconds{10});
        publications.again(second, kStart + seconds{9});
        late.clear();
        publications.tick(kStart + seconds{10}, late);
        REQUIRE(late.size() == 2);
        CHECK(late[0].id == second);
        CHECK(late[1].id == first);
        CHECK(late[1].in_flight);
        CHECK(publications.deadline() == kNever);
        CHECK(publications.size() == 2);
    }

    TEST_CASE("bytes are bounded, whatever has become of them") {
        Publications publications{{.bytes_max = 100}};
        const auto first = publications.add(to("a", 60), kStart);
        CHECK(publications.add(to("a", 41), kStart) == 0);
        publications.started(first, kStart);
        publications.put_aside(first);
        CHECK(publications.add(to("a", 41), kStart) == 0);
        publications.forget(first);
        CHECK(publications.add(to("a", 100), kStart) != 0);
        CHECK(publications.find(first) == nullptr);
    }

    TEST_CASE("what is gone is asked for in vain") {
        Publications publications{{}};
        const auto first = publications.add(to("a"), kStart);
        publications.forget(first);
        publications.forget(first);
        publications.put_aside(first);
        publications.again(first, kStart);
        CHECK(publications.next() == 0);
        CHECK(publications.size() == 0);
        CHECK(publications.deadline() == kNever);
    }
}
