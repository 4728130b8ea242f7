#include "tests/unit/mqtt_codec/reading.hpp"

namespace weft::mqtt {

TEST_SUITE_BEGIN("mqtt PUBLISH and its answers");

TEST_CASE("a PUBLISH is a view of its packet") {
    const Buffer packet = framed(0x3d, "00 03 'a/b' 01 02 03 23 00 07 'hello'");
    const auto publish = read_as<Publish>(packet, kFromClient5);
    CHECK(publish.dup);
    CHECK(publish.retain);
    CHECK(publish.qos == Qos::exactly_once);
    CHECK(publish.id == 0x0102);
    CHECK(publish.topic == "a/b");
    CHECK(publish.properties.number(PropertyId::topic_alias) == 7);
    CHECK(as_text(publish.payload) == "hello");
    CHECK(publish.payload.data() == packet.data() + packet.size() - 5);
}

TEST_CASE("what looks like properties is payload before MQTT 5") {
    const Buffer packet = framed(0x30, "00 01 'a' 03 23 00 07");
    const auto publish = read_as<Publish>(packet, kFromClient311);
    CHECK(publish.properties.empty());
    CHECK(shown(publish.payload) == "03230007");
}

TEST_CASE("DUP means nothing at QoS 0 in MQTT 3.1") {
    const Buffer packet = framed(0x38, "00 01 'a'");
    CHECK_FALSE(read_as<Publish>(packet, kFromClient31).dup);
}

TEST_CASE("a topic alias may stand for the name") {
    const Buffer packet = framed(0x30, "00 00 03 23 ff ff");
    const auto publish = read_as<Publish>(packet, kFromClient5);
    CHECK(publish.topic.empty());
    CHECK(publish.properties.number(PropertyId::topic_alias) == 0xffff);
}

TEST_CASE("names may hold spaces, dollars, controls, empty levels and a byte order mark") {
    for (const std::string_view name : {"'/'", "'//a'", "'$SYS/x'", "' a '", "01 7f",
                                        "ef bb bf 'a'", "f0 9f 98 80", "ef bf bf"}) {
        const Buffer bytes = hex(name);
        Buffer packet{0x30, static_cast<std::uint8_t>(2 + bytes.size()), 0,
                      static_cast<std::uint8_t>(bytes.size())};
        append(packet, bytes);
        CHECK(read_as<Publish>(packet, kFromClient311).topic == as_text(bytes));
    }
}

TEST_CASE("an answer ends as early as it says nothing more") {
    const auto ack = [](std::string_view body) {
        const Buffer packet = framed(0x50, body);
        return read_as<Ack>(packet, kFromClient5);
    };
    CHECK(ack("00 01").reason == Reason::success);
    CHECK(ack("00 01").type == PacketType::pubrec);
    CHECK(ack("00 01 87").reason == Reason::not_authorized);
    CHECK(ack("00 01 00 00").reason == Reason::success);
    CHECK(ack("00 01 80 00").properties.empty());
}

TEST_CASE("a DISCONNECT without a reason is a normal one") {
    const auto disconnect = [](std::string_view body) {
        const Buffer packet = framed(0xe0, body);
        return read_as<Disconnect>(packet, kFromClient5).reason;
    };
    CHECK(disconnect("") == Reason::normal_disconnection);
    CHECK(disconnect("00") == Reason::normal_disconnection);
    CHECK(disconnect("04 00") == Reason::disconnect_with_will_message);
}

TEST_CASE("return codes before MQTT 5 are read as reasons") {
    const Buffer packet = framed(0x20, "00 05");
    CHECK(read_as<Connack>(packet, kFromServer311).reason == Reason::not_authorized);
    const Buffer old = framed(0x20, "ff 00");
    CHECK_FALSE(read_as<Connack>(old, kFromServer31).session_present);
}

TEST_SUITE_END();

}  // namespace weft::mqtt
