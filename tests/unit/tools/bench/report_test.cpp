#include "tools/weft/bench/report.hpp"

#include "tools/weft/bench/figures.hpp"
#include "tools/weft/bench/schedule.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <sstream>
#include <string>

namespace weft::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

BenchOptions asked_report() {
    BenchOptions options;
    options.url = parse_bus_url("127.0.0.1:5672");
    options.address = "q";
    return options;
}

template <class Result>
std::string text_of(const BenchOptions& options, const Result& result) {
    std::ostringstream out;
    print_text(options, result, out);
    return out.str();
}

}  // namespace

TEST_SUITE("bench report") {
    TEST_CASE("rates and shares are zero where nothing was measured") {
        CHECK(per_second(1'000, milliseconds{500}) == doctest::Approx(2'000));
        CHECK(per_second(1'000, Duration::zero()) == 0);
        CHECK(micros_each(milliseconds{1}, 4) == doctest::Approx(250));
        CHECK(micros_each(milliseconds{1}, 0) == 0);
        CHECK(cores(milliseconds{1}, Duration::zero()) == 0);
    }

    TEST_CASE("what a process used is the difference of two samples") {
        const auto uses = use_between({{7, seconds{1}, 5'000}}, {{7, seconds{3}, 4'000}});
        REQUIRE(uses.size() == 1);
        CHECK(uses[0].pid == 7);
        CHECK(uses[0].run_time == seconds{2});
        CHECK(uses[0].resident_bytes == 4'000);
        CHECK(uses[0].resident_growth_bytes == -1'000);
    }

    TEST_CASE("memory is told for a connection and for a receiver") {
        BenchOptions options = asked_report();
        options.mode = BenchOptions::Mode::hold;
        options.hold = {.connections = 10, .links = 5};
        BenchHoldResult result;
        result.setup_time = milliseconds{20};
        result.idle_time = seconds{1};
        result.setup = {{.pid = 7,
                         .run_time = milliseconds{1},
                         .resident_bytes = 1 << 20,
                         .resident_growth_bytes = 50'000}};
        result.idle = {{.pid = 7, .run_time = milliseconds{10}}};
        CHECK(
            text_of(options, result) ==
            "Held      10 connections to 127.0.0.1:5672   50 receivers, each on an address of its "
            "own   made in 20.0 ms\n"
            "Process   PID 7   RSS 1.00 MiB   5,000 B a connection   1,000 B a receiver   "
            "100 µs CPU to make a connection   idle 0.01 cores\n");
        const Json process = to_json(options, result)["processes"][0];
        CHECK(process["bytesPerConnection"] == 5'000);
        CHECK(process["bytesPerLink"] == 1'000);
        options.hold.links = 0;
        CHECK(to_json(options, result)["processes"][0]["bytesPerLink"].is_null());
    }

    TEST_CASE("churn is told in connections") {
        BenchOptions options = asked_report();
        options.senders = 4;
        BenchChurnResult result;
        result.time = seconds{2};
        result.connections = 3'000;
        result.failed = 1;
        result.life.record(2'000'000);
        CHECK(text_of(options, result) ==
              "Churn     q at 127.0.0.1:5672   4 at a time   unsettled   2.0 s\n"
              "Rate      1,500/s connections   failed 1\n"
              "Life      p50 2.00 ms   p90 2.00 ms   p99 2.00 ms   p99.9 2.00 ms   max 2.00 ms\n");
        CHECK(to_json(options, result)["connectionsPerSecond"].get<double>() ==
              doctest::Approx(1'500));
    }
}

TEST_SUITE("bench schedule") {
    TEST_CASE("senders take turns and together keep the rate") {
        const BenchSchedule first{1'000, 2, 0};
        const BenchSchedule second{1'000, 2, 1};
        CHECK(first.due(0) == 0);
        CHECK(second.due(0) == 1'000'000);
        CHECK(first.due(1) == 2'000'000);
        CHECK(second.due(1) == 3'000'000);
    }

    TEST_CASE("an interval that is no whole number does not drift") {
        const BenchSchedule schedule{3, 1, 0};
        CHECK(schedule.due(3'000'000) == 1'000'000'000'000'000);
    }
}

}  // namespace weft::tools
