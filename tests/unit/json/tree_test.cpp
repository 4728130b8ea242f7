#include "common/json/tree.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace weft::json {
namespace {

std::string fault_in(std::string_view text, const Options& options = {}) {
    const Reading reading = read(text, options);
    if (reading.faults.empty()) {
        return "";
    }
    const TextFault& fault = reading.faults.back();
    return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + " " +
           fault.pointer + " " + fault.text;
}

template <class T>
T value_of(std::string_view text) {
    const Reading reading = read(text);
    REQUIRE(reading.root);
    REQUIRE(std::holds_alternative<T>(reading.root->value));
    return std::get<T>(reading.root->value);
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

/// {"k0":0,"k1":0,…}
std::string object_of(std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
    }
    return text + "}";
}

TEST_SUITE("JSON tree") {
    TEST_CASE("every type of value is kept, in the order written") {
        const auto object =
            value_of<Object>(R"({"t":"x","i":-7,"d":0.5,"b":true,"n":null,"l":[1,2],"o":{}})");
        REQUIRE(object.size() == 7);
        CHECK(object[0].name == "t");
        CHECK(std::get<std::string>(object[0].node.value) == "x");
        CHECK(std::get<std::int64_t>(object[1].node.value) == -7);
        CHECK(std::get<double>(object[2].node.value) == 0.5);
        CHECK(std::get<bool>(object[3].node.value));
        CHECK(std::holds_alternative<std::monostate>(object[4].node.value));
        CHECK(std::get<std::int64_t>(std::get<List>(object[5].node.value).at(1).value) == 2);
        CHECK(std::get<Object>(object[6].node.value).empty());
    }

    TEST_CASE("an integer is signed, unsigned or a fraction: what first holds it") {
        CHECK(value_of<std::int64_t>("9223372036854775807") ==
              std::numeric_limits<std::int64_t>::max());
        CHECK(value_of<std::int64_t>("-9223372036854775808") ==
              std::numeric_limits<std::int64_t>::min());
        CHECK(value_of<std::uint64_t>("18446744073709551615") ==
              std::numeric_limits<std::uint64_t>::max());
        CHECK(value_of<double>("18446744073709551616") == 18446744073709551616.0);
    }

    TEST_CASE("a value knows its line, also behind comments and at the end of one") {
        const Reading reading = read(
            "{\n// one\n\"a\": 1\n,\"b\":\n 2,\n/* two\n*/ \"c\": [\n\n{} ] }", {.comments = true});
        REQUIRE(reading.root);
        const auto& object = std::get<Object>(reading.root->value);
        CHECK(reading.root->at == Position{1, 1});
        CHECK(object[0].node.at.line == 3);
        CHECK(object[1].node.at.line == 5);
        CHECK(object[2].node.at == Position{7, 9});
        CHECK(std::get<List>(object[2].node.value)[0].at == Position{9, 1});
    }

    TEST_CASE("comments are JSON only where they are asked for") {
        CHECK(fault_in("1 // one").starts_with("1:3  is not JSON"));
        CHECK(fault_in("1 // one", {.comments = true}).empty());
    }

    TEST_CASE("what is not JSON is one fault with its place and the value it is in") {
        const auto begins = [](std::string_view text, std::string_view with) {
            const std::string fault = fault_in(text);
            CAPTURE(fault);
            CHECK(read(text).faults.size() == 1);
            CHECK_FALSE(read(text).root);
            CHECK(fault.starts_with(with));
        };
        begins("", "1:0  is not JSON: syntax error");
        begins("{\"a\": [1,\n{\"b/c\": }]}", "2:9 /a/1/b~1c is not JSON: syntax error");
        begins("[1,2\n  x", "2:3 /2 is not JSON: syntax error");
        begins("{} {}", "1:4  is not JSON: syntax error");
        begins("nul", "1:3  is not JSON: syntax error");
        begins("\"\xff\"", "1:2  is not JSON: syntax error");
        begins("[1e999]", "1:7 /0 has a number that is out of range");
    }

    TEST_CASE("no fault quotes what was read, which may be a secret") {
        for (const std::string text :
             {"{\"password\": \"s3cret", "{\"password\": \"s3cret\n\"}", "[\"s3cret\\q\"]",
              "{\"password\": \"s3cret; expected x\xff", "[s3cret]", "{\"pin\": 7777e9999}"}) {
            CAPTURE(text);
            const std::string fault = fault_in(text);
            CHECK_FALSE(fault.empty());
            CHECK(fault.find("s3cret") == std::string::npos);
            CHECK(fault.find("777") == std::string::npos);
        }
    }

    TEST_CASE("a name given twice is a fault for each time, and the first holds") {
        const Reading reading =
            read("{\"a\": {\"b\": 1,\n\"b\": 2,\n\"b\": {\"d\": 3}, \"c\": 4}}");
        REQUIRE(reading.faults.size() == 2);
        CHECK(reading.faults[0].at == Position{2, 3});
        CHECK(reading.faults[0].pointer == "/a/b");
        CHECK(reading.faults[1].at.line == 3);
        REQUIRE(reading.root);
        const auto& outer = std::get<Object>(reading.root->value);
        const auto& inner = std::get<Object>(outer[0].node.value);
        REQUIRE(inner.size() == 2);
        CHECK(std::get<std::int64_t>(inner[0].node.value) == 1);
        CHECK(inner[1].name == "c");
    }

    TEST_CASE("an empty name is one like any other") {
        CHECK(value_of<Object>(R"({"":1,"a":2})").size() == 2);
        CHECK(fault_in(R"({"":1,"":2})").ends_with("is given twice; keep one of them"));
    }

    TEST_CASE("so many faults end the reading") {
        std::string text = "{\"a\":0";
        for (std::size_t i = 0; i < 2 * kTextFaultsMax; ++i) {
            text += ",\"a\":0";
        }
        const Reading reading = read(text + "}");
        CHECK_FALSE(reading.root);
        CHECK(reading.faults.size() == kTextFaultsMax);
    }

    TEST_CASE("each limit is reached and not passed") {
        const Options options{
            .limits = {.bytes = 100'000, .values = 2'000, .nesting = 5, .members = 1'024}};
        const auto fits = [&](const std::string& text) {
            return read(text, options).root.has_value();
        };
        CHECK(fits(std::string(99'999, ' ') + "1"));
        CHECK(fault_in(std::string(100'000, ' ') + "1", options) ==
              "1:0  has more than 100000 bytes");

        CHECK(fits(nested(5)));
        CHECK(fault_in(nested(6), options) ==
              "1:6 /0/0/0/0/0 lists and objects may be nested 5 deep");

        CHECK(fits(object_of(1'024)));
        CHECK(fault_in(object_of(1'025), options).ends_with("has more than 1024 members"));
        CHECK(fits("[" + object_of(900) + "," + object_of(900) + "]"));

        std::string many = "[[]";
        for (std::size_t i = 2; i < 2'000; ++i) {
            many += ",0";
        }
        CHECK(fits(many + "]"));
        CHECK(fault_in(many + ",0]", options).ends_with("has more than 2000 values in all"));
        CHECK(fault_in(many + ",[]]", options).ends_with("has more than 2000 values in all"));
    }

    TEST_CASE("a pointer's tokens are escaped") {
        CHECK(join_pointer("", "a") == "/a");
        CHECK(join_pointer("/a", "b/c~d") == "/a/b~1c~0d");
    }
}

}  // namespace
}  // namespace weft::json
