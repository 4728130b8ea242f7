#include "mqtt-gateway/mapping/message_writer.hpp"

#include "mqtt-gateway/mapping/names.hpp"
#include "tests/unit/mqtt_mapping/messages.hpp"

namespace weft::mqtt_mapping {
namespace {

const Buffer kPayload{1, 2, 3};

mqtt::Properties some_properties(Buffer& out) {
    mqtt::PropertyWriter to{out};
    to.number(PropertyId::payload_format_indicator, 1);
    to.number(PropertyId::message_expiry_interval, 30);
    REQUIRE(to.text(PropertyId::content_type, "text/plain"));
    REQUIRE(to.text(PropertyId::response_topic, "telemetry/reply"));
    REQUIRE(to.binary(PropertyId::correlation_data, kPayload));
    REQUIRE(to.user("k", "1"));
    REQUIRE(to.user("l", "2"));
    return to.written();
}

}  // namespace

TEST_SUITE_BEGIN("mqtt to amqp");

TEST_CASE("QoS 0 without properties is a small message") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    const mqtt::Publish publish{.topic = "telemetry/x", .payload = kPayload};
    const wire::Message message = decoded(
        written(writer, {.publish = publish, .to = {.address = "telemetry", .subject = "x"}}));
    CHECK_FALSE(message.durable);
    CHECK_FALSE(message.ttl);
    CHECK(message.to == "telemetry");
    CHECK(message.subject == "x");
    CHECK(message.message_id.is_null());
    CHECK_FALSE(message.user_id);
    CHECK_FALSE(message.reply_to);
    CHECK(message.message_annotations ==
          wire::Map{{wire::Symbol{std::string{kQosAnnotation}}, std::uint8_t{0}}});
    CHECK(message.application_properties.empty());
    CHECK(message.body == wire::Body{wire::Data{{kPayload}}});
}

TEST_CASE("all that a PUBLISH says has its place") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    Buffer properties;
    const mqtt::Publish publish{.qos = Qos::exactly_once,
                                .retain = true,
                                .id = 7,
                                .topic = "telemetry",
                                .properties = some_properties(properties),
                                .payload = kPayload};
    const wire::Message message = decoded(written(writer, {.publish = publish,
                                                           .to = {.address = "telemetry"},
                                                           .client_id = "dev",
                                                           .user_id = "user",
                                                           .message_id = "dev/1/9",
                                                           .arrived = kNow}));
    CHECK(message.durable);
    CHECK(message.ttl == 30'000);
    CHECK(message.absolute_expiry_time == wire::Timestamp{kNow + 30'000});
    CHECK(message.message_id == wire::Value{"dev/1/9"});
    CHECK(as_text(*message.user_id) == "user");
    CHECK_FALSE(message.subject);
    CHECK(message.reply_to == "telemetry/reply");
    CHECK(message.correlation_id == wire::Value{wire::Binary{kPayload}});
    CHECK(message.content_type == "text/plain");
    CHECK(message.application_properties ==
          wire::Map{{std::string{"k"}, std::string{"1"}}, {std::string{"l"}, std::string{"2"}}});
    CHECK(wire::to_string(wire::Value{message.message_annotations}) ==
          R"({"x-opt-mqtt-qos": 2, "x-opt-retain-message": true, "x-opt-mqtt-client-id": "dev", )"
          R"("x-opt-mqtt-payload-format": 1})");
}

TEST_CASE("a key that repeats is there once, and all of them in an annotation") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    Buffer properties;
    mqtt::PropertyWriter to{properties};
    for (const auto& [key, value] : Pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"", ""}}) {
        REQUIRE(to.user(key, value));
    }
    const mqtt::Publish publish{.topic = "a", .properties = to.written()};
    const wire::Message message =
        decoded(written(writer, {.publish = publish, .to = {.address = "a"}}));
    CHECK(wire::to_string(wire::Value{message.application_properties}) ==
          R"({"b": "1", "a": "2", "": ""})");
    const wire::Value* all = wire::find(message.message_annotations, kUserPropertiesAnnotation);
    REQUIRE(all != nullptr);
    CHECK(wire::to_string(*all) == R"([["b", "1"], ["a", "2"], ["b", "3"], ["", ""]])");
}

TEST_CASE("a content type that is no symbol is an annotation") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    Buffer properties;
    mqtt::PropertyWriter to{properties};
    REQUIRE(to.text(PropertyId::content_type, "text/ä"));
    to.number(PropertyId::message_expiry_interval, 0xffff'ffff);
    const mqtt::Publish publish{.topic = "a", .properties = to.written()};
    const wire::Message message =
        decoded(written(writer, {.publish = publish, .to = {.address = "a"}, .arrived = kNow}));
    CHECK_FALSE(message.content_type);
    CHECK_FALSE(message.ttl);  // which can't say so much
    CHECK(message.absolute_expiry_time == wire::Timestamp{kNow + 4'294'967'295'000});
    CHECK(*wire::find(message.message_annotations, kContentTypeAnnotation) ==
          wire::Value{"text/ä"});
}

TEST_CASE("too many user properties are refused, and nothing is written") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    Buffer properties;
    mqtt::PropertyWriter to{properties};
    for (std::size_t i = 0; i < MessageWriter::kUserPropertiesMax; ++i) {
        REQUIRE(to.user("k", "v"));
    }
    mqtt::Publish publish{.topic = "a", .properties = to.written()};
    CHECK_FALSE(written(writer, {.publish = publish, .to = {.address = "a"}}).empty());
    REQUIRE(to.user("k", "v"));
    publish.properties = to.written();
    Buffer out;
    const auto refusal = writer.append(out, {.publish = publish, .to = {.address = "a"}});
    REQUIRE(refusal);
    CHECK(refusal->reason == Reason::quota_exceeded);
    CHECK(out.empty());
}

