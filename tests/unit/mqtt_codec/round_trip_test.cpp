#include "tests/support/mqtt_again.hpp"
#include "tests/unit/mqtt_codec/reading.hpp"

#include <vector>

namespace weft::mqtt {
namespace {

struct Wired {
    std::string_view what;
    std::uint8_t first;
    std::string_view body;
    std::vector<Dialect> dialects;
};

const std::vector<Dialect> kClients3{kFromClient31, kFromClient311};
const std::vector<Dialect> kServers3{kFromServer31, kFromServer311};
const std::vector<Dialect> kBoth3{kFromClient31, kFromClient311, kFromServer31, kFromServer311};
const std::vector<Dialect> kBoth5{kFromClient5, kFromServer5};

/// Each packet in its shortest form.
const std::vector<Wired> kWired{
    {"CONNECT 3.1", 0x10, "00 06 'MQIsdp' 03 02 00 3c 00 01 'c'", {kFromClient31}},
    {"CONNECT 3.1, all in it",
     0x10,
     "00 06 'MQIsdp' 03 ec 00 3c 00 01 'c' 00 01 'w' 00 01 'm' 00 01 'u' 00 01 'p'",
     {kFromClient31}},
    {"CONNECT 3.1.1, all in it",
     0x10,
     "00 04 'MQTT' 04 f6 ff ff 00 00 00 01 'w' 00 00 00 01 'u' 00 02 ff 00",
     {kFromClient311}},
    {"CONNECT 5", 0x10, "00 04 'MQTT' 05 02 00 00 00 00 00", {kFromClient5}},
    {"CONNECT 5, all in it",
     0x10,
     "00 04 'MQTT' 05 e6 00 0a 05 11 00 00 00 0a 00 01 'c' 05 18 00 00 00 05 00 01 'w' 00 01 'm' "
     "00 01 'u' 00 01 'p'",
     {kFromClient5}},
    {"CONNECT 5, a password alone",
     0x10,
     "00 04 'MQTT' 05 42 00 00 00 00 00 00 01 'p'",
     {kFromClient5}},
    {"CONNACK", 0x20, "00 00", kServers3},
    {"CONNACK, refused", 0x20, "00 05", kServers3},
    {"CONNACK, a session", 0x20, "01 00", {kFromServer311}},
    {"CONNACK 5", 0x20, "01 00 06 21 00 14 22 00 0a", {kFromServer5}},
    {"CONNACK 5, refused", 0x20, "00 87 00", {kFromServer5}},
    {"PUBLISH, QoS 0", 0x30, "00 03 'a/b' 'hello'", kBoth3},
    {"PUBLISH, nothing in it", 0x31, "00 01 'a'", kBoth3},
    {"PUBLISH, QoS 1 again", 0x3b, "00 01 'a' 00 07 'x'", kBoth3},
    {"PUBLISH, QoS 2", 0x34, "00 01 'a' ff ff", kBoth3},
    {"PUBLISH 5, QoS 0", 0x30, "00 01 'a' 00 'x'", kBoth5},
    {"PUBLISH 5, an alias", 0x32, "00 00 00 01 03 23 00 01 'x'", kBoth5},
    {"PUBLISH 5, two subscriptions", 0x30, "00 01 'a' 05 0b 01 0b 80 01", {kFromServer5}},
    {"PUBACK", 0x40, "00 01", kBoth3},
    {"PUBREC", 0x50, "00 01", kBoth3},
    {"PUBREL", 0x62, "00 01", kBoth3},
    {"PUBCOMP", 0x70, "ff ff", kBoth3},
    {"PUBACK 5", 0x40, "00 01", kBoth5},
    {"PUBACK 5, a reason", 0x40, "00 01 10", kBoth5},
    {"PUBREC 5, reason and text", 0x50, "00 01 97 05 1f 00 02 'no'", kBoth5},
    {"PUBREL 5, not found", 0x62, "00 01 92", kBoth5},
    {"PUBCOMP 5, success and a property", 0x70, "00 01 00 07 26 00 01 'a' 00 01 'b'", kBoth5},
    {"SUBSCRIBE", 0x82, "00 01 00 01 'a' 00 00 03 'b/#' 02", kClients3},
    {"SUBSCRIBE 5", 0x82, "00 01 02 0b 05 00 01 '+' 2d 00 01 '#' 1a", {kFromClient5}},
    {"SUBACK", 0x90, "00 01 00 01 02", kServers3},
    {"SUBACK, refused", 0x90, "00 01 80", {kFromServer311}},
    {"SUBACK 5", 0x90, "00 01 00 02 80 9e", {kFromServer5}},
    {"UNSUBSCRIBE", 0xa2, "00 01 00 01 'a' 00 01 '#'", kClients3},
    {"UNSUBSCRIBE 5", 0xa2, "00 01 00 00 01 'a'", {kFromClient5}},
    {"UNSUBACK", 0xb0, "00 01", kServers3},
    {"UNSUBACK 5", 0xb0, "00 01 00 00 11", {kFromServer5}},
    {"PINGREQ", 0xc0, "", {kFromClient31, kFromClient311, kFromClient5}},
    {"PINGRESP", 0xd0, "", {kFromServer31, kFromServer311, kFromServer5}},
    {"DISCONNECT", 0xe0, "", {kFromClient31, kFromClient311, kFromClient5, kFromServer5}},
    {"DISCONNECT 5, with the will", 0xe0, "04", kBoth5},
    {"DISCONNECT 5, the session goes on", 0xe0, "00 05 11 00 00 00 0a", {kFromClient5}},
    {"DISCONNECT 5, elsewhere", 0xe0, "9c 04 1c 00 01 'b'", {kFromServer5}},
    {"AUTH", 0xf0, "", kBoth5},
    {"AUTH, more", 0xf0, "18 08 15 00 01 'm' 16 00 01 'd'", kBoth5},
};

/// The same packet, with a length that needs `width` bytes.
Buffer wide(const Buffer& packet, std::size_t width) {
    Buffer out{packet[0]};
    for (std::size_t i = 0; i + 1 < width; ++i) {
        out.push_back(static_cast<std::uint8_t>(0x80 | (i == 0 ? packet[1] : 0)));
    }
    out.push_back(width == 1 ? packet[1] : std::uint8_t{0});
    append(out, Bytes{packet}.subspan(2));
    return out;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt packets");

TEST_CASE("each packet is read, and written as it was, in each version that has it") {
    for (const Wired& wired : kWired) {
        for (const Dialect dialect : wired.dialects) {
            const std::string what{wired.what};
            CAPTURE(what);
            CAPTURE(name_of(dialect.version));
            const Buffer packet = framed(wired.first, wired.body);
            const Packet read = decode(packet, dialect);
            if (const Fault* fault = std::get_if<Fault>(&read)) {
                FAIL_CHECK(to_string(*fault));
                continue;
            }
            CHECK(shown(written_again(read, dialect.version)) == shown(packet));
        }
    }
}

TEST_CASE("a packet that is cut off anywhere is none, and says so") {
    for (const Wired& wired : kWired) {
        const Buffer packet = framed(wired.first, wired.body);
        for (std::size_t size = 0; size < packet.size(); ++size) {
            const Fault fault = fault_of(Bytes{packet}.first(size), wired.dialects[0]);
            CHECK(fault.reason == Reason::malformed_packet);
            CHECK_FALSE(fault.what.empty());
        }
    }
}

TEST_CASE("bytes behind the end of a packet belong to no packet") {
    for (const Wired& wired : kWired) {
        Buffer packet = framed(wired.first, wired.body);
        packet.push_back(0);
        const Fault fault = fault_of(packet, wired.dialects[0]);
        CHECK(fault.field == "remaining length");
    }
}

TEST_CASE("MQTT 5 wants lengths in their shortest form, older versions take any") {
    for (const Wired& wired : kWired) {
        const Buffer packet = framed(wired.first, wired.body);
        for (const Dialect dialect : wired.dialects) {
            for (std::size_t width = 2; width <= kVarintBytesMax; ++width) {
                const Fault fault = fault_of(wide(packet, width), dialect);
                const bool v5 = dialect.version == Version::v5;
                CHECK(fault.reason == (v5 ? Reason::malformed_packet : Reason::success));
            }
        }
    }
}

TEST_CASE("flags of the first byte that mean nothing are as they must be") {
    for (const Wired& wired : kWired) {
        if (type_of(wired.first) == PacketType::publish) {
            continue;
        }
        for (unsigned flags = 0; flags < 16; ++flags) {
            const auto first = static_cast<std::uint8_t>((wired.first & 0xf0U) | flags);
            const bool own = first == wired.first;
            for (const Dialect dialect : wired.dialects) {
                const bool again = dialect.version == Version::v3_1 &&
                                   (wired.first & 0x0f) == 0x02 && flags == 0x0a;
                CHECK(verdict(framed(first, wired.body), dialect) ==
                      (own || again ? "fine" : "malformed packet at 0"));
            }
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::mqtt
