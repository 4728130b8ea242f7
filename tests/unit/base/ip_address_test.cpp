#include "common/base/ip_address.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace weft {
namespace {

bool holds(std::string_view range, std::string_view address) {
    const auto parsed = IpRange::parse(range);
    const auto one = IpAddress::parse(address);
    REQUIRE(parsed);
    REQUIRE(one);
    return parsed->contains(*one);
}

}  // namespace

TEST_SUITE_BEGIN("IpAddress");

TEST_CASE("an address is one of its version, however it is written") {
    CHECK(IpAddress::parse("10.1.1.1") == IpAddress::parse("::ffff:10.1.1.1"));
    CHECK(IpAddress::parse("::1") == IpAddress::parse("0:0:0:0:0:0:0:1"));
    CHECK(IpAddress::parse("fe80::1") == IpAddress::parse("fe80::1%eth0"));
    CHECK(IpAddress::parse("::1") != IpAddress::parse("0.0.0.1"));
    for (const char* text : {"", "10.1", "300.1.1.1", "1.2.3.4.5", ":::", "host"}) {
        CAPTURE(text);
        CHECK_FALSE(IpAddress::parse(text));
    }
}

TEST_CASE("a range is an address, two of them, or a network") {
    CHECK(holds("10.1.1.1", "10.1.1.1"));
    CHECK_FALSE(holds("10.1.1.1", "10.1.1.2"));
    CHECK(holds("10.0.0.9 - 10.0.1.0", "10.0.1.0"));
    CHECK_FALSE(holds("10.0.0.9-10.0.1.0", "10.0.0.8"));
    CHECK(holds("10.1.0.0/16", "10.1.255.255"));
    CHECK_FALSE(holds("10.1.0.0/16", "10.2.0.0"));
    CHECK(holds("10.1.2.192/26", "10.1.2.255"));
    CHECK_FALSE(holds("10.1.2.192/26", "10.1.2.191"));
    CHECK(holds("0.0.0.0/0", "203.0.113.1"));
    CHECK_FALSE(holds("0.0.0.0/0", "::1"));
    CHECK_FALSE(holds("::/0", "10.0.0.1"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
    CHECK(holds("::1/128", "::1"));
    for (const char* text : {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129",
                             "10.0.0.2-10.0.0.1", "10.0.0.2-::1", "a-b", "-", "/"}) {
        CAPTURE(text);
        CHECK_FALSE(IpRange::parse(text));
    }
}

TEST_CASE("an endpoint is a host and a port") {
    CHECK(endpoint_text(*IpAddress::parse("192.0.2.7"), 4711) == "192.0.2.7:4711");
    CHECK(endpoint_text(*IpAddress::parse("2001:db8::7"), 80) == "[2001:db8::7]:80");
    CHECK(host_of("127.0.0.1:5672") == "127.0.0.1");
    CHECK(host_of("[::1]:5672") == "::1");
    CHECK(host_of("local") == "local");
}

TEST_SUITE_END();

}  // namespace weft
