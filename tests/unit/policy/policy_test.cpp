#include "router/policy/policy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace weft::policy {
namespace {

/// Vhost "a": ann and bob are "ops", everybody else is $default, from 10.0.0.0/24.
VhostConfig office() {
    return {.hostname = "a",
            .max_connections = 4,
            .connections_per_user = 2,
            .connections_per_host = 3,
            .allow_unknown_user = true,
            .groups = {{.name = "ops",
                        .users = {"ann", "bob"},
                        .remote_hosts = {"*"},
                        .connections_per_user = 3},
                       {.name = "$default", .remote_hosts = {"10.0.0.0-10.0.0.255"}}}};
}

struct Office {
    Office() { REQUIRE(policy.put(office())); }

    std::string come(std::uint64_t id,
                     std::string_view user,
                     std::string_view host = "10.0.0.1",
                     std::string_view vhost = "a") {
        const auto rules = policy.connect({.connection = id,
                                           .user = std::string{user},
                                           .host = std::string{host},
                                           .vhost = std::string{vhost},
                                           .name = std::string{host} + ":" + std::to_string(id)});
        return rules ? (*rules)->group().name : "refused: " + rules.error().text;
    }
    bool is_refused(std::string_view got, std::string_view why) {
        return got.starts_with("refused: DENY AMQP Open") &&
               got.find(why) != std::string_view::npos;
    }

    Policy policy{PolicyConfig{.enabled = true}};
};

}  // namespace

TEST_SUITE_BEGIN("Policy");

TEST_CASE("a caller gets the rules of its group in the vhost that it names") {
    Office office;
    CHECK(office.come(1, "ann") == "ops");
    CHECK(office.come(2, "eve") == "$default");
    CHECK(office.is_refused(office.come(3, "eve", "10.0.0.1", "b"), "no policy is defined"));
    CHECK(office.is_refused(office.come(4, "eve", "10.0.1.1"), "from this host"));
    const VhostStats& stats = *office.policy.stats_of("a");
    CHECK(stats.approved == 2);
    CHECK(stats.current == 2);
    CHECK(stats.denied.connections == 1);  // nobody's vhost counts the other
    CHECK(office.policy.denials().connections == 2);
    CHECK(stats.by_user.at("ann") == std::set<std::uint64_t>{1});
    CHECK(office.policy.name_of(1) == "10.0.0.1:1");
}

TEST_CASE("the default vhost takes who names no other, unless there is none") {
    Office office;
    VhostConfig other = ::weft::policy::office();
    other.hostname = "$default";
    REQUIRE(office.policy.put(other));
    CHECK(office.come(1, "ann", "10.0.0.1", "elsewhere") == "ops");
    CHECK(office.policy.stats_of("$default")->current == 1);
    Policy without{PolicyConfig{.default_vhost = ""}};
    REQUIRE(without.put(other));
    CHECK_FALSE(without.connect({.connection = 1, .user = "ann", .host = "10.0.0.1"}));
}

TEST_CASE("connections are limited by vhost, user and host; the group's limits go before") {
    Office office;
    CHECK(office.come(1, "eve", "10.0.0.1") == "$default");
    CHECK(office.come(2, "eve", "10.0.0.2") == "$default");
    CHECK(office.is_refused(office.come(3, "eve", "10.0.0.3"), "the user has 2 connections"));
    CHECK(office.come(3, "ann", "10.0.0.1") == "ops");
    CHECK(office.come(4, "bob", "10.0.0.1") == "ops");
    const std::string full = office.come(5, "ann", "10.0.0.1");
    CHECK(office.is_refused(full, "the vhost has 4 connections open, and may have 4"));
    CHECK(office.is_refused(full, "the remote host has 3"));
    office.policy.disconnect(1);
    CHECK(office.come(5, "ann", "10.0.0.9") == "ops");
    office.policy.disconnect(3);
    office.policy.disconnect(3);  // it is gone
    CHECK(office.come(6, "ann", "10.0.0.9") == "ops");
    CHECK(office.policy.stats_of("a")->current == 4);
    CHECK(office.policy.stats_of("a")->by_user.at("ann").size() == 2);
    CHECK(office.policy.stats_of("a")->by_host.find("10.0.0.1")->second.size() == 1);
}

TEST_CASE("a connector has the rules of the group $connector, and is not counted") {
    Office office;
    CHECK(office.policy.of_connector("a") == nullptr);
    CHECK(office.policy.of_connector("nosuch") == nullptr);
    REQUIRE(office.policy.put(
        {.hostname = "out", .groups = {{.name = "$connector", .sources = {"x"}}}}));
    REQUIRE(office.policy.of_connector("out") != nullptr);
    CHECK(office.policy.of_connector("out")->lets_receive("x", ""));
    CHECK(office.policy.stats_of("out")->current == 0);
}

TEST_CASE("denials are counted of the vhost whose rules refused, and of all") {
    Office office;
    office.policy.count(Denial::sender, "a");
    office.policy.count(Denial::receiver, "a");
    office.policy.count(Denial::session, "a");
    office.policy.count(Denial::message_size, "a");
    office.policy.count(Denial::receiver, "gone");
    office.policy.count_surplus();
    const Denials& here = office.policy.stats_of("a")->denied;
    CHECK(here.senders == 1);
    CHECK(here.receivers == 1);
    CHECK(here.sessions == 1);
    CHECK(here.message_sizes == 1);
    CHECK(office.policy.denials().links() == 3);
    CHECK(office.policy.denials().total() == 6);
}

TEST_CASE("when vhosts change, those who are in have the new rules, or are not let in") {
    Office office;
    CHECK(office.come(1, "ann") == "ops");
    CHECK(office.come(2, "eve") == "$default");
    VhostConfig closed = ::weft::policy::office();
    closed.allow_unknown_user = false;
    closed.groups[0].targets = {"new"};
    REQUIRE(office.policy.put(closed));
    const auto ann = office.policy.reconsider(1);
    REQUIRE(ann);
    CHECK((*ann)->lets_send("new", "ann"));
    CHECK(office.policy.stats_of("a")->approved == 2);
    const auto eve = office.policy.reconsider(2);
    REQUIRE_FALSE(eve);
    CHECK(eve.error().condition == "amqp:resource-limit-exceeded");
    CHECK(office.policy.stats_of("a")->current == 1);
    CHECK(office.policy.reconsider(2).error().condition == "amqp:not-found");
    CHECK(office.policy.remove("a"));
    CHECK(office.policy.stats_of("a") != nullptr);  // ann's connection is counted there still
    CHECK_FALSE(office.policy.reconsider(1));
    CHECK(office.policy.stats_of("a") == nullptr);
    CHECK_FALSE(office.policy.remove("a"));
}

TEST_CASE("a vhost that is refused leaves the one that there is") {
    Office office;
    VhostConfig wrong = office.policy.vhosts().named("a")->config();
    wrong.groups[0].remote_hosts = {"nowhere at all"};
    CHECK_FALSE(office.policy.put(wrong));
    CHECK(office.come(1, "ann") == "ops");
}

TEST_SUITE_END();

}  // namespace weft::policy
