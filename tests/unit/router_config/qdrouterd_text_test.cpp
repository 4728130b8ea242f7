#include "router/config/qdrouterd_text.hpp"

#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::router_config;
using test::Lines;

namespace {

struct Parsed {
    std::vector<ConfSection> sections;
    Lines lines;
};

using Parser = std::vector<ConfSection> (*)(std::string_view, std::uint32_t, config::Faults&);

Parsed parse(std::string_view text, Parser parser = parse_conf_lines) {
    config::Faults faults;
    auto sections = parser(text, faults.add_file("q"), faults);
    return {std::move(sections), faults.lines()};
}

std::string value(const Parsed& parsed, std::string_view name) {
    const config::Node* const node = find_member(parsed.sections.at(0).attributes, name);
    return node == nullptr || node->text() == nullptr ? "(none)" : *node->text();
}

}  // namespace

TEST_SUITE("qdrouterd.conf text") {
    TEST_CASE("sections, attributes and comments are read, with their lines") {
        const auto parsed = parse(
            "# a router\n"
            "router {\r\n"
            "    mode: interior   # comment\r\n"
            "\n"
            "    worker-threads : 4\n"
            "}\n"
            "ssl-profile {\n"
            "}\n");
        CHECK(parsed.lines == Lines{});
        REQUIRE(parsed.sections.size() == 2);
        CHECK(parsed.sections[0].name == "router");
        CHECK(parsed.sections[0].place.line == 2);
        CHECK(value(parsed, "mode") == "interior");
        CHECK(value(parsed, "workerThreads") == "4");
        CHECK(parsed.sections[0].attributes[1].node.place.line == 5);
        CHECK(parsed.sections[0].attributes[1].node.untyped);
        CHECK(parsed.sections[1].name == "sslProfile");
    }

    TEST_CASE("a value is the rest of its line, with the escapes of JSON") {
        const auto parsed = parse("a {\nx: one two: three\ny: a\\tb\\\\\nz:1#2\n}\n");
        CHECK(parsed.lines == Lines{});
        CHECK(value(parsed, "x") == "one two: three");
        CHECK(value(parsed, "y") == "a\tb\\");
        CHECK(value(parsed, "z") == "1");
    }

    TEST_CASE("# is no comment in patterns, keys and host names, which end at a space") {
        const auto parsed =
            parse("a {\npattern: a/#/b # c\nbindingKey: #\nhostname: h#1 x\nprefix: a/#\n}\n");
        CHECK(parsed.lines == Lines{});
        CHECK(value(parsed, "pattern") == "a/#/b");
        CHECK(value(parsed, "bindingKey") == "#");
        CHECK(value(parsed, "hostname") == "h#1");
        CHECK(value(parsed, "prefix") == "a/");
    }

    TEST_CASE("a map is JSON, in which spare commas and comment lines are tolerated") {
        const auto parsed = parse(
            "a {\n"
            "openProperties: {\n"
            "    # comment\n"
            "    \"b\": {\"}\": [1, 2,],},\n"
            "    \"c\": \"x,}\\\"\",\n"
            "} # comment\n"
            "z: 1\n"
            "}\n");
        CHECK(parsed.lines == Lines{});
        CHECK(value(parsed, "z") == "1");
        const config::Node* const map =
            find_member(parsed.sections.at(0).attributes, "openProperties");
        REQUIRE(map != nullptr);
        REQUIRE(map->object() != nullptr);
        REQUIRE(map->object()->size() == 2);
        CHECK(map->object()->at(1).node == config::Node{std::string{"x,}\""}});
        CHECK(map->object()->at(1).node.place.line == 5);
        CHECK(map->object()->at(0).node.object()->at(0).node.list()->size() == 2);
    }

    TEST_CASE("of an attribute given twice the last holds, with a warning") {
        const auto parsed = parse("a {\nmax-x: 1\nmaxX: 2\n}\n");
        CHECK(parsed.lines == Lines{"q:3: warning: a/maxX: is given twice; the last one holds"});
        CHECK(value(parsed, "maxX") == "2");
    }

    TEST_CASE("what has no place is a fault with its line") {
        const std::string section = "is not the start of a section, \"name {\"";
        const std::string attribute =
            "is not an attribute, \"name: value\", or the end of its section, \"}\"";
        const std::vector<std::pair<std::string, Lines>> cases{
            {"\nid: x\n", {"q:2: \"id: x\" " + section}},
            {"router { id: x }\n", {"q:1: \"router { id: x }\" " + section}},
            {"{\n", {"q:1: \"{\" " + section}},
            {"a b {\n", {"q:1: \"a b {\" " + section}},
            {"}\n", {"q:1: \"}\" " + section}},
            {"a {\nid\n}\n", {"q:2: \"id\" " + attribute}},
            {"a {\n\"id\": x\n}\n", {"q:2: \"\"id\": x\" " + attribute}},
            {"a {\nid:\n}\n", {"q:2: \"id\" is not followed by a value"}},
            {"a {\nid: # x\n}\n", {"q:2: \"id\" is not followed by a value"}},
            {"a {\nid: \"x\"\n}\n",
             {"q:2: \"\"x\"\" is not a value: quotes are written \\\", a backslash \\\\"}},
            {"a {\nid: \\q\n}\n",
             {"q:2: \"\\q\" is not a value: quotes are written \\\", a backslash \\\\"}},
            {"a {\n", {"q:1: the file ends inside a section; a } is missing"}},
            {"a {\nm: {\n\"x\": 1\n", {"q:3: the file ends inside a section; a } is missing"}},
            {"a {\nm: {} x\n}\n", {"q:2: \"x\" is not allowed after }"}},
        };
        for (const auto& [text, lines] : cases) {
            CAPTURE(text);
            CHECK(parse(text).lines == lines);
        }
        const auto broken = parse("a {\nm: {\n\"x\"\n}\nz: 1\n}\n");
        REQUIRE(broken.lines.size() == 1);
        CHECK(broken.lines[0].starts_with("q:4: /x: is not JSON"));
        CHECK(value(broken, "z") == "1");
    }

    TEST_CASE("the list form is JSON with comment lines") {
        const auto parsed = parse(
            "# c\n[\n  # c\n  [\"link-route\", {\"max-x\": \"5\",\n\"on\": true}],\n"
            "[\"org.apache.qpid.dispatch.listener\", {}]\n]\n",
            parse_conf_list);
        CHECK(parsed.lines == Lines{});
        REQUIRE(parsed.sections.size() == 2);
        CHECK(parsed.sections[0].name == "linkRoute");
        CHECK(parsed.sections[0].place.line == 4);
        CHECK(value(parsed, "maxX") == "5");
        CHECK(parsed.sections[0].attributes[0].node.untyped);
        CHECK(parsed.sections[0].attributes[1].node == config::Node{true});
        CHECK(parsed.sections[1].name == "org.apache.qpid.dispatch.listener");
    }

    TEST_CASE("an element that is no section is a fault") {
        CHECK(parse("[5, [\"a\"], [1, {}], [\"a\", []], [\"a\", {}]]", parse_conf_list).lines ==
              Lines{"q:1: /0: must be [\"section\", {attributes}]",
                    "q:1: /1: must be [\"section\", {attributes}]",
                    "q:1: /2: must be [\"section\", {attributes}]",
                    "q:1: /3: must be [\"section\", {attributes}]"});
        CHECK(parse("[", parse_conf_list).lines.size() == 1);
    }
}
