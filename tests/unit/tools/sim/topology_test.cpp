#include "tools/sim/topology.hpp"

#include "common/config/json_schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace weft::sim {
namespace {

using std::chrono::milliseconds;

struct Read {
    std::optional<Topology> topology;
    std::vector<std::string> faults;
};

Read read(const std::string& text) {
    config::Faults faults;
    const auto reader = [&](const std::string&) {
        return tl::expected<std::string, std::string>{text};
    };
    Read result{.topology = read_topology("mesh.json", reader, faults), .faults = {}};
    result.faults = faults.lines();
    return result;
}

void check_fault(const std::string& text, const std::string& fault) {
    const Read result = read(text);
    CHECK_FALSE(result.topology);
    REQUIRE(result.faults.size() == 1);
    CHECK(result.faults[0] == fault);
}

std::string many_routers(std::size_t count) {
    std::string text = R"({"routers": [)";
    for (std::size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : ",") + (R"({"id":"r)" + std::to_string(i) + "\"}");
    }
    return text + "]}";
}

}  // namespace

TEST_SUITE("sim topology") {
    TEST_CASE("routers, addresses, links and intervals are read, with their defaults") {
        const Read result = read(R"({
            // two sites
            "intervals": {"helloMaxAgeSeconds": 1.5, "fastHelloSeconds": 0},
            "routers": [{"id": "a", "addresses": ["orders", "bills"]}, {"id": "b"}],
            "links": [{"from": "b", "to": "a", "cost": 7, "delayMs": 20, "jitterMs": 3}]})");
        REQUIRE_MESSAGE(result.topology, result.faults.front());
        const Topology& topology = *result.topology;
        REQUIRE(topology.routers.size() == 2);
        CHECK(topology.routers[0].addresses == std::vector<std::string>{"bills", "orders"});
        REQUIRE(topology.links.size() == 1);
        CHECK(topology.links[0].from == 1);
        CHECK(topology.links[0].to == 0);
        CHECK(topology.links[0].cost == 7);
        CHECK(topology.links[0].delay == milliseconds(20));
        CHECK(topology.links[0].jitter == milliseconds(3));
        CHECK(topology.options.hello_max_age == milliseconds(1500));
        CHECK(topology.options.hello_interval == milliseconds(1000));
        CHECK(topology.options.fast_hello == Duration::zero());
        CHECK(topology.find_link(0, 1) == 0);

        const auto plain = read(R"({"routers": [{"id": "a"}, {"id": "b"}],
                                    "links": [{"from": "a", "to": "b"}]})");
        REQUIRE(plain.topology);
        CHECK(plain.topology->links[0].cost == 1);
        CHECK(plain.topology->links[0].delay == milliseconds(1));
    }

    TEST_CASE("a fault names the place and the remedy") {
        check_fault(R"({"routers": [{"id": "core-1"}, {"id": "b"}],
            "links": [{"from": "core1", "to": "b"}]})",
                    "mesh.json:2: /links/0/from: \"core1\" is none of /routers; did you mean "
                    "\"core-1\"?");
        check_fault(R"({"routers": [{"id": "a"}, {"id": "a"}]})",
                    "mesh.json:1: /routers/1/id: \"a\" is the id of /routers/0 already; ids are "
                    "unique");
        check_fault(R"({"routers": [{"id": "a"}, {"id": "b"}],
            "links": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}]})",
                    "mesh.json:2: /links/1: links the same routers as /links/0; give one link for "
                    "each pair, the cheapest");
        check_fault(R"({"routers": [{"id": "a"}], "links": [{"from": "a", "to": "a"}]})",
                    "mesh.json:1: /links/0/to: must be another router than \"from\"");
        check_fault(R"({"routers": [{"id": "a/b"}]})",
                    "mesh.json:1: /routers/0/id: must have 1 to 127 bytes, no space, control "
                    "character or \"/\", and not be \"all\"; not \"a/b\"");
        check_fault(R"({"routers": [{"id": "a"}], "intervals": {"helloMaxAgeSeconds": 1}})",
                    "mesh.json:1: /intervals/helloMaxAgeSeconds: must be more than "
                    "helloIntervalSeconds");
        check_fault(R"({"routers": [{"id": "a"}], "intervals": {"fastHelloSeconds": 1.1}})",
                    "mesh.json:1: /intervals/fastHelloSeconds: must be 0, or at least 0.01 and at "
                    "most helloIntervalSeconds");
        check_fault("{}", "mesh.json:1: /routers: needs at least one router: [{ \"id\": \"a\" }]");
        check_fault(R"({"routers": [{"id": "a", "addresses": ["x", ""]}]})",
                    "mesh.json:1: /routers/0/addresses/1: must have 1 to 1024 bytes");
    }

    TEST_CASE("all faults are told, one a line") {
        const Read result = read(R"({"routers": [{"id": "a", "adresses": []}, {}],
            "links": [{"from": "a", "to": "b", "cost": 0}], "nodes": []})");
        CHECK_FALSE(result.topology);
        CHECK(result.faults.size() == 5);
    }

    TEST_CASE("tables have limits") {
        CHECK(read(many_routers(kRoutersMax)).topology);
        check_fault(many_routers(kRoutersMax + 1),
                    "mesh.json:1: /routers/1000: one too many: at most 1000 are simulated");
    }

    TEST_CASE("the published schema is what the table of keys says") {
        const std::string file =
            std::string{WEFT_SOURCE_DIR} + "/config/schema/topology.schema.json";
        const std::string expected = config::json_schema(topology_table());
        if (std::getenv("WEFT_WRITE") != nullptr) {
            std::ofstream{file, std::ios::binary} << expected;
        }
        const auto text = config::read_file(file);
        REQUIRE(text);
        const bool equal = *text == expected;
        CHECK_MESSAGE(equal, "run WEFT_WRITE=1");
    }
}

}  // namespace weft::sim
