#include "common/io/http_origin.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::io {

TEST_SUITE("http_origin") {
    TEST_CASE("an origin is a scheme with a host and perhaps a port, or null") {
        for (const char* text : {"https://shop.example", "http://localhost:3000", "http://[::1]:80",
                                 "null", "HTTPS://SHOP.EXAMPLE", "chrome-extension://abcdef"}) {
            CAPTURE(text);
            CHECK(is_origin(text));
        }
        for (const char* text :
             {"", "*", "shop.example", "shop.example:80", "https://", "://shop.example",
              "https://shop.example/", "https://shop.example/path", "https://a@b", "https://*.a",
              "https://a,https://b", "https://a b", "ht tp://a", "Null"}) {
            CAPTURE(text);
            CHECK_FALSE(is_origin(text));
        }
    }

    TEST_CASE("a page has the same origin if its host and port are those that are asked") {
        CHECK(is_same_origin("https://shop.example", "shop.example"));
        CHECK(is_same_origin("https://Shop.example", "shop.EXAMPLE:443"));
        CHECK(is_same_origin("http://shop.example:80", "shop.example"));
        CHECK(is_same_origin("http://[::1]:8080", "[::1]:8080"));
        CHECK_FALSE(is_same_origin("https://shop.example", "shop.example:80"));
        CHECK_FALSE(is_same_origin("http://shop.example:8080", "shop.example"));
        CHECK_FALSE(is_same_origin("https://shop.example.evil", "shop.example"));
        CHECK_FALSE(is_same_origin("https://evil-shop.example", "shop.example"));
        CHECK_FALSE(is_same_origin("null", "null"));
        CHECK_FALSE(is_same_origin("null", ""));
        CHECK_FALSE(is_same_origin("", ""));
        CHECK_FALSE(is_same_origin("https://", ""));
    }

    TEST_CASE("a list names origins whole, and * all") {
        const std::vector<std::string> allowed{"https://shop.example:443", "http://a.example:81"};
        CHECK(is_listed_origin("https://shop.example", allowed));
        CHECK(is_listed_origin("HTTPS://SHOP.example", allowed));
        CHECK(is_listed_origin("http://a.example:81", allowed));
        CHECK_FALSE(is_listed_origin("http://shop.example", allowed));
        CHECK_FALSE(is_listed_origin("https://shop.example:8443", allowed));
        CHECK_FALSE(is_listed_origin("http://a.example", allowed));
        CHECK_FALSE(is_listed_origin("null", allowed));
        CHECK_FALSE(is_listed_origin("*", allowed));
        CHECK(is_listed_origin("null", std::vector<std::string>{"null"}));
        CHECK(is_listed_origin("null", std::vector<std::string>{"*"}));
        CHECK(is_listed_origin("x", std::vector<std::string>{"http://a", "*"}));
        CHECK_FALSE(is_listed_origin("https://a", std::vector<std::string>{}));
    }
}

}  // namespace weft::io
