#include "broker/node/arrival.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

namespace weft::broker {
namespace {

constexpr queue::WallTime kNow = 1'000'000;

Buffer encoded_message(const wire::Message& message) {
    Buffer encoded;
    wire::encode_message(encoded, message);
    return encoded;
}

/// What a queue takes a message for.
Result<queue::Arrival> arriving(const wire::Message& message,
                                std::string_view key = {},
                                bool named = false) {
    const Buffer encoded = encoded_message(message);
    const auto sections = read_sections(encoded);
    REQUIRE(sections);
    return arrival_of(*sections, key, named, kNow);
}

wire::Message annotated(std::string_view key, wire::Value value) {
    wire::Message message;
    message.message_annotations = {{wire::Symbol{std::string{key}}, std::move(value)}};
    message.body = wire::Value{"b"};
    return message;
}

}  // namespace

TEST_SUITE("arrival") {
    TEST_CASE("a message that says nothing") {
        wire::Message message;
        message.body = wire::Value{"b"};
        const auto arrival = arriving(message, "key", /*named=*/true);
        REQUIRE(arrival);
        CHECK(arrival->ttl == 0);
        CHECK(arrival->expires == queue::kForever);
        CHECK(arrival->due == 0);
        CHECK(arrival->priority == queue::kPriorityDefault);
        CHECK(arrival->group.empty());
        CHECK(arrival->key.empty());
        CHECK(arrival->name.empty());
    }

    TEST_CASE("what header and properties say") {
        wire::Message message;
        message.priority = 200;  // more than there are
        message.ttl = 7;
        message.message_id = wire::Value{"id"};
        message.to = "there";
        message.absolute_expiry_time = wire::Timestamp{5000};
        message.group_id = "group";
        message.body = wire::Value{"b"};
        const Buffer encoded = encoded_message(message);
        const auto sections = read_sections(encoded);
        REQUIRE(sections);
        CHECK(sections->to == "there");
        const auto arrival = arriving(message, {}, /*named=*/true);
        CHECK(arrival->ttl == 7);
        CHECK(arrival->expires == 5000);
        CHECK(arrival->priority == 9);
        CHECK(arrival->group == "group");
        CHECK_FALSE(arrival->name.empty());
        CHECK(arriving(message)->name.empty());
    }

    TEST_CASE("when it is due: a time, or a delay, in whatever type of number") {
        CHECK(arriving(annotated("x-opt-delivery-time", wire::Timestamp{5}))->due == 5);
        CHECK(arriving(annotated("x-opt-delivery-time", std::uint64_t{6}))->due == 6);
        CHECK(arriving(annotated("x-opt-delivery-time", std::int64_t{-6}))->due == 0);
        CHECK(arriving(annotated("x-opt-delivery-time", ~std::uint64_t{0}))->due ==
              queue::kForever - 1);
        CHECK(arriving(annotated("x-opt-delivery-delay", std::int32_t{7}))->due == kNow + 7);
        CHECK(arriving(annotated("x-opt-delivery-delay", ~std::uint64_t{0}))->due ==
              queue::kForever - 1);
        CHECK(arriving(annotated("x-opt-delivery-delay", "soon"))->due == 0);
    }

    TEST_CASE("its key is of an application property, or else of an annotation") {
        wire::Message message = annotated("stock", "annotated");
        CHECK(arriving(message, "stock")->key == arriving(message, "stock")->key);
        const std::string of_annotation = arriving(message, "stock")->key;
        message.application_properties = {{"stock", wire::Value{"property"}}};
        CHECK(arriving(message, "stock")->key != of_annotation);
        CHECK(arriving(message, "other")->key.empty());
        queue::Record record{.payload = std::make_shared<const Buffer>(encoded_message(message))};
        describe(record, "stock");
        CHECK(record.key == arriving(message, "stock")->key);
    }

    TEST_CASE("a key or a name that is too long is refused, of a group the start counts") {
        wire::Message message;
        message.message_id = wire::Value{std::string(300, 'x')};
        message.group_id = std::string(300, 'g');
        message.application_properties = {{"stock", wire::Value{std::string(300, 'k')}}};
        message.body = wire::Value{"b"};
        CHECK(arriving(message)->group == std::string(kMessageWordMax, 'g'));
        CHECK(arriving(message, "stock").error().condition == kInvalidField);
        CHECK(arriving(message, {}, /*named=*/true).error().condition == kInvalidField);
    }

    TEST_CASE("any bytes have a defined answer") {
        CHECK_FALSE(read_sections(as_bytes(std::string_view{"\x00Sp\xff", 4})));
        Buffer encoded = encoded_message(annotated("stock", "x"));
        for (std::size_t size = encoded.size(); size > 0; --size) {
            if (const auto sections = read_sections(Bytes{encoded}.first(size))) {
                static_cast<void>(arrival_of(*sections, "stock", true, kNow));
            }
        }
        for (std::uint8_t& byte : encoded) {
            byte = static_cast<std::uint8_t>(byte ^ 0x80U);
            if (const auto sections = read_sections(encoded)) {
                static_cast<void>(arrival_of(*sections, "stock", true, kNow));
            }
        }
    }
}

}  // namespace weft::broker
