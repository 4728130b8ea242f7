#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace weft;
using namespace weft::settings;

namespace {

using Names = std::vector<std::string>;

/// Whom each of `count` routers tells its news.
std::map<std::string, Names> circle(std::size_t count) {
    std::map<std::string, Names> found;
    for (std::size_t self = 0; self < count; ++self) {
        World world(key_of(self));
        for (std::size_t other = 0; other < count; ++other) {
            world.up(key_of((other * 7) % count));
        }
        found[key_of(self)] = world.machine.partners();
    }
    return found;
}

/// Steps in which what `from` says reaches all; 0: it does not.
std::size_t steps(const std::map<std::string, Names>& circle, const std::string& from) {
    std::set<std::string> reached{from};
    for (std::size_t step = 0; step <= circle.size(); ++step) {
        if (reached.size() == circle.size()) {
            return step;
        }
        for (const std::string& router : std::set<std::string>(reached)) {
            reached.insert(circle.at(router).begin(), circle.at(router).end());
        }
    }
    return 0;
}

}  // namespace

TEST_SUITE("partners") {
    TEST_CASE("one router has none, two have each other") {
        CHECK(World().machine.partners().empty());
        World world;
        world.up("A");
        CHECK(world.machine.partners().empty());
        CHECK(world.machine.deadline() == kNever);
        world.up("B");
        world.up("B");
        CHECK(world.machine.partners() == Names{"B"});
    }

    TEST_CASE("those 1, 2, 4 places behind in the circle of ids") {
        World world("C");
        for (const std::string id : {"F", "A", "E", "B", "D"}) {
            world.up(id);
        }
        CHECK(world.machine.partners() == Names{"D", "E", "A"});
        world.machine.peer_down("D");
        world.machine.peer_down("unknown");
        CHECK(world.machine.partners() == Names{"E", "F", "B"});
    }

    TEST_CASE("news reaches all in a few steps, and nobody talks to many") {
        for (const std::size_t count : {2U, 3U, 5U, 100U}) {
            const auto partners = circle(count);
            const auto most =
                static_cast<std::size_t>(std::log2(static_cast<double>(count - 1))) + 1;
            for (const auto& [router, names] : partners) {
                CHECK(names.size() == most);
                CHECK(std::set(names.begin(), names.end()).size() == most);
                CHECK(!std::set(names.begin(), names.end()).contains(router));
                CHECK(steps(partners, router) > 0);
                CHECK(steps(partners, router) <= most);
            }
        }
    }

    TEST_CASE("routers that appear are met together, and all each 30 s") {
        World world;
        world.up("B");
        world.now += milliseconds(100);
        world.up("C");
        CHECK(world.machine.deadline() == world.now + milliseconds(100));
        world.pass(milliseconds(100));
        CHECK(world.take_sent().size() == 2);
        world.pass(seconds(29));
        CHECK(world.sent.empty());
        world.pass(seconds(1));
        CHECK(world.sent_of(Kind::digest).size() == 2);
        world.machine.peer_down("B");
        world.machine.peer_down("C");
        CHECK(world.machine.deadline() == kNever);
    }

    TEST_CASE("a partner without a path is tried again soon") {
        World world;
        world.unreachable = {"B"};
        world.up("B");
        world.pass(MeshSettings::kMeetDelay);
        CHECK(world.machine.counters().sent == 0);
        CHECK(world.machine.deadline() == world.now + MeshSettings::kMeetDelay);
        world.unreachable.clear();
        world.pass(MeshSettings::kMeetDelay);
        CHECK(world.sent_of(Kind::digest).size() == 1);
        CHECK(world.machine.counters().sent == 1);
    }
}
