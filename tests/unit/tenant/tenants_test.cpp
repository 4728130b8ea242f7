#include "router/tenant/tenants.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::tenant {
namespace {

std::string error_of(const Result<void>& added) {
    return added ? "" : added.error().text;
}

std::string prefix_of(const Tenants& tenants, std::string_view host) {
    const auto tenant = tenants.of_host(host);
    return tenant ? (*tenant)->prefix : "! " + tenant.error().text;
}

bool is_refused(const Tenants& tenants, std::string_view host) {
    const auto tenant = tenants.of_host(host);
    return !tenant && tenant.error().condition == "amqp:invalid-field";
}

}  // namespace

TEST_SUITE_BEGIN("tenants");

TEST_CASE("a host that nobody configured is a tenant of its own") {
    const Tenants tenants;
    for (const std::string host : {"acme.example", "127.0.0.1", "[::1]", "h:5672", "A-b_c"}) {
        CHECK(prefix_of(tenants, host) == host + "/");
    }
    CHECK(prefix_of(tenants, "Acme") != prefix_of(tenants, "acme"));
    CHECK(prefix_of(tenants, "$default") == "$default/");
    CHECK(prefix_of(tenants, std::string(kHostBytesMax, 'a')) ==
          std::string(kHostBytesMax, 'a') + "/");
}

TEST_CASE("an odd host is refused, and it is said why") {
    const Tenants tenants;
    using namespace std::string_view_literals;
    for (const std::string_view host :
         {""sv,          "a/b"sv,      "/"sv,           "a/"sv,   "_topo"sv, "_local"sv,
          "_edge"sv,     "$broker"sv,  "$management"sv, "*"sv,    "#"sv,     "a*"sv,
          "+"sv,         "a b"sv,      "a\n"sv,         "a\0b"sv, "\x7f"sv,  "a%2Fb"sv,
          "a\\b"sv,      "amqp:"sv,    ".a"sv,          "-a"sv,   "ä"sv,     "a,b"sv,
          "$default/"sv, "$Default"sv, "::1"sv}) {
        CAPTURE(host);
        CHECK(is_refused(tenants, host));
    }
    CHECK(is_refused(tenants, std::string(kHostBytesMax + 1, 'a')));
    CHECK(is_refused(tenants, std::string(1 << 20, 'a')));
    CHECK(prefix_of(tenants, "") ==
          "! the hostname of the open names the tenant here, and \"\" can't: it is empty");
    CHECK(prefix_of(tenants, "a/b") ==
          "! the hostname of the open names the tenant here, and \"a/b\" can't: it has other "
          "characters than letters, digits and . - _ : [ ]");
    CHECK(prefix_of(tenants, "\x1b[2J").find('\x1b') == std::string::npos);
}

TEST_CASE("hosts that are configured lead to their tenant, in letters of any case") {
    Tenants tenants;
    CHECK(tenants.add({.name = "acme", .hosts = {"acme.example", "www.acme.example"}}));
    CHECK(tenants.add({.name = "bolt", .prefix = "customers/bolt/", .quota = {.links = 3}}));
    CHECK(prefix_of(tenants, "acme.example") == "acme/");
    CHECK(prefix_of(tenants, "WWW.Acme.example") == "acme/");
    CHECK(prefix_of(tenants, "bolt") == "customers/bolt/");
    CHECK((*tenants.of_host("BOLT"))->quota.links == 3);
    CHECK(prefix_of(tenants, "elsewhere") == "elsewhere/");
    CHECK(tenants.configured().size() == 2);
}

TEST_CASE("where others are refused, only hosts that are configured lead to a tenant") {
    Tenants tenants;
    REQUIRE(tenants.add({.name = "acme", .hosts = {"acme.example"}}));
    CHECK(tenants.of_host("shop.example"));
    tenants.refuse_others();
    CHECK(tenants.of_host("ACME.example"));
    const auto refused = tenants.of_host("shop.example");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "the hostname \"shop.example\" of the open is no tenant's here");
}

TEST_CASE("no other host leads to a configured tenant's addresses") {
    Tenants tenants;
    CHECK(tenants.add({.name = "acme", .hosts = {"acme.example"}}));
    CHECK(tenants.add({.name = "bolt", .prefix = "customers/bolt/"}));
    for (const std::string_view host : {"acme", "customers"}) {
        CHECK(prefix_of(tenants, host) ==
              "! the hostname \"" + std::string{host} +
                  "\" is no tenant's: its addresses belong to another one");
    }
    CHECK(prefix_of(tenants, "acmex") == "acmex/");
    CHECK(prefix_of(tenants, "custom") == "custom/");
}

TEST_CASE("tenants that don't fit together are refused") {
    Tenants tenants;
    CHECK(tenants.add({.name = "acme", .hosts = {"acme.example"}, .prefix = "c/acme/"}));
    CHECK(error_of(tenants.add({.name = "acme", .hosts = {"x"}, .prefix = "x/"})) ==
          "there is a tenant \"acme\" already; keep one of them");
    CHECK(error_of(tenants.add({.name = "b", .hosts = {"b", "ACME.example"}})) ==
          "the vhost \"ACME.example\" of tenant \"b\" is that of \"acme\" already: keep it in one "
          "list");
    for (const char* prefix : {"c/", "c/acme/", "c/acme/more/"}) {
        CHECK(error_of(tenants.add({.name = "b", .prefix = prefix})) ==
              "the prefix \"" + std::string{prefix} +
                  "\" of tenant \"b\" and \"c/acme/\" of \"acme\" have addresses in common: "
                  "neither may begin with the other");
    }
    CHECK(error_of(tenants.add({.name = "b", .prefix = "b"})) ==
          "the prefix \"b\" of tenant \"b\" can't be: it does not end with \"/\"");
    for (const char* prefix : {"/", "a//", "_topo/", "$broker/b1/", "a/#/", "/a/", "amqp:/"}) {
        CAPTURE(prefix);
        CHECK_FALSE(tenants.add({.name = "b", .prefix = prefix}));
    }
    CHECK_FALSE(tenants.add({.name = "b/c"}));
    CHECK_FALSE(tenants.add({.name = ""}));
    CHECK_FALSE(tenants.add({.name = "b", .hosts = {"b*"}}));
    CHECK(tenants.configured().size() == 1);
    CHECK(prefix_of(tenants, "b") == "b/");
    CHECK(tenants.add({.name = "b"}));
    CHECK(tenants.add({.name = "acme2", .prefix = "c/acme2/"}));
}

TEST_SUITE_END();

}  // namespace weft::tenant
