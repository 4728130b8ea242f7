#include "common/mgmt/json.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/status.hpp"
#include "common/wire/codes.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace weft::mgmt {

using wire::List;
using wire::Map;
using wire::Value;

TEST_SUITE("JSON") {
    TEST_CASE("values of every kind become JSON") {
        wire::Uuid uuid;
        uuid.bytes.fill(0xab);
        const List all{Value{},
                       true,
                       std::uint8_t{1},
                       std::int64_t{-5},
                       std::numeric_limits<std::uint64_t>::max(),
                       1.5,
                       U'ä',
                       wire::Timestamp{1000},
                       wire::Binary{{0, 255}},
                       "text",
                       wire::Symbol{"symbol"},
                       wire::Array{{std::uint32_t{1}, std::uint32_t{2}}},
                       uuid,
                       std::numeric_limits<double>::infinity(),
                       wire::Described{std::make_shared<Value>(std::uint64_t{1}),
                                       std::make_shared<Value>("inner")}};
        CHECK(to_json(all) ==
              "[null,true,1,-5,18446744073709551615,1.5,\"ä\",1000,\"00ff\",\"text\",\"symbol\","
              "[1,2],\"abababab-abab-abab-abab-abababababab\",null,\"inner\"]");
    }

    TEST_CASE("objects keep their order, and indentation is for people") {
        CHECK(to_json(Map{{"b", 1}, {wire::Symbol{"a"}, 2}, {std::uint32_t{3}, 3}}) ==
              R"({"b":1,"a":2,"3":3})");
        CHECK(to_json(Map{{"a", List{}}}, 2) == "{\n  \"a\": []\n}");
    }

    TEST_CASE("nesting is indented, and what is empty stays on its line") {
        CHECK(to_json(Map{{"a", List{1, Map{{"b", Value{}}}, List{}}}, {"c", 2}}, 2) ==
              "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    },\n    []\n  ],\n"
              "  \"c\": 2\n}");
        CHECK(to_json(List{List{}, List{1}, Map{}}) == "[[],[1],{}]");
    }

    TEST_CASE("what can't stand in quotes is escaped") {
        CHECK(to_json("\"\\\b\f\n\r\t\x01\x1f\x7fä") ==
              "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7fä\"");
    }

    TEST_CASE("numbers that are no integers show it") {
        CHECK(to_json(List{2.0, -0.5, 1e300, 1.5F}) == "[2.0,-0.5,1e+300,1.5]");
    }

    TEST_CASE("a name stands once in an object") {
        CHECK(to_json(Map{{"a", 1}, {wire::Symbol{"a"}, 2}, {"b", 3}}) == R"({"a":1,"b":3})");
    }

    TEST_CASE("text that isn't UTF-8 still becomes JSON") {
        CHECK(to_json("a\xff") == "\"a\xef\xbf\xbd\"");
    }

    TEST_CASE("JSON becomes values, integers with their sign and width") {
        const auto value =
            from_json(R"({"z": [1, -1, 18446744073709551615, 1.5, true, null, "ü"], "a": {}})");
        REQUIRE(value);
        CHECK(*value == Value{Map{{"z", List{std::int64_t{1}, std::int64_t{-1},
                                             std::numeric_limits<std::uint64_t>::max(), 1.5, true,
                                             Value{}, "ü"}},
                                  {"a", Map{}}}});
        CHECK(*from_json("7") == Value{std::int64_t{7}});
    }

    TEST_CASE("what isn't JSON, or is ambiguous, is refused with a reason") {
        for (const char* text :
             {"", "{", "[1,]", "{\"a\":1}x", "nul", "\"\xff\"", "{1:2}", "1e999"}) {
            const auto value = from_json(text);
            REQUIRE_FALSE_MESSAGE(value, text);
            CHECK(value.error().condition == kInvalidField);
            CHECK(value.error().text.find("JSON: line 1, column ") != std::string::npos);
        }
        CHECK(from_json(R"({"a":1,"a":2})").error().text ==
              "The text is not usable as JSON: line 1, column 10: /a: is given twice; keep one of "
              "them");
        CHECK(from_json("{\n\"a\": }")
                  .error()
                  .text.starts_with("The text is not usable as JSON: line 2, column 6: /a: is not "
                                    "JSON: syntax error"));
    }

    TEST_CASE("an object has as many members as its limit, so that none is looked for long") {
        const auto object = [](std::size_t members) {
            std::string text = "{\"k\":0";
            for (std::size_t i = 1; i < members; ++i) {
                text += ",\"" + std::to_string(i) + "\":0";
            }
            return text + "}";
        };
        CHECK(from_json(object(1024)));
        const auto refused = from_json(object(1025));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.ends_with("has more than 1024 members"));
    }

    TEST_CASE("an error shows no more of a text than a piece of a name") {
        const auto refused = from_json("{\"" + std::string(100'000, 'n') + "\": \"s3cret\\q\"}");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.size() < 500);
        CHECK(refused.error().text.find("s3cret") == std::string::npos);
    }

    TEST_CASE("nesting and size are bounded") {
        const auto nested = [](std::size_t depth) {
            return std::string(depth, '[') + std::string(depth, ']');
        };
        CHECK(from_json(nested(wire::kValueNestingMax)));
        CHECK_FALSE(from_json(nested(wire::kValueNestingMax + 1)));
        CHECK_FALSE(from_json(std::string(1'000'000, '[')));
        std::string many = "[0";
        for (std::size_t i = 0; i < wire::kValuesMax; ++i) {
            many += ",0";
        }
        CHECK_FALSE(from_json(many + "]"));
    }
}

}  // namespace weft::mgmt
