#include "router/mgmt/other_loops.hpp"

#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/survey.hpp"
#include "tests/unit/io/support.hpp"
#include "tests/unit/router_mgmt/busy_loop.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace weft::router_mgmt {
namespace {

constexpr Duration kSoon = std::chrono::milliseconds{50};

router_config::NodeConfig two_loops() {
    router_config::NodeConfig config;
    config.id = "A";
    config.worker_threads = 2;
    return config;
}

struct TwoLoops {
    explicit TwoLoops(Duration answer_max = OtherLoops::kAnswerMax)
        : shards{two_loops(), home}, loops{shards, answer_max} {
        shards.start();
    }

    io::Loop home;
    node::Shards shards;
    OtherLoops loops;
};

/// Counts up, one a step.
OtherLoops::Step<int> counts_to(int end) {
    return [end](node::Shard&, int& found) { return ++found == end; };
}

}  // namespace

TEST_SUITE_BEGIN("other loops");

TEST_CASE("what another loop finds, in as many turns as it takes, is told in a turn of home's") {
    TwoLoops world;
    std::optional<int> told;
    world.loops.ask<int>(1, counts_to(3), [&](const int* found) { told = *found; });
    CHECK_FALSE(told);
    io::run_until(world.home, [&] { return told.has_value(); });
    CHECK(*told == 3);
    CHECK(world.loops.unanswered() == 0);
}

TEST_CASE("home has turns for it, too, if it is more than one step, and is never late") {
    TwoLoops world{Duration::zero()};
    int told = 0;
    int steps = 0;
    world.loops.ask<int>(
        0,
        [&](node::Shard&, int& found) {
            ++steps;
            return ++found == 4;
        },
        [&](const int* found) { told = *found; });
    CHECK(steps == 1);
    int turns = 0;
    while (told == 0) {
        world.home.run_one();
        CHECK(steps <= ++turns + 1);
    }
    CHECK(told == 4);
    CHECK_FALSE(world.loops.is_silent(0));
}

TEST_CASE("home if it is one step, and shards that do not run, are asked at once") {
    TwoLoops world;
    int told = 0;
    world.loops.ask<int>(0, counts_to(1), [&](const int* found) { told = *found; });
    CHECK(told == 1);
    world.shards.halt();
    world.loops.ask<int>(1, counts_to(5), [&](const int* found) { told = *found; });
    CHECK(told == 5);
}

TEST_CASE("a loop that is busy is silent until it answers, and nobody waits for it meanwhile") {
    TwoLoops world{kSoon};
    test::BusyLoop busy{world.shards.at(1).loop()};
    bool late = false;
    bool told = false;
    world.loops.ask<int>(1, counts_to(1), [&](const int* found) {
        late = found == nullptr;
        told = found != nullptr;
    });
    io::run_until(world.home, [&] { return late; });
    CHECK(world.loops.is_silent(1));
    int not_waited = 0;
    world.loops.ask<int>(1, counts_to(1),
                         [&](const int* found) { not_waited += found == nullptr ? 1 : 0; });
    CHECK(not_waited == 1);
    CHECK(world.loops.unanswered() == 2);
    busy.release();
    io::run_until(world.home, [&] { return !world.loops.is_silent(1); });
    CHECK_FALSE(told);  // what came late was dropped
    world.loops.ask<int>(1, counts_to(1), [&](const int* found) { told = found != nullptr; });
    io::run_until(world.home, [&] { return told; });
}

TEST_CASE("an answer that comes when nobody is left who asked is dropped") {
    TwoLoops world;
    test::BusyLoop busy{world.shards.at(1).loop()};
    bool told = false;
    bool passed = false;
    {
        OtherLoops gone{world.shards};
        gone.ask<int>(1, counts_to(1), [&](const int*) { told = true; });
    }
    world.shards.at(1).loop().post([&] { world.home.post([&] { passed = true; }); });
    busy.release();
    io::run_until(world.home, [&] { return passed; });
    CHECK_FALSE(told);
}

TEST_CASE("a request is attempted until it lacks nothing, and asks each thing once") {
    TwoLoops world;
    Survey survey{world.loops};
    int attempts = 0;
    int asked = 0;
    std::string answer;
    bool done = false;
    CHECK(survey.serve(
        [&] {
            ++attempts;
            const int* found = survey.ask<int>(1, "x", [&](node::Shard&, int& it) {
                it = ++asked;
                return true;
            });
            CHECK(survey.lacks() == (found == nullptr));
            answer = found == nullptr ? "not known" : std::to_string(*found);
        },
        [&] { done = true; }));
    CHECK(answer == "not known");
    io::run_until(world.home, [&] { return done; });
    CHECK(answer == "1");
    CHECK(attempts == 2);
    CHECK(asked == 1);
    CHECK(survey.missing().empty());
}

