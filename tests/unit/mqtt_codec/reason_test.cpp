#include "mqtt-gateway/codec/reason.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace weft::mqtt {
namespace {

int reasons_of(PacketType type) {
    int count = 0;
    for (int code = 0; code < 256; ++code) {
        count += may_carry(type, static_cast<Reason>(code)) ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt reasons");

TEST_CASE("each packet has as many reasons as the specification lists for it") {
    CHECK(reasons_of(PacketType::connack) == 22);
    CHECK(reasons_of(PacketType::puback) == 9);
    CHECK(reasons_of(PacketType::pubrec) == 9);
    CHECK(reasons_of(PacketType::pubrel) == 2);
    CHECK(reasons_of(PacketType::pubcomp) == 2);
    CHECK(reasons_of(PacketType::suback) == 12);
    CHECK(reasons_of(PacketType::unsuback) == 7);
    CHECK(reasons_of(PacketType::disconnect) == 30);  // 0x8c by §2.4, if not by §3.14.2.1
    CHECK(reasons_of(PacketType::auth) == 3);
    CHECK(reasons_of(PacketType::publish) == 0);
}

TEST_CASE("each reason has a name of its own") {
    std::set<std::string_view> names;
    int count = 0;
    for (int code = 0; code < 256; ++code) {
        const std::string_view name = name_of(static_cast<Reason>(code));
        if (name != "unknown reason") {
            names.insert(name);
            ++count;
        }
    }
    CHECK(count == 43);
    CHECK(names.size() == 43);
    CHECK(name_of(Reason::quota_exceeded) == "quota exceeded");
}

TEST_CASE("return codes before MQTT 5 say the nearest, or nothing") {
    CHECK(return_code_of(Reason::success) == 0);
    CHECK(return_code_of(Reason::unsupported_protocol_version) == 1);
    CHECK(return_code_of(Reason::server_busy) == 3);
    CHECK(return_code_of(Reason::banned) == 5);
    CHECK_FALSE(return_code_of(Reason::malformed_packet));
    for (std::uint8_t code = 0; code < 6; ++code) {
        CHECK(return_code_of(reason_of_return_code(code).value()) == code);
    }
    CHECK_FALSE(reason_of_return_code(6));
}

TEST_SUITE_END();

}  // namespace weft::mqtt
