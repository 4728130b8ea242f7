#include "tests/unit/broker_selector/asking.hpp"

#include <cstddef>

namespace weft::selector {
namespace {

wire::Message letter() {
    wire::Message message;
    message.durable = true;
    message.priority = 7;
    message.ttl = 5000;
    message.first_acquirer = true;
    message.delivery_count = 2;
    message.delivery_annotations = {{wire::Symbol{"x-d"}, wire::List{1, "x"}}};
    message.message_annotations = {{wire::Symbol{"x-opt-a"}, 1}};
    message.message_id = "ID:1";
    message.user_id = Buffer{'a', 'n', 'n'};
    message.to = "orders";
    message.subject = "urgent";
    message.reply_to = "answers";
    message.correlation_id = "c";
    message.content_type = "text/plain";
    message.content_encoding = "gzip";
    message.absolute_expiry_time = wire::Timestamp{9000};
    message.creation_time = wire::Timestamp{8000};
    message.group_id = "g";
    message.group_sequence = 3;
    message.reply_to_group_id = "h";
    message.application_properties = {{"JMSXCustom", 1}, {"JMS_VENDOR", 2}, {"color", "blue"}};
    message.body = wire::Data{{Buffer(100, 1)}};
    return message;
}

wire::Message with_id(wire::Value id) {
    wire::Message message;
    message.message_id = id;
    message.correlation_id = std::move(id);
    return message;
}

wire::Uuid some_uuid() {
    wire::Uuid uuid;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(0xa0 + i);
    }
    return uuid;
}

}  // namespace

TEST_SUITE_BEGIN("selector fields");

TEST_CASE("all fields of header and properties have names") {
    const wire::Message message = letter();
    for (const char* condition : {
             "amqp.durable",
             "amqp.priority = 7",
             "amqp.ttl = 5000",
             "amqp.first_acquirer",
             "amqp.delivery_count = 2",
             "amqp.message_id = 'ID:1'",
             "amqp.user_id = 'ann'",
             "amqp.to = 'orders'",
             "amqp.subject = 'urgent'",
             "amqp.reply_to = 'answers'",
             "amqp.correlation_id = 'c'",
             "amqp.content_type = 'text/plain'",
             "amqp.content_encoding = 'gzip'",
             "amqp.absolute_expiry_time = 9000",
             "amqp.creation_time = 8000",
             "amqp.group_id = 'g'",
             "amqp.group_sequence = 3",
             "amqp.reply_to_group_id = 'h'",
             "amqp.delivery_mode = 'PERSISTENT'",
             "amqp.redelivered",
             "JMSPriority = 7",
             "JMSDeliveryMode = 'PERSISTENT'",
             "JMSRedelivered",
             "JMSMessageID = 'ID:1'",
             "JMSCorrelationID = 'c'",
             "JMSType = 'urgent'",
             "JMSDestination = 'orders'",
             "JMSReplyTo = 'answers'",
             "JMSTimestamp = 8000",
             "JMSExpiration = 9000",
             "JMSXDeliveryCount = 3",
             "JMSXUserID = 'ann'",
             "JMSXGroupID = 'g'",
             "JMSXGroupSeq = 3",
             "JMSXCustom = 1 AND JMS_VENDOR = 2",
             "JMSPriority = 7 AND amqp.to = 'orders' AND color = 'blue'",
         }) {
        CAPTURE(condition);
        CHECK(ask(condition, message) == "yes");
    }
}

TEST_CASE("absent fields have their defaults, or are unknown") {
    const wire::Message message;
    for (const char* condition : {
             "NOT amqp.durable",
             "amqp.priority = 4",
             "amqp.delivery_count = 0",
             "NOT amqp.first_acquirer",
             "amqp.ttl IS NULL",
             "amqp.absolute_expiry_time IS NULL",
             "amqp.message_id IS NULL AND JMSMessageID IS NULL",
             "amqp.user_id IS NULL AND amqp.subject IS NULL",
             "JMSExpiration = 0 AND JMSTimestamp = 0",
             "JMSDeliveryMode = 'NON_PERSISTENT'",
             "NOT JMSRedelivered AND JMSXDeliveryCount = 1",
         }) {
        CAPTURE(condition);
        CHECK(ask(condition, message) == "yes");
    }
    CHECK(ask("amqp.priority = 4", Candidate{}) == "yes");
}

