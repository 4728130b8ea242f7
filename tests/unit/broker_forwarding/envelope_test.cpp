#include "broker/forwarding/envelope.hpp"

#include "common/wire/message.hpp"
#include "common/wire/sections.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::forwarding {
namespace {

constexpr std::uint64_t kNow = 1'000'000;
constexpr std::int64_t kThen = 1'003'000;  // is later

wire::Message plain_message() {
    wire::Message message;
    message.message_id = wire::Value{"id"};
    message.body = wire::Value{"b"};
    return message;
}

Buffer encoded(const wire::Message& message) {
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

/// As it goes.
Buffer sent(const Buffer& message, const Standing& standing) {
    Envelope made = envelope_of(message, standing, kNow);
    made.head.insert(made.head.end(), message.begin() + static_cast<std::ptrdiff_t>(made.skip),
                     message.end());
    return made.head;
}

wire::Facts facts_of(const Buffer& message) {
    const wire::Facts facts = wire::scan(message, true, wire::Until::bare_message);
    REQUIRE(facts.status == wire::Facts::Status::complete);
    return facts;
}

Buffer bare_part(const Buffer& message) {
    const auto at = static_cast<std::ptrdiff_t>(facts_of(message).bare_message_at);
    return {message.begin() + at, message.end()};
}

/// An annotation of a message, in milliseconds; -1: it has none of that name.
std::int64_t annotation(const Buffer& message, std::string_view name) {
    const wire::Facts facts = facts_of(message);
    Bytes section = facts.message_annotations.of(message);
    section = section.subspan(wire::section_start(section).size);
    const auto value = wire::decode(section);
    const wire::Value* found = wire::find(*value->as<wire::Map>(), name);
    const auto* time = found == nullptr ? nullptr : found->as<wire::Timestamp>();
    return time == nullptr ? -1 : time->milliseconds;
}

}  // namespace

TEST_SUITE("envelope") {
    TEST_CASE("a message of which nothing has changed goes as it is") {
        const Buffer message = encoded(plain_message());
        CHECK(sent(message, {}) == message);
        wire::Message loud = plain_message();
        loud.priority = 7;
        loud.durable = true;
        CHECK(sent(encoded(loud), {}) == encoded(loud));
    }

    TEST_CASE("it lives as long as is left, and keeps what its header says") {
        wire::Message message = plain_message();
        message.durable = true;
        message.priority = 7;
        message.ttl = 60'000;
        const Buffer before = encoded(message);
        const Buffer after = sent(before, {.failures = 2, .expires = kNow + 1234});
        const wire::Facts facts = facts_of(after);
        CHECK(facts.durable);
        CHECK(facts.priority == 7);
        CHECK(facts.ttl == 1234);
        CHECK(facts.delivery_count == 2);
        CHECK(bare_part(after) == bare_part(before));
        CHECK(facts_of(sent(before, {.expires = kNow - 1})).ttl == 1);
    }

    TEST_CASE("a life that no ttl can say is left to what the message says itself") {
        const std::uint64_t then = kNow + (std::uint64_t{1} << 40);
        const Buffer silent = encoded(plain_message());
        CHECK(sent(silent, {.expires = then}) == silent);
        wire::Message message = plain_message();
        message.ttl = 60'000;
        CHECK(facts_of(sent(encoded(message), {.failures = 1, .expires = then})).ttl == 60'000);
    }

    TEST_CASE("a life that its queue gave it is its own") {
        const Buffer before = encoded(plain_message());
        const Buffer after = sent(before, {.expires = kNow + 5});
        CHECK(facts_of(after).ttl == 5);
        CHECK(bare_part(after) == bare_part(before));
    }

    TEST_CASE("a delay becomes a time, which is over for one that was due") {
        wire::Message message = plain_message();
        message.message_annotations = {
            {wire::Symbol{"x-opt-delivery-delay"}, wire::Value{std::uint64_t{5000}}},
            {wire::Symbol{"x-other"}, wire::Value{"kept"}}};
        const Buffer before = encoded(message);
        const Buffer early = sent(before, {.due = std::uint64_t{kThen}});
        CHECK(annotation(early, "x-opt-delivery-time") == kThen);
        CHECK(bare_part(early) == bare_part(before));
        CHECK(facts_of(early).message_annotations.size > facts_of(before).message_annotations.size);
        CHECK(annotation(sent(before, {}), "x-opt-delivery-time") == kThen - 3000);
    }

    TEST_CASE("a time stays what it is") {
        wire::Message message = plain_message();
        message.message_annotations = {
            {wire::Symbol{"x-opt-delivery-time"}, wire::Value{wire::Timestamp{kNow + 9}}},
            {wire::Symbol{"x-opt-delivery-delay"}, wire::Value{std::uint64_t{5000}}}};
        const Buffer before = encoded(message);
        CHECK(sent(before, {.due = kNow + 9}) == before);
    }

    TEST_CASE("what is no message goes as it is") {
        const Buffer junk{0x00, 0x53, 0x70, 0xff};
        CHECK(sent(junk, {.failures = 3, .expires = kNow + 1}) == junk);
    }
}

}  // namespace weft::forwarding
