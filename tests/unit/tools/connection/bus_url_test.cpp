#include "tools/weft/connection/bus_url.hpp"

#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("bus url") {
    TEST_CASE("a bare host gets the AMQP port") {
        const BusUrl url = parse_bus_url("router.example.com");
        CHECK(url.endpoint() == "router.example.com:5672");
        CHECK_FALSE(url.tls);
    }

    TEST_CASE("amqps means TLS and its port") {
        const BusUrl url = parse_bus_url("amqps://router/");
        CHECK(url.tls);
        CHECK(url.endpoint() == "router:5671");
    }

    TEST_CASE("a given port is kept, with and without a scheme") {
        CHECK(parse_bus_url("h:1234").endpoint() == "h:1234");
        CHECK(parse_bus_url("amqp://h:1234").endpoint() == "h:1234");
        CHECK(parse_bus_url("amqps://h:amqp").port == "amqp");
    }

    TEST_CASE("an IPv6 address stands in brackets") {
        const BusUrl url = parse_bus_url("amqp://[::1]:7000");
        CHECK(url.host == "::1");
        CHECK(url.endpoint() == "[::1]:7000");
        CHECK(parse_bus_url("[fe80::2]").endpoint() == "[fe80::2]:5672");
    }

    TEST_CASE("user and password are percent-decoded") {
        const BusUrl url = parse_bus_url("amqp://bob%40x:p%3Aw@h");
        CHECK(url.user == "bob@x");
        CHECK(url.password == "p:w");
        CHECK(url.host == "h");
        CHECK(parse_bus_url("bob@h").user == "bob");
    }

    TEST_CASE("what is not a URL of a router is refused") {
        for (const char* text : {"", "http://h", "amqp://h/path", "h:", ":5672", "::1", "[::1",
                                 "[::1]x", "u%4@h", "u%zz@h"}) {
            CAPTURE(text);
            CHECK_THROWS_AS(parse_bus_url(text), Failure);
        }
    }
}

}  // namespace weft::tools
