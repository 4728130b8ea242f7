#include "mqtt-gateway/mapping/kept_message.hpp"

#include "tests/unit/mqtt_mapping/spaces.hpp"

namespace weft::mqtt_mapping {

TEST_SUITE_BEGIN("mqtt kept messages");

TEST_CASE("what lasts of a PUBLISH is kept") {
    Buffer bytes;
    mqtt::PropertyWriter to{bytes};
    to.number(PropertyId::payload_format_indicator, 1);
    to.number(PropertyId::message_expiry_interval, 5);
    to.number(PropertyId::topic_alias, 3);
    REQUIRE(to.user("k", "v"));
    const std::string payload = "hello";
    const auto kept = KeptMessage::from({.dup = true,
                                         .qos = Qos::exactly_once,
                                         .retain = true,
                                         .id = 77,
                                         .topic = "a/b",
                                         .properties = to.written(),
                                         .payload = as_bytes(payload)},
                                        "device", 123);
    REQUIRE(kept);
    const mqtt::Publish publish = kept->publish();
    CHECK_FALSE(publish.dup);
    CHECK(publish.qos == Qos::exactly_once);
    CHECK(publish.retain);
    CHECK(publish.topic == "a/b");
    CHECK(as_text(publish.payload) == "hello");
    CHECK(publish.properties.has(PropertyId::payload_format_indicator));
    CHECK(publish.properties.has(PropertyId::user_property));
    CHECK_FALSE(publish.properties.has(PropertyId::message_expiry_interval));
    CHECK_FALSE(publish.properties.has(PropertyId::topic_alias));
    CHECK(kept->client_id() == "device");
    CHECK(kept->expires() == 123);
    const auto again = KeptMessage::read({kept->encoded().begin(), kept->encoded().end()});
    REQUIRE(again);
    CHECK(again->publish().topic == "a/b");
    CHECK(again->expires() == 123);
}

TEST_CASE("what can't be a packet is not kept") {
    CHECK_FALSE(KeptMessage::from({.topic = ""}, "c", kForever));
    CHECK_FALSE(KeptMessage::from({.topic = "a/#"}, "c", kForever));
    const std::string long_text(65'536, 'x');
    CHECK_FALSE(KeptMessage::from({.topic = long_text}, "c", kForever));
    CHECK_FALSE(KeptMessage::from({.topic = "a"}, long_text, kForever));
    CHECK(KeptMessage::from({.topic = "a"}, "", kForever));
}

TEST_CASE("damaged bytes are no message") {
    const auto kept = KeptMessage::from({.topic = "a"}, "c", kForever);
    REQUIRE(kept);
    const Buffer whole{kept->encoded().begin(), kept->encoded().end()};
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(KeptMessage::read({whole.begin(), whole.begin() + static_cast<long>(size)}));
    }
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
