#include "tools/weft/command_line.hpp"

#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace weft::tools {
namespace {

/// A command that has the shared flags and nothing else.
CommandLine parsed(const std::vector<std::string>& arguments) {
    CommandLine line("thing [FLAGS]", "Does a thing.", {"weft thing"});
    add_connection_flags(line, "How long");
    REQUIRE(line.parse(arguments));
    return line;
}

}  // namespace

TEST_SUITE("command line") {
    TEST_CASE("the router on this machine is the default") {
        const ConnectionOptions options = connection_options(parsed({}));
        CHECK(options.url.endpoint() == "127.0.0.1:5672");
        CHECK(options.timeout == std::chrono::seconds{5});
    }

    TEST_CASE("flags and words may be mixed") {
        const CommandLine line = parsed({"one", "-b", "h:1", "two", "--timeout=0.25"});
        CHECK(line.words() == std::vector<std::string>{"one", "two"});
        CHECK(connection_options(line).url.endpoint() == "h:1");
        CHECK(connection_options(line).timeout == std::chrono::milliseconds{250});
    }

    TEST_CASE("an unknown or abbreviated flag is refused, with where to look") {
        CommandLine line("thing [FLAGS]", "Does a thing.", {});
        add_connection_flags(line, "How long");
        const std::vector<std::string> arguments{"--time", "3"};
        CHECK_THROWS_WITH_AS(line.parse(arguments),
                             "unrecognised option '--time'; see 'weft thing --help'", Failure);
    }

    TEST_CASE("TLS flags without TLS are refused, not ignored") {
        CHECK_THROWS_AS(connection_options(parsed({"--ssl-disable-peer-name-verify"})), Failure);
        CHECK_THROWS_AS(connection_options(parsed({"-b", "amqps://h", "--ssl-trustfile", "/no"})),
                        Failure);
    }

    TEST_CASE("a password needs a user") {
        CHECK_THROWS_AS(connection_options(parsed({"--sasl-password", "x"})), Failure);
        CHECK_NOTHROW(connection_options(parsed({"--sasl-password", "x", "--sasl-username", "u"})));
    }

    TEST_CASE("a time-out must be a time") {
        for (const char* seconds : {"0", "-1", "nan", "1e9"}) {
            CAPTURE(seconds);
            CHECK_THROWS_AS(connection_options(parsed({"-t", seconds})), Failure);
        }
    }

    TEST_CASE("help shows synopsis, flags with their defaults, and examples") {
        CommandLine line("thing [FLAGS]", "Does a thing.", {"weft thing --fast"});
        add_connection_flags(line, "How long");
        std::ostringstream out;
        line.print_help(out);
        const std::string text = out.str();
        CHECK(text.starts_with("usage: weft thing [FLAGS]\n\nDoes a thing.\n"));
        CHECK(text.find("  -t, --timeout SECONDS           How long\n") != std::string::npos);
        CHECK(text.find("(127.0.0.1:5672)") != std::string::npos);
        CHECK(text.ends_with("Examples:\n  weft thing --fast\n"));
    }
}

}  // namespace weft::tools
