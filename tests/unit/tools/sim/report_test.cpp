#include "tests/unit/tools/sim/topologies.hpp"
#include "tools/sim/simulation.hpp"
#include "tools/sim/verdict.hpp"
#include "tools/weft/sim/export.hpp"
#include "tools/weft/sim/json.hpp"
#include "tools/weft/sim/print.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace weft::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// "b" fails, "+b" is restored; one each ten seconds.
Scenario scenario(const Topology& topology, const std::vector<std::string>& whats) {
    Scenario result;
    for (const std::string& what : whats) {
        const bool fails = what.front() != '+';
        result.changes.push_back({*parse_part(topology, fails ? what : what.substr(1)), fails,
                                  seconds(10) * (result.changes.size() + 1)});
    }
    return result;
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string printed(const Topology& topology, const Report& report) {
    std::ostringstream out;
    tools::print_sim(topology, report, judge(topology, report), out);
    return out.str();
}

// Two ways from a to c: by b at cost 2, directly at cost 3; d hangs on c.
const char* const kMesh = "a b c d:orders; a-b b-c a-3-c c-d";

}  // namespace

TEST_SUITE("sim report") {
    TEST_CASE("at rest") {
        const Topology topology = drawn(kMesh);
        const Report report = simulate(topology, {});
        REQUIRE(report.rest.agreed_after);
        CHECK(*report.rest.agreed_after <= milliseconds(100));
        CHECK(report.rest.messages > 0);
        CHECK(report.longest.cost == 3);
        CHECK(report.longest.routers == std::vector<std::size_t>{0, 1, 2, 3});
        CHECK(report.single_points.size() == 2);
        CHECK(report.is_whole());
        CHECK(mentions(judge(topology, report).remedy, "--fail c"));
    }

    TEST_CASE("a router that closes its connections: paths move, by what the links delay") {
        Topology topology = drawn(kMesh);
        const Report report = simulate(topology, scenario(topology, {"b"}));
        REQUIRE(report.events.size() == 1);
        const Phase& phase = report.events[0];
        REQUIRE(phase.agreed_after);
        CHECK(*phase.agreed_after <= milliseconds(10));
        CHECK(phase.islands == std::vector<Island>{{0, 2, 3}});
        CHECK(phase.unserved.empty());
        // a > c, c > a, a > d, d > a cost more; d goes by c as before.
        CHECK(phase.moved.costs == 4);
        CHECK(phase.moved.next_hops == 3);
        CHECK(phase.moved.routers == 3);
        CHECK(phase.moved.cost_after - phase.moved.cost_before == 1);
        CHECK(report.is_whole());
    }

    TEST_CASE("a frozen router is noticed by its age") {
        Topology topology = drawn(kMesh);
        topology.options.fast_hello = Duration::zero();
        topology.options.hello_max_age = milliseconds(1500);
        Scenario silently = scenario(topology, {"b"});
        silently.silent = true;
        const Report report = simulate(topology, silently);
        const Phase& phase = report.events[0];
        REQUIRE(phase.agreed_after);
        CHECK(*phase.agreed_after > milliseconds(400));
        CHECK(*phase.agreed_after <= milliseconds(1600));
        // From a to c and d, and back: whoever goes by b.
        REQUIRE(phase.outages.size() == 4);
        CHECK(phase.outages.front().time <= *phase.agreed_after);
        CHECK(phase.outages.front().time > milliseconds(400));
        CHECK(phase.outages.front().ended);
        CHECK(mentions(judge(topology, report).remedy, "helloMaxAgeSeconds (1.5 s)"));
    }

    TEST_CASE("or sooner, when the routers promised to speak often") {
        const Topology topology = drawn(kMesh);
        Scenario silently = scenario(topology, {"b"});
        silently.silent = true;
        const Report report = simulate(topology, silently);
        REQUIRE(report.events[0].agreed_after);
        CHECK(*report.events[0].agreed_after > milliseconds(500));
        CHECK(*report.events[0].agreed_after < milliseconds(900));
        CHECK(mentions(judge(topology, report).remedy, "4 times fastHelloSeconds (800 ms)"));
    }

    TEST_CASE("a silent link is noticed, too, and comes back") {
        Topology topology = drawn(kMesh);
        Scenario silently = scenario(topology, {"a/b", "+a/b"});
        silently.silent = true;
        const Report report = simulate(topology, silently);
        REQUIRE(report.events.size() == 2);
        CHECK(report.events[0].outages.size() >= 4);
        CHECK(report.events[0].agreed_after > milliseconds(500));
        REQUIRE(report.events[1].agreed_after);
        CHECK(report.events[1].islands.size() == 1);
        CHECK(report.is_whole());
    }

    TEST_CASE("a cut mesh: who is where, who lost which consumers, and what would help") {
        const Topology topology = drawn(kMesh);
        const Report report = simulate(topology, scenario(topology, {"c"}));
        const Phase& phase = report.events[0];
        CHECK(phase.islands == std::vector<Island>{{0, 1}, {3}});
        CHECK(phase.unserved == std::vector<Unserved>{{"orders", {0, 1}}});
        CHECK(phase.agreed_after);
        CHECK_FALSE(report.is_whole());
        const Verdict verdict = judge(topology, report);
        CHECK(verdict.text == "The mesh is cut: router c is a single point of failure for d");
        CHECK(verdict.remedy == "add a link between d and a");
        const std::string text = printed(topology, report);
        CHECK(mentions(text, "\nAt 10 s router c fails\n"));
        CHECK(mentions(text, "  no consumer   of orders for 2 routers: a, b\n"));
        const tools::Json json = tools::sim_json(topology, report, verdict);
        CHECK(json["whole"] == false);
        CHECK(json["events"][0]["islands"] == tools::Json::parse(R"([["a","b"],["d"]])"));
        CHECK(json["events"][0]["changes"][0]["router"] == "c");
        CHECK(json["atRest"]["singlePointsOfFailure"][1]["link"] == "c/d");
    }

    TEST_CASE("of a failed link, the remedy is another one") {
        const Topology topology = drawn(kMesh);
        const Report report = simulate(topology, scenario(topology, {"c/d"}));
        CHECK(judge(topology, report).remedy == "add a link between d and a");
    }

    TEST_CASE("several failures cut what none of them would") {
        const Topology topology = drawn("a b c d; a-b b-c c-d d-a");
        const Report report = simulate(topology, scenario(topology, {"b", "d"}));
        CHECK(report.events[0].islands.size() == 1);
        CHECK(judge(topology, report).text ==
              "The mesh is cut: with router b and router d failed, c reaches no longer the other "
              "1 router");
    }

    TEST_CASE("what is restored is whole again, and what failed by itself stays so") {
        const Topology topology = drawn("a b c; a-b b-c c-a");
        const Report report =
            simulate(topology, scenario(topology, {"a/b", "b", "+b", "c", "+c", "+a/b"}));
        REQUIRE(report.events.size() == 6);
        CHECK(report.events[2].islands.size() == 1);
        CHECK(report.events[2].moved.costs == 0);  // a > b stays at cost 2
        CHECK(report.events[3].islands == std::vector<Island>{{0}, {1}});
        for (const Phase& phase : report.events) {
            CHECK(phase.agreed_after);
        }
        CHECK(report.is_whole());
    }

    TEST_CASE("what happens at one time is one event") {
        const Topology topology = drawn("a b c; a-b b-c c-a");
        Scenario both = scenario(topology, {"a", "b"});
        both.changes[1].at = both.changes[0].at;
        const Report report = simulate(topology, both);
        REQUIRE(report.events.size() == 1);
        CHECK(report.events[0].changes.size() == 2);
        CHECK(report.events[0].islands == std::vector<Island>{{2}});
    }

    TEST_CASE("too little time is told from a cut") {
        const Topology topology = drawn(kMesh);
        Scenario silently = scenario(topology, {"b"});
        silently.silent = true;
        silently.until = milliseconds(10'500);
        const Report report = simulate(topology, silently);
        CHECK_FALSE(report.last().agreed_after);
        CHECK_FALSE(report.last().disagreement.empty());
        CHECK_FALSE(report.last().outages.front().ended);
        CHECK_FALSE(report.is_whole());
        CHECK(mentions(judge(topology, report).text, "do not agree 500 ms after the last event"));
        CHECK(mentions(judge(topology, report).remedy, "--until"));
    }

    TEST_CASE("a mesh that was never whole, and one that is gone") {
        const Topology parted = drawn("a b c; a-b");
        CHECK(judge(parted, simulate(parted, {})).text ==
              "The mesh is cut from the start: c reaches no longer the other 2 routers");
        const Topology alone = drawn("a;");
        CHECK(simulate(alone, {}).is_whole());
        CHECK(judge(alone, simulate(alone, scenario(alone, {"a"}))).text == "No router is left");
    }

    TEST_CASE("the same seed gives the same report, another one another") {
        Topology topology = drawn(kMesh);
        for (Topology::Link& link : topology.links) {
            link.jitter = milliseconds(50);
        }
        Scenario events = scenario(topology, {"b", "+b"});
        const std::string first = printed(topology, simulate(topology, events));
        CHECK(printed(topology, simulate(topology, events)) == first);
        events.seed = 2;
        CHECK(printed(topology, simulate(topology, events)) != first);
    }
}

TEST_SUITE("sim export") {
    using tools::Entity;
    using tools::Sight;

    TEST_CASE("a live mesh becomes a topology: costs by paths, or at least by connectors") {
        const Entity nodes = Entity::parse(R"JSON([
            {"id": "a", "nextHop": "(self)", "linkState": ["b", "c"]},
            {"id": "b", "cost": 1, "linkState": ["a", "c"]},
            {"id": "c", "nextHop": "b", "cost": 2, "linkState": ["a", "b", "gone"]}])JSON");
        Sight a{.router = "a", .nodes = {nodes.begin(), nodes.end()}};
        a.self = {
            {"helloIntervalSeconds", 1}, {"fastHelloSeconds", 0.5}, {"helloMaxAgeSeconds", 2}};
        a.addresses = {{{"name", "M0orders"}, {"subscriberCount", 1}},
                       {{"name", "M0far"}, {"subscriberCount", 0}},
                       {{"name", "M0$management"}, {"subscriberCount", 1}}};
        a.connections = {{{"container", "c"}, {"dir", "out"}, {"host", "h:7"}}};
        a.connectors = {{{"host", "h"}, {"port", "7"}, {"cost", 5}}};
        Sight b{.router = "b"};
        b.nodes = {{{"id", "c"}, {"cost", 1}}};
        const Sight c{.router = "c", .failure = "no answer"};

        const std::string text = tools::topology_text({a, b, c});
        config::Faults faults;
        const auto topology = read_topology(
            "mesh.json",
            [&](const std::string&) { return tl::expected<std::string, std::string>{text}; },
            faults);
        REQUIRE_MESSAGE(topology, text);
        CHECK(topology->routers.size() == 3);
        CHECK(topology->routers[0].addresses == std::vector<std::string>{"orders"});
        CHECK(topology->options.hello_max_age == seconds(2));
        CHECK(topology->options.fast_hello == milliseconds(500));
        REQUIRE(topology->links.size() == 3);
        CHECK(topology->links[0].cost == 1);
        CHECK(topology->links[1].cost == 5);
        CHECK(topology->links[2].cost == 1);
        CHECK(mentions(text, "\"c\", \"cost\": 5 },  // or more: another way is cheaper\n"));
        CHECK(mentions(text, "{ \"id\": \"c\" }  // its addresses are not known\n"));
    }
}

}  // namespace weft::sim
