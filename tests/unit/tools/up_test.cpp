#include "tools/weft/up/plan.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace weft::tools;

namespace {

std::vector<UpDaemon> plan(int routers) {
    UpInnerPorts inner{.routers = {}, .brokers = 70, .gateways = 71};
    for (int index = 0; index < routers; ++index) {
        inner.routers.push_back(static_cast<std::uint16_t>(80 + index));
    }
    return plan_of({.routers = routers}, inner);
}

std::vector<int> dialled(const UpDaemon& daemon) {
    std::vector<int> ports;
    for (const Json& connector : daemon.config["connectors"]) {
        ports.push_back(connector["port"]);
    }
    return ports;
}

}  // namespace

TEST_SUITE("up") {
    TEST_CASE("one router needs no certificates, and has broker and gateway") {
        const auto daemons = plan(1);
        REQUIRE(daemons.size() == 3);
        CHECK(daemons[0].config["router"]["mode"] == "standalone");
        CHECK(dialled(daemons[0]).empty());
        CHECK(dialled(daemons[1]) == std::vector{70});
        CHECK(dialled(daemons[2]) == std::vector{71});
        for (const UpDaemon& daemon : daemons) {
            CHECK_FALSE(daemon.certified);
            CHECK_FALSE(daemon.config.contains("sslProfiles"));
        }
    }

    TEST_CASE("routers are in a ring, which two have no need of") {
        const auto two = plan(2);
        CHECK(dialled(two[0]).empty());
        CHECK(dialled(two[1]) == std::vector{80});
        const auto four = plan(4);
        CHECK(dialled(four[0]).empty());
        CHECK(dialled(four[1]) == std::vector{80});
        CHECK(dialled(four[2]) == std::vector{81});
        CHECK(dialled(four[3]) == std::vector{82, 80});
    }

    TEST_CASE("where there are several, all that is not for users wants a certificate") {
        for (const UpDaemon& daemon : plan(3)) {
            CAPTURE(daemon.name);
            CHECK(daemon.certified);
            CHECK(daemon.config["sslProfiles"][0]["certFile"] == "pki/" + daemon.name + ".pem");
            for (const Json& listener : daemon.config["listeners"]) {
                const std::set<std::string> open{"clients", "web", "mqtt"};
                CHECK(listener["host"] == "127.0.0.1");
                CHECK(listener.value("authenticatePeer", false) !=
                      open.contains(listener["name"].get<std::string>()));
            }
            for (const Json& connector : daemon.config["connectors"]) {
                CHECK(connector["sslProfile"] == "mesh");
            }
        }
    }

    TEST_CASE("the ports that users are told are those that are looked at before") {
        const auto ports = outer_ports({.routers = 2, .amqp = 100, .mqtt = 200, .web = 300});
        const std::vector<std::pair<std::string, std::uint16_t>> expected{
            {"--amqp", 100}, {"--amqp", 101}, {"--mqtt", 200}, {"--web", 300},
            {"--web", 301},  {"--web", 302},  {"--web", 303}};
        CHECK(ports == expected);
    }
}
