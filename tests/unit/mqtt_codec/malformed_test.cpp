#include "tests/unit/mqtt_codec/reading.hpp"

#include <vector>

namespace weft::mqtt {
namespace {

struct Bad {
    std::string_view what;
    Dialect dialect;
    std::uint8_t first;
    std::string_view body;
    std::string_view verdict;
};

const std::vector<Bad> kBad{
    // Whose packet it is.
    {"no such type", kFromClient5, 0x00, "", "malformed packet at 0"},
    {"AUTH before MQTT 5", kFromClient311, 0xf0, "", "malformed packet at 0"},
    {"AUTH in MQTT 3.1", kFromServer31, 0xf0, "", "malformed packet at 0"},
    {"CONNACK of a client", kFromClient5, 0x20, "00 00 00", "protocol error at 0"},
    {"SUBACK of a client", kFromClient311, 0x90, "00 01 00", "protocol error at 0"},
    {"UNSUBACK of a client", kFromClient311, 0xb0, "00 01", "protocol error at 0"},
    {"PINGRESP of a client", kFromClient5, 0xd0, "", "protocol error at 0"},
    {"CONNECT of a server", kFromServer5, 0x10, "00 04 'MQTT' 05 02 00 00 00 00 00",
     "protocol error at 0"},
    {"SUBSCRIBE of a server", kFromServer5, 0x82, "00 01 00 00 01 'a' 00", "protocol error at 0"},
    {"DISCONNECT of a server before MQTT 5", kFromServer311, 0xe0, "", "protocol error at 0"},
    // PUBLISH.
    {"QoS 3", kFromClient311, 0x36, "00 01 'a' 00 01", "malformed packet at 0"},
    {"QoS 3", kFromClient5, 0x36, "00 01 'a' 00 01 00", "malformed packet at 0"},
    {"again at QoS 0", kFromClient5, 0x38, "00 01 'a' 00", "malformed packet at 0"},
    {"again at QoS 0", kFromClient311, 0x38, "00 01 'a'", "malformed packet at 0"},
    {"no id", kFromClient311, 0x32, "00 01 'a'", "malformed packet at 5"},
    {"id 0", kFromClient5, 0x32, "00 01 'a' 00 00 00", "protocol error at 5"},
    {"empty name", kFromClient311, 0x30, "00 00 'x'", "malformed packet at 4"},
    {"empty name, no alias", kFromClient5, 0x30, "00 00 00 'x'", "protocol error at 4"},
    {"a wildcard", kFromClient5, 0x30, "00 03 'a/+' 00", "malformed packet at 6"},
    {"a wildcard", kFromClient31, 0x30, "00 03 'a/#'", "malformed packet at 6"},
    {"NUL", kFromClient5, 0x30, "00 03 'a' 00 'b' 00", "malformed packet at 5"},
    {"a surrogate", kFromClient311, 0x30, "00 03 ed a0 80", "malformed packet at 4"},
    {"overlong", kFromClient311, 0x30, "00 02 c0 80", "malformed packet at 4"},
    {"past Unicode", kFromClient5, 0x30, "00 05 'a' f4 90 80 80 00", "malformed packet at 5"},
    {"a name longer than the packet", kFromClient311, 0x30, "00 05 'abc'", "malformed packet at 4"},
    {"no length of properties", kFromClient5, 0x30, "00 01 'a'", "malformed packet at 5"},
    {"properties longer than the packet", kFromClient5, 0x30, "00 01 'a' 03 01 01",
     "malformed packet at 6"},
    {"a length of properties that is too long", kFromClient5, 0x30, "00 01 'a' 80 80 80 80 00",
     "malformed packet at 5"},
    {"alias 0", kFromClient5, 0x30, "00 01 'a' 03 23 00 00", "topic alias invalid at 6"},
    {"an identifier of a subscription", kFromClient5, 0x30, "00 01 'a' 02 0b 01",
     "protocol error at 6"},
    {"identifier 0", kFromServer5, 0x30, "00 01 'a' 02 0b 00", "protocol error at 6"},
    {"a response to all topics", kFromClient5, 0x30, "00 01 'a' 04 08 00 01 '#'",
     "malformed packet at 9"},
    // PUBACK, PUBREC, PUBREL, PUBCOMP.
    {"PUBACK without id", kFromClient311, 0x40, "", "malformed packet at 2"},
    {"PUBACK of id 0", kFromClient311, 0x40, "00 00", "protocol error at 2"},
    {"PUBREC of id 0", kFromClient5, 0x50, "00 00", "protocol error at 2"},
    {"PUBREL of id 0", kFromClient5, 0x62, "00 00", "protocol error at 2"},
    {"PUBCOMP of id 0", kFromClient31, 0x70, "00 00", "protocol error at 2"},
    {"PUBACK with a reason, before MQTT 5", kFromClient311, 0x40, "00 01 00",
     "malformed packet at 4"},
    {"PUBACK for what only PUBREL says", kFromClient5, 0x40, "00 01 92", "protocol error at 4"},
    {"PUBREL for what only PUBREC says", kFromClient5, 0x62, "00 01 10", "protocol error at 4"},
    {"PUBACK and more", kFromClient5, 0x40, "00 01 00 00 00", "malformed packet at 6"},
    // SUBSCRIBE and UNSUBSCRIBE.
    {"nothing", kFromClient311, 0x82, "00 01", "protocol error at 4"},
    {"nothing", kFromClient5, 0x82, "00 01 00", "protocol error at 5"},
    {"id 0", kFromClient5, 0x82, "00 00 00 00 01 'a' 00", "protocol error at 2"},
    {"no options", kFromClient311, 0x82, "00 01 00 01 'a'", "malformed packet at 7"},
    {"QoS 3", kFromClient311, 0x82, "00 01 00 01 'a' 03", "malformed packet at 7"},
    {"QoS 3", kFromClient5, 0x82, "00 01 00 00 01 'a' 03", "protocol error at 8"},
    {"an option of MQTT 5", kFromClient311, 0x82, "00 01 00 01 'a' 04", "malformed packet at 7"},
    {"a reserved option", kFromClient5, 0x82, "00 01 00 00 01 'a' 40", "malformed packet at 8"},
    {"retain handling 3", kFromClient5, 0x82, "00 01 00 00 01 'a' 30", "protocol error at 8"},
    {"No Local and shared", kFromClient5, 0x82, "00 01 00 00 0a '$share/g/a' 04",
     "protocol error at 17"},
    {"the second filter", kFromClient5, 0x82, "00 01 00 00 01 'a' 00 00 02 'a#' 00",
     "malformed packet at 12"},
    {"an empty filter", kFromClient311, 0x82, "00 01 00 00 00", "malformed packet at 6"},
    {"a group without a name", kFromClient5, 0x82, "00 01 00 00 09 '$share//a' 00",
     "malformed packet at 14"},
    {"identifier 0", kFromClient5, 0x82, "00 01 02 0b 00 00 01 'a' 00", "protocol error at 5"},
    {"two identifiers", kFromClient5, 0x82, "00 01 04 0b 01 0b 02 00 01 'a' 00",
     "protocol error at 7"},
    {"an identifier of five bytes", kFromClient5, 0x82, "00 01 06 0b ff ff ff ff 01 00 01 'a' 00",
     "malformed packet at 6"},
    {"UNSUBSCRIBE of nothing", kFromClient311, 0xa2, "00 01", "protocol error at 4"},
    {"UNSUBSCRIBE of id 0", kFromClient311, 0xa2, "00 00 00 01 'a'", "protocol error at 2"},
    {"UNSUBSCRIBE of a bad filter", kFromClient311, 0xa2, "00 01 00 02 '##'",
     "malformed packet at 6"},
    // What servers answer.
    {"CONNACK, reserved flags", kFromServer311, 0x20, "02 00", "malformed packet at 2"},
    {"CONNACK, no such code", kFromServer311, 0x20, "00 06", "protocol error at 3"},
    {"CONNACK, refused with a session", kFromServer311, 0x20, "01 05", "protocol error at 2"},
    {"CONNACK, no properties", kFromServer5, 0x20, "00 00", "malformed packet at 4"},
    {"CONNACK, a reason of SUBACK", kFromServer5, 0x20, "00 9e 00", "protocol error at 3"},
    {"SUBACK of nothing", kFromServer311, 0x90, "00 01", "protocol error at 4"},
    {"SUBACK, no such code", kFromServer311, 0x90, "00 01 00 03", "protocol error at 5"},
    {"SUBACK, a failure in MQTT 3.1", kFromServer31, 0x90, "00 01 80", "protocol error at 4"},
    {"SUBACK, a reason of PUBACK", kFromServer5, 0x90, "00 01 00 10", "protocol error at 5"},
    {"UNSUBACK of nothing", kFromServer5, 0xb0, "00 01 00", "protocol error at 5"},
    {"UNSUBACK with codes, before MQTT 5", kFromServer311, 0xb0, "00 01 00",
     "malformed packet at 4"},
    // What has no body, or only a reason.
    {"PINGREQ with a body", kFromClient311, 0xc0, "00", "malformed packet at 2"},
    {"PINGRESP with a body", kFromServer5, 0xd0, "00", "malformed packet at 2"},
    {"DISCONNECT with a body", kFromClient311, 0xe0, "00", "malformed packet at 2"},
    {"DISCONNECT for no reason there is", kFromClient5, 0xe0, "05", "protocol error at 2"},
    {"DISCONNECT of a client with a server", kFromClient5, 0xe0, "00 04 1c 00 01 'b'",
     "protocol error at 4"},
    {"DISCONNECT of a server with an expiry", kFromServer5, 0xe0, "00 05 11 00 00 00 01",
     "protocol error at 4"},
    {"AUTH without a method", kFromClient5, 0xf0, "18 00", "protocol error at 4"},
    {"AUTH for no reason it has", kFromClient5, 0xf0, "80 04 15 00 01 'm'", "protocol error at 2"},
};

}  // namespace

TEST_SUITE_BEGIN("mqtt malformed packets");

TEST_CASE("what is malformed is answered by its reason, and found where it is") {
    for (const Bad& bad : kBad) {
        const std::string what{bad.what};
        CAPTURE(what);
        CAPTURE(name_of(bad.dialect.version));
        CHECK(verdict(framed(bad.first, bad.body), bad.dialect) == bad.verdict);
    }
}

TEST_CASE("a fault says which packet it is in, and what is wrong") {
    const Fault fault = fault_of(framed(0x30, "00 03 'a/+' 00"), kFromClient5);
    CHECK(fault.packet == PacketType::publish);
    CHECK(fault.version == Version::v5);
    CHECK(to_string(fault) ==
          "PUBLISH, byte 6: topic name has a wildcard; '+' and '#' stand in filters only "
          "(malformed packet)");
}

TEST_SUITE_END();

}  // namespace weft::mqtt
