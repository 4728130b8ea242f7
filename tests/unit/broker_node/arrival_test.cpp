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
    return arrival_of(
        *sections, {.last_value_key = std::string{key}, .duplicate_window = named ? 1U : 0U}, kNow);
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

    TEST_CASE("a fence is read in whatever types of numbers and texts; what is none is none") {
        const auto fence_of = [](wire::Value fence) {
            wire::Message message = annotated("x-opt-fence", std::move(fence));
            message.application_properties = {{"key", wire::Value{"k"}}};
            return arriving(message, "key")->fence;
        };
        const queue::Fence fence{.epoch = 7, .owner = "life", .sequence = 9};
        CHECK(*fence_of(wire::List{std::uint64_t{7}, "life", std::uint64_t{9}}) == fence);
        CHECK(*fence_of(wire::List{std::int32_t{7}, wire::Symbol{"life"}, std::uint8_t{9}}) ==
              fence);
        CHECK(fence_of(wire::List{~std::uint64_t{0}, "", std::uint64_t{0}})->epoch ==
              ~std::uint64_t{0});
        for (const wire::Value& none :
             {wire::Value{"fence"}, wire::Value{wire::List{}}, wire::Value{wire::List{7, "life"}},
              wire::Value{wire::List{7, "life", 9, 1}}, wire::Value{wire::List{-7, "life", 9}},
              wire::Value{wire::List{7, wire::Value{}, 9}}, wire::Value{wire::List{7, 8, 9}},
              wire::Value{wire::List{7, std::string(300, 'x'), 9}},
              wire::Value{wire::List{"7", "life", 9}}}) {
            CAPTURE(wire::to_string(none));
            CHECK(fence_of(none) == nullptr);
        }
        CHECK(arriving(annotated("x-opt-fence", wire::List{7, "life", 9}), "key")->fence ==
              nullptr);  // it has no key
    }

    TEST_CASE("a fenced queue takes nothing without a key and a fence, and says which it lacks") {
        const queue::Settings fenced{.last_value_key = "key", .fenced = true};
        const auto refusal = [&](const wire::Message& message) {
            const Buffer encoded = encoded_message(message);
            const auto arrival = arrival_of(*read_sections(encoded), fenced, kNow);
            return arrival ? Error{} : arrival.error();
        };
        wire::Message message = annotated("x-opt-fence", wire::List{7, "life", 9});
        CHECK(refusal(message).condition == kInvalidField);
        CHECK(refusal(message).text.find("no 'key', the lastValueKey") != std::string::npos);
        message.application_properties = {{"key", wire::Value{"k"}}};
        CHECK(refusal(message) == Error{});
        message.message_annotations = {};
        CHECK(refusal(message).condition == kInvalidField);
        CHECK(refusal(message).text.find("x-opt-fence") != std::string::npos);
    }

    TEST_CASE("what is read again has its key and its fence") {
        wire::Message message = annotated("x-opt-fence", wire::List{7, "life", 9});
        message.application_properties = {{"key", wire::Value{"k"}}};
        queue::Record record{.payload = std::make_shared<const Buffer>(encoded_message(message))};
        describe(record, "key");
        CHECK(record.key == arriving(message, "key")->key);
        CHECK(*record.fence == *arriving(message, "key")->fence);
        describe(record, {});
        CHECK(record.fence == nullptr);
    }

    TEST_CASE("any bytes have a defined answer") {
        CHECK_FALSE(read_sections(as_bytes(std::string_view{"\x00Sp\xff", 4})));
        const queue::Settings settings{
            .last_value_key = "stock", .fenced = true, .duplicate_window = 1};
        wire::Message message = annotated("x-opt-fence", wire::List{1U, "life", 2U});
        message.application_properties = {{"stock", wire::Value{"x"}}};
        Buffer encoded = encoded_message(message);
        for (std::size_t size = encoded.size(); size > 0; --size) {
            if (const auto sections = read_sections(Bytes{encoded}.first(size))) {
                static_cast<void>(arrival_of(*sections, settings, kNow));
            }
        }
        for (std::uint8_t& byte : encoded) {
            byte = static_cast<std::uint8_t>(byte ^ 0x80U);
            if (const auto sections = read_sections(encoded)) {
                static_cast<void>(arrival_of(*sections, settings, kNow));
            }
        }
    }
}

}  // namespace weft::broker
