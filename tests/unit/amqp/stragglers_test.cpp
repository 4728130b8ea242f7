#include "common/amqp/stragglers.hpp"

#include "tests/unit/amqp/links.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::amqp::test {
namespace {

std::vector<DeliveryId> ids(Stragglers& stragglers, DeliveryId first, DeliveryId last) {
    std::vector<DeliveryId> found;
    for (auto id = stragglers.next(first, last); id; id = stragglers.next(*id + 1, last)) {
        found.push_back(*id);
        if (*id == last) {
            break;
        }
    }
    return found;
}

}  // namespace

TEST_SUITE_BEGIN("stragglers");

TEST_CASE("ids that wrap around stay in their order") {
    Links links;
    Stragglers stragglers;
    const DeliveryId start = 0xffffffee;
    for (DeliveryId i = 0; i < 40; i += 4) {
        stragglers.insert(start + i, {links.a, i});
    }
    CHECK(ids(stragglers, start - 5, start + 8) ==
          std::vector<DeliveryId>{start, start + 4, start + 8});
    CHECK(ids(stragglers, start + 17, start + 27) ==
          std::vector<DeliveryId>{start + 20, start + 24});
    CHECK(ids(stragglers, start + 37, start + 100).empty());
    CHECK(ids(stragglers, start - 100, start - 1).empty());
    CHECK(stragglers.find(start + 20)->context == 20);
    CHECK(stragglers.find(start + 21) == nullptr);
}

TEST_CASE("what is erased is gone, whichever way") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId id = 0; id < 1000; ++id) {
        stragglers.insert(id, {id % 2 == 0 ? links.a : links.b, id});
    }
    for (DeliveryId id = 0; id < 1000; id += 3) {
        stragglers.erase(id);
    }
    CHECK(stragglers.size() == 666);
    stragglers.erase_link(*links.a);
    CHECK(stragglers.size() == 333);
    for (const DeliveryId id : ids(stragglers, 0, 999)) {
        CHECK(id % 2 == 1);
        CHECK(id % 3 != 0);
    }
    stragglers.erase_link(*links.a);
    stragglers.erase_link(*links.b);
    CHECK(stragglers.empty());
    CHECK(stragglers.find(1) == nullptr);
}

TEST_CASE("a range that names no delivery costs a search, not a walk over all of them") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId id = 0; id < 900'000; ++id) {
        stragglers.insert(2 * id, {links.a, id});
    }
    const std::uint64_t before = stragglers.steps();
    for (DeliveryId i = 0; i < 2'000; ++i) {
        REQUIRE_FALSE(stragglers.next(800 * i + 1, 800 * i + 1));
        REQUIRE_FALSE(stragglers.next(1'800'000, 1'900'000));
    }
    CHECK(stragglers.steps() - before < 4'000 * 25);
}

TEST_CASE("a link that goes costs what is its own") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId id = 0; id < 500'000; ++id) {
        stragglers.insert(id, {id % 50'000 == 0 ? links.b : links.a, id});
    }
    const std::uint64_t before = stragglers.steps();
    stragglers.erase_link(*links.b);
    CHECK(stragglers.size() == 499'990);
    CHECK(stragglers.steps() - before < 10 * 25);
}

TEST_CASE("a link that goes with very many costs nothing at once") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId id = 0; id < 900'000; ++id) {
        stragglers.insert(id, {id % 5 < 2 ? links.b : links.a, id});
    }
    const std::uint64_t before = stragglers.steps();
    stragglers.erase_link(*links.b);
    CHECK(stragglers.steps() - before == 1);
    CHECK(stragglers.size() == 540'000);
    CHECK(stragglers.find(1) == nullptr);
    CHECK(stragglers.next(0, 899'999) == 2);
    CHECK(stragglers.next(5, 6) == std::nullopt);
    CHECK(stragglers.next(5, 7) == 7);
    stragglers.erase_link(*links.a);
    CHECK(stragglers.empty());
}

TEST_CASE("links come and go, and take none of one another's") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId round = 0; round < 100; ++round) {
        for (DeliveryId id = 0; id < 30; ++id) {
            stragglers.insert(round * 30 + id, {id % 3 == 0 ? links.a : links.b, id});
        }
        stragglers.erase_link(*links.b);
        CHECK(stragglers.size() == std::size_t{10} * (round + 1));
    }
    CHECK(ids(stragglers, 0, 3'000).size() == 1'000);
    stragglers.erase_link(*links.a);
    CHECK(stragglers.empty());
}

TEST_CASE("gaps cost a search over them no more than a few steps each") {
    Links links;
    Stragglers stragglers;
    for (DeliveryId id = 0; id < 100'000; ++id) {
        stragglers.insert(id, {links.a, id});
    }
    const std::uint64_t before = stragglers.steps();
    for (DeliveryId id = 0; id < 99'999; ++id) {
        stragglers.erase(id);
        REQUIRE(stragglers.next(0, 99'999) == id + 1);
    }
    CHECK(stragglers.size() == 1);
    CHECK(stragglers.steps() - before < std::uint64_t{100'000} * 80);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
