#include "mqtt-gateway/node/publications.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
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
std::vector<PublicationId> start_all(Publications& publications,
                                     Instant now = kStart,
                                     std::size_t credit = 1000) {
    std::vector<PublicationId> ids;
    while (const PublicationId id = publications.next(credit)) {
        publications.started(id, 0, now);
        ids.push_back(id);
        --credit;
    }
    return ids;
}

std::vector<Publications::Late> late_at(Publications& publications,
                                        Instant now,
                                        std::size_t most = 1000) {
    std::vector<Publications::Late> late;
    publications.tick(now, most, late);
    return late;
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
        CHECK(publications.bytes() == 3 * (10 + Publications::kOverhead));
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
        publications.started(first, 0, kStart);
        publications.put_aside(first);
        publications.again(first, kStart);
        CHECK(publications.next(100) == first);
        publications.started(first, 0, kStart);
        publications.forget(first);
        CHECK(publications.next(100) == second);
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
        publications.started(first, 0, kStart);
        CHECK(publications.deadline() == kStart + seconds{1});
        auto late = late_at(publications, kStart + seconds{1});
        REQUIRE(late.size() == 1);
        CHECK(late[0].id == second);
        CHECK_FALSE(late[0].in_flight);
        CHECK(publications.deadline() == kStart + seconds{10});
        publications.again(second, kStart + seconds{9});
        late = late_at(publications, kStart + seconds{10});
        REQUIRE(late.size() == 2);
        CHECK(late[0].id == second);
        CHECK(late[1].id == first);
        CHECK(late[1].in_flight);
        CHECK(publications.deadline() == kNever);
        CHECK(publications.size() == 2);
    }

    TEST_CASE("bytes are bounded, whatever has become of them") {
        Publications publications{{.bytes_max = 2 * (100 + Publications::kOverhead)}};
        const auto first = publications.add(to("a", 60), kStart);
        CHECK(publications.add(to("a", 100), kStart) == 0);
        publications.started(first, 0, kStart);
        publications.put_aside(first);
        CHECK(publications.add(to("a", 100), kStart) == 0);
        publications.forget(first);
        CHECK(publications.add(to("a", 100), kStart) != 0);
        CHECK(publications.find(first) == nullptr);
        CHECK(publications.bytes() == 100 + Publications::kOverhead);
    }

    TEST_CASE("a few devices that hold what they may leave room to all others") {
        constexpr std::size_t kMax = std::size_t{64} << 20;
        Publications publications{{.bytes_max = kMax}};
        const auto of = [&](const std::shared_ptr<PublishAccount>& account, std::size_t size,
                            bool settled) {
            Publication publication = to("a", size, settled);
            publication.account = account;
            return publications.add(std::move(publication), kStart);
        };
        for (const bool settled : {false, true}) {
            std::vector<PublicationId> held;
            std::vector<std::shared_ptr<PublishAccount>> greedy;
            for (int i = 0; i < 20; ++i) {
                greedy.push_back(std::make_shared<PublishAccount>());
                while (const PublicationId id = of(greedy.back(), 1 << 20, settled)) {
                    held.push_back(id);
                }
            }
            CHECK(greedy[0]->bytes > kMax / (settled ? 6 : 3));
            CHECK(publications.bytes() > kMax / (settled ? 3 : 2));
            std::size_t refused = 0;
            for (int i = 0; i < 50; ++i) {
                const auto modest = std::make_shared<PublishAccount>();
                for (int k = 0; k < 20; ++k) {
                    held.push_back(of(modest, 1000, settled));
                    refused += held.back() == 0 ? 1U : 0U;
                }
            }
            CHECK(refused == 0);
            CHECK(publications.bytes() <= kMax);
            for (const PublicationId id : held) {
                publications.forget(id);
            }
            CHECK(greedy[0]->bytes == 0);
            CHECK(publications.bytes() == 0);
        }
    }

    TEST_CASE("wills are counted by themselves, until they are gone") {
        session::Counters counters;
        Publications publications{{.bytes_max = 1000}};
        Publication will = to("a", 5000);
        will.is_will = true;
        will.will_bytes = session::WillBytes{counters, 5000};
        const PublicationId id = publications.add(std::move(will), kStart);
        REQUIRE(id != 0);
        CHECK(counters.will_bytes == 5000);
        CHECK(publications.bytes() == 0);
        CHECK(publications.add(to("a", 100), kStart) != 0);
        publications.forget(id);
        CHECK(counters.will_bytes == 0);
    }

    TEST_CASE("QoS 0 leaves half of the room to others; wills always have some") {
        Publications publications{{.bytes_max = 5 * (100 + Publications::kOverhead)}};
        const auto add = [&](bool settled) {
            return publications.add(to("a", 100, settled), kStart);
        };
        CHECK(add(true) != 0);
        CHECK(add(true) != 0);
        CHECK(add(true) == 0);
        CHECK(add(false) != 0);
        CHECK(add(false) != 0);
        CHECK(add(false) == 0);
        publications.forget(1);
        CHECK(add(false) != 0);
        Publication will = to("a", 100);
        will.is_will = true;
        CHECK(publications.add(std::move(will), kStart) != 0);
    }

    TEST_CASE("addresses that settle nothing leave credit to all others") {
        Publications publications{{}};
        std::size_t credit = 250;
        for (int dead = 0; dead < 20; ++dead) {
            for (int i = 0; i < 300; ++i) {
                publications.add(to("dead" + std::to_string(dead)), kStart);
            }
            credit -= start_all(publications, kStart, credit).size();
        }
        CHECK(credit > 0);
        const auto alive = publications.add(to("alive"), kStart);
        CHECK(publications.next(credit) == alive);
    }

    TEST_CASE("QoS 2 in flight is told to be late, and waits on") {
        Publications publications{{.flight_max = seconds{10}}};
        Publication once = to("a");
        once.is_once = true;
        const auto id = publications.add(std::move(once), kStart);
        start_all(publications);
        CHECK(late_at(publications, kStart + seconds{10}).size() == 1);
        CHECK(publications.in_flight() == 1);
        CHECK(late_at(publications, kStart + seconds{10}).empty());
        CHECK(late_at(publications, kStart + seconds{20}).size() == 1);
        std::vector<PublicationId> lost;
        publications.lost(lost);
        CHECK(lost == std::vector{id});
    }

    TEST_CASE("an address whose consumers settle may have more in flight") {
        Publications publications{{}};
        for (int i = 0; i < 300; ++i) {
            publications.add(to("a"), kStart);
        }
        const std::size_t unknown = start_all(publications, kStart, 250).size();
        CHECK(unknown < 250 / 8);
        publications.put_aside(1);
        publications.forget(1);
        CHECK(start_all(publications, kStart, 251 - unknown).size() + unknown - 1 == 100);
        CHECK_FALSE(late_at(publications, kStart + seconds{10}).empty());
        CHECK(start_all(publications, kStart, 250).size() < 250 / 8);
    }

    TEST_CASE("one that rests goes out again by itself") {
        Publications publications{{}};
        const auto first = publications.add(to("a"), kStart);
        start_all(publications);
        publications.put_aside(first);
        publications.rest(first, kStart);
        CHECK(publications.next(10) == 0);
        CHECK(publications.deadline() == kStart + Publications::kRest);
        CHECK(late_at(publications, kStart + Publications::kRest).empty());
        CHECK(publications.next(10) == first);
        publications.forget(first);
        CHECK(publications.size() == 0);
    }

    TEST_CASE("what is late is told in parts, at a cost that does not grow with what waits") {
        constexpr std::size_t kMany = 20'000;
        Publications publications{{.bytes_max = std::size_t{1} << 30}};
        for (std::size_t i = 0; i < kMany; ++i) {
            publications.add(to(i % 2 == 0 ? "a" : "b" + std::to_string(i)), kStart);
        }
        const std::uint64_t before = publications.steps();
        std::size_t told = 0;
        while (publications.deadline() <= kStart + seconds{1}) {
            const auto late = late_at(publications, kStart + seconds{1}, 500);
            CHECK(late.size() <= 500);
            for (const Publications::Late& each : late) {
                told += each.in_flight ? 0U : 1U;
                publications.again(each.id, kStart + seconds{1});
                publications.put_aside(each.id);
            }
        }
        CHECK(told == kMany);
        CHECK(publications.next(100) == 0);
        CHECK(publications.steps() - before < 10 * kMany);
    }

    TEST_CASE("what is gone is asked for in vain") {
        Publications publications{{}};
        const auto first = publications.add(to("a"), kStart);
        publications.forget(first);
        publications.forget(first);
        publications.put_aside(first);
        publications.again(first, kStart);
        CHECK(publications.next(100) == 0);
        CHECK(publications.size() == 0);
        CHECK(publications.deadline() == kNever);
    }
}
