#include "mqtt-gateway/mapping/seen.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::mqtt_mapping {

TEST_SUITE_BEGIN("mqtt seen");

TEST_CASE("a name is known at the address that it came from") {
    Seen seen{{}};
    CHECK_FALSE(seen.knows("news", "b/1/0"));
    const Seen::Added added = seen.add("news", "b/1/0");
    CHECK(added.number == 1);
    CHECK(added.forgotten == 0);
    CHECK(seen.knows("news", "b/1/0"));
    CHECK_FALSE(seen.knows("news", "b/1/1"));
    CHECK_FALSE(seen.knows("news/+", "b/1/0"));
    CHECK_FALSE(seen.knows("0news", "b/1/"));
    CHECK(seen.add("news/+", "b/1/0").number == 2);
    CHECK(seen.size() == 2);
}

TEST_CASE("beyond the limits the oldest are forgotten, and whoever keeps them is told") {
    SUBCASE("their number") {
        Seen seen{{.names_max = 2}};
        seen.add("a", "1");
        seen.add("a", "2");
        const Seen::Added third = seen.add("a", "3");
        CHECK(third.number == 3);
        CHECK(third.forgotten == 1);
        CHECK_FALSE(seen.knows("a", "1"));
        CHECK(seen.knows("a", "2"));
        CHECK(seen.add("a", "1").forgotten == 2);
        CHECK(seen.size() == 2);
    }
    SUBCASE("their bytes") {
        Seen seen{{.bytes_max = 100}};
        seen.add(std::string(40, 'a'), "1");
        seen.add(std::string(40, 'b'), "1");
        CHECK(seen.bytes() <= 100);
        CHECK(seen.add(std::string(40, 'c'), "1").forgotten == 1);
        CHECK(seen.bytes() <= 100);
        CHECK(seen.add(std::string(400, 'd'), "1").forgotten == 4);
        CHECK(seen.bytes() == 0);
    }
}

TEST_CASE("whoever has them from a store goes on with their numbers") {
    std::string key;
    {
        Seen seen{{}};
        seen.add("news", "1");
        key = seen.add("news", "2").key;
    }
    Seen seen{{.names_max = 2}};
    seen.restore(7, key);
    CHECK(seen.knows("news", "2"));
    CHECK_FALSE(seen.knows("news", "1"));
    CHECK(seen.add("news", "3").number == 8);
    CHECK(seen.add("news", "4").forgotten == 7);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
