#include "common/config/json_text.hpp"

#include "tests/unit/config/lines.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft::config;
using test::Lines;

namespace {

struct Parsed {
    std::optional<Node> node;
    Lines lines;
};

Parsed parse(std::string_view text) {
    Faults faults;
    const Place start{faults.add_file("f"), 1};
    auto node = parse_json(text, start, faults);
    return {std::move(node), faults.lines()};
}

std::uint32_t line_of(const Node& root, std::string_view name) {
    return find_member(*root.object(), name)->place.line;
}

}  // namespace

TEST_SUITE("json text") {
    TEST_CASE("every type of value is kept, in the order written") {
        const auto node =
            parse(R"({"t":"x","i":-7,"d":0.5,"b":true,"n":null,"l":[1,2],"o":{}})").node;
        REQUIRE(node);
        const Object& object = *node->object();
        REQUIRE(object.size() == 7);
        CHECK(object[0].node == Node{std::string{"x"}});
        CHECK(object[1].node == Node{std::int64_t{-7}});
        CHECK(object[2].node == Node{0.5});
        CHECK(object[3].node == Node{true});
        CHECK(object[4].node == Node{});
        CHECK(object[5].node.list()->at(1).index == 1);
        CHECK(object[6].node.object()->empty());
    }

    TEST_CASE("a value knows its line, also behind comments and at the end of one") {
        const auto node =
            parse("{\n// one\n\"a\": 1\n,\"b\":\n 2,\n/* two\n*/ \"c\": [\n\n{} ] }").node;
        REQUIRE(node);
        CHECK(node->place.line == 1);
        CHECK(line_of(*node, "a") == 3);
        CHECK(line_of(*node, "b") == 5);
        CHECK(find_member(*node->object(), "c")->list()->front().place.line == 9);
    }

    TEST_CASE("integers beyond 63 bits become fractions") {
        CHECK(parse("9223372036854775807").node == Node{std::int64_t{9223372036854775807}});
        CHECK(parse("9223372036854775808").node == Node{9223372036854775808.0});
    }

    TEST_CASE("a key given twice is a fault for each time, and the first holds") {
        const auto parsed = parse("{\"a\": {\"b\": 1,\n\"b\": 2,\n\"b\": 3, \"c\": 4}}");
        CHECK(parsed.lines == Lines{"f:2: /a/b: is given twice; keep one of them",
                                    "f:3: /a/b: is given twice; keep one of them"});
        REQUIRE(parsed.node);
        CHECK(*find_member(*find_member(*parsed.node->object(), "a")->object(), "b") ==
              Node{std::int64_t{1}});
    }

    TEST_CASE("malformed text is one fault with its line and where in the tree it is") {
        const auto parsed = parse("{\"a\": [1,\n{\"b/c\": }]}");
        CHECK_FALSE(parsed.node);
        REQUIRE(parsed.lines.size() == 1);
        CHECK(parsed.lines[0].starts_with("f:2: /a/1/b~1c: is not JSON: syntax error"));
    }

    TEST_CASE("what is not JSON is not quoted: it may be a secret") {
        for (const std::string text : {"{\"password\": \"s3cret", "{\"password\": s3cret}"}) {
            const auto parsed = parse(text);
            REQUIRE(parsed.lines.size() == 1);
            CHECK(parsed.lines[0].starts_with("f:1: /password: is not JSON: syntax error"));
            CHECK(parsed.lines[0].find("s3cret") == std::string::npos);
        }
    }

    TEST_CASE("nesting ends at its limit") {
        const auto nested = [](std::size_t depth) {
            return std::string(depth, '[') + std::string(depth, ']');
        };
        CHECK(parse(nested(kJsonLimits.nesting)).node);
        const auto parsed = parse(nested(kJsonLimits.nesting + 1));
        CHECK_FALSE(parsed.node);
        REQUIRE(parsed.lines.size() == 1);
        CHECK(parsed.lines[0].ends_with("may be nested 32 deep"));
    }

    TEST_CASE("nothing, rubbish and bytes that are not UTF-8 are faults") {
        for (const std::string text : {"", " ", "nul", "{} {}", "\"\xff\"", "1e999", "/* open"}) {
            CAPTURE(text);
            const auto parsed = parse(text);
            CHECK_FALSE(parsed.node);
            CHECK(parsed.lines.size() == 1);
        }
    }
}
