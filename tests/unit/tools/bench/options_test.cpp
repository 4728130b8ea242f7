#include "tools/weft/bench/options.hpp"

#include "tools/weft/bench/process.hpp"
#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <limits>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

BenchOptions read_options(const std::vector<std::string>& words) {
    CommandLine line = bench_line();
    REQUIRE(line.parse(words));
    return bench_options(line);
}

}  // namespace

TEST_SUITE("bench options") {
    TEST_CASE("without flags one sender and one receiver share an address") {
        const BenchOptions options = read_options({});
        CHECK(options.mode == BenchOptions::Mode::run);
        CHECK(options.address_of(5) == "weft.bench");
        CHECK(options.senders == 1);
        CHECK(options.receivers == 1);
        CHECK(options.size == 100);
        CHECK(options.duration == std::chrono::seconds{5});
        CHECK(options.warmup == std::chrono::seconds{1});
        CHECK(options.window == 1000);
        CHECK_FALSE(options.durable);
        CHECK_FALSE(options.is_whole());
    }

    TEST_CASE("each pair has an address of its own") {
        const BenchOptions options = read_options({"q", "--pairs", "3"});
        CHECK(options.senders == 3);
        CHECK(options.receivers == 3);
        CHECK(options.address_of(2) == "q/2");
    }

    TEST_CASE(
        "queues are shared out, and bring a sender and a receiver each unless told otherwise") {
        const BenchOptions options = read_options({"q{}.x", "--queues", "3"});
        CHECK(options.senders == 3);
        CHECK(options.receivers == 3);
        CHECK(options.address_for(2) == "q2.x");
        CHECK(options.address_for(3) == "q0.x");
        CHECK(read_options({"q", "--queues", "3", "--senders", "6"}).address_for(5) == "q/2");
        CHECK(read_options({"q{}"}).address_for(5) == "q0");
        CHECK_THROWS_AS(read_options({"q{}", "--queues", "3", "--receivers", "2"}), Failure);
        CHECK(read_options({"q{}", "--queues", "3", "--receivers", "0"}).senders == 3);
    }

    TEST_CASE("one side may be absent, and then its flags are refused") {
        CHECK(read_options({"--receivers", "0", "--count", "7"}).is_whole());
        CHECK(read_options({"--senders", "0"}).is_whole());
        CHECK_FALSE(read_options({"--receivers", "0"}).is_whole());
        CHECK_THROWS_WITH_AS(read_options({"--senders", "0", "--durable"}),
                             "--durable has no effect without senders", Failure);
        CHECK_THROWS_WITH_AS(read_options({"--receivers", "0", "--credit", "5"}),
                             "--credit has no effect without receivers", Failure);
        CHECK_THROWS_AS(read_options({"--senders", "0", "--receivers", "0"}), Failure);
        CHECK_THROWS_AS(read_options({"--senders", "0", "--backlog", "5"}), Failure);
    }

    TEST_CASE("topics are subscribed to, durably or not") {
        using Kind = BenchNode::Kind;
        CHECK(read_options({}).kind == Kind::any);
        CHECK(read_options({"--topic", "plain"}).kind == Kind::topic);
        CHECK(read_options({"--topic", "durable"}).kind == Kind::durable_topic);
        CHECK_THROWS_WITH_AS(read_options({"--topic", "x"}), "--topic must be plain or durable",
                             Failure);
    }

    TEST_CASE("a table and a backlog say what they measure by themselves") {
        CHECK(read_options({"--table"}).backlog == 100'000);
        CHECK(read_options({"--table", "--backlog", "5"}).mode == BenchOptions::Mode::table);
        CHECK(read_options({"--backlog", "5"}).mode == BenchOptions::Mode::backlog);
        CHECK_THROWS_AS(read_options({"--table", "--senders", "2"}), Failure);
        CHECK_THROWS_AS(read_options({"--table", "--presettled"}), Failure);
        CHECK_THROWS_AS(read_options({"--backlog", "5", "--duration", "2"}), Failure);
        CHECK_THROWS_AS(read_options({"--backlog", "5", "--topic", "plain"}), Failure);
    }

    TEST_CASE("presettled messages know no window") {
        CHECK(read_options({"--presettled"}).window == std::numeric_limits<std::uint32_t>::max());
    }

    TEST_CASE("churn keeps four connections unless told otherwise") {
        CHECK(read_options({"--churn"}).senders == 4);
        CHECK(read_options({"--churn", "--senders", "2"}).senders == 2);
    }

    TEST_CASE("a flag that would have no effect is refused") {
        CHECK_THROWS_WITH_AS(read_options({"--pairs", "2", "--senders", "3"}),
                             "--senders has no effect with --pairs", Failure);
        CHECK_THROWS_AS(read_options({"--presettled", "--window", "3"}), Failure);
        CHECK_THROWS_AS(read_options({"--hold", "3", "--churn"}), Failure);
        CHECK_THROWS_AS(read_options({"--hold", "3", "--rate", "5"}), Failure);
        CHECK_THROWS_AS(read_options({"--churn", "--pairs", "5"}), Failure);
        CHECK_THROWS_AS(read_options({"--churn", "--table"}), Failure);
        CHECK_THROWS_AS(read_options({"--count", "5", "--warmup", "1"}), Failure);
        CHECK_THROWS_AS(read_options({"--topic", "plain", "--queues", "2"}), Failure);
    }

    TEST_CASE("numbers out of range are refused and say the range") {
        CHECK_THROWS_WITH_AS(read_options({"--credit", "0"}), "--credit must be from 1 to 1000000",
                             Failure);
        CHECK_THROWS_AS(read_options({"--size", "23"}), Failure);
        CHECK_THROWS_AS(read_options({"--count", "0"}), Failure);
        CHECK_THROWS_AS(read_options({"--churn", "--senders", "0"}), Failure);
        CHECK_THROWS_AS(read_options({"--senders", "-1"}), Failure);
        CHECK_THROWS_AS(read_options({"--rate", "-1"}), Failure);
        CHECK_THROWS_AS(read_options({"--duration", "0"}), Failure);
        CHECK_THROWS_AS(read_options({"--warmup", "-1"}), Failure);
        CHECK(read_options({"--warmup", "0"}).warmup == Duration::zero());
    }

    TEST_CASE("TLS and a second address are refused") {
        CHECK_THROWS_AS(read_options({"-b", "amqps://host"}), Failure);
        CHECK_THROWS_AS(read_options({"a", "b"}), Failure);
    }

    TEST_CASE("what to hold is a number of connections, with links or without") {
        CHECK(parse_hold("100") == BenchHold{100, 0});
        CHECK(parse_hold("100x5") == BenchHold{100, 5});
        for (const char* wrong : {"", "x", "0", "5x", "x5", "5x0", "-1", "5x5x5", "5 x 5", "100001",
                                  "100000x1000", "99999999999999999999"}) {
            CAPTURE(wrong);
            CHECK_THROWS_AS(parse_hold(wrong), Failure);
        }
    }
}

TEST_SUITE("bench process") {
    TEST_CASE("the first number of schedstat is the time on a CPU") {
        CHECK(parse_run_time("123456789 42 7\n") == Duration{123456789});
        CHECK_FALSE(parse_run_time(""));
        CHECK_FALSE(parse_run_time("no"));
    }

    TEST_CASE("the second number of statm is resident") {
        CHECK(parse_resident_pages("900 120 30 1 0 40 0\n") == 120);
        CHECK_FALSE(parse_resident_pages("900"));
        CHECK_FALSE(parse_resident_pages(""));
    }

    TEST_CASE("this process uses memory and time, and one that is not there is refused") {
        const auto samples = sample_processes({::getpid()});
        REQUIRE(samples.size() == 1);
        CHECK(samples[0].pid == ::getpid());
        CHECK(samples[0].run_time > Duration::zero());
        CHECK(samples[0].resident_bytes > 0);
        CHECK_THROWS_AS(sample_processes({-1}), Failure);
    }
}

}  // namespace weft::tools
