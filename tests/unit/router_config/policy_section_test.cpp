#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_config {
namespace {

using test::Lines;
using test::load;

/// A policy with these vhosts.
std::string with(const std::string& vhosts) {
    return R"({"policy": {"enableVhostPolicy": true}, "vhosts": [)" + vhosts + "]}";
}

/// What a router whose folder "/p" has these files is told.
test::Loaded load_folder(std::map<std::string, std::string> files) {
    config::Faults faults;
    files["r"] = R"({"policy": {"enableVhostPolicy": true, "policyDir": "/p"}})";
    const config::FileReader reader =
        [&](const std::string& path) -> tl::expected<std::string, std::string> {
        const auto found = files.find(path);
        return found == files.end() ? tl::unexpected<std::string>("does not exist")
                                    : tl::expected<std::string, std::string>{found->second};
    };
    const Host host{.name = "h",
                    .folders = [&](const std::string& path, std::string_view ending)
                        -> tl::expected<std::vector<std::string>, std::string> {
                        std::vector<std::string> names;
                        for (const auto& [name, text] : files) {
                            if (name.starts_with(path + "/") && name.ends_with(ending)) {
                                names.push_back(name.substr(path.size() + 1));
                            }
                        }
                        return names.empty()
                                   ? tl::unexpected<std::string>("cannot be read")
                                   : tl::expected<std::vector<std::string>, std::string>{names};
                    }};
    auto config = load_router_config("r", {}, host, reader, faults);
    return {std::move(config), faults.lines()};
}

}  // namespace

