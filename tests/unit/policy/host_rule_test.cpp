#include "router/policy/host_rule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {
namespace {

bool lets_in(std::string_view rule, std::string_view host) {
    const auto parsed = HostRule::parse(rule);
    const auto address = IpAddress::parse(host);
    REQUIRE(parsed);
    REQUIRE(address);
    return parsed->matches(*address);
}

}  // namespace

TEST_SUITE_BEGIN("HostRule");

TEST_CASE("an address is itself, however it is written") {
    CHECK(lets_in("10.1.1.1", "10.1.1.1"));
    CHECK_FALSE(lets_in("10.1.1.1", "10.1.1.2"));
    CHECK(lets_in("::1", "0:0:0:0:0:0:0:1"));
    CHECK(lets_in("fe80::1", "fe80::1%eth0"));
    CHECK(lets_in("10.1.1.1", "::ffff:10.1.1.1"));
    CHECK_FALSE(lets_in("::1", "0.0.0.1"));
    CHECK(lets_in("*", "10.1.1.1"));
    CHECK(lets_in("*", "::1"));
}

TEST_CASE("a range holds its ends and what is between, of one version of IP") {
    CHECK(lets_in("10.0.0.0-10.0.255.255", "10.0.0.0"));
    CHECK(lets_in("10.0.0.0 - 10.0.255.255", "10.0.255.255"));
    CHECK_FALSE(lets_in("10.0.0.0-10.0.255.255", "10.1.0.0"));
    CHECK_FALSE(lets_in("10.0.0.0-10.0.255.255", "9.255.255.255"));
    CHECK(lets_in("fd00::-fd00::ffff", "fd00::7"));
    CHECK_FALSE(lets_in("::-ffff::", "10.0.0.0"));
    CHECK_FALSE(HostRule::parse("10.0.0.2-10.0.0.1"));
    CHECK_FALSE(HostRule::parse("10.0.0.2-::1"));
}

TEST_CASE("a host's name stands for the addresses that it has; without one nobody is let in") {
    std::vector<HostRule> rules;
    for (const char* text : {"my-host.example", "gone.example", "10.1.1.1"}) {
        rules.push_back(*HostRule::parse(text));
    }
    CHECK(rules[0].name() == "my-host.example");
    CHECK(rules[2].name().empty());
    HostRule::resolve(rules, {{"my-host.example",
                               {*IpAddress::parse("10.9.9.9"), *IpAddress::parse("fd00::9")}}});
    REQUIRE(rules.size() == 3);
    CHECK(rules[0].matches(*IpAddress::parse("10.9.9.9")));
    CHECK(rules[1].matches(*IpAddress::parse("fd00::9")));
    CHECK(rules[2].matches(*IpAddress::parse("10.1.1.1")));
}

TEST_CASE("what is no host is refused, with the forms that there are") {
    for (const char* text : {"", "10.1", "1.2.3.4.5", "a b", "a/8", "10.0.0.1/8", "300.1.1.1"}) {
        CAPTURE(text);
        const auto rule = HostRule::parse(text);
        REQUIRE_FALSE(rule);
        CHECK(rule.error().text.find("\"10.0.0.0-10.0.255.255\"") != std::string::npos);
    }
}

TEST_SUITE_END();

}  // namespace weft::policy
