#include "mqtt-gateway/mapping/seen.hpp"

#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::mqtt_mapping {

TEST_SUITE_BEGIN("mqtt seen");

TEST_CASE("a message is known by its name, the address that it came from, and what it says") {
    const auto payload = as_bytes("x");
    const MeshMessage first{.topic = "news/a",
                            .qos = mqtt::Qos::exactly_once,
                            .payload = payload,
                            .client_id = "d",
                            .name = "b/1/0"};
    Seen seen{{}};
    CHECK_FALSE(seen.knows(seen_key("news", first)));
    const Seen::Added added = seen.add(seen_key("news", first));
    CHECK(added.number == 1);
    CHECK(added.forgotten == 0);
    CHECK(seen.knows(seen_key("news", first)));
    CHECK_FALSE(seen.knows(seen_key("news/+", first)));
    const auto differs = [&](auto change) {
        MeshMessage other = first;
        change(other);
        return !seen.knows(seen_key("news", other));
    };
    CHECK(differs([](MeshMessage& other) { other.name = "b/1/1"; }));
    CHECK(differs([](MeshMessage& other) { other.topic = "news/b"; }));
    CHECK(differs([](MeshMessage& other) { other.client_id = "e"; }));
    CHECK(differs([](MeshMessage& other) { other.qos = mqtt::Qos::at_most_once; }));
    CHECK(differs([](MeshMessage& other) { other.retain = true; }));
    CHECK(differs([](MeshMessage& other) { other.payload = as_bytes("y"); }));
    CHECK(differs([](MeshMessage& other) { other.expires = 1; }));
    Buffer bytes;
    mqtt::PropertyWriter writer{bytes};
    writer.number(mqtt::PropertyId::payload_format_indicator, 1);
    CHECK(differs([&](MeshMessage& other) { other.properties = writer.written(); }));
    CHECK(seen.add(seen_key("news/+", first)).number == 2);
    CHECK(seen.size() == 2);
}

TEST_CASE("a second copy has less time to live, and is no other message") {
    MeshMessage first{.topic = "a", .name = "b/1/0", .expires = 2'000};
    const std::string key = seen_key("a", first);
    first.expires = 1'000;
    CHECK(seen_key("a", first) == key);
}

TEST_CASE("beyond the limits the oldest are forgotten, and whoever keeps them is told") {
    SUBCASE("their number") {
        Seen seen{{.names_max = 2}};
        seen.add("1");
        seen.add("2");
        const Seen::Added third = seen.add("3");
        CHECK(third.number == 3);
        CHECK(third.forgotten == 1);
        CHECK_FALSE(seen.knows("1"));
        CHECK(seen.knows("2"));
        CHECK(seen.add("1").forgotten == 2);
        CHECK(seen.size() == 2);
    }
    SUBCASE("their bytes") {
        Seen seen{{.bytes_max = 100}};
        seen.add(std::string(40, 'a'));
        seen.add(std::string(40, 'b'));
        CHECK(seen.bytes() <= 100);
        CHECK(seen.add(std::string(40, 'c')).forgotten == 1);
        CHECK(seen.bytes() <= 100);
        CHECK(seen.add(std::string(400, 'd')).forgotten == 4);
        CHECK(seen.bytes() == 0);
    }
}

TEST_CASE("whoever has them from a store goes on with their numbers") {
    Seen seen{{.names_max = 2}};
    seen.restore(7, "2");
    CHECK(seen.knows("2"));
    CHECK_FALSE(seen.knows("1"));
    CHECK(seen.add("3").number == 8);
    CHECK(seen.add("4").forgotten == 7);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