TEST_CASE("failed deliveries that the queue counted go before those of the header") {
    const Buffer bytes = encoded(letter());
    CHECK(ask("JMSXDeliveryCount = 6", Candidate{.message = bytes, .failures = 5}) == "yes");
    CHECK(ask("NOT JMSRedelivered", Candidate{.message = bytes, .failures = 0}) == "yes");
}

TEST_CASE("ids are what Qpid JMS shows, or as they stand in the message") {
    CHECK(ask("JMSMessageID = 'ID:AMQP_NO_PREFIX:x'", with_id("x")) == "yes");
    CHECK(ask("JMSCorrelationID = 'x'", with_id("x")) == "yes");
    CHECK(ask("amqp.message_id = 'x'", with_id("x")) == "yes");
    CHECK(ask("JMSMessageID = 'ID:AMQP_STRING:ID:AMQP_UUID:x'", with_id("ID:AMQP_UUID:x")) ==
          "yes");
    CHECK(ask("JMSCorrelationID = 'ID:AMQP_ULONG:18446744073709551615'",
              with_id(std::uint64_t{0} - 1)) == "yes");
    CHECK(ask("amqp.correlation_id = 7", with_id(std::uint64_t{7})) == "yes");
    const wire::Value uuid = some_uuid();
    CHECK(ask("JMSMessageID = 'ID:AMQP_UUID:a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf'",
              with_id(uuid)) == "yes");
    CHECK(ask("amqp.message_id = 'a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf'", with_id(uuid)) == "yes");
    CHECK(ask("JMSMessageID = 'ID:AMQP_BINARY:01AF'", with_id(wire::Binary{{1, 0xaf}})) == "yes");
    CHECK(ask("amqp.message_id IS NOT NULL", with_id(wire::Binary{{1}})) == "yes");
}

TEST_CASE("an id that is too long to be shown compares with nothing") {
    const std::string longest(kIdTextMax - 18, 'x');
    CHECK(ask("JMSMessageID LIKE 'ID:AMQP_NO_PREFIX:x%'", with_id(longest)) == "yes");
    CHECK(ask("JMSMessageID LIKE '%'", with_id(longest + "x")) == "no");
    CHECK(ask("JMSMessageID LIKE '%'", with_id(wire::Binary{Buffer(2000, 1)})) == "no");
    CHECK(ask("JMSMessageID IS NOT NULL", with_id(longest + "x")) == "yes");
}

TEST_CASE("names that look like fields and are none are mistakes") {
    CHECK(printed("amqp.prioritt = 4") ==
          "the selector is refused at column 1: messages have no field amqp.prioritt; did you mean "
          "amqp.priority?");
    CHECK(printed("a = 1 AND JMSPriorty = 4") ==
          "the selector is refused at column 11: messages have no field JMSPriorty; did you mean "
          "JMSPriority?");
}

TEST_CASE("only sections that the selector names are read") {
    wire::Message message = letter();
    for (int i = 0; i < 1000; ++i) {
        message.application_properties.emplace_back("p" + std::to_string(i), i);
    }
    const Buffer bytes = encoded(message);
    const auto steps = [&bytes](std::string_view selector) {
        return Selector::parse(selector)->judge({.message = bytes}).steps;
    };
    CHECK(steps("JMSPriority = 7") == 5);            // header, what is behind it, three nodes
    CHECK(steps("JMSType = 'urgent'") == 8);         // up to the properties
    CHECK(steps("color = 'blue'") == 5 + 1003 + 4);  // each property once
}

TEST_CASE("a message that is cut off or malformed is judged by what can be read of it") {
    const Buffer bytes = encoded(letter());
    const auto selector =
        Selector::parse("JMSPriority = 7 AND JMSType = 'urgent' AND color = 'blue'").value();
    CHECK(selector.judge({.message = bytes}).verdict == Verdict::selected);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Bytes front = Bytes{bytes}.first(size);
        const Verdict verdict = selector.judge({.message = front}).verdict;
        CHECK((verdict == Verdict::passed_over || size >= bytes.size() - 105));
    }
    CHECK(ask("a IS NULL", Candidate{.message = as_bytes("no message")}) == "yes");
}

TEST_SUITE_END();

}  // namespace weft::selector
