#include "router/linkstate/keys.hpp"
#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {

TEST_SUITE_BEGIN("LinkState: bad input");

TEST_CASE("what is not a control message is counted, told once for each link, and not passed on") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.sent.clear();
    SUBCASE("no message") {
        world.receive(1, {1, 2, 3});
        world.receive(1, {});
    }
    SUBCASE("an address that means nothing") {
        world.tell(1, RouterAdvert{.from = {.id = "a"}}, "amqp:/_topo/0/all/other");
        world.tell(1, RouterAdvert{.from = {.id = "a"}}, "orders");
    }
    SUBCASE("a message at the wrong address") {
        world.tell(1, LinkStateRequest{{.id = "a"}}, "amqp:/_topo/0/all/qdrouter");
        world.tell(1, RouterAdvert{.from = {.id = "a"}}, "amqp:/_local/qdhello");
    }
    SUBCASE("a router with a link to itself") {
        world.links(1, "a", {{"me", 1}, {"a", 1}}, 5);
        world.links(1, "a", {{"me", 1}, {"a", 1}}, 6);
        CHECK(world.node("a")->ls_seq == 1);
    }
    SUBCASE("a sequence that nobody counts to") {
        world.advert(1, "a", std::int64_t{1} << 50, 0);
        world.links(1, "a", {{"me", 1}}, std::int64_t{1} << 30);
        CHECK(world.node("a")->ls_seq == 1);
    }
    CHECK(world.machine.counters().malformed == 2);
    CHECK(world.count(Kind::malformed) == 1);
    CHECK(world.sent.empty());
    CHECK(world.path("a").has_value());
}

TEST_CASE("nobody speaks for another, or for us") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.sent.clear();
    Buffer content;
    SUBCASE("for another") {
        write_message(content, RouterAdvert{.from = {.id = "b"}, .instance = 7});
    }
    SUBCASE("for us") {
        write_message(content, RouterAdvert{.from = {.id = "me"}, .instance = 7});
    }
    Buffer bytes;
    write_envelope(
        bytes, {.to = "amqp:/_topo/0/all/qdrouter", .ingress = {}, .trace = {}, .content = content},
        "a");
    world.receive(1, bytes);
    world.receive(1, bytes);
    CHECK(world.count(Kind::impostor) == 1);
    CHECK(world.sent.empty());
    CHECK(world.node("b")->instance == 1);
}

TEST_CASE("a router far away with our id is reported, our former life is not") {
    World world;
    world.neighbour(1, "a");
    const auto advert = [&](std::int64_t instance) {
        world.tell(1, RouterAdvert{.from = {.id = "me"}, .instance = instance}, {}, {"a"});
    };
    advert(99);
    advert(100);
    CHECK(world.count(Kind::duplicate_id) == 0);
    SUBCASE("a younger one") {
        advert(101);
        advert(102);
    }
    SUBCASE("an older one that speaks for long") {
        world.now += seconds(11);
        advert(99);
        advert(99);
    }
    CHECK(world.count(Kind::duplicate_id) == 1);
    CHECK(world.machine.nodes().size() == 2);
}

TEST_CASE("a router of a later version is ignored, and said so once") {
    World world;
    world.neighbour(1, "a");
    world.sent.clear();
    RouterAdvert advert{.from = {.id = "next", .version = 2}, .instance = 1};
    for (advert.ls_seq = 0; advert.ls_seq < 3; ++advert.ls_seq) {
        world.tell(1, advert, {}, {"a"});
    }
    CHECK(world.count(Kind::version_mismatch) == 1);
    CHECK(world.machine.index_of("next") == kNoRouter);
    CHECK(world.sent.empty());
}

TEST_CASE("routers beyond the limit are left out, and the others are served") {
    World world({.id = {}, .routers_max = 4});
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}}, 2);
    CHECK(world.machine.nodes().size() == 4);
    CHECK(world.path("b").has_value());
    CHECK(world.path("c").has_value());
    CHECK(world.count(Kind::limit) == 1);
    world.link_up(2);
    world.hello(2, "z");
    CHECK(world.count(Kind::neighbour_up) == 1);
}

TEST_CASE("what had no place among the routers is asked for again") {
    World world({.id = {}, .routers_max = 4});
    world.neighbour(1, "a");
    world.neighbour(2, "z");
    world.links(1, "a", {{"me", 1}, {"b", 1}, {"c", 1}}, 2);
    REQUIRE_FALSE(world.path("c").has_value());
    world.links(2, "z", {}, 2);
    world.machine.link_down(2, world.now);
    world.pass(seconds(4), {{1, "a"}});
    world.sent.clear();
    world.advert(1, "a", 2, 0);
    CHECK(world.said<LinkStateRequest>().size() == 1);
    world.links(1, "a", {{"me", 1}, {"b", 1}, {"c", 1}}, 2);
    CHECK(world.path("c").has_value());
}

