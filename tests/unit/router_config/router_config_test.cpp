#include "router/config/log_modules.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <utility>

using namespace weft;
using namespace weft::router;
using namespace weft::router_config;
using namespace weft::router_config::test;
using namespace std::chrono_literals;

TEST_SUITE("router config") {
    TEST_CASE("an empty configuration is a standalone router with the defaults") {
        const auto loaded = load("{}");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const NodeConfig& node = loaded.config->router;
        CHECK(node.id == "weft-h");
        CHECK(node.mode == RouterMode::standalone);
        CHECK(node.worker_threads == 3);
        CHECK(node.default_distribution == Distribution::balanced);
        CHECK(node.shutdown == 5s);
        CHECK(node.hello_interval == 1s);
        CHECK(node.fast_hello == 200ms);
        CHECK(node.hello_max_age == 3s);
        CHECK(node.ra_interval == 30s);
        CHECK(node.ra_interval_flux == 4s);
        CHECK(node.remote_ls_max_age == 60s);
        CHECK(node.state_dir.empty());
        CHECK(loaded.config->listeners.empty());
        CHECK(loaded.config->connectors.empty());
        CHECK(loaded.config->addresses.empty());
        CHECK(loaded.config->log.empty());
    }

    TEST_CASE("there is a worker for each processor but one, at least one and at most eight") {
        CHECK(load("{}", {}, 0).config->router.worker_threads == 1);
        CHECK(load("{}", {}, 1).config->router.worker_threads == 1);
        CHECK(load("{}", {}, 2).config->router.worker_threads == 1);
        CHECK(load("{}", {}, 9).config->router.worker_threads == 8);
        CHECK(load("{}", {}, 256).config->router.worker_threads == 8);
        CHECK(load("{}", {"/router/workerThreads=12"}, 2).config->router.worker_threads == 12);
    }

    TEST_CASE("a listener has the defaults of the contract") {
        const auto loaded = load(R"({"listeners": [{}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const auto& [listener, peer] = loaded.config->listeners.at(0);
        CHECK(listener.connection.name == "listener/127.0.0.1:5672");
        CHECK(listener.connection.host == "127.0.0.1");
        CHECK(listener.connection.port == 5672);
        CHECK(listener.connection.family == io::Family::any);
        CHECK(peer.role == Role::normal);
        CHECK(peer.cost == 1);
        CHECK(listener.connection.max_frame_size == 16384);
        CHECK(listener.connection.max_sessions == 32768);
        CHECK(listener.connection.max_session_frames == 0);
        CHECK(listener.connection.idle_timeout == 16s);
        CHECK(peer.strip_in);
        CHECK(peer.strip_out);
        CHECK(peer.link_capacity == 250);
        CHECK_FALSE(listener.http);
        CHECK(listener.websockets);
        CHECK(listener.healthz);
        CHECK(listener.console);
        CHECK(listener.metrics);
        CHECK(listener.initial_handshake_timeout == 10s);
        CHECK(listener.max_message_size == 0);
        CHECK(listener.allowed_origins.empty());
        CHECK(listener.failover_urls.empty());
    }

    TEST_CASE("everything a listener may say arrives") {
        const auto loaded = load(R"({"listeners": [{
            "name": "l", "host": "::1", "port": "amqps", "socketAddressFamily": "IPv6",
            "maxFrameSize": "64KiB", "maxSessions": 10, "maxSessionFrames": 20,
            "idleTimeoutSeconds": 0, "stripAnnotations": "out", "linkCapacity": 9,
            "openProperties": {"region": "eu"}, "http": true, "websockets": false,
            "healthz": false, "metrics": false, "role": "normal",
            "initialHandshakeTimeoutSeconds": 2.5, "maxMessageSize": "1GiB",
            "saslMechanisms": "ANONYMOUS", "authenticatePeer": false,
            "allowedOrigins": ["https://shop.example", "null", "*"],
            "failoverUrls": "amqp://b"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const auto& [listener, peer] = loaded.config->listeners.at(0);
        CHECK(listener.connection.name == "l");
        CHECK(listener.connection.host == "::1");
        CHECK(listener.connection.port == 5671);
        CHECK(listener.connection.family == io::Family::v6);
        CHECK(listener.connection.max_frame_size == 65536);
        CHECK(listener.connection.max_sessions == 10);
        CHECK(listener.connection.max_session_frames == 20);
        CHECK(listener.connection.idle_timeout == 0s);
        CHECK_FALSE(peer.strip_in);
        CHECK(peer.strip_out);
        CHECK(peer.link_capacity == 9);
        CHECK(listener.connection.open_properties.at(0).name == "region");
        CHECK(listener.http);
        CHECK_FALSE(listener.websockets);
        CHECK_FALSE(listener.healthz);
        CHECK_FALSE(listener.metrics);
        CHECK(listener.initial_handshake_timeout == 2500ms);
        CHECK(listener.max_message_size == std::uint64_t{1} << 30);
        CHECK(listener.allowed_origins ==
              std::vector<std::string>{"https://shop.example", "null", "*"});
        CHECK(listener.failover_urls == std::vector<daemon::FailoverUrl>{{"amqp", "b", 5672}});
    }

    TEST_CASE("sessions without a number, or more than there can be, are as many as there can be") {
        for (const std::string number : {"0", "-1", "32769", "999999"}) {
            const auto loaded = load(R"({"listeners": [{"maxSessions": )" + number + "}]}");
            REQUIRE(loaded.config);
            CHECK(loaded.config->listeners.at(0).listener.connection.max_sessions == 32768);
            CHECK(loaded.lines ==
                  Lines{"r:1: warning: /listeners/0/maxSessions: must be a whole number from 1 "
                        "to 32768, not " +
                        number + "; 32768 is used"});
        }
    }

    TEST_CASE("a connector has a host and a port to go to") {
        const auto loaded = load(R"({"connectors": [{"port": 7, "protocolFamily": "IPv4"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const daemon::ConnectionConfig& connection = loaded.config->connectors.at(0).connection;
        CHECK(connection.name == "connector/127.0.0.1:7");
        CHECK(connection.family == io::Family::v4);
        CHECK(connection.idle_timeout == 16s);
    }

    TEST_CASE("listeners without a name on port 0 get different ones") {
        const auto loaded = load(R"({"listeners": [{"port": 0}, {"port": 0}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        CHECK(loaded.config->listeners.at(0).listener.connection.name == "listener/127.0.0.1:0");
        CHECK(loaded.config->listeners.at(1).listener.connection.name == "listener/127.0.0.1:0:2");
    }

    TEST_CASE("addresses say how their messages are treated") {
        const auto loaded = load(R"({"addresses": [
            {"address": "a/#"}, {"address": "b", "type": "multicast", "slowConsumer": "drop"},
            {"address": "c", "distribution": "closest", "priority": 9},
            {"prefix": "d", "distribution": "multicast"},
            {"pattern": "e.*.#", "distribution": "unavailable", "name": "n",
             "type": "anycast"},
            {"prefix": "f", "waypoint": true}, {"prefix": "g", "ingressPhase": 3},
            {"prefix": "h", "waypoint": true, "ingressPhase": 1, "egressPhase": 9}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const std::vector<AddressConfig>& addresses = loaded.config->addresses;
        REQUIRE(addresses.size() == 8);
        const auto phases = [&](std::size_t i) {
            const Treatment& treatment = addresses[i].treatment;
            return std::pair<int, int>(treatment.ingress_phase, treatment.egress_phase);
        };
        CHECK(phases(0) == std::pair(0, 0));
        CHECK(phases(5) == std::pair(0, 1));
        CHECK(phases(6) == std::pair(3, 0));
        CHECK(phases(7) == std::pair(1, 9));
        CHECK(addresses[0].treatment.distribution == Distribution::balanced);
        CHECK(addresses[0].treatment.slow_consumer == SlowConsumer::block);
        CHECK(addresses[0].treatment.priority == -1);
        CHECK(addresses[0].pattern.matches("a/b/c"));
        CHECK(addresses[1].treatment.distribution == Distribution::multicast);
        CHECK(addresses[1].treatment.slow_consumer == SlowConsumer::drop);
        CHECK(addresses[2].treatment.distribution == Distribution::closest);
        CHECK(addresses[2].treatment.priority == 9);
        CHECK(addresses[3].treatment.distribution == Distribution::multicast);
        CHECK(addresses[3].pattern.matches("d.x"));
        CHECK(addresses[4].treatment.distribution == Distribution::unavailable);
        CHECK(addresses[4].name == "n");
    }

    TEST_CASE("auto-links are read, with the phase that their direction means") {
        const auto loaded = load(R"({"autoLinks": [
            {"name": "n", "address": "a", "direction": "in", "containerId": "b"},
            {"address": "a", "direction": "out", "connection": "c", "externalAddress": "x"},
            {"address": "a", "direction": "out", "phase": 4, "containerId": "b"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const std::vector<AutoLinkConfig>& links = loaded.config->auto_links;
        REQUIRE(links.size() == 3);
        CHECK(links[0].name == "n");
        CHECK(links[0].direction == Direction::in);
        CHECK(links[0].phase == 1);
        CHECK(links[0].by == autolink::Finds::container);
        CHECK(links[0].container == "b");
        CHECK(links[0].their_address() == "a");
        CHECK(links[1].direction == Direction::out);
        CHECK(links[1].phase == 0);
        CHECK(links[1].by == autolink::Finds::connection);
        CHECK(links[1].their_address() == "x");
        CHECK(links[2].phase == 4);
    }

    TEST_CASE("link routes are read; several may lead to different containers") {
        const auto loaded = load(R"({"linkRoutes": [
            {"name": "n", "prefix": "a.b.", "direction": "in", "containerId": "b"},
            {"prefix": "a.b", "direction": "in", "containerId": "c"},
            {"prefix": "a.b", "direction": "out", "containerId": "b"},
            {"pattern": "x/*/#", "direction": "out", "connection": "c",
             "addExternalPrefix": "e/", "delExternalPrefix": "x/",
             "distribution": "linkBalanced"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const std::vector<LinkRouteConfig>& routes = loaded.config->link_routes;
        REQUIRE(routes.size() == 4);
        CHECK(routes[0].name == "n");
        CHECK(routes[0].text == "a.b.");
        CHECK(routes[0].grammar == router::AddressPattern::Grammar::prefix);
        CHECK(routes[0].direction == Direction::in);
        CHECK(routes[0].by == linkroute::Finds::container);
        CHECK(routes[0].container == "b");
        CHECK(routes[0].prefixes.empty());
        CHECK(routes[3].grammar == router::AddressPattern::Grammar::pattern);
        CHECK(routes[3].direction == Direction::out);
        CHECK(routes[3].by == linkroute::Finds::connection);
        CHECK(routes[3].container == "c");
        CHECK(routes[3].prefixes.add == "e/");
        CHECK(routes[3].prefixes.del == "x/");
        CHECK(loaded.config->router.resumable_link_routes);
        CHECK_FALSE(loaded.config->router.client_link_routes);
    }

    TEST_CASE("exchanges and their bindings are read, and checked as they are made") {
        const auto loaded = load(R"({"exchanges": [
            {"name": "e", "address": "x", "phase": 1, "alternateAddress": "y",
             "alternatePhase": 2, "matchMethod": "mqtt"},
            {"name": "f", "address": "z"}],
          "bindings": [
            {"exchangeName": "e", "bindingKey": "a/+", "nextHopAddress": "n", "nextHopPhase": 3},
            {"name": "b", "exchangeName": "f", "nextHopAddress": "n"}]})");
        REQUIRE(loaded.lines == Lines{});
        const ExchangeConfig& e = loaded.config->exchanges[0];
        CHECK(e.name == "e");
        CHECK(e.address == "x");
        CHECK(e.phase == 1);
        CHECK(e.alternate == "y");
        CHECK(e.alternate_phase == 2);
        CHECK(e.method == exchange::MatchMethod::mqtt);
        CHECK(loaded.config->exchanges[1].method == exchange::MatchMethod::amqp);
        const BindingConfig& b = loaded.config->bindings[0];
        CHECK(b.exchange == "e");
        CHECK(b.key == "a/+");
        CHECK(b.next_hop == "n");
        CHECK(b.next_hop_phase == 3);
        CHECK(loaded.config->bindings[1].name == "b");
        CHECK(loaded.config->bindings[1].key.empty());

        CHECK(load(R"({"exchanges": [{"name": "e", "address": "x", "matchMethod": "mqtt"},
                                     {"name": "f", "address": "/x"}, {"address": "w"}],
                       "bindings": [{"exchangeName": "e", "bindingKey": "#/a",
                                     "nextHopAddress": "n"},
                                    {"exchangeName": "g", "nextHopAddress": "n"},
                                    {"exchangeName": "e", "nextHopAddress": "x"}]})")
                  .lines.size() == 5);
    }

    TEST_CASE("log entries become settings of the log") {
        const auto loaded = load(R"({"log": [
            {"module": "DEFAULT", "enable": "warning+", "includeSource": true,
             "outputFile": "syslog", "includeTimestamp": false},
            {"module": "ROUTER"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const daemon::LogConfig& log = loaded.config->log.at(0);
        CHECK(log.module == io::Module::default_);
        CHECK(log.settings.levels == io::LevelSet{0x70});
        CHECK(log.settings.source == true);
        CHECK(log.settings.timestamp == false);
        CHECK(log.settings.output == "syslog");
        const daemon::LogConfig& other = loaded.config->log.at(1);
        CHECK(other.module == LogModule::router);
        CHECK_FALSE(other.settings.levels);
        CHECK_FALSE(other.settings.source);
        CHECK_FALSE(other.settings.output);
    }

    TEST_CASE("interior mode is accepted and other keys of the router arrive") {
        const auto loaded = load(R"({"router": {"id": "A", "mode": "interior", "metadata": "m",
            "defaultDistribution": "unavailable", "shutdownSeconds": 0.5, "stateDir": "/var/w",
            "helloIntervalSeconds": 0.2, "fastHelloSeconds": 0.01, "helloMaxAgeSeconds": 0.6,
            "raIntervalSeconds": 2.5, "raIntervalFluxSeconds": 0.01,
            "remoteLsMaxAgeSeconds": 2.6}})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const NodeConfig& node = loaded.config->router;
        CHECK(node.id == "A");
        CHECK(node.mode == RouterMode::interior);
        CHECK(node.metadata == "m");
        CHECK(node.default_distribution == Distribution::unavailable);
        CHECK(node.shutdown == 500ms);
        CHECK(node.state_dir == "/var/w");
        CHECK(node.hello_interval == 200ms);
        CHECK(node.fast_hello == 10ms);
        CHECK(node.hello_max_age == 600ms);
        CHECK(node.ra_interval == 2500ms);
        CHECK(node.ra_interval_flux == 10ms);
        CHECK(node.remote_ls_max_age == 2600ms);
    }

    TEST_CASE("the fast hello gives way to a shorter interval for all, and may be off") {
        const auto fast_hello = [](const std::string& keys) {
            return load("{\"router\": {" + keys + "}}").config.value().router.fast_hello;
        };
        CHECK(fast_hello(R"("helloIntervalSeconds": 0.05)") == 50ms);
        CHECK(fast_hello(R"("fastHelloSeconds": 1)") == 1s);
        CHECK(fast_hello(R"("fastHelloSeconds": 0)") == 0s);
    }

    TEST_CASE("listeners and connectors join other routers, where annotations are kept") {
        const auto loaded = load(R"({"router": {"id": "A", "mode": "interior"},
            "listeners": [{"role": "inter-router", "cost": 7, "stripAnnotations": "no"},
                          {"port": 1}],
            "connectors": [{"role": "inter-router", "cost": 2147483647}, {"role": "normal"}]})");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        const PeerConfig& listener = loaded.config->listeners.at(0).peer;
        CHECK(listener.role == Role::inter_router);
        CHECK(listener.cost == 7);
        CHECK_FALSE(listener.strip_in);
        CHECK_FALSE(listener.strip_out);
        CHECK(loaded.config->listeners.at(1).peer.role == Role::normal);
        CHECK(loaded.config->listeners.at(1).peer.strip_in);
        const PeerConfig& connector = loaded.config->connectors.at(0).peer;
        CHECK(connector.role == Role::inter_router);
        CHECK(connector.cost == 2147483647);
        CHECK_FALSE(connector.strip_in);
        CHECK(loaded.config->connectors.at(1).peer.role == Role::normal);
    }

    TEST_CASE("a file that can't be read is a fault") {
        config::Faults faults;
        CHECK_FALSE(load_router_config("/nonexistent", {}, {"h", 1}, config::read_file, faults));
        CHECK(faults.lines() == Lines{"/nonexistent: cannot be opened: No such file or directory"});
    }
}
