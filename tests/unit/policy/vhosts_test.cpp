#include "router/policy/vhosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {
namespace {

VhostRules vhost(std::string name, std::vector<std::string> aliases = {}) {
    auto rules =
        VhostRules::compile({.hostname = std::move(name), .aliases = std::move(aliases)}, 0);
    REQUIRE(rules);
    return *std::move(rules);
}

std::string meant(const Vhosts& vhosts, std::string_view host) {
    const auto found = vhosts.meant_by(host);
    return found ? found->config().hostname : "-";
}

std::string error_of(const VhostConfig& config) {
    const auto rules = VhostRules::compile(config, 0);
    return rules ? "" : rules.error().text;
}

}  // namespace

TEST_SUITE_BEGIN("Vhosts");

TEST_CASE("a vhost is meant by its name and its aliases, by the letter") {
    Vhosts vhosts{false};
    REQUIRE(vhosts.put(vhost("a.example", {"b.example", "*.example"})));
    REQUIRE(vhosts.put(vhost("")));
    CHECK(meant(vhosts, "a.example") == "a.example");
    CHECK(meant(vhosts, "b.example") == "a.example");
    CHECK(meant(vhosts, "c.example") == "-");
    CHECK(meant(vhosts, "*.example") == "a.example");
    CHECK(meant(vhosts, "").empty());
    CHECK(vhosts.remove("a.example"));
    CHECK_FALSE(vhosts.remove("a.example"));
    CHECK(meant(vhosts, "b.example") == "-");
}

TEST_CASE("a name is of one vhost; what is refused changes nothing") {
    Vhosts vhosts{false};
    REQUIRE(vhosts.put(vhost("a", {"x"})));
    REQUIRE(vhosts.put(vhost("b", {"y"})));
    for (const auto& [name, aliases] :
         std::vector<std::pair<std::string, std::vector<std::string>>>{
             {"x", {}}, {"c", {"a"}}, {"c", {"z", "y"}}, {"b", {"x"}}}) {
        const auto refused = vhosts.put(vhost(name, aliases));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == "amqp:precondition-failed");
    }
    CHECK(vhosts.all().size() == 2);
    CHECK(meant(vhosts, "z") == "-");
    CHECK(meant(vhosts, "y") == "b");
    REQUIRE(vhosts.put(vhost("b", {"z"})));  // in place of it
    CHECK(meant(vhosts, "y") == "-");
    CHECK(meant(vhosts, "z") == "b");
}

TEST_CASE("patterns: the literal name wins, then the most specific one") {
    Vhosts vhosts{true};
    for (const char* name : {"#.example", "*.example", "a.example", "#", "10.0.#"}) {
        REQUIRE(vhosts.put(vhost(name)));
    }
    CHECK(meant(vhosts, "a.example") == "a.example");
    CHECK(meant(vhosts, "b.example") == "*.example");
    CHECK(meant(vhosts, "c.b.example") == "#.example");
    CHECK(meant(vhosts, "elsewhere") == "#");
    CHECK(meant(vhosts, "10.0.0.1") == "10.0.#");
    CHECK(vhosts.remove("#"));
    CHECK(meant(vhosts, "elsewhere") == "-");
    CHECK(meant(vhosts, "") == "-");
}

TEST_CASE("patterns that mean the same are of one vhost") {
    Vhosts vhosts{true};
    REQUIRE(vhosts.put(vhost("#.0.0")));
    const auto refused = vhosts.put(vhost("#.#.0.0"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("pattern conflicts") != std::string::npos);
    REQUIRE(vhosts.put(vhost("#.0.0", {"x.*"})));
    CHECK(meant(vhosts, "x.y") == "#.0.0");
    CHECK_FALSE(vhosts.put(vhost("a..*")));
}

TEST_CASE("a user is in one group; others are in that of *, or in $default if they are let in") {
    const VhostConfig config{
        .hostname = "a",
        .allow_unknown_user = true,
        .groups = {{.name = "ops", .users = {"ann", "bob"}}, {.name = "$default"}}};
    const auto rules = VhostRules::compile(config, 0);
    REQUIRE(rules);
    CHECK(rules->of_user("ann")->group().name == "ops");
    CHECK(rules->of_user("eve")->group().name == "$default");
    VhostConfig starred = config;
    starred.groups.push_back({.name = "all", .users = {"*"}});
    CHECK(VhostRules::compile(starred, 0)->of_user("eve")->group().name == "all");
    VhostConfig closed = config;
    closed.allow_unknown_user = false;
    CHECK(VhostRules::compile(closed, 0)->of_user("eve") == nullptr);
    CHECK(rules->of_group("$connector") == nullptr);
}

TEST_CASE("the largest message is the group's, else the vhost's, else the policy's") {
    const VhostConfig config{.hostname = "a",
                             .groups = {{.name = "own", .max_message_size = 0}, {.name = "other"}}};
    const auto rules = VhostRules::compile(config, 1000);
    REQUIRE(rules);
    CHECK(rules->of_group("own")->max_message_size() == 0);
    CHECK(rules->of_group("other")->max_message_size() == 1000);
    VhostConfig limited = config;
    limited.max_message_size = 50;
    CHECK(VhostRules::compile(limited, 1000)->of_group("other")->max_message_size() == 50);
}

TEST_CASE("what is wrong with a vhost is told with its name, the group's, and the remedy") {
    CHECK(error_of({.hostname = "a", .aliases = {"a"}}).find("own name") != std::string::npos);
    CHECK(error_of({.hostname = "a", .aliases = {"b", "b"}}).find("twice") != std::string::npos);
    CHECK(error_of({.hostname = "a", .allow_unknown_user = true}).find("$default") !=
          std::string::npos);
    const std::string both = error_of(
        {.hostname = "a", .groups = {{.name = "g", .sources = {"x"}, .source_patterns = {"y"}}}});
    CHECK(both.find("vhost \"a\": group \"g\":") == 0);
    CHECK(both.find("\"sourcePattern\"") != std::string::npos);
    CHECK(error_of({.hostname = "a",
                    .groups = {{.name = "g", .users = {"ann"}}, {.name = "h", .users = {"ann"}}}})
              .find("in one group") != std::string::npos);
    CHECK(error_of({.hostname = "a", .groups = {{.name = "g", .remote_hosts = {"10.1"}}}})
              .find("\"10.1\"") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace weft::policy
