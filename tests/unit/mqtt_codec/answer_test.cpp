#include "mqtt-gateway/codec/answer.hpp"

#include "mqtt-gateway/codec/encode.hpp"
#include "tests/unit/mqtt_codec/reading.hpp"

namespace weft::mqtt {
namespace {

std::string answer(const Fault& fault, std::size_t packet_max = kPacketBytesMax) {
    Buffer out;
    append_answer(out, fault, packet_max);
    return shown(out);
}

}  // namespace

TEST_SUITE_BEGIN("mqtt answers");

TEST_CASE("MQTT 5 hears the reason, and what is wrong where") {
    const Fault fault = fault_of(framed(0x32, "00 01 'a' 00 00 00"), kFromClient5);
    Buffer out;
    append_answer(out, fault, kPacketBytesMax);
    const auto disconnect = read_as<Disconnect>(out, kFromServer5);
    CHECK(disconnect.reason == Reason::protocol_error);
    CHECK(disconnect.properties.text(PropertyId::reason_string) ==
          "PUBLISH, byte 5: packet identifier is 0 (protocol error)");
}

TEST_CASE("the text is left out where it does not fit, and all where nothing does") {
    const Fault fault = fault_of(framed(0x36, "00 01 'a' 00 01 00"), kFromClient5);
    CHECK(answer(fault, 20) == "e00181");
    CHECK(answer(fault, 3) == "e00181");
    CHECK(answer(fault, 2).empty());
}

TEST_CASE("a CONNECT of MQTT 5 is answered by a CONNACK") {
    const Fault fault = fault_of(framed(0x10, "00 04 'MQTT' 05 03 00 00 00 00 00"), {});
    Buffer out;
    append_answer(out, fault, kPacketBytesMax);
    CHECK(read_as<Connack>(out, kFromServer5).reason == Reason::malformed_packet);
    CHECK(answer(fault, 10) == "2003008100");
}

TEST_CASE("an answer to a CONNECT is no larger than that said, if it was read before the fault") {
    const auto connect = [](std::string_view max) {
        return fault_of(
            framed(0x10, "00 04 'MQTT' 05 02 00 00 05 27 " + std::string{max} + "00 01 ff"), {});
    };
    CHECK(answer(connect("00 00 00 0a")) == "2003008100");
    CHECK(answer(connect("00 00 00 04")).empty());
    CHECK(answer(connect("00 00 01 00")).size() > 10);
}

TEST_CASE("older clients hear of a version or an identifier that won't do, and else are closed") {
    CHECK(answer(fault_of(framed(0x10, "00 04 'MQTT' 02 02 00 00 00 00"), {})) == "20020001");
    CHECK(answer(fault_of(framed(0x10, "00 04 'MQTT' 04 00 00 00 00 00"), {})) == "20020002");
    CHECK(answer(fault_of(framed(0x10, "00 06 'MQIsdp' 03 02 00 00 00 00"), {})) == "20020002");
    CHECK(answer(fault_of(framed(0x10, "00 04 'MQTT' 04 03 00 00 00 00"), {})).empty());
    CHECK(answer(fault_of(framed(0x30, "00 01 '#'"), kFromClient311)).empty());
}

TEST_SUITE_END();

}  // namespace weft::mqtt
