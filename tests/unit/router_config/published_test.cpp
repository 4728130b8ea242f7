#include "common/config/json_schema.hpp"
#include "common/config/reference.hpp"
#include "router/config/router_keys.hpp"
#include "tests/support/demo_folder.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

using namespace weft;
using namespace weft::router;
using namespace weft::router_config;

namespace {

const std::string kFolder = std::string{WEFT_SOURCE_DIR} + "/config/";

/// Compares a file with what the table says; WEFT_WRITE=1 writes it instead.
void check_published(const std::string& name, const std::string& expected) {
    if (std::getenv("WEFT_WRITE") != nullptr) {
        std::ofstream{kFolder + name, std::ios::binary} << expected;
    }
    const auto text = config::read_file(kFolder + name);
    REQUIRE(text);
    const bool equal = *text == expected;
    CHECK_MESSAGE(equal, "config/" << name << " is not what the key table says: run WEFT_WRITE=1");
}

RouterConfig load_demo_file(const std::string& name) {
    const support::DemoFolder demo;
    config::Faults faults;
    auto config = load_router_config(demo.file(name), {}, {"h", 2}, config::read_file, faults);
    CHECK(faults.lines() == test::Lines{});
    REQUIRE(config);
    return *std::move(config);
}

RouterConfig load_demo(char letter) {
    return load_demo_file(std::string{"router-"} + letter + ".json");
}

using Costs = std::map<int, int>;  // by the port connected to

Costs costs(const RouterConfig& config) {
    Costs costs;
    for (const ConnectorConfig& connector : config.connectors) {
        CHECK(connector.peer.role == Role::inter_router);
        costs[connector.connection.port] = connector.peer.cost;
    }
    return costs;
}

}  // namespace

TEST_SUITE("published configuration") {
    TEST_CASE("config/README.md is what the key table says") {
        check_published("README.md", config::reference_page({&router_table(), 1}));
    }

    TEST_CASE("the JSON Schema is what the key table says") {
        check_published("schema/router.schema.json", config::json_schema(router_table()));
    }

    TEST_CASE("the smallest useful file has no fault") {
        config::Faults faults;
        CHECK(load_router_config(kFolder + "single.json", {}, {"h", 2}, config::read_file, faults));
        CHECK(faults.lines() == test::Lines{});
    }

    TEST_CASE("the routers of the demo share one address of each kind") {
        for (const char letter : {'a', 'b', 'c'}) {
            const RouterConfig demo = load_demo(letter);
            CHECK(demo.router.id == std::string{"router-"} + letter);
            CHECK(demo.router.mode == RouterMode::interior);
            REQUIRE(demo.addresses.size() == 4);
            CHECK(demo.addresses[0].treatment.distribution == Distribution::balanced);
            CHECK(demo.addresses[1].treatment.distribution == Distribution::multicast);
            CHECK(demo.addresses[2].treatment.egress_phase == 1);
            CHECK(demo.addresses[3].treatment.distribution == Distribution::closest);
        }
    }

    TEST_CASE("the routers of the demo listen side by side") {
        for (const char letter : {'a', 'b', 'c'}) {
            const RouterConfig demo = load_demo(letter);
            const int offset = letter - 'a';
            REQUIRE(demo.listeners.size() >= 3);
            CHECK(demo.listeners[0].listener.connection.port == 15672 + offset);
            CHECK(demo.listeners[1].listener.connection.port == 18672 + offset);
            CHECK(demo.listeners[1].listener.http);
            CHECK(demo.listeners[2].listener.connection.port == 15680 + offset);
            CHECK(demo.listeners[2].peer.role == Role::inter_router);
            CHECK(demo.listeners[2].listener.authenticate_peer);
        }
    }

    TEST_CASE("the demo's site reaches b, else c") {
        const RouterConfig site = load_demo_file("site.json");
        CHECK(site.router.mode == RouterMode::edge);
        REQUIRE(site.connectors.size() == 2);
        for (const std::size_t i : {0U, 1U}) {
            CHECK(site.connectors[i].peer.role == Role::edge);
            CHECK(site.connectors[i].peer.cost == static_cast<int>(i) + 1);
            const RouterConfig router = load_demo(i == 0 ? 'b' : 'c');
            CHECK(std::ranges::any_of(router.listeners, [&](const ListenerConfig& each) {
                return each.peer.role == Role::edge && each.listener.authenticate_peer &&
                       each.listener.connection.port == site.connectors[i].connection.port;
            }));
        }
    }

    TEST_CASE("the demo's routers a and c are nearer by way of b") {
        CHECK(load_demo('a').connectors.empty());
        CHECK(costs(load_demo('b')) == Costs{{15680, 1}});
        CHECK(costs(load_demo('c')) == Costs{{15680, 3}, {15681, 1}});
    }
}
