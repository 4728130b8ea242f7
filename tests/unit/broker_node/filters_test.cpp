#include "broker/node/filters.hpp"

#include "broker/selector/filter_set.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::broker {
namespace {

wire::Value described(std::uint64_t descriptor, wire::Value value) {
    return wire::Described{std::make_shared<const wire::Value>(descriptor),
                           std::make_shared<const wire::Value>(std::move(value))};
}

Buffer filter_set(const wire::Map& filters) {
    Buffer encoded;
    wire::encode(encoded, wire::Value{filters});
    return encoded;
}

Buffer selecting(const std::string& text) {
    return filter_set({{wire::Symbol{"s"}, described(selector::kSelectorFilter, text)}});
}

wire::Value value_of(const Buffer& encoded) {
    Bytes in{encoded};
    return wire::decode(in).value();
}

/// What a receiver of a queue asks for.
struct OfQueue {
    Result<Filters> operator()(Bytes encoded) {
        return read_filters(encoded, Filtered::queue, selectors);
    }
    Selectors selectors;
};

queue::Choice asked(const SharedSelector& selector, const queue::Record& record) {
    return choose_by(selector)(record).choice;
}

queue::Record coloured(const std::string& colour, std::uint32_t failures = 0) {
    wire::Message message;
    message.application_properties = wire::Map{{"colour", colour}};
    message.body = wire::Value{"b"};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return {.failures = failures, .payload = std::make_shared<const Buffer>(std::move(encoded))};
}

}  // namespace

TEST_SUITE("filters") {
    TEST_CASE("none is none") {
        OfQueue of_queue;
        CHECK_FALSE(of_queue({})->selector);
        CHECK_FALSE(choose_by(nullptr));
        CHECK(of_queue({})->stated.empty());
        CHECK_FALSE(of_queue(selecting("  "))->selector);
    }

    TEST_CASE("a selector chooses, and is stated") {
        OfQueue of_queue;
        const Buffer wanted = selecting("colour = 'green' OR JMSRedelivered");
        const auto filters = of_queue(wanted);
        REQUIRE(filters);
        CHECK(value_of(filters->stated) == value_of(wanted));
        CHECK(asked(filters->selector, coloured("green")) == queue::Choice::wanted);
        CHECK(asked(filters->selector, coloured("red")) == queue::Choice::passed_over);
        CHECK(asked(filters->selector, coloured("red", 1)) == queue::Choice::wanted);
    }

    TEST_CASE("filters that a queue does not have are left out of the answer") {
        OfQueue of_queue;
        const Buffer wanted =
            filter_set({{wire::Symbol{"s"}, described(selector::kSelectorFilter, "colour = 'red'")},
                        {wire::Symbol{"n"}, described(selector::kNoLocalFilter, wire::List{})},
                        {wire::Symbol{"x"}, described(7, "else")}});
        const auto filters = of_queue(wanted);
        REQUIRE(filters);
        CHECK(value_of(filters->stated) == value_of(selecting("colour = 'red'")));
        CHECK(of_queue(filter_set({{wire::Symbol{"x"}, described(7, "else")}}))->stated.empty());
    }

    TEST_CASE("a subscription may have no-local, and keeps its selector as a text") {
        OfQueue of_queue;
        const auto filters = read_filters(
            filter_set(
                {{wire::Symbol{"s"}, described(selector::kSelectorFilter, "(colour  = 'red')")},
                 {wire::Symbol{"n"}, described(selector::kNoLocalFilter, wire::List{})}}),
            Filtered::subscription, of_queue.selectors);
        REQUIRE(filters);
        CHECK(filters->no_local);
        CHECK(of_queue.selectors.read(filters->selector->text).value() == filters->selector);
        CHECK(asked(filters->selector, coloured("red")) == queue::Choice::wanted);
        CHECK(judge(*filters->selector, coloured("red")).steps > 0);
        CHECK_FALSE(of_queue(filter_set({{wire::Symbol{"n"},
                                          described(selector::kNoLocalFilter, wire::List{})}}))
                        ->no_local);
    }

    TEST_CASE("last values are those of a queue with keys, to be looked at") {
        OfQueue of_queue;
        const Buffer wanted = filter_set(
            {{wire::Symbol{"last"}, described(selector::kLastValueFilter, wire::List{"a", "b"})}});
        const auto filters = of_queue(wanted);
        REQUIRE(filters);
        CHECK(value_of(filters->stated) == value_of(wanted));
        const auto keys = keys_wanted(*filters, "stock", /*copies=*/true);
        CHECK(keys.value() == std::vector<std::string>{"stock=\xa1\x01"
                                                       "a",
                                                       "stock=\xa1\x01"
                                                       "b"});
        CHECK(keys_wanted(*filters, "", /*copies=*/true).error().condition == kNotImplemented);
        CHECK(keys_wanted(*filters, "stock", /*copies=*/false).error().condition ==
              kNotImplemented);
        CHECK(keys_wanted({}, "", /*copies=*/false).value().empty());
        CHECK(read_filters(wanted, Filtered::subscription, of_queue.selectors)->stated.empty());
    }

    TEST_CASE("what can't be read is refused") {
        OfQueue of_queue;
        CHECK(of_queue(selecting("colour =")).error().condition == kInvalidField);
        CHECK_FALSE(of_queue(filter_set(
            {{wire::Symbol{"s"}, described(selector::kSelectorFilter, std::uint64_t{7})}})));
    }
}

}  // namespace weft::broker
