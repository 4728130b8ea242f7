#include "tools/weft/bench/plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::tools {
namespace {

std::vector<BenchStep> plan_of(const std::vector<std::string>& words) {
    CommandLine line = bench_line();
    REQUIRE(line.parse(words));
    return bench_plan(bench_options(line));
}

std::vector<std::string> names_of(const std::vector<BenchStep>& plan) {
    std::vector<std::string> names;
    for (const BenchStep& step : plan) {
        names.push_back(step.name());
    }
    return names;
}

}  // namespace

TEST_SUITE("bench plan") {
    TEST_CASE("a run is one step as it was asked for") {
        const auto plan = plan_of({"q", "--senders", "4", "--window", "1", "--rate", "1500"});
        REQUIRE(plan.size() == 1);
        CHECK_FALSE(plan[0].continues);
        CHECK(plan[0].name() == "4 senders, 1 receiver, window 1, 1,500/s wanted");
        CHECK_FALSE(plan[0].options.is_whole());
    }

    TEST_CASE("names say who is there") {
        CHECK(names_of(plan_of({"--receivers", "0"})) == std::vector<std::string>{"1 sender"});
        CHECK(names_of(plan_of({"--senders", "0"})) == std::vector<std::string>{"1 receiver"});
        CHECK(names_of(plan_of({"--topic", "durable", "--receivers", "3"})) ==
              std::vector<std::string>{"1 sender, 3 durable subscribers"});
        CHECK(names_of(plan_of({"--topic", "plain"})) ==
              std::vector<std::string>{"1 sender, 1 subscriber"});
        CHECK(names_of(plan_of({"--pairs", "2", "--presettled"})) ==
              std::vector<std::string>{"2 senders, 2 receivers, 2 addresses"});
    }

    TEST_CASE("a backlog is sent, then received by those who were not there") {
        const auto plan = plan_of({"q", "--backlog", "5000", "--senders", "4", "--rate", "9"});
        REQUIRE(plan.size() == 2);
        CHECK(names_of(plan) == std::vector<std::string>{"4 senders, 9/s wanted", "1 receiver"});
        CHECK(plan[0].options.count == 5'000);
        CHECK_FALSE(plan[0].continues);
        CHECK(plan[1].options.count == 0);
        CHECK(plan[1].options.is_whole());
        CHECK(plan[1].continues);
    }

    TEST_CASE("a table has the rows of a broker") {
        const auto plan =
            plan_of({"q{}", "--table", "--durable", "--size", "1024", "--backlog", "77"});
        CHECK(names_of(plan) ==
              std::vector<std::string>{
                  "1 sender", "1 receiver", "1 sender, 1 receiver", "10 senders, 10 receivers",
                  "10 senders, 10 receivers, 10 addresses", "1 sender, 1 receiver, window 1",
                  "1 sender, 1 receiver, 1,000/s wanted"});
        CHECK(plan[0].options.count == 77);
        CHECK(plan[3].options.address_for(7) == "q0");
        CHECK(plan[4].options.address_for(7) == "q7");
        for (const BenchStep& step : plan) {
            CHECK(step.options.mode == BenchOptions::Mode::run);
            CHECK(step.options.durable);
            CHECK(step.options.size == 1'024);
            CHECK(step.continues == (&step == &plan[1]));
        }
    }
}

}  // namespace weft::tools
