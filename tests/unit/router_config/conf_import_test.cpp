#include "router/config/conf_import.hpp"

#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "router/config/conf_comments.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace weft::router_config {
namespace {

const config::FileReader kNoFiles =
    [](const std::string&) -> tl::expected<std::string, std::string> {
    return tl::unexpected<std::string>("does not exist");
};

ConfImport imported(const std::string& conf) {
    return import_conf("qdrouterd.conf", conf, {"h", 4}, kNoFiles);
}

/// What each key of each section is, defaults included, by pointer.
std::map<std::string, std::string> effect_of(const config::Node& root,
                                             config::Dialect dialect,
                                             config::Faults& faults) {
    const config::Document document =
        config::read_document(router_table(), root, dialect, kNoFiles, faults);
    CHECK_FALSE(faults.failed());
    std::map<std::string, std::string> effect;
    for (const config::Entity& entity : document.entities) {
        for (const config::Key& key : entity.section().keys) {
            if (key.support != config::Support::honoured) {
                continue;
            }
            const config::Node* const given = entity.given(key.name);
            const config::Node value = given == nullptr ? config::default_of(key, dialect) : *given;
            // No text is the empty one.
            std::string text = value == config::Node{} ? "\"\"" : config::describe(value);
            if (const config::Object* const map = value.object()) {
                for (const config::Member& member : *map) {
                    text += " " + member.name + "=" + config::describe(member.node);
                }
            }
            effect[entity.pointer() + "/" + std::string{key.name}] = text;
        }
    }
    return effect;
}

std::map<std::string, std::string> effect_of_conf(const std::string& text) {
    config::Faults faults;
    return effect_of(load_qdrouterd_conf("r", text, router_table(), faults),
                     config::Dialect::qdrouterd, faults);
}

std::map<std::string, std::string> effect_of_json(const std::string& text) {
    config::Faults faults;
    const auto root = config::load_json("r", text, kNoFiles, faults);
    CHECK(faults.lines() == std::vector<std::string>{});
    return effect_of(root, config::Dialect::json, faults);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("import of a qdrouterd.conf") {
    TEST_CASE("comments, and which section each is of") {
        CHECK(comments_of_conf("# of the file\n"
                               "\n"
                               "router { # first\n"
                               "    id: A # name\n"
                               "    # last\n"
                               "}\n"
                               "# of the second\n"
                               "address {\n"
                               "    pattern: a.# # all\n"
                               "    openProperties: {\n"
                               "        \"x\": \"#\"\n"
                               "    }\n"
                               "}\n"
                               "# end") == std::vector<ConfComment>{{1, 3, "of the file"},
                                                                    {3, 3, "first"},
                                                                    {4, 3, "name"},
                                                                    {5, 3, "last"},
                                                                    {7, 8, "of the second"},
                                                                    {9, 8, "all"},
                                                                    {14, 0, "end"}});
        CHECK(comments_of_conf("").empty());
        CHECK(comments_of_conf("}}}\n{{{#").size() == 1);
    }

    TEST_CASE(
        "it is our JSON, with the comments, and what a qdrouterd.conf means by saying nothing") {
        const ConfImport made = imported(
            "# The router of the cellar\n"
            "router {\n"
            "    mode: interior\n"
            "    id: QDR.A  # do not change\n"
            "}\n"
            "listener {\n"
            "    # for sensors\n"
            "    port: amqp\n"
            "    authenticatePeer: no\n"
            "    idle-timeout-seconds: 120\n"
            "}\n"
            "# that is all\n");
        CAPTURE(made.json);
        CHECK(made.is_good);
        CHECK(made.lost.empty());
        CHECK(has(made.json, "  // The router of the cellar\n  \"router\": {\n"));
        CHECK(has(made.json, "    // do not change\n    \"id\": \"QDR.A\""));
        CHECK(has(made.json, "      // for sensors\n      \"port\": 5672,\n"));
        CHECK(has(made.json, "\"idleTimeoutSeconds\": 120"));
        CHECK(has(made.json, "// what a qdrouterd.conf means that does not say it"));
        CHECK(has(made.json, "}\n// that is all\n"));
    }

    TEST_CASE("what is left out is there as a comment with the reason") {
        const ConfImport made = imported(
            "router {\n    id: A\n    debugDumpFile: x.txt\n    nonsense: 5\n}\n"
            "frobnicator {\n    name: x\n}\n"
            "autoLink {\n    addr: q\n    direction: in\n}\n"
            "listener {\n    host: 127.0.0.1\n    port: 5672\n}\n");
        CAPTURE(made.json);
        CHECK(made.is_good);
        CHECK(has(made.json, "debugDumpFile"));
        CHECK(has(made.json, "NOT CARRIED OVER: qdrouterd.conf:4: /router/nonsense: unknown key"));
        CHECK(
            has(made.json, "NOT CARRIED OVER: qdrouterd.conf:6: unknown section \"frobnicator\""));
        CHECK(has(made.json, "NOT CARRIED OVER: needs \"containerId\" or \"connection\""));
        CHECK(has(made.json, "// \"address\": \"q\"") + has(made.json, "\"address\": \"q\"") > 0);
        CHECK(made.lost.size() == 3);
        CHECK(made.notes.size() == 2);
    }

    TEST_CASE("files and secrets are named as they were") {
        const ConfImport made = imported(
            "router {\n    id: A\n}\n"
            "sslProfile {\n    name: p\n    certFile: /etc/a.pem\n    privateKeyFile: b.key\n"
            "    password: env:NOT_SET\n}\n");
        CAPTURE(made.json);
        CHECK(has(made.json, "\"certFile\": \"/etc/a.pem\""));
        CHECK(has(made.json, "\"privateKeyFile\": \"b.key\""));
        CHECK(has(made.json, "from this file's folder"));
        CHECK(has(made.json, "\"password\": \"env:NOT_SET\""));
        CHECK_FALSE(made.is_good);  // the files are not there
        CHECK(made.lost.empty());
    }

    TEST_CASE("the form of a list, and groups of vhosts") {
        const ConfImport made = imported(R"(# first
[ ["router", {"id": "A", "mode": "standalone"}],
  # second
  ["policy", {"enableVhostPolicy": "true"}],
  ["vhost", {"hostname": "$default", "allowUnknownUser": "yes", "groups": {"$default":
     {"users": "*", "sources": "a, b", "allowDynamicSource": "true", "maxSessions": "5"}}}]
])");
        CAPTURE(made.json);
        CHECK(made.is_good);
        CHECK(made.lost.empty());
        CHECK(has(made.json, "\"maxSessions\":5"));
        CHECK(has(made.json, "\"allowDynamicSource\":true"));
        CHECK(has(made.json, "// second\n"));
    }

    TEST_CASE("any text has a result, which is JSON") {
        for (const char* text : {"", "}", "router {", "router {\n id: \xff\xfe\n}\n", "[1, 2",
                                 "listener {\n port: 0x5\n groups: {\n}\n", "# only\n",
                                 "vhost {\n hostname: a\n groups: {\n \"g\": 5\n }\n}\n",
                                 "tenant {\n name: t\n quota: { \"links\": \"5\" }\n}\n"}) {
            CAPTURE(text);
            const ConfImport made = imported(text);
            config::Faults faults;
            (void)config::load_json("r", made.json, kNoFiles, faults);
            CHECK(faults.lines() == std::vector<std::string>{});
        }
    }

    TEST_CASE("of many configurations each means the same afterwards") {
        std::minstd_rand dice{7};
        const auto pick = [&dice](const std::vector<std::string>& from) {
            return from[dice() % from.size()];
        };
        const auto maybe = [&](std::vector<std::string> lines) {
            std::string text;
            for (const std::string& line : lines) {
                text += dice() % 2 == 0 ? "    " + line + "\n" : "";
                text +=
                    dice() % 5 == 0 ? "    # comment " + std::to_string(dice() % 100) + "\n" : "";
            }
            return text;
        };
        for (int i = 0; i < 300; ++i) {
            std::string conf = "router {\n    id: R" + std::to_string(i) +
                               "\n    mode: " + pick({"interior", "standalone"}) + "\n" +
                               maybe({"workerThreads: " + pick({"1", "4", "8"}),
                                      "helloIntervalSeconds: " + pick({"1", "2"}),
                                      "allowUnsettledMulticast: " + pick({"yes", "no"}),
                                      "defaultDistribution: " + pick({"closest", "balanced"})}) +
                               "}\n";
            const int listeners = static_cast<int>(dice() % 4);
            for (int each = 0; each < listeners; ++each) {
                conf += "listener {\n    port: " + std::to_string(6000 + each) + "\n" +
                        maybe({"name: l" + std::to_string(each),
                               "host: " + pick({"0.0.0.0", "127.0.0.1", "::"}),
                               "authenticatePeer: " + pick({"no", "false"}),
                               "idleTimeoutSeconds: " + pick({"4", "16", "120"}),
                               "maxFrameSize: " + pick({"16384", "65536"}),
                               "linkCapacity: " + pick({"10", "250", "1000"}),
                               "stripAnnotations: " + pick({"in", "out", "both", "no"}),
                               "role: " + pick({"normal", "route-container"})}) +
                        "}\n";
            }
            const int addresses = static_cast<int>(dice() % 4);
            for (int each = 0; each < addresses; ++each) {
                conf += "# an address\naddress {\n    " + pick({"prefix", "pattern"}) + ": a" +
                        std::to_string(each) + "/x\n" +
                        maybe({"distribution: " + pick({"closest", "balanced", "multicast"}),
                               "name: n" + std::to_string(each)}) +
                        "}\n";
            }
            if (dice() % 2 == 0) {
                conf += "linkRoute {\n    prefix: lr\n    containerId: c\n    direction: " +
                        pick({"in", "out"}) + "\n}\n";
                conf += "autoLink {\n    addr: q\n    containerId: c\n    direction: " +
                        pick({"in", "out"}) + "\n" + maybe({"phase: " + pick({"0", "1"})}) + "}\n";
                conf += "connector {\n    port: 5673\n    host: b.example\n" +
                        maybe({"name: c1", "role: route-container", "verifyHostname: no"}) + "}\n";
                conf += "log {\n    module: DEFAULT\n    enable: " + pick({"info+", "trace+"}) +
                        "\n}\n";
            }
            CAPTURE(conf);
            const ConfImport made = imported(conf);
            CAPTURE(made.json);
            CHECK(made.is_good);
            CHECK(made.lost == std::vector<std::string>{});
            CHECK(effect_of_json(made.json) == effect_of_conf(conf));
            CHECK(comments_of_conf(conf).size() <=
                  static_cast<std::size_t>(std::ranges::count(made.json, '\n')));
        }
    }
}

}  // namespace weft::router_config