TEST_CASE("a row of the queue of retained messages is read as it was written") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    MessageReader reader{space};
    Buffer bytes;
    mqtt::PropertyWriter to{bytes};
    REQUIRE(to.text(PropertyId::response_topic, "telemetry/reply"));
    const mqtt::Publish publish{.qos = Qos::at_least_once,
                                .retain = true,
                                .topic = "$old//b%",
                                .properties = to.written(),
                                .payload = kPayload};
    const Row row{.key = "$old//b%", .epoch = 77, .owner = "gw1"};
    std::string subject;
    append_path(subject, publish.topic, Separator::slash);
    const Buffer out = written(writer, {.publish = publish,
                                        .to = {.address = "$mqtt.retained", .subject = subject},
                                        .client_id = "c",
                                        .arrived = kNow,
                                        .expires = kNow + 1500,
                                        .row = &row});
    const wire::Message message = decoded(out);
    CHECK(message.to == "$mqtt.retained");
    CHECK(message.subject == "$old/%00/b%25");
    CHECK(message.ttl == 1500);
    CHECK(message.message_annotations ==
          wire::Map{{wire::Symbol{"x-opt-mqtt-qos"}, std::uint8_t{1}},
                    {wire::Symbol{"x-opt-retain-message"}, true},
                    {wire::Symbol{"x-opt-mqtt-client-id"}, "c"},
                    {wire::Symbol{"x-opt-mqtt-topic"}, "$old//b%"},
                    {wire::Symbol{"x-opt-fence"},
                     wire::List{std::uint64_t{77}, "gw1", std::uint64_t{0}}}});
    const auto read = reader.read_row(out, kNow + 1000);
    REQUIRE(read);
    CHECK(read->topic == publish.topic);
    CHECK(read->epoch == 77);
    CHECK(read->qos == Qos::at_least_once);
    CHECK(read->retain);
    CHECK(read->client_id == "c");
    CHECK(read->expires == kNow + 1500);
    CHECK(read->properties.text(PropertyId::response_topic) == "telemetry/reply");
    CHECK(read->payload.size() == kPayload.size());
}

TEST_CASE("what is no row is told apart") {
    const AddressSpace space = plant();
    MessageReader reader{space};
    const auto why = [&](const wire::Value& fence, const std::string& subject) {
        Says says{.subject = subject};
        if (!fence.is_null()) {
            says.message_annotations = wire::Map{{wire::Symbol{"x-opt-fence"}, fence}};
        }
        const Buffer bytes = encoded(says);
        const auto read = reader.read_row(bytes, kNow);
        return read ? std::string{} : std::string{name_of(read.error())};
    };
    const wire::Value fence = wire::List{std::uint64_t{1}, "o", std::uint64_t{0}};
    CHECK(why(fence, "a/b").empty());
    CHECK(why({}, "a/b") == "not a message");
    CHECK(why("x", "a/b") == "not a message");
    CHECK(why(wire::List{}, "a/b") == "not a message");
    CHECK(why(fence, "") == "its address and subject are no topic");
    CHECK(why(fence, "a/+") == "its address and subject are no topic");
    const Buffer broken{1, 2, 3};
    CHECK_FALSE(reader.read_row(broken, kNow));
}

TEST_CASE("what is written is read as it was") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    MessageReader reader{space};
    Topics topics{4};
    for (int i = 0; i < 2000; ++i) {
        const std::string name = "telemetry/" + topics.next();
        Buffer bytes;
        mqtt::PropertyWriter to{bytes};
        if (topics.number(2) == 0) {
            to.number(PropertyId::payload_format_indicator, 1);
        }
        if (topics.number(2) == 0) {
            REQUIRE(to.text(PropertyId::content_type, topics.number(2) == 0 ? "a/b" : "ä"));
        }
        if (topics.number(2) == 0) {
            const std::string reply = "a/" + topics.next();
            if (!reply.ends_with('.')) {  // which routers read as another one
                REQUIRE(to.text(PropertyId::response_topic, reply));
            }
        }
        if (topics.number(2) == 0) {
            REQUIRE(to.binary(PropertyId::correlation_data, as_bytes(topics.next())));
        }
        for (std::size_t n = topics.number(4); n > 0; --n) {
            REQUIRE(to.user(topics.next("ab"), topics.next()));
        }
        const std::string payload = topics.next();
        const mqtt::Publish publish{.qos = static_cast<Qos>(topics.number(3)),
                                    .retain = topics.number(2) == 0,
                                    .topic = name,
                                    .properties = to.written(),
                                    .payload = as_bytes(payload)};
        std::string path;
        const auto where = space.resolve(name, path);
        REQUIRE(where);
        const Buffer message =
            written(writer, {.publish = publish, .to = *where, .client_id = "c"});
        const MeshMessage read = read_from(reader, message, where->address);
        CHECK(read.topic == name);
        CHECK(read.qos == publish.qos);
        CHECK(read.retain == publish.retain);
        CHECK(read.client_id == "c");
        CHECK(as_text(read.payload) == payload);
        CHECK(read.expires == kForever);
        CHECK(read.left_out == 0);
        const Bytes before = publish.properties.encoded();
        const Bytes after = read.properties.encoded();
        REQUIRE(Buffer(after.begin(), after.end()) == Buffer(before.begin(), before.end()));
    }
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
