#include "mqtt-gateway/mapping/message_reader.hpp"

#include "mqtt-gateway/mapping/names.hpp"
#include "tests/unit/mqtt_mapping/messages.hpp"

#include <cstring>

namespace weft::mqtt_mapping {
namespace {

wire::Value symbol(std::string_view text) {
    return wire::Symbol{std::string{text}};
}

/// A reader, and the message that it read last.
struct Reading {
    AddressSpace space = plant();
    MessageReader reader{space};
    Buffer bytes{};

    MeshMessage operator()(const Says& message, std::string_view address = "telemetry") {
        bytes = encoded(message);
        return read_from(reader, bytes, address);
    }
    /// "payload / format / content type"
    std::string payload(const wire::Body& body) {
        const MeshMessage read = (*this)({.body = body});
        const auto format = read.properties.number(PropertyId::payload_format_indicator);
        return std::string{as_text(read.payload)} + " / " + (format ? "1" : "-") + " / " +
               std::string{read.properties.text(PropertyId::content_type).value_or("-")};
    }
};

std::string why(Bytes message, std::string_view address) {
    const AddressSpace space = plant();
    MessageReader reader{space};
    const auto read = reader.read(message, address, kNow);
    return read ? "" : std::string{name_of(read.error())};
}

Buffer bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

}  // namespace

TEST_SUITE_BEGIN("amqp to mqtt");

TEST_CASE("a message that says nothing") {
    Reading read;
    const MeshMessage message = read_from(read.reader, {}, "telemetry");
    CHECK(message.topic == "telemetry");
    CHECK(message.qos == Qos::at_most_once);
    CHECK_FALSE(message.retain);
    CHECK(message.payload.empty());
    CHECK(message.properties.empty());
    CHECK(message.expires == kForever);
}

TEST_CASE("bodies of all kinds") {
    Reading read;
    CHECK(read.payload(wire::Data{{bytes_of("abc")}}) == "abc / - / -");
    CHECK(read.payload(wire::Data{{bytes_of("ab"), bytes_of(""), bytes_of("c")}}) == "abc / - / -");
    CHECK(read.payload(wire::Value{"text"}) == "text / 1 / -");
    CHECK(read.payload(wire::Value{"\xff"}) == "\xff / - / -");
    CHECK(read.payload(wire::Value{wire::Binary{bytes_of("bin")}}) == "bin / - / -");
    CHECK(read.payload(wire::Value{}) == " / - / -");
    CHECK(read.payload(wire::Value{true}) == "A / - / application/vnd.amqp");
    CHECK(read.payload(symbol("s")) == "\xa3\x01s / - / application/vnd.amqp");
    CHECK(read.payload(wire::Sequence{{{wire::Value{true}}, {}}}) ==
          std::string{"\xc0\x02\x01"} + "A\x45 / - / application/vnd.amqp");
}

TEST_CASE("QoS and retain, said or not") {
    Reading read;
    CHECK(read({.durable = true}).qos == Qos::at_least_once);
    const auto annotated = [&](const wire::Value& qos) {
        return read({.durable = true, .message_annotations = {{symbol(kQosAnnotation), qos}}}).qos;
    };
    CHECK(annotated(std::uint8_t{2}) == Qos::exactly_once);
    CHECK(annotated(std::int32_t{0}) == Qos::at_most_once);
    CHECK(annotated(std::uint8_t{200}) == Qos::exactly_once);
    CHECK(annotated(std::int8_t{-1}) == Qos::at_most_once);
    CHECK(annotated("2") == Qos::at_least_once);
    CHECK(read({.message_annotations = {{symbol(kRetainAnnotation), true}}}).retain);
    CHECK_FALSE(read({.message_annotations = {{symbol(kRetainAnnotation), "yes"}}}).retain);
}

TEST_CASE("where a message is from") {
    Reading read;
    CHECK(read({.to = "elsewhere", .subject = "x/y"}).topic == "telemetry/x/y");
    CHECK(read({.to = "prices/a"}, "prices/#").topic == "prices/a");
    CHECK(read({.to = "prices/a"}, "prices/*").topic == "prices/a");
    CHECK(read({.to = "prices/a", .subject = "x"}, "").topic == "prices/a");
    CHECK(read({.subject = "t/1/x"}, "ingest").topic == "t/1/x");
    CHECK(why(encoded({}), "prices/#") == "its address is not known");
    CHECK(why(encoded({.subject = "a#"}), "telemetry") == "its address and subject are no topic");
}

TEST_CASE("its name is the message-id that a gateway gave it") {
    Reading read;
    const wire::Map device{{symbol(kClientIdAnnotation), wire::Value{"device"}}};
    const auto name = [&](const wire::Value& id, const wire::Map& annotations) {
        return std::string{read({.message_annotations = annotations, .message_id = id}).name};
    };
    CHECK(name(wire::Value{"0123456789abcdef/1/0"}, device) == "0123456789abcdef/1/0");
    CHECK(name(wire::Value{}, device) == "");
    CHECK(name(wire::Value{"0123456789abcdef/1/0"}, {}) == "");
    CHECK(name(wire::Value{std::uint64_t{7}}, device) == "");
    CHECK(name(wire::Value{std::string(64, 'x')}, device) == std::string(64, 'x'));
    CHECK(name(wire::Value{std::string(65, 'x')}, device) == "");
}

TEST_CASE("when it expires") {
    Reading read;
    CHECK(read({.ttl = 1500}).expires == kNow + 1500);
    CHECK(read({.ttl = 1500, .absolute_expiry_time = wire::Timestamp{kNow + 7}}).expires ==
          kNow + 7);
    CHECK(seconds_left(kForever, kNow) == std::nullopt);
    CHECK(seconds_left(kNow, kNow) == 0);
    CHECK(seconds_left(kNow + 1, kNow) == 1);
    CHECK(seconds_left(kNow + 2999, kNow) == 2);
    CHECK(seconds_left(kForever - 1, -5) == 0xffff'ffff);
}

TEST_CASE("what it is correlated by") {
    Reading read;
    const auto correlated = [&](const wire::Value& id) {
        const MeshMessage message = read({.correlation_id = id});
        const auto data = message.properties.binary(PropertyId::correlation_data);
        return data ? std::string{as_text(*data)} : "left out: " + std::to_string(message.left_out);
    };
    CHECK(correlated(wire::Binary{{1}}) == "\x01");
    CHECK(correlated("text") == "text");
    CHECK(correlated(std::uint64_t{12}) == "12");
    CHECK(correlated(wire::Uuid{{0xff}}) == "ff000000-0000-0000-0000-000000000000");
    CHECK(correlated(true) == "left out: 1");
}

TEST_CASE("user properties: what is no text is put into words") {
    Reading read;
    const MeshMessage message =
        read({.application_properties = {{"s", "text"},
                                         {"n", std::int32_t{-4}},
                                         {"b", true},
                                         {"y", symbol("sym")},
                                         {"z", wire::Value{}},
                                         {std::int32_t{3}, "key"},
                                         {"bad\xff", "x"},
                                         {"nul", std::string(1, '\0')},
                                         {"long", std::string(65536, 'x')}}});
    CHECK(user_properties(message.properties) ==
          Pairs{{"s", "text"}, {"n", "-4"}, {"b", "true"}, {"y", "sym"}, {"z", ""}, {"3", "key"}});
    CHECK(message.left_out == 3);
}

TEST_CASE("of user properties the annotation goes before what others can read") {
    Reading read;
    const wire::List pairs{wire::List{"a", "1"}, wire::List{"a", "2"}, "none", wire::List{"a"}};
    const MeshMessage message =
        read({.message_annotations = {{symbol(kUserPropertiesAnnotation), pairs}},
              .application_properties = {{"a", "1"}}});
    CHECK(user_properties(message.properties) == Pairs{{"a", "1"}, {"a", "2"}});
    CHECK(message.left_out == 2);
}

TEST_CASE("more user properties than are looked at are left out") {
    Reading read;
    wire::Map many;
    for (std::size_t i = 0; i < MessageReader::kUserPropertiesMax + 5; ++i) {
        many.emplace_back("k" + std::to_string(i), "v");
    }
    const MeshMessage message = read({.application_properties = many});
    CHECK(user_properties(message.properties).size() == MessageReader::kUserPropertiesMax);
    CHECK(message.left_out == 5);
}

TEST_CASE("content types and replies that MQTT can't say are left out") {
    Reading read;
    CHECK(read({.content_type = "a/b"}).properties.text(PropertyId::content_type) == "a/b");
    CHECK(read({.content_type = "\xff"}).left_out == 1);
    CHECK(read({.reply_to = "a/b/%00"}).properties.text(PropertyId::response_topic) == "a/b/");
    CHECK(read({.reply_to = "a/#"}).left_out == 1);
}

TEST_CASE("what is no message") {
    CHECK(why(bytes_of("abc"), "telemetry") == "not a message");
    Buffer cut = encoded({.durable = true, .body = wire::Value{"text"}});
    cut.pop_back();
    CHECK(why(cut, "telemetry") == "not a message");
    const Buffer body = encoded({.body = wire::Value{"text"}});
    Buffer twice = body;
    append(twice, body);
    CHECK(why(twice, "telemetry") == "not a message");
    const Buffer numbers{0x00, 0x53, 0x75, 0x41};  // data that is a boolean
    CHECK(why(numbers, "telemetry") == "not a message");
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
