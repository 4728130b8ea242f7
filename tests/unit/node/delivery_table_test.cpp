#include "router/node/delivery_table.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>

using namespace weft;
using namespace weft::node;

TEST_SUITE_BEGIN("delivery_table");

TEST_CASE("numbers come around, and pass over 0 and what is in use") {
    std::set<std::uint8_t> taken;
    std::uint8_t last = 0;
    for (int i = 0; i < 255; ++i) {
        last = next_number(last, taken);
        CHECK(last == i + 1);
    }
    taken = {1, 2, 4};
    CHECK(next_number(last, taken) == 3);
    CHECK(next_number(std::uint8_t{3}, taken) == 5);
}

TEST_CASE("a delivery is found by its number until it is erased") {
    DeliveryTable table;
    CHECK(table.empty());
    table.put(7, 70);
    table.put(8, 0);
    REQUIRE(table.find(7) != nullptr);
    CHECK(*table.find(7) == 70);
    CHECK(table.contains(8));
    CHECK_FALSE(table.contains(9));
    CHECK_FALSE(table.contains(7 + 32));
    table.put(7, 71);
    CHECK(*table.find(7) == 71);
    table.erase(7);
    table.erase(7);
    table.erase(1'000'000);
    CHECK_FALSE(table.contains(7));
    CHECK_FALSE(table.empty());
    table.erase(8);
    CHECK(table.empty());
}

TEST_CASE("what is at hand is never what another page holds, or one that is gone") {
    DeliveryTable table;
    table.put(1, 10);
    table.put(33, 330);  // of another page
    CHECK(*table.find(1) == 10);
    CHECK_FALSE(table.contains(65));
    CHECK(*table.find(33) == 330);
    table.erase(33);
    CHECK_FALSE(table.contains(33));
    table.put(65, 650);  // in the page that is free now
    CHECK_FALSE(table.contains(33));
    CHECK(*table.find(65) == 650);
    table.put(34, 340);
    CHECK_FALSE(table.contains(33));
    table.erase(65);
    table.erase(1);
    table.erase(34);
    CHECK(table.empty());
    CHECK_FALSE(table.contains(34));
    table.put(34, 341);
    CHECK(*table.find(34) == 341);
}

TEST_CASE("it takes no more than what is in it, whatever was") {
    DeliveryTable table;
    constexpr wire::DeliveryId kFirst = UINT32_MAX - 50'000;
    constexpr wire::DeliveryId kMany = 100'000;  // comes around
    for (wire::DeliveryId i = 0; i < kMany; ++i) {
        table.put(kFirst + i, i);
    }
    CHECK(table.pages() <= kMany / 32 + 2);
    for (wire::DeliveryId i = 0; i < kMany; ++i) {
        REQUIRE(table.contains(kFirst + i));
        CHECK(*table.find(kFirst + i) == i);
        if (i % 1000 != 0) {
            table.erase(kFirst + i);
        }
    }
    CHECK(table.pages() == kMany / 1000);
}