TEST_SUITE("policy section") {
    TEST_CASE("a policy and its vhosts, with what they say and what goes without saying") {
        const auto loaded = load(R"({
            "policy": {"enableVhostPolicy": true, "maxConnections": 10, "maxMessageSize": "1KiB",
                       "enableVhostNamePatterns": true, "defaultVhost": ""},
            "vhosts": [{"hostname": "a.example", "name": "mine", "aliases": "b.example, *.c",
                        "maxConnections": 5, "maxConnectionsPerUser": 4,
                        "maxConnectionsPerHost": 3, "maxMessageSize": 0, "allowUnknownUser": true,
                        "groups": {
                            "$default": {},
                            "ops": {"users": "ann, bob", "remoteHosts": "10.0.0.1 , *",
                                    "maxFrameSize": 2048, "maxSessionWindow": "64KiB",
                                    "maxSessions": 2, "maxSenders": 7, "maxReceivers": 8,
                                    "maxMessageSize": "2KiB", "maxConnectionsPerUser": 6,
                                    "allowDynamicSource": true, "allowAnonymousSender": "true",
                                    "allowWaypointLinks": false, "sources": "a,b*",
                                    "targetPattern": ["a/*", "b,c"]}}}]})");
        REQUIRE(loaded.lines == Lines{});
        const policy::PolicyConfig& policy = loaded.config->policy;
        CHECK(policy.enabled);
        CHECK(policy.name_patterns);
        CHECK(policy.max_connections == 10);
        CHECK(policy.max_message_size == 1024);
        CHECK(policy.default_vhost.empty());
        const policy::VhostConfig& vhost = loaded.config->vhosts.at(0);
        CHECK(vhost.name == "mine");
        CHECK(vhost.aliases == std::vector<std::string>{"b.example", "*.c"});
        CHECK(vhost.max_connections == 5);
        CHECK(vhost.connections_per_user == 4);
        CHECK(vhost.connections_per_host == 3);
        CHECK(vhost.max_message_size == 0);
        CHECK(vhost.allow_unknown_user);
        REQUIRE(vhost.groups.size() == 2);
        CHECK(vhost.groups[0] == policy::GroupConfig{.name = "$default"});
        const policy::GroupConfig ops{.name = "ops",
                                      .users = {"ann", "bob"},
                                      .remote_hosts = {"10.0.0.1", "*"},
                                      .connections_per_user = 6,
                                      .max_message_size = 2048,
                                      .max_frame_size = 2048,
                                      .max_session_window = 65536,
                                      .max_sessions = 2,
                                      .max_senders = 7,
                                      .max_receivers = 8,
                                      .dynamic_source = true,
                                      .anonymous_sender = true,
                                      .waypoint_links = false,
                                      .sources = {"a", "b*"},
                                      .target_patterns = {"a/*", "b,c"}};
        CHECK(vhost.groups[1] == ops);
    }

    TEST_CASE("what contradicts itself is told where it stands, with the remedy") {
        const std::vector<std::pair<std::string, std::string>> cases{
            {R"({"hostname": "a", "groups": {"g": {"sourcs": "x"}}})",
             "/vhosts/0/groups/g/sourcs: unknown key; did you mean \"sources\"?"},
            {R"({"hostname": "a", "groups": {"g": 1}})",
             "/vhosts/0/groups/g: must be an object, not 1"},
            {R"({"hostname": "a", "allowUnknownUser": true})",
             "/vhosts/0: vhost \"a\": \"allowUnknownUser\" is true, and there is no group "
             "\"$default\" with the rules for those users: add it"},
            {R"({"hostname": "a", "groups": {"g": {"sources": "x", "sourcePattern": "y"}}})",
             "/vhosts/0: vhost \"a\": group \"g\": both \"sources\" and \"sourcePattern\" are "
             "given; keep one of them"},
            {R"({"hostname": "a", "groups": {"g": {"remoteHosts": "10.0.0.2-10.0.0.1"}}})",
             "/vhosts/0: vhost \"a\": group \"g\": \"10.0.0.2-10.0.0.1\" is not a host: write an "
             "address (\"10.1.1.1\"), a range, the lower end first (\"10.0.0.0-10.0.255.255\"), a "
             "network (\"10.0.0.0/16\"), a host's name, or \"*\" for all hosts"},
            {R"({"hostname": "a"}, {"hostname": "a"})",
             "/vhosts/1: a vhost of the name \"a\" is there already; keep one of them"},
            {R"({"hostname": "a"}, {"hostname": "b", "aliases": "a"})",
             "/vhosts/1: vhost \"b\": \"a\": the name is one of vhost \"a\"; keep one of them"},
        };
        for (const auto& [vhosts, fault] : cases) {
            CAPTURE(vhosts);
            const auto loaded = load(with(vhosts));
            CHECK(loaded.lines == Lines{"r:1: " + fault});
            CHECK_FALSE(loaded.config);
        }
    }

    TEST_CASE("what does nothing is a warning") {
        CHECK(load(R"({"vhosts": [{"hostname": "a"}], "policy": {"maxMessageSize": 1},
                       "listeners": [{"policyVhost": "a"}]})")
                  .lines ==
              Lines{"r:1: warning: /vhosts/0: has no effect: \"enableVhostPolicy\" is false in "
                    "\"policy\"",
                    "r:1: warning: /policy/maxMessageSize: has no effect: \"enableVhostPolicy\" is "
                    "false; listeners have a \"maxMessageSize\" of their own",
                    "r:2: warning: /listeners/0/policyVhost: has no effect: \"enableVhostPolicy\" "
                    "is false in \"policy\""});
        CHECK(load(with(R"({"hostname": "a", "groups": {"g": {"targets": "x y"}}})")).lines ==
              Lines{"r:1: warning: /vhosts/0/groups/g/targets: \"x y\" is one address with a space "
                    "in it: addresses are separated by commas"});
        CHECK(load(R"({"policy": {"enableVhostPolicy": true},
                       "connectors": [{"name": "c", "policyVhost": "nosuch"}]})")
                  .lines ==
              Lines{"r:2: warning: /connectors/0/policyVhost: \"nosuch\" has no group "
                    "\"$connector\": the connection will be closed as soon as it is open"});
    }

    TEST_CASE("the files of policyDir have vhosts in either form; of the rest nothing is taken") {
        const auto loaded = load_folder({
            {"/p/a.json",
             "# of the original\n[\n[\"vhost\", {\"hostname\": \"a\", "
             "\"allowUnknownUser\": \"true\", \"groups\": {\"$default\": "
             "{\"maxSenders\": \"3\"}}}]\n]"},
            {"/p/b.json", R"({"vhosts": [{"hostname": "b"}], "log": []})"},
            {"/p/c.txt", "no policy"},
        });
        CHECK(loaded.lines == Lines{"/p/b.json:1: warning: /log: has no effect here: of the files "
                                    "in \"policyDir\" only the vhosts are read"});
        REQUIRE(loaded.config);
        REQUIRE(loaded.config->vhosts.size() == 2);
        CHECK(loaded.config->vhosts[0].groups.at(0).max_senders == 3);
        CHECK(loaded.config->vhosts[1].hostname == "b");
        CHECK(load_folder({}).lines == Lines{"/p: /policy/policyDir: cannot be read"});
        CHECK(load_folder({{"/p/a.json", "{"}}).config == std::nullopt);
    }
}

}  // namespace weft::router_config
