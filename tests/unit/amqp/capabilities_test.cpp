#include "common/amqp/capabilities.hpp"

#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::amqp {
namespace {

Buffer encoded(const wire::Value& value) {
    Buffer bytes;
    wire::encode(bytes, value);
    return bytes;
}

std::vector<std::string> names_in(Bytes field) {
    std::vector<std::string> names;
    each_capability(field, [&](const std::string& name) { names.push_back(name); });
    return names;
}

/// An array of so many symbols, "c" each.
Buffer many(std::size_t count) {
    wire::Array array;
    array.elements.assign(count, wire::Value{wire::Symbol{"c"}});
    return encoded(array);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("capabilities");

TEST_CASE("an array of symbols is told in order") {
    const Buffer field = capabilities({"ANONYMOUS-RELAY", "queue"});
    CHECK(names_in(field) == Names{"ANONYMOUS-RELAY", "queue"});
    CHECK(has_capability(field, "queue"));
    CHECK_FALSE(has_capability(field, "QUEUE"));
    CHECK_FALSE(has_capability(field, "que"));
}

TEST_CASE("what is written is an array of symbols, one of one too") {
    const Buffer field = capabilities({"queue"});
    Bytes rest = field;
    const auto value = wire::decode(rest);
    REQUIRE(value);
    CHECK(rest.empty());
    REQUIRE(value->as<wire::Array>() != nullptr);
    CHECK(value->as<wire::Array>()->elements ==
          std::vector<wire::Value>{wire::Value{wire::Symbol{"queue"}}});
}

TEST_CASE("one symbol alone is one capability") {
    CHECK(names_in(encoded(wire::Symbol{"topic"})) == Names{"topic"});
}

TEST_CASE("a field that is no symbol has none") {
    CHECK(names_in({}).empty());
    CHECK(names_in(encoded("queue")).empty());
    CHECK(names_in(encoded(wire::Value{})).empty());
    CHECK(names_in(encoded(wire::List{wire::Symbol{"queue"}})).empty());
    wire::Array strings;
    strings.elements.emplace_back("queue");
    CHECK(names_in(encoded(strings)).empty());
}

TEST_CASE("a field that is cut off has none, wherever it is") {
    const Buffer field = capabilities({"queue", "topic"});
    for (std::size_t size = 0; size < field.size(); ++size) {
        CAPTURE(size);
        CHECK(names_in(Bytes{field}.first(size)).empty());
    }
}

TEST_CASE("of a field with more than may be none is looked at") {
    CHECK(names_in(many(kCapabilitiesMax)).size() == kCapabilitiesMax);
    CHECK(names_in(many(kCapabilitiesMax + 1)).empty());
}

TEST_SUITE_END();

}  // namespace weft::amqp
