#include "router/core/address_table.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("address_table");

TEST_CASE("an address is found as long as it is there, whichever was looked for last") {
    AddressTable table;
    Address& one = table.obtain({"M0one"}, {});
    Address& other = table.obtain({"M0other"}, {});
    for (int i = 0; i < 2; ++i) {
        CHECK(table.find("M0one") == &one);
        CHECK(table.find("M0one") == &one);
        CHECK(table.find("M0other") == &other);
        CHECK(table.find("M0on") == nullptr);
    }
    table.erase(other);
    CHECK(table.find("M0other") == nullptr);
    CHECK(table.find("M0one") == &one);
    table.erase(one);
    CHECK(table.find("M0one") == nullptr);
    CHECK(table.size() == 0);
}

TEST_CASE("a fallback is found until its address goes, and it with that") {
    AddressTable table;
    Address& primary = table.obtain({"M0q"}, {.fallback = true});
    Address* const fallback = table.find("MFq");
    REQUIRE(fallback != nullptr);
    CHECK(primary.fallback == fallback);
    table.erase(primary);
    CHECK(table.find("MFq") == nullptr);
    CHECK(table.find("M0q") == nullptr);
}

TEST_SUITE_END();

}  // namespace weft::router
