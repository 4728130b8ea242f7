#include "router/node/shards.hpp"

#include "router/node/peer_profile.hpp"
#include "tests/unit/node/client.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace weft::node {
namespace {

router_config::NodeConfig three_loops() {
    router_config::NodeConfig config;
    config.id = "A";
    config.worker_threads = 3;
    return config;
}

router::AddressRule rule(const char* address) {
    return {.name = {},
            .pattern =
                *router::AddressPattern::parse(router::AddressPattern::Grammar::address, address),
            .treatment = {.distribution = router::Distribution::closest}};
}

/// How each shard treats the address; nothing where no rule says so.
std::vector<std::optional<router::Distribution>> treats(Shards& shards, const char* address) {
    std::vector<std::optional<router::Distribution>> all;
    shards.on_each([&](Shard& shard) {
        const router::AddressRule* known = shard.core().rules().find(address);
        all.push_back(known == nullptr ? std::nullopt
                                       : std::optional{known->treatment.distribution});
    });
    return all;
}

using Each = std::vector<std::optional<router::Distribution>>;

}  // namespace

TEST_SUITE_BEGIN("shards");

TEST_CASE("an id leads to the shard that gave it") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    CHECK(shards.size() == 3);
    CHECK(shards.index_of(1) == 0);
    CHECK(shards.index_of(3) == 2);
    CHECK(shards.index_of(4) == 0);
}

TEST_CASE("a rule is added, changed and removed in all shards, under one id") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    const auto id = shards.add_rule(rule("orders"));
    REQUIRE(id);
    CHECK(treats(shards, "orders") == Each(3, router::Distribution::closest));
    CHECK_FALSE(shards.add_rule(rule("orders")));
    CHECK(shards.change_rule(*id, {.distribution = router::Distribution::multicast}));
    CHECK(treats(shards, "orders") == Each(3, router::Distribution::multicast));
    CHECK(shards.remove_rule(*id));
    CHECK(treats(shards, "orders") == Each(3, std::nullopt));
    CHECK_FALSE(shards.remove_rule(*id));
}

TEST_CASE(
    "before the start all shards are home's to use, afterwards each has a thread of its own") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    const auto caller = std::this_thread::get_id();
    shards.on_each([&](Shard&) { CHECK(std::this_thread::get_id() == caller); });
    shards.start();
    std::set<const Shard*> seen;
    shards.on_each([&](Shard& shard) {
        seen.insert(&shard);
        CHECK((std::this_thread::get_id() == caller) == (&shard == &shards.home()));
    });
    CHECK(seen.size() == 3);
    shards.halt();
    shards.halt();  // once is enough
}

TEST_CASE("at the halt no connection is left that refers to its shard, on whatever loop") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    test::Client here{shards.home()};
    test::Client there{shards.at(1)};
    there.receive_from("a", 1);
    shards.halt();
    CHECK(shards.home().connections().empty());
    CHECK(shards.at(1).connections().empty());
    CHECK(shards.at(1).core().links().peer_links().empty());
}

TEST_CASE("WebSockets are spread over the loops, and what comes to nothing frees its place") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    const auto profile = std::make_shared<PeerProfile>(
        listener_profile({{.connection = {.name = "web", .max_sessions = 1}}, {}}, "A"));
    std::vector<io::WebsocketPlace> places;
    std::set<const io::Loop*> loops;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        places.push_back(shards.place_websocket(profile));
        loops.insert(places.back().loop);
    }
    CHECK(loops.size() == 3);
    const io::Loop* const freed = places[1].loop;
    places[1].factory = nullptr;
    loop.run_one();  // home is told
    CHECK(shards.place_websocket(profile).loop == freed);
}

TEST_CASE("a WebSocket to another router is home's") {
    io::Loop loop;
    Shards shards{three_loops(), loop};
    router_config::PeerConfig peer;
    peer.role = router_config::Role::inter_router;
    const auto profile = std::make_shared<PeerProfile>(
        listener_profile({{.connection = {.name = "web", .max_sessions = 16}}, peer}, "A"));
    const auto first = shards.place_websocket(profile);
    const auto second = shards.place_websocket(profile);
    CHECK(first.loop == &loop);
    CHECK(second.loop == &loop);
}

TEST_SUITE_END();

}  // namespace weft::node
