#include "common/amqp/delivery_ring.hpp"

#include "tests/unit/amqp/links.hpp"
#include "tests/unit/amqp/random.hpp"

#include <doctest/doctest.h>

#include <map>

namespace weft::amqp::test {
namespace {

std::vector<DeliveryId> ids(DeliveryRing& ring, DeliveryId first, DeliveryId last) {
    std::vector<DeliveryId> found;
    ring.for_range(first, last, [&](DeliveryId id, DeliveryRing::Entry*) {
        found.push_back(id);
        return true;
    });
    return found;
}

void erase(DeliveryRing& ring, DeliveryId id) {
    ring.erase(id, ring.find(id));
}

}  // namespace

TEST_SUITE_BEGIN("delivery ring");

TEST_CASE("a delivery is found until it is erased") {
    Links links;
    DeliveryRing ring;
    CHECK(ring.find(0) == nullptr);
    ring.insert(5, *links.a, 50);
    REQUIRE(ring.find(5) != nullptr);
    CHECK(ring.find(5)->context == 50);
    CHECK(ring.find(5)->link == links.a);
    CHECK(ring.find(4) == nullptr);
    CHECK(ring.find(6) == nullptr);
    erase(ring, 5);
    CHECK(ring.find(5) == nullptr);
    CHECK(ring.size() == 0);
}

TEST_CASE("deliveries that stay behind are found however far ids move on") {
    Links links;
    DeliveryRing ring;
    const DeliveryId start = 0xfffff000;
    ring.insert(start, *links.a, 1);
    ring.insert(start + 1, *links.b, 2);
    for (DeliveryId id = start + 2; id != start + 20000; ++id) {
        ring.insert(id, *links.a, id);
        if (id > start + 10) {
            erase(ring, id - 3);
        }
    }
    CHECK(ring.find(start)->context == 1);
    CHECK(ring.find(start + 1)->context == 2);
    const auto all = ids(ring, start - 10, start + 30000);
    CHECK(all.size() == ring.size());
    CHECK(all[0] == start);
    CHECK(all[1] == start + 1);
    CHECK(ids(ring, start + 1, start + 1) == std::vector<DeliveryId>{start + 1});
    erase(ring, start);
    CHECK(ring.find(start) == nullptr);
    CHECK(ring.find(start + 1) != nullptr);
}

TEST_CASE("all deliveries of a link are forgotten together") {
    Links links;
    DeliveryRing ring;
    for (DeliveryId id = 0; id < 10000; ++id) {
        ring.insert(id, id % 3 == 0 ? *links.a : *links.b, id);
    }
    ring.erase_link(*links.a, 3334);
    CHECK(ring.size() == 6666);
    CHECK(ring.find(0) == nullptr);
    CHECK(ring.find(9999) == nullptr);
    CHECK(ring.find(9998)->context == 9998);
    ring.erase_link(*links.b, 6666);
    CHECK(ring.size() == 0);
    CHECK(ids(ring, 0, 10000).empty());
    ring.insert(10000, *links.a, 7);
    CHECK(ring.find(10000)->context == 7);
}

TEST_CASE("it holds what a map would hold") {
    Links links;
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        DeliveryRing ring;
        std::map<std::uint32_t, Context> model;  // by distance from the start: ids wrap around
        const DeliveryId start = 0xffffff00;
        std::uint32_t next = 0;
        for (int step = 0; step < 3000; ++step) {
            switch (random.below(4)) {
                case 0:
                    next += random.below(seed % 5 == 0 ? 50 : 3);
                    [[fallthrough]];
                case 1:
                    ring.insert(start + next, *links.a, next);
                    model[next] = next;
                    ++next;
                    break;
                default: {
                    if (model.empty()) {
                        break;
                    }
                    const auto size = static_cast<std::uint32_t>(model.size());
                    const auto skip = random.one_in(4) ? random.below(size) : 0;
                    const auto victim = std::next(model.begin(), skip);
                    erase(ring, start + victim->first);
                    model.erase(victim);
                }
            }
            REQUIRE(ring.size() == model.size());
        }
        std::vector<DeliveryId> expected;
        for (const auto& [offset, context] : model) {
            expected.push_back(start + offset);
            REQUIRE(ring.find(start + offset) != nullptr);
            CHECK(ring.find(start + offset)->context == context);
        }
        CHECK(ids(ring, start, start + next) == expected);
    }
}

TEST_CASE("a range that names none of many stragglers does not walk them") {
    Links links;
    DeliveryRing ring;
    constexpr DeliveryId kMany = 100'000;
    for (DeliveryId id = 0; id < kMany; ++id) {
        ring.insert(id, *links.a, id);
    }
    for (DeliveryId id = 40'000; id < 50'000; ++id) {
        erase(ring, id);
    }
    const std::uint64_t before = ring.straggler_steps();
    for (DeliveryId i = 0; i < 2'000; ++i) {
        CHECK(ids(ring, 40'000 + i, 49'999).empty());
        CHECK(ids(ring, kMany, kMany + 1'000'000 + i).empty());
    }
    CHECK(ring.straggler_steps() - before < std::uint64_t{4'000} * 40 + 2 * kMany);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