TEST_CASE("requests are served one after another, and what one was told the next asks anew") {
    TwoLoops world;
    Survey survey{world.loops};
    int asked = 0;
    std::string order;
    int done = 0;
    for (const char* name : {"a", "b", "c"}) {
        CHECK(survey.serve(
            [&, name] {
                order += name;
                (void)survey.ask<int>(1, "x", [&](node::Shard&, int&) {
                    ++asked;
                    return true;
                });
            },
            [&] { ++done; }));
    }
    io::run_until(world.home, [&] { return done == 3; });
    CHECK(order == "aabbcc");
    CHECK(asked == 3);
}

TEST_CASE("what is asked once a request is done has a turn of its own") {
    TwoLoops world;
    Survey survey{world.loops};
    int done = 0;
    const std::function<void()> ask = [&] {
        CHECK(survey.serve([] {},
                           [&] {
                               if (++done < 4) {
                                   ask();
                               }
                           }));
    };
    ask();
    for (int turns = 1; turns < 4; ++turns) {
        CHECK(done <= turns);
        world.home.run_one();
    }
    io::run_until(world.home, [&] { return done == 4; });
}

TEST_CASE("requests that would wait behind too many are refused") {
    TwoLoops world;
    Survey survey{world.loops};
    test::BusyLoop busy{world.shards.at(1).loop()};
    const auto ask = [&] { (void)survey.ask<int>(1, "x", counts_to(1)); };
    for (std::size_t i = 0; i < Survey::kWaitingMax; ++i) {
        CHECK(survey.serve(ask, [] {}));
    }
    CHECK_FALSE(survey.serve(ask, [] {}));
    busy.release();
}

TEST_CASE("what a loop does not tell in time is missing, and the request says so") {
    TwoLoops world{kSoon};
    Survey survey{world.loops};
    test::BusyLoop busy{world.shards.at(1).loop()};
    std::string missing;
    bool done = false;
    CHECK(survey.serve(
        [&] {
            CHECK(survey.ask<int>(1, "x", counts_to(1)) == nullptr);
            missing = survey.missing();
        },
        [&] { done = true; }));
    io::run_until(world.home, [&] { return done; });
    CHECK(missing ==
          "loop 1 of the router is busy and did not answer in time: what is there is "
          "left out");
    CHECK(survey.missing().empty());  // of no request
    busy.release();
}

TEST_CASE("an attempt that fails ends its request, and the next one is served") {
    TwoLoops world;
    Survey survey{world.loops};
    bool first = false;
    bool second = false;
    CHECK(survey.serve([] { throw std::bad_alloc{}; }, [&] { first = true; }));
    CHECK(survey.serve([] {}, [&] { second = true; }));
    io::run_until(world.home, [&] { return second; });
    CHECK(first);
}

TEST_CASE("a page is told by the sizes that there were, though home's list changes meanwhile") {
    TwoLoops world;
    Survey survey{world.loops};
    std::size_t at_home = 3;
    int attempts = 0;
    const ShardedList list{
        "things", [&](node::Shard& shard) { return &shard == &world.shards.home() ? at_home : 5; },
        [](node::Shard&, std::size_t offset, std::size_t count, std::vector<mgmt::Row>& rows) {
            for (std::size_t i = 0; i < count; ++i) {
                mgmt::Row& row = rows.emplace_back();
                row.identity = std::to_string(offset + i);
            }
        }};
    std::vector<std::string> told;
    bool done = false;
    CHECK(survey.serve(
        [&] {
            ++attempts;
            at_home = attempts % 2 == 0 ? 2 : 3 + static_cast<std::size_t>(attempts);
            told.clear();
            show_page(survey, list, 1, 6, [&](const mgmt::Row& row) {
                told.push_back(row.identity);
                return true;
            });
        },
        [&] { done = true; }));
    io::run_until(world.home, [&] { return done || attempts > 10; });
    CHECK(done);
    CHECK(attempts <= 3);
    CHECK(told.size() >= 4);
}

TEST_SUITE_END();

}  // namespace weft::router_mgmt
