#include "router/config/qdrouterd_conf.hpp"

#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace weft;
using namespace weft::router_config;
using namespace weft::router_config::test;
using namespace std::chrono_literals;

namespace {

/// As a system test of the original writes it.
constexpr const char* kConf = R"(
router {
    mode: interior
    id: QDR.A
    debugDumpFile: A-qddebug.txt
}

listener {
    host: 0.0.0.0
    port: amqp
    saslMechanisms: ANONYMOUS
    idleTimeoutSeconds: 120
    authenticatePeer: no
    strip-annotations: in
    openProperties: {
        "region": "eu"
    }
}

listener {
    port: 8080
    http: yes
}

listener {
    port: 55672
    role: inter-router
    cost: 2
}

connector {
    name: broker
    port: 5673
    protocol-family: IPv4
}

connector {
    name: core
    port: 55673
    role: inter-router
    cost: 10
}

address {
    prefix: multicast
    distribution: multicast
}

address {
    pattern: *.closest.#
    distribution: closest
}

log {
    module: DEFAULT
    enable: trace+
    includeSource: true
    output: A.log
}
)";

}  // namespace

TEST_SUITE("qdrouterd.conf") {
    TEST_CASE("the form is chosen by content") {
        CHECK(is_qdrouterd_conf("router {\n}"));
        CHECK(is_qdrouterd_conf("# {\n\n  router {"));
        CHECK(is_qdrouterd_conf("# x\n [[\"router\", {}]]"));
        CHECK_FALSE(is_qdrouterd_conf(" {\"router\": {}}"));
        CHECK_FALSE(is_qdrouterd_conf("// router {\n{}"));
        CHECK_FALSE(is_qdrouterd_conf("/* x */ {}"));
        CHECK_FALSE(is_qdrouterd_conf("\xef\xbb\xbf{}"));
        CHECK_FALSE(is_qdrouterd_conf(""));
    }

    TEST_CASE("an original's file starts the router, with warnings for what has no effect") {
        const auto loaded = load(kConf);
        const auto open = [](const std::string& line, const std::string& listener) {
            return "r:" + line + ": warning: /listeners/" + listener +
                   "/host: OPEN TO THE NETWORK: lets peers of other machines in without TLS and "
                   "without authentication: whoever reaches it may read and send what this "
                   "listener's clients may; a qdrouterd.conf starts all the same; set "
                   "\"sslProfile\", \"requireSsl\": true and \"authenticatePeer\": true, or the "
                   "host to 127.0.0.1, or, if only friends reach it, \"insecure\": true";
        };
        CHECK(loaded.lines ==
              Lines{"r:5: warning: /router/debugDumpFile: has no effect: this router writes no "
                    "debug dump",
                    "r:58: warning: /log/0/output: is the old name of \"outputFile\"",
                    open("9", "0"), open("20", "1"), open("25", "2")});
        REQUIRE(loaded.config);
        const RouterConfig& config = *loaded.config;
        CHECK(config.router.id == "QDR.A");
        CHECK(config.router.mode == RouterMode::interior);
        REQUIRE(config.listeners.size() == 3);
        CHECK(config.listeners[0].listener.connection.port == 5672);
        CHECK(config.listeners[0].listener.connection.idle_timeout == 120s);
        CHECK(config.listeners[0].peer.strip_in);
        CHECK_FALSE(config.listeners[0].peer.strip_out);
        CHECK(config.listeners[0].listener.connection.open_properties.size() == 1);
        CHECK(config.listeners[1].listener.http);
        CHECK(config.listeners[1].peer.role == Role::normal);
        CHECK(config.listeners[2].peer.role == Role::inter_router);
        CHECK(config.listeners[2].peer.cost == 2);
        CHECK(config.connectors.at(0).connection.family == io::Family::v4);
        CHECK(config.connectors.at(0).peer.role == Role::normal);
        CHECK(config.connectors.at(1).peer.role == Role::inter_router);
        CHECK(config.connectors.at(1).peer.cost == 10);
        CHECK(config.addresses.at(1).pattern.matches("x.closest.y.z"));
        CHECK(config.log.at(0).settings.output == "A.log");
        CHECK(config.log.at(0).settings.levels == io::LevelSet{0x7f});
    }

    TEST_CASE("the original's defaults hold, but for the worker threads") {
        const auto loaded = load("listener {\n}\n");
        REQUIRE(loaded.config);
        CHECK(loaded.config->listeners.at(0).listener.connection.host.empty());
        CHECK(loaded.config->listeners.at(0).listener.initial_handshake_timeout == 0s);
        CHECK(loaded.config->router.client_link_routes);
        CHECK(loaded.config->router.worker_threads == 3);
    }

    TEST_CASE("the list form means the same") {
        const auto loaded = load(R"([
            # comment
            ["router", {"id": "B", "mode": "interior", "workerThreads": "2"}],
            ["router.config.address", {"prefix": "a", "distribution": "closest"}],
            ["org.apache.qpid.dispatch.listener", {"port": "5", "http": "on", "host": "::1"}],
            ["connector", {"role": "inter-router", "cost": "3"}]])");
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        CHECK(loaded.config->router.id == "B");
        CHECK(loaded.config->router.worker_threads == 2);
        CHECK(loaded.config->addresses.size() == 1);
        CHECK(loaded.config->listeners.at(0).listener.connection.port == 5);
        CHECK(loaded.config->listeners.at(0).listener.http);
        CHECK(loaded.config->connectors.at(0).peer.role == Role::inter_router);
        CHECK(loaded.config->connectors.at(0).peer.cost == 3);
    }

    TEST_CASE("booleans have six spellings") {
        for (const std::string yes : {"yes", "true", "on", "True"}) {
            CHECK(load("listener {\nhttp: " + yes + "\n}\n").config->listeners.at(0).listener.http);
        }
        for (const std::string no : {"no", "false", "off"}) {
            CHECK_FALSE(
                load("listener {\nhttp: " + no + "\n}\n").config->listeners.at(0).listener.http);
        }
        CHECK_FALSE(load("listener {\nhttp: maybe\n}\n").config);
    }

    TEST_CASE("what it would have to get wrong is an error with its line") {
        const std::vector<std::pair<std::string, std::string>> cases{
            {"listener {\nrole: inter-router\nhost: ::1\n}",
             "r:2: /listeners/0/role: \"inter-router\" needs a router with \"mode\": \"interior\"; "
             "set that, or the role \"normal\""},
            {"router {\nmode: interior\n}",
             "r:2: /router/mode: \"interior\" needs \"id\", unique in the mesh"},
            {"router {\nmode: edge\n}",
             "r:2: /router/mode: \"edge\" needs \"id\", unique in the mesh"},
            {"connector {\ndataConnectionCount: 2\n}",
             "r:2: /connectors/0/dataConnectionCount: unknown key"},
            {"listener {\nsslProfile: p\nhost: ::1\n}",
             "r:2: /listeners/0/sslProfile: names none of the sslProfiles: there are none"},
            {"listener {\nauthenticatePeer: yes\nhost: ::1\n}",
             "r:2: /listeners/0/authenticatePeer: needs an \"sslProfile\" whose caCertFile has "
             "those who sign the certificates of peers"},
            {"listener {\nsaslMechanisms: PLAIN\nhost: ::1\n}",
             "r:2: /listeners/0/saslMechanisms: PLAIN needs users: add the section \"users\": { "
             "\"file\": \"users\" }, and 'weft user add users NAME'"},
            {"linkRoute {\nprefix: a\ncontainerId: b\n}",
             "r:1: /linkRoutes/0: needs \"direction\": one of in, out"},
            {"address {\nprefix: a\nwaypoint: yes\nenableFallback: yes\n}",
             "r:4: /addresses/0/enableFallback: can't be with \"waypoint\" or phases other than 0: "
             "what the waypoint brings has no fallback"},
            {"policy {\nenableVhostPolicy: yes\n}\nvhost {\nhostname: x\ngroups: {\n\"a\": "
             "{\"maxSenders\": \"many\"}\n}\n}",
             "r:7: /vhosts/0/groups/a/maxSenders: must be a whole number from 0 to 2147483647, not "
             "\"many\""},
            {"router {\n}\nrouter {\n}", "r:3: /router: is given twice; keep one of them"},
            {"listner {\n}", "r:1: unknown section \"listner\"; did you mean \"listener\"?"},
            {"listener {\nprot: 1\nhost: ::1\n}",
             "r:2: /listeners/0/prot: unknown key; did you mean \"port\"?"},
            {"router {\nid: abc\\bdef\n}",
             "r:2: /router/id: must have at most 127 bytes and no space or control character, not "
             "\"abc\\x08def\""},
        };
        for (const auto& [text, line] : cases) {
            CAPTURE(text);
            const auto loaded = load(text + "\n");
            CHECK(loaded.lines == Lines{line});
            CHECK_FALSE(loaded.config);
        }
    }

    TEST_CASE("what it can leave out is a warning with its line") {
        const std::vector<std::pair<std::string, std::string>> cases{
            {"sslProfile {\nname: p\nprotocols: TLSv1 TLSv1.2\n}",
             "r:3: warning: /sslProfiles/0/protocols: TLSv1 and TLSv1.1 are not spoken; TLSv1.2 "
             "is"},
            {"sslProfile {\nname: p\nuidFormat: nx\n}",
             "r:3: warning: /sslProfiles/0/uidFormat: has letters that stand for nothing, so the "
             "whole subject is the user's name"},
            {"vhost {\nhostname: x\ngroups: {\n\"a\": {}\n}\n}",
             "r:1: warning: /vhosts/0: has no effect: \"enableVhostPolicy\" is false in "
             "\"policy\""},
            {"router {\nallowUnsettledMulticast: yes\n}",
             "r:2: warning: /router/allowUnsettledMulticast: has no effect: unsettled multicast is "
             "always allowed"},
            {"router {\nhelloInterval: 2\n}",
             "r:2: warning: /router/helloInterval: is the old name of \"helloIntervalSeconds\""},
            {"listener {\ncost: 5\nhost: ::1\n}",
             "r:2: warning: /listeners/0/cost: has no effect without \"role\": \"inter-router\""},
            {"listener {\nmaxFrameSize: 100\nhost: ::1\n}",
             "r:2: warning: /listeners/0/maxFrameSize: must be a size in bytes, as in 65536 or "
             "\"64KiB\", from 512 to 2147483647, not \"100\"; 512 is used"},
            {"linkRoute {\nprefix: a\ndirection: in\n}",
             "r:1: warning: /linkRoutes/0: names no container: its links are refused unless "
             "another router has one"},
            {"address {\nprefix: a\n}\n"
             "linkRoute {\nprefix: a\ndirection: in\ncontainerId: b\n}",
             "r:4: warning: /linkRoutes/0: \"a\" is as specific as \"a\" of r:1 /addresses/0: "
             "links of this direction are link-routed, that entry means others"},
            {"linkRoute {\nprefix: a\ndirection: in\ncontainerId: b\n}\n"
             "linkRoute {\nprefix: a\ndirection: in\ncontainerId: b\n}",
             "r:6: warning: /linkRoutes/1: \"a\" means the same links as \"a\" of r:1 "
             "/linkRoutes/0, "
             "to the same container"},
            {"linkRoute {\nprefix: a\ndirection: out\ncontainerId: b\n}\n"
             "autoLink {\naddress: a.b\ndirection: in\ncontainerId: b\n}",
             "r:6: warning: /autoLinks/0: \"a.b\" is among the addresses \"a\" of r:1 "
             "/linkRoutes/0, whose receivers' links are all link-routed, past this auto-link"},
            {"autoLink {\naddress: a\ndirection: in\n}",
             "r:1: warning: /autoLinks/0: needs \"containerId\" or \"connection\": it is never "
             "attached"},
            {"autoLink {\naddress: a\ndir: in\ncontainerId: b\n}",
             "r:3: warning: /autoLinks/0/dir: is the old name of \"direction\""},
            {"router {\nid: a\nid: b\n}",
             "r:3: warning: router/id: is given twice; the last one holds"},
        };
        for (const auto& [text, line] : cases) {
            CAPTURE(text);
            const auto loaded = load(text + "\n");
            CHECK(loaded.lines == Lines{line});
            CHECK(loaded.config);
        }
    }

    TEST_CASE("settings of the command line apply to it too") {
        const auto loaded =
            load("listener {\nport: 1\nhost: ::1\n}\n", {"/listeners/0/port=0", "/router/id=x"});
        CHECK(loaded.lines == Lines{});
        REQUIRE(loaded.config);
        CHECK(loaded.config->listeners.at(0).listener.connection.port == 0);
        CHECK(loaded.config->router.id == "x");
    }
}
