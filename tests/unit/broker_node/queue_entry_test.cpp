#include "broker/node/queue_entry.hpp"

#include "broker/node/outcome.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

namespace weft::broker {
namespace {

Buffer encoded_value(const wire::Value& value) {
    Buffer bytes;
    wire::encode(bytes, value);
    return bytes;
}

std::string_view refusal_of(const wire::Map& entry) {
    const auto read = read_entry(entry);
    return read ? std::string_view{} : read.error().condition;
}

Buffer modified(const wire::List& fields) {
    return encoded_value(wire::Described{std::make_shared<const wire::Value>(std::uint64_t{0x27}),
                                         std::make_shared<const wire::Value>(fields)});
}

}  // namespace

TEST_SUITE("queue entry") {
    TEST_CASE("what is told is read, what is not has its default") {
        const auto read = read_entry(
            {{"address", "orders"},
             {"type", "queue"},
             {"durability", "full"},
             {"maxMessages", 10},
             {"maxBytes", std::int64_t{1} << 40},
             {"maxDeliveries", 3},
             {"overflow", "drop-oldest"},
             {"deadLetter", "dead"},
             {"exclusiveConsumer", true},
             {"messageGroups", false},
             {"lastValueKey", "stock"},
             {"duplicateWindow", 100},
             {"fenced", true},
             {"maxKeys", 1'000'000},
             {"ttlSeconds", wire::Map{{"default", 1.001}, {"max", 60}}},
             {"redelivery",
              wire::Map{{"delaySeconds", 2}, {"multiplier", 1.5}, {"maxDelaySeconds", 20}}}});
        REQUIRE(read);
        CHECK(read->settings.messages_max == 10);
        CHECK(read->settings.bytes_max == std::uint64_t{1} << 40);
        CHECK(read->settings.deliveries_max == 3);
        CHECK(read->settings.overflow == queue::Overflow::drop_oldest);
        CHECK(read->dead_letter == "dead");
        CHECK(read->settings.exclusive);
        CHECK_FALSE(read->settings.groups);
        CHECK(read->settings.last_value_key == "stock");
        CHECK(read->settings.duplicate_window == 100);
        CHECK(read->settings.fenced);
        CHECK(read->settings.keys_max == 1'000'000);
        CHECK(read->settings.ttl_default == 1001);
        CHECK(read->settings.ttl_max == 60'000);
        CHECK(read->settings.redelivery ==
              queue::Redelivery{.delay = 2000, .multiplier = 1.5, .delay_max = 20'000});
        CHECK(read_entry({})->settings == queue::Settings{});
        CHECK(read_entry({})->dead_letter == "$dlq");
        CHECK(parse_entry(entry_text(*read)) == *read);
        CHECK_FALSE(read->is_topic);
        QueueEntry topic = read_entry({{"type", "topic"}}).value();
        CHECK(topic.is_topic);
        topic.subscription = wire::Map{{"name", wire::Value{"s"}}};
        CHECK(parse_entry(entry_text(topic)) == topic);
    }

    TEST_CASE("what can't be done or can't be is refused") {
        CHECK(refusal_of({{"type", "exchange"}}) == kNotImplemented);
        CHECK(refusal_of({{"subscription", wire::Map{}}}) == kNotImplemented);
        CHECK(refusal_of({{"overflow", "ring"}}) == kNotImplemented);
        CHECK(refusal_of({{"ttlSeconds", wire::Map{{"least", 1}}}}) == kNotImplemented);
        CHECK(refusal_of({{"ttlSeconds", 5}}) == kInvalidField);
        CHECK(refusal_of({{"ttlSeconds", wire::Map{{"max", -1}}}}) == kInvalidField);
        CHECK(refusal_of({{"redelivery", wire::Map{{"multiplier", 0.5}}}}) == kInvalidField);
        CHECK(refusal_of({{"redelivery", wire::Map{{"jitter", 1}}}}) == kNotImplemented);
        CHECK(refusal_of({{"groups", true}}) == kNotImplemented);
        CHECK(refusal_of({{"deadLetter", std::string(2000, 'x')}}) == kInvalidField);
        CHECK(refusal_of({{"maxMessages", -1}}) == kInvalidField);
        CHECK(refusal_of({{"maxDeliveries", std::int64_t{1} << 40}}) == kInvalidField);
        CHECK(refusal_of({{"deadLetter", ""}, {"overflow", "dead-letter"}}) == kInvalidField);
        CHECK(refusal_of({{"maxKeys", 0}}) == kInvalidField);
        CHECK(refusal_of({{"maxKeys", 10'000'001}}) == kInvalidField);
        CHECK(refusal_of({{"fenced", true}}) == kInvalidField);
        CHECK(refusal_of({{"fenced", true}, {"lastValueKey", "k"}, {"type", "topic"}}) ==
              kInvalidField);
        CHECK(refusal_of(
                  {{"fenced", true}, {"lastValueKey", "k"}, {"brokers", wire::List{"b1", "b2"}}}) ==
              kInvalidField);
        CHECK(refusal_of({{"exclusiveConsumer", 1}}) == kInvalidField);
        CHECK(refusal_of({{"lastValueKey", 1}}) == kInvalidField);
        CHECK(refusal_of({{"lastValueKey", std::string(300, 'x')}}) == kInvalidField);
        CHECK(refusal_of({{"duplicateWindow", 100'001}}) == kInvalidField);
    }

    TEST_CASE("dead letters may go nowhere, and the store keeps that") {
        const QueueEntry nowhere = read_entry({{"deadLetter", ""}}).value();
        CHECK(nowhere.dead_letter.empty());
        CHECK(parse_entry(entry_text(nowhere)) == nowhere);
    }

    TEST_CASE("an entry that means many addresses says so, and the store keeps that") {
        const auto reads = [](std::string_view key, std::string_view text) {
            return read_entry({{std::string{key}, std::string{text}}}).value();
        };
        CHECK(reads("prefix", "q").is_pattern);
        CHECK(reads("pattern", "q").is_pattern);
        CHECK(reads("address", "q/+").is_pattern);
        CHECK_FALSE(reads("address", "q/one").is_pattern);
        CHECK(parse_entry(entry_text(reads("prefix", "q"))).value() == reads("prefix", "q"));
    }

    TEST_CASE("it comes in the properties of an attach") {
        CHECK(told_entry({}).value() == std::nullopt);
        const wire::Map other{{wire::Symbol{"else"}, 1}};
        CHECK(told_entry(encoded_value(other)).value() == std::nullopt);
        const wire::Map told{{wire::Symbol{"weft.address"}, wire::Map{{"maxMessages", 7}}}};
        CHECK(told_entry(encoded_value(told)).value()->settings.messages_max == 7);
        const wire::Map wrong{{wire::Symbol{"weft.address"}, 7}};
        CHECK_FALSE(told_entry(encoded_value(wrong)));
    }
}

TEST_SUITE("outcome") {
    TEST_CASE("what states say") {
        CHECK_FALSE(outcome_of({}));
        CHECK(outcome_of(wire::kAccepted)->kind == queue::Outcome::Kind::accepted);
        CHECK(outcome_of(wire::kReleased)->kind == queue::Outcome::Kind::released);
        CHECK_FALSE(outcome_of(wire::kReceived));
        CHECK(outcome_of(wire::rejected("a:b", "c"))->kind == queue::Outcome::Kind::rejected);
        const auto failed = outcome_of(wire::kModifiedFailed);
        CHECK(failed->kind == queue::Outcome::Kind::modified);
        CHECK(failed->failed);
        CHECK_FALSE(failed->elsewhere);
        const auto elsewhere = outcome_of(modified({wire::Value{}, true}));
        CHECK_FALSE(elsewhere->failed);
        CHECK(elsewhere->elsewhere);
    }

    TEST_CASE("a message of which deliveries failed says so; else it is untouched") {
        wire::Message message;
        message.durable = true;
        message.priority = 7;
        message.ttl = 5;
        message.body = wire::Value{"b"};
        Buffer plain;
        wire::encode_message(plain, message);
        CHECK(redelivery(plain, 0).header.empty());
        CHECK(redelivery(plain, 0).skip == 0);
        const Redelivery again = redelivery(plain, 2);
        Buffer whole = again.header;
        append(whole, Bytes{plain}.subspan(again.skip));
        const auto read = wire::decode_message(whole);
        REQUIRE(read);
        CHECK(read->durable);
        CHECK(read->priority == 7);
        CHECK(read->ttl == 5u);
        CHECK(read->delivery_count == 2);
        CHECK(read->body == wire::Body{wire::Value{"b"}});
    }
}

}  // namespace weft::broker
