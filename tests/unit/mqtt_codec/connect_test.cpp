#include "tests/unit/mqtt_codec/reading.hpp"

#include <vector>

namespace weft::mqtt {
namespace {

/// The verdict about a CONNECT, which nobody knows the version of before.
std::string connect_verdict(std::string_view body) {
    return verdict(framed(0x10, body), {});
}

}  // namespace

TEST_SUITE_BEGIN("mqtt CONNECT");

TEST_CASE("CONNECT says its version and all that a session begins with") {
    const Buffer packet = framed(0x10,
                                 "00 04 'MQTT' 05 f6 00 3c 08 11 00 00 00 78 21 00 0a 00 02 'id' "
                                 "05 18 00 00 00 05 00 01 'w' 00 02 00 ff 00 01 'u' 00 01 'p'");
    const auto connect = read_as<Connect>(packet, {});
    CHECK(connect.version == Version::v5);
    CHECK(connect.clean_start);
    CHECK(connect.keep_alive_seconds == 60);
    CHECK(connect.client_id == "id");
    CHECK(connect.properties.number(PropertyId::session_expiry_interval) == 120);
    CHECK(connect.properties.number(PropertyId::receive_maximum) == 10);
    REQUIRE(connect.will);
    CHECK(connect.will->qos == Qos::exactly_once);
    CHECK(connect.will->retain);
    CHECK(connect.will->topic == "w");
    CHECK(shown(connect.will->payload) == "00ff");
    CHECK(connect.will->properties.number(PropertyId::will_delay_interval) == 5);
    CHECK(connect.user_name == "u");
    REQUIRE(connect.password);
    CHECK(as_text(*connect.password) == "p");
}

TEST_CASE("name and level go together, and others are refused in the version that comes nearest") {
    struct Named {
        std::string_view name_and_level;
        Version answered;
    };
    for (const Named& named : std::vector<Named>{{"00 04 'MQTT' 03", Version::v3_1},
                                                 {"00 04 'MQTT' 00", Version::v3_1_1},
                                                 {"00 04 'MQTT' 06", Version::v5},
                                                 {"00 04 'MQTT' 84", Version::v3_1_1},
                                                 {"00 06 'MQIsdp' 83", Version::v3_1},
                                                 {"00 04 'mqtt' 04", Version::v3_1_1},
                                                 {"00 04 'AMQP' 05", Version::v5},
                                                 {"00 00 04", Version::v3_1_1},
                                                 {"00 06 'MQIsdp' 04", Version::v3_1_1},
                                                 {"00 06 'MQIsdp' 05", Version::v5}}) {
        const std::string body = std::string{named.name_and_level} + "02 00 00 00 01 'c'";
        CAPTURE(body);
        const Fault fault = fault_of(framed(0x10, body), {});
        CHECK(fault.reason == Reason::unsupported_protocol_version);
        CHECK(fault.version == named.answered);
        CHECK(fault.packet == PacketType::connect);
    }
}

TEST_CASE("flags that contradict each other are malformed") {
    const std::string v311 = "00 04 'MQTT' 04 ";
    CHECK(connect_verdict(v311 + "03 00 00 00 00") == "malformed packet at 9");
    CHECK(connect_verdict(v311 + "0a 00 00 00 00") == "malformed packet at 9");
    CHECK(connect_verdict(v311 + "22 00 00 00 00") == "malformed packet at 9");
    CHECK(connect_verdict(v311 + "1e 00 00 00 00 00 01 'w' 00 00") == "malformed packet at 9");
    CHECK(connect_verdict(v311 + "42 00 00 00 00 00 01 'p'") == "malformed packet at 9");
    const std::string v5 = "00 04 'MQTT' 05 ";
    CHECK(connect_verdict(v5 + "03 00 00 00 00 00") == "malformed packet at 9");
    CHECK(connect_verdict(v5 + "42 00 00 00 00 00 00 01 'p'") == "fine");
}

TEST_CASE("MQTT 3.1 looks at fewer flags, and lets announced names be missing") {
    const std::string v31 = "00 06 'MQIsdp' 03 ";
    CHECK(connect_verdict(v31 + "03 00 00 00 01 'c'") == "fine");
    CHECK(connect_verdict(v31 + "2a 00 00 00 01 'c'") == "fine");
    CHECK(connect_verdict(v31 + "42 00 00 00 01 'c' 00 01 'p'") == "malformed packet at 11");
    const Buffer packet = framed(0x10, v31 + "c2 00 00 00 01 'c'");
    const auto connect = read_as<Connect>(packet, {});
    CHECK_FALSE(connect.user_name);
    CHECK_FALSE(connect.password);
    CHECK(connect_verdict("00 04 'MQTT' 04 c2 00 00 00 01 'c'") == "malformed packet at 15");
}

TEST_CASE("an empty client identifier needs a session that is not kept, or MQTT 5") {
    CHECK(connect_verdict("00 06 'MQIsdp' 03 02 00 00 00 00") ==
          "client identifier not valid at 14");
    CHECK(connect_verdict("00 04 'MQTT' 04 00 00 00 00 00") == "client identifier not valid at 12");
    CHECK(connect_verdict("00 04 'MQTT' 04 02 00 00 00 00") == "fine");
    CHECK(connect_verdict("00 04 'MQTT' 05 00 00 00 00 00 00") == "fine");
}

TEST_CASE("texts of a CONNECT are UTF-8, the will's topic is a name") {
    const std::string v311 = "00 04 'MQTT' 04 ";
    CHECK(connect_verdict(v311 + "02 00 00 00 01 ff") == "malformed packet at 14");
    CHECK(connect_verdict(v311 + "06 00 00 00 00 00 01 '#' 00 00") == "malformed packet at 16");
    CHECK(connect_verdict(v311 + "06 00 00 00 00 00 00 00 00") == "malformed packet at 16");
    CHECK(connect_verdict(v311 + "82 00 00 00 00 00 01 00") == "malformed packet at 16");
    CHECK(connect_verdict(v311 + "c2 00 00 00 00 00 01 'u' 00 02 00 ff") == "fine");
}

TEST_CASE("properties of a CONNECT belong to it or to its will") {
    const auto with = [](std::string_view properties) {
        return connect_verdict("00 04 'MQTT' 05 02 00 00 " + std::string{properties} + "00 00");
    };
    CHECK(with("03 21 00 00") == "protocol error at 13");
    CHECK(with("05 27 00 00 00 00") == "protocol error at 13");
    CHECK(with("02 17 02") == "protocol error at 13");
    CHECK(with("04 16 00 01 'd'") == "protocol error at 12");
    CHECK(with("08 16 00 01 'd' 15 00 01 'm'") == "fine");
    CHECK(with("05 18 00 00 00 05") == "malformed packet at 13");
    CHECK(with("0a 11 00 00 00 05 11 00 00 00 05") == "protocol error at 18");
    CHECK(connect_verdict("00 04 'MQTT' 05 06 00 00 00 00 00 03 21 00 01 00 01 'w' 00 00") ==
          "malformed packet at 16");
}

TEST_CASE("the length of a CONNECT is judged by the version in it") {
    CHECK(fault_of(hex("10 8d 00 00 04 'MQTT' 05 02 00 00 00 00 00"), {}).what ==
          "is not in its shortest form");
    CHECK(verdict(hex("10 8c 00 00 04 'MQTT' 04 02 00 00 00 00"), {}) == "fine");
}

TEST_SUITE_END();

}  // namespace weft::mqtt
