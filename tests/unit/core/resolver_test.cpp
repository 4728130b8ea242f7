#include "router/core/resolver.hpp"

#include "common/base/utf8.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace weft::router {
namespace {

struct Desk {
    Clock clock;
    LinkTable links{1, 1, clock};
    Routes routes{links};
    AddressRules rules;
    AddressTable addresses;
    Resolver resolver{{.router_id = "r1", .names = [] { return std::array<std::uint8_t, 16>{}; }},
                      rules,
                      addresses,
                      routes};
};

}  // namespace

TEST_SUITE_BEGIN("Resolver");

TEST_CASE("an address has its rule's treatment, or the default; a dynamic one is made up") {
    Desk desk;
    auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, "news");
    REQUIRE(desk.rules.add(
        {.name = {}, .pattern = *pattern, .treatment = {.distribution = Distribution::multicast}}));
    const auto news = desk.resolver.resolve({.address = "news"});
    REQUIRE(news);
    CHECK(news->key.text == "M0news");
    CHECK(news->treatment.distribution == Distribution::multicast);
    const auto other = desk.resolver.resolve({.address = "other"});
    REQUIRE(other);
    CHECK(other->treatment.distribution == Distribution::balanced);
    const auto made_up = desk.resolver.resolve({.direction = Direction::out, .dynamic = true});
    REQUIRE(made_up);
    CHECK(made_up->address.starts_with("amqp:/_topo/0/r1/temp."));
    CHECK(made_up->key.address_class() == 'L');
}

TEST_CASE("senders and receivers have their phases, and waypoints those they name") {
    Desk desk;
    auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, "q");
    REQUIRE(desk.rules.add(
        {.name = {}, .pattern = *pattern, .treatment = {.ingress_phase = 2, .egress_phase = 3}}));
    const auto key = [&](Direction direction, std::optional<std::uint8_t> phase) {
        const auto resolved =
            desk.resolver.resolve({.direction = direction, .address = "q", .phase = phase});
        return resolved ? resolved->key.text : "";
    };
    CHECK(key(Direction::in, {}) == "M2q");
    CHECK(key(Direction::out, {}) == "M3q");
    CHECK(key(Direction::in, 5) == "M5q");
    CHECK(key(Direction::out, 4) == "M4q");
    AddressKey anonymous{"M0q"};
    desk.resolver.enter(anonymous);
    CHECK(anonymous.text == "M2q");
    desk.rules.remove(1);
    anonymous.set_phase(0);
    desk.resolver.enter(anonymous);
    CHECK(anonymous.text == "M0q");
}

TEST_CASE("a default of unavailable covers all but the router's own management") {
    Desk desk;
    Resolver strict{{.router_id = "r1", .default_distribution = Distribution::unavailable},
                    desk.rules,
                    desk.addresses,
                    desk.routes};
    for (const char* open :
         {"$management", "amqp:/_local/$management", "/_topo/0/r1/$management"}) {
        CHECK(strict.resolve({.address = open}));
    }
    const auto refused = strict.resolve({.address = "orders"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == "amqp:not-found");
    CHECK(refused.error().text == "Node not found");
}

TEST_CASE(
    "links to what an entry with wildcards keeps are passed on, but the routers' own are not") {
    Desk desk;
    CHECK_FALSE(desk.resolver.passes_links({"M0a"}));
    REQUIRE(
        desk.rules.add({.name = {},
                        .pattern = *AddressPattern::parse(AddressPattern::Grammar::address, "#"),
                        .treatment = {},
                        .storage = std::make_shared<Storage>(Storage{.passes_links = true})}));
    CHECK(desk.resolver.passes_links({"M0a"}));
    for (const char* own : {"M0$management", "M0_weft/a", "M0_$temp.x", "Ltemp.x", "Ra"}) {
        CHECK_FALSE(desk.resolver.passes_links({own}));
    }
}

TEST_CASE("what a refusal repeats of a long address is UTF-8, wherever it is cut") {
    Desk desk;
    std::string name = "_topo/0/";
    for (std::size_t i = 0; i < 100; ++i) {
        name += i % 3 == 0 ? "a\u20ac" : "\u20ac";
        for (const std::string& address : {name, name + "/a/#/b"}) {
            const auto refused =
                desk.resolver.resolve({.direction = Direction::out, .address = address});
            REQUIRE_FALSE(refused);
            CHECK(is_utf8(refused.error().text));
        }
        const auto misplaced =
            desk.resolver.resolve({.direction = Direction::out,
                                   .address = name.substr(8) + "/#/b",
                                   .treatment = Treatment{Distribution::multicast}});
        REQUIRE_FALSE(misplaced);
        CHECK(is_utf8(misplaced.error().text));
    }
}

TEST_CASE("what another router says of an address counts where nothing is configured") {
    Desk desk;
    CHECK(desk.resolver.treatment_from_afar({"M0a"}, Distribution::multicast).distribution ==
          Distribution::multicast);
    CHECK(desk.resolver.treatment_from_afar({"M0a"}, {}).distribution == Distribution::balanced);
    CHECK(desk.resolver.treatment_from_afar({"Rr2"}, Distribution::multicast).distribution ==
          Distribution::closest);
}

TEST_SUITE_END();

}  // namespace weft::router
