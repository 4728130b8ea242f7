#include "common/daemon/failover.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft::daemon;

TEST_SUITE("failover list") {
    TEST_CASE("a port has a default, and a scheme that nobody gave is none") {
        const auto urls =
            parse_failover_urls(" amqp://a:1 ,b, amqps://c,[::1]:9, amqp://[fe80::1]");
        REQUIRE(urls);
        CHECK(*urls == std::vector<FailoverUrl>{{"amqp", "a", 1},
                                                {"", "b", 5672},
                                                {"amqps", "c", 5671},
                                                {"", "::1", 9},
                                                {"amqp", "fe80::1", 5672}});
        CHECK(parse_failover_urls("")->empty());
    }

    TEST_CASE("what is no URL of a router is named") {
        for (const std::string url : {"http://a", "a:0", "a:65536", "a:x", "a:", "amqp://", "[::1",
                                      "[::1]9", "a b", "a/b", "u@a", "[]"}) {
            CAPTURE(url);
            const auto urls = parse_failover_urls("ok," + url);
            REQUIRE_FALSE(urls);
            CHECK(urls.error() == "must be URLs as in amqp://host:port, not \"" + url + "\"");
        }
        CHECK_FALSE(parse_failover_urls("a,,b"));
    }

    TEST_CASE("the list is limited") {
        std::string list = "h";
        for (std::size_t i = 1; i < kFailoverUrlsMax; ++i) {
            list += ",h";
        }
        CHECK(parse_failover_urls(list)->size() == kFailoverUrlsMax);
        CHECK(parse_failover_urls(list + ",h").error() == "must be at most 32 URLs");
    }
}
