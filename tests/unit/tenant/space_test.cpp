#include "router/tenant/space.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::tenant {
namespace {

constexpr std::string_view kChance = "3tXb0a9+Zq_7LmNo1pQrS2";

std::string whole(std::string_view text) {
    Space space{"acme/"};
    const auto result = space.whole(text);
    return result ? std::string{*result} : "! " + std::string{result.error().condition};
}

std::string own(std::string_view text) {
    return Space{"acme/"}.own_text(text);
}

/// What the original takes for the address: it looks for a scheme in all of the text.
std::string_view as_originals_read(std::string_view text) {
    if (text.starts_with('/')) {
        return text.substr(1);
    }
    const std::size_t colon = text.find(":/");
    if (colon == std::string_view::npos) {
        return text;
    }
    if (text.substr(colon + 2).starts_with('/')) {
        const std::size_t slash = text.find('/', colon + 3);
        return slash == std::string_view::npos ? text : text.substr(slash + 1);
    }
    return text.substr(colon + 2);
}

}  // namespace

TEST_SUITE_BEGIN("a tenant's space");

TEST_CASE("an address has the prefix before its name, and what stands around that stays") {
    CHECK(whole("orders") == "acme/orders");
    CHECK(whole("/orders") == "/acme/orders");
    CHECK(whole("amqp:/orders/eu") == "amqp:/acme/orders/eu");
    CHECK(whole("amqp://other.example/orders") == "amqp://other.example/acme/orders");
    CHECK(whole("acme/orders") == "acme/acme/orders");
    CHECK(whole("orders/") == "acme/orders/");
    CHECK(whole("telemetry/#") == "acme/telemetry/#");
    CHECK(whole("#") == "acme/#");
    CHECK(whole("queue://a") == "/acme/queue://a");
}

TEST_CASE("what is the routers' elsewhere is the tenant's own below its prefix") {
    CHECK(whole("$management") == "acme/$management");
    CHECK(whole("$broker/b1/orders") == "acme/$broker/b1/orders");
    CHECK(whole("_weft/x") == "acme/_weft/x");
    CHECK(whole("_$x") == "acme/_$x");
    CHECK(whole("_local") == "acme/_local");
}

TEST_CASE("what routers have made up stays as it is") {
    for (const std::string_view before :
         {"amqp:/_topo/0/r1/temp.", "_topo/0/r1/temp.", "/_edge/e1/temp.", "amqp:/_$temp."}) {
        const std::string text = std::string{before}.append(kChance);
        CAPTURE(text);
        CHECK(whole(text) == text);
        CHECK(own(text) == text);
    }
}

TEST_CASE("other addresses of routers are refused") {
    for (const std::string_view text :
         {"_local/x", "_local/$management", "amqp:/_topo/0/r1/$management", "_topo/0/r1/x",
          "_topo/0/all/temp.3tXb0a9+Zq_7LmNo1pQrS2", "_topo/all/r1/temp.3tXb0a9+Zq_7LmNo1pQrS2",
          "_topo/0/r1/temp.short", "_topo/0/r1/temp.3tXb0a9+Zq_7Lm/No1pQrS2", "_edge/e1/x",
          "amqp://h/_local/x", "_edge//temp.3tXb0a9+Zq_7LmNo1pQrS2",
          "_topo/r1/temp.3tXb0a9+Zq_7LmNo1pQrS2"}) {
        CAPTURE(text);
        CHECK(whole(text) == "! amqp:not-allowed");
    }
}

TEST_CASE("what names nothing stays so") {
    for (const std::string_view text : {"", "/", ".", "amqp:/", "//", "amqp://host/", "a:/."}) {
        CAPTURE(text);
        CHECK(whole(text) == text);
        CHECK(router::parse_address(text, "r1").text.empty());
    }
}

TEST_CASE("an address is as long as it may be with its prefix") {
    const std::string most(router::kAddressBytesMax - 5, 'a');
    CHECK(whole(most) == "acme/" + most);
    CHECK(whole(most + "a") == "! amqp:invalid-field");
    CHECK(whole(std::string(router::kAddressBytesMax + 1, 'a')) == "! amqp:invalid-field");
}

TEST_CASE("no text leads out of the space, at a router of ours or at an original") {
    const std::initializer_list<std::string_view> parts{
        "",   "/",     "a",       "amqp:",        "amqp:/",     "amqp://", ":/",          "://",
        ".",  "..",    "_local/", "_topo/0/r1/x", "_edge/r1/x", "b/",      "$management", "#",
        "?x", "[::1]", "h@x",     "other/"};
    std::size_t named = 0;
    for (const std::string_view a : parts) {
        for (const std::string_view b : parts) {
            for (const std::string_view c : parts) {
                const std::string text = std::string{a}.append(b).append(c);
                CAPTURE(text);
                Space space{"acme/"};
                const auto result = space.whole(text);
                if (!result) {
                    continue;
                }
                const std::string told{*result};
                const router::AddressKey key = router::parse_address(told, "r1");
                if (key.text.empty()) {
                    CHECK(router::parse_address(text, "r1").text.empty());
                    continue;
                }
                ++named;
                CHECK(key.text.starts_with("M0acme/"));
                CHECK(as_originals_read(told).starts_with("acme/"));
                std::string memory;
                const auto between = router::mobile_address(key.name(), memory);
                CHECK(router::parse_address(between, "r2").text == key.text);
                CHECK(as_originals_read(between).starts_with("acme/"));
                const std::string back = space.own_text(told);
                CHECK(router::parse_address(back, "r1").text ==
                      router::parse_address(text, "r1").text);
                CHECK((back == text || "/" + back == text));
            }
        }
    }
    CHECK(named > 4000);
}

TEST_CASE("names, addresses and words are shown without the prefix") {
    const Space space{"acme/"};
    CHECK(space.own("acme/telemetry/1") == "telemetry/1");
    CHECK(space.own("other/x") == "other/x");
    CHECK(space.own_text("amqp:/acme/x") == "amqp:/x");
    CHECK(space.own_text("other") == "other");
    CHECK(space.own_words("nobody at acme/a, nor at acme/b") == "nobody at a, nor at b");
    CHECK(space.own_words("\"acme/a\" (amqp:/acme/b, /acme/c)") == "\"a\" (amqp:/b, /c)");
    CHECK(space.own_words("nobody at big-acme/a, x/acme/b, acme2/acme/c") ==
          "nobody at big-acme/a, x/acme/b, acme2/acme/c");
    CHECK(space.has("amqp:/acme/x"));
    CHECK_FALSE(space.has("acme"));
    CHECK_FALSE(space.has("acme2/x"));
}

TEST_SUITE_END();

}  // namespace weft::tenant
