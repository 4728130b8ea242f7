#include "router/linkstate/flood.hpp"

#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

std::vector<PeerLink> links_of(const World& world, std::string_view ingress) {
    std::vector<PeerLink> links;
    for (const World::Sent& each : world.sent) {
        if (each.ingress == ingress) {
            links.push_back(each.link);
        }
    }
    return links;
}

}  // namespace

TEST_SUITE_BEGIN("LinkState: passing on");

TEST_CASE("a flood goes to all neighbours that it has not passed") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.neighbour(3, "c");
    world.sent.clear();
    const std::uint64_t before = world.machine.counters().forwarded;
    world.tell(1, RouterAdvert{.from = {.id = "far"}, .instance = 1}, {}, {"b", "a"});
    REQUIRE(links_of(world, "far") == std::vector<PeerLink>{3});
    CHECK(world.sent[0].trace == std::vector<std::string>{"far", "b", "a", "me"});
    CHECK(world.machine.counters().forwarded == before + 1);
}

TEST_CASE("a copy that comes another way is dropped, what is said again later is not") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.neighbour(3, "c");
    const RouterAdvert advert{.from = {.id = "far"}, .instance = 1};
    world.sent.clear();
    world.tell(1, advert, {}, {"a"});
    world.tell(2, advert, {}, {"x", "b"});
    CHECK(links_of(world, "far") == std::vector<PeerLink>{2, 3});
    CHECK(world.machine.counters().duplicates == 1);
    world.now += seconds(4);
    world.tell(1, advert, {}, {"a"});
    CHECK(links_of(world, "far").size() == 4);
}

TEST_CASE("at rest a flood among Weft routers follows the tree of its origin") {
    // a and b are neighbours of each other, too; c is an original
    World world;
    world.weft_neighbour(1, "a");
    world.weft_neighbour(2, "b");
    world.neighbour(3, "c");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    world.links(2, "b", {{"me", 1}, {"a", 1}}, 2);
    const RouterAdvert advert{.from = {.id = "a"}, .instance = 1, .ls_seq = 2, .mobile_seq = 1};
    const std::map<PeerLink, std::string> alive = {{1, "a"}, {2, "b"}, {3, "c"}};
    SUBCASE("not as long as something changed") {
        world.sent.clear();
        world.tell(1, advert);
        CHECK(links_of(world, "a") == std::vector<PeerLink>{2, 3});
    }
    SUBCASE("b gets it from a") {
        world.pass(seconds(10), alive);
        world.sent.clear();
        world.tell(1, advert);
        CHECK(links_of(world, "a") == std::vector<PeerLink>{3});
    }
    SUBCASE("not if it came a way that we did not expect") {
        world.pass(seconds(10), alive);
        world.sent.clear();
        world.tell(2, advert, {}, {"b"});
        CHECK(links_of(world, "a") == std::vector<PeerLink>{3});
        world.now += seconds(4);
        world.sent.clear();
        world.tell(2, RouterAdvert{.from = {.id = "z"}, .instance = 1}, {}, {"q", "b"});
        CHECK(links_of(world, "z") == std::vector<PeerLink>{1, 3});
    }
}

TEST_CASE("the parent in the tree of an origin is that of the tree itself") {
    Database database("r0", 100);
    constexpr RouterIndex kRouters = 20;
    for (RouterIndex i = 1; i < kRouters; ++i) {
        static_cast<void>(database.learn("r" + std::to_string(i), Instant{}));
    }
    for (RouterIndex i = 0; i < kRouters; ++i) {
        std::vector<Edge> edges;
        for (RouterIndex peer = 0; peer < kRouters; ++peer) {
            if (peer != i && (i * 7 + peer * 7 + i * peer) % 5 == 0) {
                edges.push_back({peer, 1 + (i + peer) % 3});
            }
        }
        database.replace_edges(i, edges);
    }
    FloodTree flood(database);
    REQUIRE(flood.usable());
    Tree tree;
    for (RouterIndex origin = 0; origin < kRouters; ++origin) {
        compute_tree(database.graph(), origin, tree);
        CHECK(flood.parent(kThisRouter, origin) == tree.parent[kThisRouter]);
        for (const Edge& edge : database.at(kThisRouter).edges) {
            CHECK(flood.parent(edge.to, origin) == tree.parent[edge.to]);
        }
    }
}

TEST_CASE("a message to another router goes on along its path") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.links(2, "b", {{"me", 1}, {"c", 1}}, 2);
    world.sent.clear();
    world.tell(1, LinkStateRequest{{.id = "a"}}, "amqp:/_topo/0/c/qdrouter");
    REQUIRE(world.sent.size() == 1);
    CHECK(world.sent[0].link == 2);
    CHECK(world.sent[0].to == "amqp:/_topo/0/c/qdrouter");
    CHECK(world.sent[0].trace == std::vector<std::string>{"a", "me"});
    CHECK(world.said<LinkStateUpdate>().empty());

    world.sent.clear();
    world.tell(1, LinkStateRequest{{.id = "a"}}, "amqp:/_topo/0/nobody/qdrouter");
    CHECK(world.sent.empty());
    CHECK(world.machine.counters().no_path == 1);

    world.tell(1, LinkStateRequest{{.id = "x"}}, "amqp:/_topo/0/c/qdrouter", {"b", "a"});
    CHECK(world.sent.empty());
    CHECK(world.machine.counters().looped == 1);
}

TEST_CASE("what comes back to us is dropped") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.sent.clear();
    world.tell(1, RouterAdvert{.from = {.id = "far"}, .instance = 1}, {}, {"me", "a"});
    CHECK(world.sent.empty());
    CHECK(world.machine.counters().looped == 1);
    CHECK(world.machine.index_of("far") == kNoRouter);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
