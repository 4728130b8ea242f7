#include "common/config/cli.hpp"

#include "tests/unit/config/lines.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft::config;
using test::Lines;

namespace {

constexpr Program kRouter{"weft-router", "0.1.0", "One AMQP 1.0 router.", true};
constexpr Program kBroker{"weft-broker", "0.1.0", "One broker.", false};

struct ParsedLine {
    std::optional<CommandLine> line;
    Lines faults;
};

ParsedLine parse(const Lines& arguments, const Program& program = kRouter) {
    Faults faults;
    auto line = parse_command_line(program, arguments, faults);
    return {std::move(line), faults.lines()};
}

}  // namespace

TEST_SUITE("command line") {
    TEST_CASE("every option is taken") {
        const auto parsed = parse({"--config", "r.json", "--check", "--set", "/a/b=1", "--set=/c=2",
                                   "--log-level", "debug", "--log-format=json"});
        REQUIRE(parsed.line);
        CHECK(parsed.faults.empty());
        CHECK(parsed.line->action == Action::check);
        CHECK(parsed.line->config == "r.json");
        CHECK(parsed.line->settings == Lines{"/a/b=1", "/c=2"});
        CHECK(parsed.line->log_level == "debug");
        CHECK(parsed.line->log_format == "json");
    }

    TEST_CASE("a file is all it needs") {
        const auto parsed = parse({"-c", "r.json"});
        REQUIRE(parsed.line);
        CHECK(parsed.line->action == Action::run);
        CHECK(parsed.line->log_level.empty());
        CHECK(parsed.line->log_format == "text");
    }

    TEST_CASE("help and version are printed, whatever else is there") {
        for (const std::string option : {"--version", "-v"}) {
            const auto parsed = parse({option});
            REQUIRE(parsed.line);
            CHECK(parsed.line->action == Action::print);
            CHECK(parsed.line->output == "weft-router 0.1.0\n");
        }
        const auto help = parse({"-d", "-h"});
        REQUIRE(help.line);
        CHECK(help.line->output.find("--log-format FORMAT") != std::string::npos);
        CHECK(help.line->output.find("--pidfile") != std::string::npos);
        CHECK(parse({"--help"}, kBroker).line->output.find("--pidfile") == std::string::npos);
    }

    TEST_CASE("options of qdrouterd are ignored with a warning or refused with the reason") {
        const auto included = parse({"-c", "q.conf", "-I", "/usr/lib/python"});
        CHECK(included.line);
        CHECK(included.faults == Lines{"command line: warning: -I/--include has no effect: there "
                                       "is no Python to find"});
        const auto daemon = parse({"-c", "q.conf", "-d", "-P", "x.pid", "-U", "nobody", "-T"});
        CHECK_FALSE(daemon.line);
        CHECK(
            daemon.faults ==
            Lines{"command line: -d/--daemon is not available: run it under systemd, which also "
                  "starts it at boot",
                  "command line: -P/--pidfile is not available: run it under systemd, which knows "
                  "its process",
                  "command line: -U/--user is not available: run it under systemd with User=",
                  "command line: -T/--test-hooks is not available: there are no test hooks in the "
                  "product"});
        CHECK_FALSE(parse({"-c", "b.json", "-d"}, kBroker).line);
    }

    TEST_CASE("wrong command lines are one fault") {
        const std::vector<std::pair<Lines, std::string>> cases{
            {{}, "command line: needs --config FILE"},
            {{"--check"}, "command line: needs --config FILE"},
            {{"-c", "a", "--log-level", "loud"},
             "command line: --log-level must be one of trace, debug, info, notice, warning, error, "
             "critical, not \"loud\""},
            {{"-c", "a", "--log-format", "xml"},
             "command line: --log-format must be one of text, json, not \"xml\""},
        };
        for (const auto& [arguments, fault] : cases) {
            const auto parsed = parse(arguments);
            CHECK_FALSE(parsed.line);
            CHECK(parsed.faults == Lines{fault});
        }
        for (const Lines& arguments : {Lines{"--conf", "a"},
                                       {"-c"},
                                       {"a"},
                                       {"-c", "a", "-c", "b"},
                                       {"-c", "a", "--check=1"},
                                       {"--nonsense"}}) {
            const auto parsed = parse(arguments);
            CHECK_FALSE(parsed.line);
            REQUIRE(parsed.faults.size() == 1);
            CHECK(parsed.faults[0].ends_with("; see --help"));
        }
    }
}
