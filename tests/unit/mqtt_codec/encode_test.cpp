#include "mqtt-gateway/codec/encode.hpp"

#include "mqtt-gateway/codec/property_writer.hpp"
#include "tests/unit/mqtt_codec/reading.hpp"

namespace weft::mqtt {
namespace {

constexpr Terms kTerms31{.version = Version::v3_1};
constexpr Terms kTerms311{.version = Version::v3_1_1};
constexpr Terms kTerms5{.version = Version::v5};

template <class One>
std::string encoded(const One& one, const Terms& terms) {
    Buffer out;
    switch (encode(out, one, terms)) {
        case Encoded::written:
            return shown(out);
        case Encoded::too_large:
            CHECK(out.empty());
            return "too large";
        case Encoded::text_too_long:
            CHECK(out.empty());
            return "text too long";
        case Encoded::not_in_version:
            CHECK(out.empty());
            return "not in version";
    }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("mqtt encode");

TEST_CASE("what a version does not have is left out") {
    Buffer memory;
    PropertyWriter writer{memory};
    writer.number(PropertyId::topic_alias, 5);
    const Publish publish{.topic = "a", .properties = writer.written(), .payload = as_bytes("x")};
    CHECK(encoded(publish, kTerms5) ==
          "300800016103230005"
          "78");
    CHECK(encoded(publish, kTerms311) == "300400016178");
    const Connack connack{.session_present = true};
    CHECK(encoded(connack, kTerms5) == "2003010000");
    CHECK(encoded(connack, kTerms311) == "20020100");
    CHECK(encoded(connack, kTerms31) == "20020000");
    const Buffer codes = hex("00 87 02");
    const Suback suback{.id = 1, .codes = codes};
    CHECK(encoded(suback, kTerms5) ==
          "90060001"
          "00008702");
    CHECK(encoded(suback, kTerms311) ==
          "90050001"
          "008002");
    CHECK(encoded(Unsuback{.id = 1, .codes = codes}, kTerms311) == "b0020001");
    Buffer entries;
    SubscriptionWriter subscriptions{entries};
    REQUIRE(subscriptions.add({.filter = "a", .qos = Qos::at_least_once, .no_local = true}));
    const Subscribe subscribe{.id = 1, .entries = subscriptions.written()};
    CHECK(encoded(subscribe, kTerms5) ==
          "82070001"
          "0000016105");
    CHECK(encoded(subscribe, kTerms311) ==
          "82060001"
          "00016101");
}

TEST_CASE("what a version can't say is not written") {
    CHECK(encoded(Auth{}, kTerms311) == "not in version");
    CHECK(encoded(Ack{.id = 1, .reason = Reason::quota_exceeded}, kTerms311) == "not in version");
    CHECK(encoded(Ack{.id = 1, .reason = Reason::no_matching_subscribers}, kTerms311) ==
          "40020001");
    CHECK(encoded(Connack{.reason = Reason::malformed_packet}, kTerms311) == "not in version");
    CHECK(encoded(Connack{.reason = Reason::server_busy}, kTerms311) == "20020003");
    const Buffer codes = hex("00 80");
    CHECK(encoded(Suback{.id = 1, .codes = codes}, kTerms31) == "not in version");
}

TEST_CASE("a packet is not larger than its reader takes") {
    const Publish publish{.topic = "a", .payload = as_bytes("12345")};
    CHECK(encoded(publish, {.packet_max = 10}) ==
          "300800016131"
          "32333435");
    CHECK(encoded(publish, {.packet_max = 9}) == "too large");
    const std::string payload(128, 'x');
    const Publish longer{.topic = "a", .payload = as_bytes(payload)};
    CHECK(encoded(longer, {.packet_max = 133}) == "too large");
    CHECK(encoded(longer, {.packet_max = 134})
              .starts_with("308301"
                           "000161"));
}

TEST_CASE("a text that its length can't say is not cut off but refused") {
    const std::string topic(65'536, 'a');
    CHECK(encoded(Publish{.topic = topic}, kTerms5) == "text too long");
    CHECK(encoded(Publish{.topic = std::string_view{topic}.substr(1)}, kTerms5)
              .starts_with("30828004"
                           "ffff"));
    Connect connect{.version = Version::v3_1_1};
    connect.password = as_bytes(topic);
    CHECK(encoded(connect, kTerms311) == "text too long");
}

TEST_CASE("packets stand one behind the other") {
    Buffer out;
    CHECK(encode(out, Pingresp{}, kTerms311) == Encoded::written);
    CHECK(encode(out, Ack{.type = PacketType::pubrel, .id = 258}, kTerms311) == Encoded::written);
    CHECK(encode(out, Disconnect{.reason = Reason::session_taken_over}, kTerms5) ==
          Encoded::written);
    CHECK(shown(out) ==
          "d000"
          "62020102"
          "e0018e");
}

TEST_SUITE_END();

}  // namespace weft::mqtt
