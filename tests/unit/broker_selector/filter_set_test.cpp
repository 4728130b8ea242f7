#include "broker/selector/filter_set.hpp"

#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace weft::selector {
namespace {

using wire::Symbol;
using Any = wire::Value;

Any described(Any descriptor, Any value) {
    return wire::Described{std::make_shared<const Any>(std::move(descriptor)),
                           std::make_shared<const Any>(std::move(value))};
}

Buffer bytes_of(const Any& value) {
    Buffer out;
    wire::encode(out, value);
    return out;
}

Buffer filters(wire::Map map) {
    return bytes_of(Any{std::move(map)});
}

/// As Qpid JMS writes it.
Any jms_selector(std::string text) {
    return described(kSelectorFilter, std::move(text));
}
/// As Proton's clients write it.
Any proton_selector(std::string text) {
    return described(Symbol{std::string{kSelectorFilterSymbol}}, std::move(text));
}
Any no_local() {
    return described(kNoLocalFilter, wire::List{});
}

std::string stated(const Buffer& asked, const FilterSet& honoured) {
    Buffer out;
    write_honoured(out, asked, honoured);
    Bytes in = out;
    return out.empty() ? "" : wire::to_string(wire::decode(in).value());
}

}  // namespace

TEST_SUITE_BEGIN("FilterSet");

TEST_CASE("the filters that clients send are told apart, by number and by symbol") {
    for (const Any& filter : {jms_selector("a = 1"), proton_selector("a = 1")}) {
        const Buffer set = filters({{Symbol{"jms-selector"}, filter}});
        const auto read = read_filter_set(set);
        REQUIRE(read);
        CHECK(read->selector == "a = 1");
        CHECK_FALSE(read->no_local);
    }
    const Buffer both = filters({{Symbol{"no-local"}, no_local()},
                                 {Symbol{"other"}, described(Symbol{"x:y"}, 5)},
                                 {Symbol{"bare"}, "a = 2"},
                                 {Symbol{"selector"}, jms_selector("b")}});
    CHECK(read_filter_set(both)->selector == "b");
    CHECK(read_filter_set(both)->no_local);
    CHECK(read_filter_set({})->selector.empty());
    CHECK(read_filter_set(filters({}))->selector.empty());
    const Buffer blank = filters({{Symbol{"s"}, jms_selector(" \t ")}});
    CHECK(read_filter_set(blank)->selector.empty());
}

TEST_CASE("last values are read as they are encoded, by number and by symbol") {
    const wire::List two{"a", std::uint64_t{7}};
    for (const Any& name :
         {Any{kLastValueFilter}, Any{Symbol{std::string{kLastValueFilterSymbol}}}}) {
        const Buffer set = filters({{Symbol{"last"}, described(name, two)}});
        const auto read = read_filter_set(set);
        REQUIRE(read);
        REQUIRE(read->last_values.size() == 2);
        const Buffer first = bytes_of("a");
        CHECK(std::ranges::equal(read->last_values[0], first));
        CHECK_FALSE(stated(set, *read).empty());
        CHECK(stated(set, {}).empty());
    }
    const auto refusal = [](Any value) {
        const Buffer set = filters({{Symbol{"last"}, described(kLastValueFilter, value)}});
        const auto read = read_filter_set(set);
        return read ? std::string_view{} : read.error().condition;
    };
    CHECK(refusal(wire::List(kLastValuesMax, Any{"k"})).empty());
    CHECK(refusal(wire::List(kLastValuesMax + 1, Any{"k"})) == "amqp:resource-limit-exceeded");
    CHECK(refusal("a") == "amqp:invalid-field");
    CHECK(refusal(wire::List{}) == "amqp:invalid-field");
    CHECK(refusal(wire::List{Any{}}) == "amqp:invalid-field");
    CHECK(refusal(wire::List{std::string(300, 'x')}) == "amqp:invalid-field");
    const Buffer twice = filters({{Symbol{"a"}, described(kLastValueFilter, two)},
                                  {Symbol{"b"}, described(kLastValueFilter, two)}});
    CHECK(read_filter_set(twice).error().condition == "amqp:invalid-field");
}

TEST_CASE("what is no filter set is refused") {
    CHECK_FALSE(read_filter_set(bytes_of("a = 1")));
    const Buffer number = filters({{Symbol{"s"}, described(kSelectorFilter, 5)}});
    CHECK(read_filter_set(number).error().text == "the source's selector is no text");
    const Buffer two =
        filters({{Symbol{"s"}, jms_selector("a")}, {Symbol{"t"}, jms_selector("b")}});
    CHECK(read_filter_set(two).error().text ==
          "the source has several selectors; join them into one with AND");
    wire::Map many;
    for (std::size_t i = 0; i <= kFiltersMax; ++i) {
        many.emplace_back(Symbol{"f" + std::to_string(i)}, described(Symbol{"x:y"}, 5));
    }
    CHECK(read_filter_set(filters(many)).error().condition == "amqp:resource-limit-exceeded");
}

TEST_CASE("the answer states the filters that are honoured, as they came") {
    const Buffer asked = filters({{Symbol{"no-local"}, no_local()},
                                  {Symbol{"other"}, described(Symbol{"x:y"}, 5)},
                                  {Symbol{"sel"}, proton_selector("b")}});
    FilterSet honoured = read_filter_set(asked).value();
    CHECK(stated(asked, honoured) ==
          R"({"no-local": @77567109365763 [], "sel": @"apache.org:selector-filter:string" "b"})");
    honoured.no_local = false;
    CHECK(stated(asked, honoured) == R"({"sel": @"apache.org:selector-filter:string" "b"})");
    CHECK(stated(asked, {}).empty());
}

TEST_SUITE_END();

}  // namespace weft::selector
