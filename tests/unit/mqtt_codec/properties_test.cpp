#include "mqtt-gateway/codec/properties.hpp"

#include "mqtt-gateway/codec/property_writer.hpp"
#include "tests/unit/mqtt_codec/reading.hpp"

#include <array>

namespace weft::mqtt {
namespace {

constexpr std::array kCarriers{kWill,
                               PacketType::connect,
                               PacketType::connack,
                               PacketType::publish,
                               PacketType::puback,
                               PacketType::pubrec,
                               PacketType::pubrel,
                               PacketType::pubcomp,
                               PacketType::subscribe,
                               PacketType::suback,
                               PacketType::unsubscribe,
                               PacketType::unsuback,
                               PacketType::disconnect,
                               PacketType::auth};

/// A value that every rule allows.
void write_any(PropertyWriter& writer, const PropertyRule& rule) {
    if (is_number(rule.type)) {
        writer.number(rule.id, 1);
    } else if (rule.type == PropertyType::binary_data) {
        REQUIRE(writer.binary(rule.id, as_bytes("d")));
    } else if (rule.type == PropertyType::text) {
        REQUIRE(writer.text(rule.id, "t"));
    } else {
        REQUIRE(writer.user("n", "v"));
    }
}

/// As they stand in a packet: behind their length.
Buffer with_length(Bytes properties) {
    Buffer bytes;
    bytes.push_back(static_cast<std::uint8_t>(properties.size()));
    append(bytes, properties);
    return bytes;
}

Reason outcome(Bytes properties, PacketType carrier, Sender from) {
    const Buffer bytes = with_length(properties);
    FieldReader in{bytes, Version::v5};
    const Properties read = read_properties(in, carrier, from);
    CHECK(read.empty() == !in.ok());
    return in.ok() ? Reason::success : in.fault().reason;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt properties");

TEST_CASE("a property stands in its packets alone, from its end alone, as often as it may") {
    for (const PropertyRule& rule : property_rules()) {
        Buffer once;
        PropertyWriter one{once};
        write_any(one, rule);
        Buffer twice = once;
        append(twice, once);
        for (const PacketType carrier : kCarriers) {
            for (const Sender from : {Sender::client, Sender::server}) {
                const std::string what{rule.name};
                CAPTURE(what);
                CAPTURE(static_cast<int>(carrier));
                const bool client = from == Sender::client;
                const bool ours = has(client ? rule.from_client : rule.from_server, carrier);
                const bool theirs = has(client ? rule.from_server : rule.from_client, carrier);
                const Reason wrong = theirs ? Reason::protocol_error : Reason::malformed_packet;
                CHECK(outcome(once, carrier, from) == (ours ? Reason::success : wrong));
                const bool many = has(rule.repeats, carrier);
                CHECK(outcome(twice, carrier, from) == (!ours  ? wrong
                                                        : many ? Reason::success
                                                               : Reason::protocol_error));
            }
        }
    }
}

TEST_CASE("the table says what the specification says") {
    CHECK(property_rules().size() == 27);
    int will = 0;
    int connect = 0;
    int connack = 0;
    int publish = 0;
    for (const PropertyRule& rule : property_rules()) {
        CHECK(find_rule(static_cast<std::uint8_t>(rule.id)) == &rule);
        const PacketSet any = rule.from_client | rule.from_server;
        will += has(any, kWill) ? 1 : 0;
        connect += has(any, PacketType::connect) ? 1 : 0;
        connack += has(any, PacketType::connack) ? 1 : 0;
        publish += has(any, PacketType::publish) ? 1 : 0;
    }
    CHECK(will == 7);
    CHECK(connect == 9);
    CHECK(connack == 17);
    CHECK(publish == 8);
    CHECK(find_rule(0) == nullptr);
    CHECK(find_rule(0x04) == nullptr);
    CHECK(find_rule(0x2b) == nullptr);
    CHECK(find_rule(0xff) == nullptr);
}

TEST_CASE("properties that were written are read, in their order") {
    Buffer memory;
    PropertyWriter writer{memory};
    writer.number(PropertyId::payload_format_indicator, 1);
    writer.number(PropertyId::message_expiry_interval, 0x01020304);
    REQUIRE(writer.text(PropertyId::content_type, "t"));
    REQUIRE(writer.binary(PropertyId::correlation_data, as_bytes("d")));
    REQUIRE(writer.user("n", "1"));
    writer.number(PropertyId::subscription_identifier, 300);
    REQUIRE(writer.user("n", "2"));
    writer.number(PropertyId::topic_alias, 5);
    const Buffer bytes = with_length(writer.written().encoded());
    FieldReader in{bytes, Version::v5};
    const Properties read = read_properties(in, PacketType::publish, Sender::server);
    REQUIRE(in.ok());
    CHECK(in.done());
    CHECK(read.number(PropertyId::payload_format_indicator) == 1);
    CHECK(read.number(PropertyId::message_expiry_interval) == 0x01020304);
    CHECK(read.text(PropertyId::content_type) == "t");
    CHECK(as_text(read.binary(PropertyId::correlation_data).value()) == "d");
    CHECK(read.number(PropertyId::subscription_identifier) == 300);
    CHECK(read.number(PropertyId::topic_alias) == 5);
    CHECK_FALSE(read.text(PropertyId::response_topic));
    std::string users;
    Buffer copied;
    PropertyWriter copy{copied};
    for (auto all = read.all(); const auto property = all.next();) {
        copy.copy(*property);
        if (property->id == PropertyId::user_property) {
            users += std::string{property->name} + "=" + std::string{property->text()} + " ";
        }
    }
    CHECK(users == "n=1 n=2 ");
    CHECK(shown(copied) == shown(read.encoded()));
}

TEST_CASE("texts of properties are texts, both of a pair") {
    const auto at = [](std::string_view properties) {
        const Buffer bytes = with_length(hex(properties));
        FieldReader in{bytes, Version::v5};
        (void)read_properties(in, PacketType::publish, Sender::client);
        return in.ok() ? std::size_t{0} : in.fault().at;
    };
    CHECK(at("03 00 02 'a' ff") == 5);
    CHECK(at("26 00 02 'a' 00 00 01 'b'") == 5);
    CHECK(at("26 00 01 'a' 00 02 'b' ff") == 8);
    CHECK(at("08 00 00") == 4);
    CHECK(at("09 00 02 00 ff") == 0);
    CHECK(at("26 00 00 00 00") == 0);
}

TEST_CASE("a value ends before its properties do") {
    const Buffer bytes = hex("02 02 00 00 00 01");
    FieldReader in{bytes, Version::v5};
    (void)read_properties(in, PacketType::publish, Sender::client);
    CHECK(in.fault().what == "is cut off");
    CHECK(in.fault().at == 2);
}

TEST_CASE("a text that is too long is not written") {
    const std::string text(65'536, 'x');
    Buffer memory;
    PropertyWriter writer{memory};
    CHECK_FALSE(writer.text(PropertyId::content_type, text));
    CHECK_FALSE(writer.user("n", text));
    CHECK_FALSE(writer.binary(PropertyId::correlation_data, as_bytes(text)));
    CHECK(memory.empty());
    CHECK(writer.text(PropertyId::content_type, std::string_view{text}.substr(1)));
}

TEST_SUITE_END();

}  // namespace weft::mqtt