TEST_CASE("a router that forgot its links and fell silent is given up, links and all") {
    World world;
    world.neighbour(1, "a");
    const auto forgot = [&] {
        world.tell(1, RouterAdvert{.from = {.id = "x"}, .instance = 1, .ls_seq = 0}, {}, {"a"});
    };
    world.tell(
        1, LinkStateUpdate{.from = {.id = "x"}, .instance = 1, .ls_seq = 9, .peers = {{"a", 1}}},
        {}, {"a"});
    forgot();
    world.pass(seconds(3), {{1, "a"}});
    forgot();
    world.pass(seconds(70), {{1, "a"}});
    CHECK(world.machine.index_of("x") == kNoRouter);
    CHECK(world.path("a").has_value());
}

TEST_CASE("keys that name nothing are left out, and told once") {
    World world;
    world.neighbour(1, "a");
    world.addresses(1, "a", 1,
                    {"M", "M0", "Mx", "M0good", "M0" + std::string(kKeyBytesMax, 'x'), "R"});
    world.addresses(1, "a", 2, {"M", "Xa", "M0better"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0better", "M0good"});
    CHECK(world.count(Kind::malformed) == 1);
}

TEST_CASE("a router that claims to restart all the time is told of once") {
    World world;
    world.neighbour(1, "a");
    for (std::int64_t instance = 2; instance < 50; ++instance) {
        world.advert(1, "a", 1, 0, instance);
    }
    CHECK(world.count(Kind::router_restarted) == 1);
}

TEST_CASE("messages on links that nobody announced do nothing") {
    World world;
    world.hello(9, "a");
    CHECK(world.sent.empty());
    CHECK(world.machine.counters().received == 0);
    world.machine.link_down(9, world.now);
    world.machine.change_cost(9, 3, world.now);
    CHECK(world.machine.neighbour_on(9).empty());
}

TEST_CASE("a mesh with originals does not grow beyond what they can count") {
    World world;
    world.neighbour(1, "original");
    std::vector<std::pair<std::string, std::int64_t>> peers = {{"me", 1}};
    for (std::size_t i = 0; i < kRoutersMaxWithOriginals - 2; ++i) {
        peers.emplace_back("r" + std::to_string(i), 1);
    }
    world.links(1, "original", peers, 2);
    world.pass(seconds(7), {{1, "original"}});
    world.link_up(2);
    world.sent.clear();
    world.hello(2, "one-more", /*hears_us=*/false);
    world.hello(2, "one-more");
    CHECK(world.said<Hello>().empty());
    CHECK_FALSE(world.path("one-more").has_value());
    REQUIRE(world.count(Kind::limit) == 1);
    CHECK(world.events.back().router == "one-more");
    SUBCASE("one that is in the mesh already may connect") {
        world.link_up(3);
        world.hello(3, "r5");
        CHECK(world.machine.path_to(world.machine.index_of("r5"))->link == 3);
    }
    SUBCASE("once another is gone, it is taken") {
        peers.pop_back();
        world.links(1, "original", peers, 3);
        world.pass(seconds(4), {{1, "original"}, {2, "one-more"}});
        CHECK(world.path("one-more").has_value());
        CHECK(world.count(Kind::limit) == 1);
    }
}

TEST_CASE("an original that joins a mesh that is too large for it is let go") {
    World world;
    world.weft_neighbour(1, "a");
    std::vector<std::pair<std::string, std::int64_t>> peers = {{"me", 1}};
    for (std::size_t i = 0; i < 140; ++i) {
        const std::string id = "r" + std::to_string(i);
        peers.emplace_back(id, 1);
        world.addresses(1, id, 1, {"M0_weft/" + id});
    }
    world.links(1, "a", peers, 2);
    world.pass(seconds(7), {{1, "a"}});
    CHECK(world.count(Kind::limit) == 0);
    world.neighbour(2, "original");
    CHECK(world.path("original").has_value());
    world.pass(seconds(7), {{1, "a"}, {2, "original"}});
    CHECK_FALSE(world.path("original").has_value());
    const std::size_t told = world.count(Kind::limit);
    CHECK(told >= 1);
    CHECK(world.path("a").has_value());
    world.pass(seconds(7), {{1, "a"}, {2, "original"}});
    CHECK_FALSE(world.path("original").has_value());
    CHECK(world.count(Kind::limit) == told);
    peers.resize(100);
    world.links(1, "a", peers, 3);
    world.pass(seconds(4), {{1, "a"}, {2, "original"}});
    CHECK(world.path("original").has_value());
}

TEST_SUITE_END();

}  // namespace weft::linkstate
