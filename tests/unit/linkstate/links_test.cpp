#include "router/linkstate/link_announcer.hpp"
#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {

TEST_SUITE_BEGIN("LinkState: links of others");

TEST_CASE("a router behind a neighbour is reached through it, and named in the nodes") {
    World world;
    world.neighbour(1, "a", 2);
    world.links(1, "a", {{"me", 2}, {"b", 3}}, 2);
    CHECK(world.path("b") == Path{1, 5});
    const auto b = world.node("b");
    REQUIRE(b);
    CHECK(b->next_hop == "a");
    CHECK_FALSE(b->neighbour);
    CHECK(world.node("a")->next_hop.empty());
    CHECK(world.node("a")->neighbour == 1U);
    CHECK(world.node("me")->index == kThisRouter);
    CHECK(world.machine.peers_of(kThisRouter).size() == 1);
    CHECK(world.machine.id_of(b->index) == "b");
}

TEST_CASE("a router that is mentioned is asked for its links, again until it answers") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    world.pass(milliseconds(31));
    REQUIRE(world.said<LinkStateRequest>().size() == 1);
    CHECK(world.sent.back().to == "amqp:/_topo/0/b/qdrouter");
    CHECK(world.sent.back().link == 1);
    world.pass(milliseconds(800), {{1, "a"}});
    CHECK(world.said<LinkStateRequest>().size() == 4);  // after 0.1, 0.3 and 0.7 s
    world.links(1, "b", {{"a", 1}});
    world.advert(1, "b", 1, 0);
    world.sent.clear();
    world.pass(seconds(5), {{1, "a"}});
    CHECK(world.said<LinkStateRequest>().empty());
    CHECK(world.said<MobileRequest>().empty());
}

TEST_CASE("an advert of something newer is followed by a request at once, and only one") {
    World world;
    world.neighbour(1, "a");
    world.advert(1, "a", 2, 1);
    CHECK(world.said<LinkStateRequest>().size() == 1);
    REQUIRE(world.said<MobileRequest>().size() == 1);
    CHECK(world.said<MobileRequest>()[0].second.have_seq == 0);
    CHECK(world.sent.back().to == "amqp:/_topo/0/a/qdrouter.ma");
    world.advert(1, "a", 3, 2);
    CHECK(world.said<LinkStateRequest>().size() == 1);
    CHECK(world.said<MobileRequest>().size() == 1);
}

TEST_CASE("older links are not taken") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 5);
    world.links(1, "a", {{"me", 1}}, 4);
    CHECK(world.path("b").has_value());
    world.links(1, "a", {{"me", 1}}, 6);
    CHECK_FALSE(world.path("b").has_value());
}

TEST_CASE("a request is answered with links and advert, by the way it came if there is no other") {
    World world;
    world.neighbour(1, "a");
    world.tell(1, LinkStateRequest{{.id = "far"}}, {}, {"a"});
    REQUIRE(world.said<LinkStateUpdate>().size() == 1);
    CHECK(world.said<RouterAdvert>().size() == 1);
    for (const World::Sent& each : world.sent) {
        CHECK(each.link == 1);
        CHECK(each.to == "amqp:/_topo/0/far/qdrouter");
        CHECK(each.ingress == "me");
        CHECK(each.trace == std::vector<std::string>{"me"});
    }
}

TEST_CASE("who asks in the name of another does not have it told again and again") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    for (int i = 0; i < 40; ++i) {  // a millisecond each
        world.tell(2, LinkStateRequest{{.id = "a"}});
    }
    CHECK(world.said<LinkStateUpdate>().size() == 1);
    world.now += LinkAnnouncer::kAnswerGap;
    world.tell(2, LinkStateRequest{{.id = "a"}});
    CHECK(world.said<LinkStateUpdate>().size() == 2);
}

TEST_CASE("the links of all routers together have a limit, which is told once of each") {
    World world{{.id = {}, .links_max = 3}};
    world.neighbour(1, "a");  // with one to us, and ours to it
    world.links(1, "a", {{"me", 1}, {"b", 1}, {"c", 1}}, 2);
    CHECK_FALSE(world.path("b").has_value());
    CHECK(world.count(Kind::limit) == 1);
    world.links(1, "a", {{"me", 1}, {"b", 1}, {"c", 1}}, 3);
    CHECK(world.count(Kind::limit) == 1);
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 4);
    CHECK(world.path("b").has_value());
}

TEST_CASE("a router that restarted loses its links and addresses, and is asked again") {
    World world;
    world.weft_neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 7);
    world.addresses(1, "a", 2, {"M0x"});
    world.log.clear();
    world.now += seconds(1);
    SUBCASE("as its advert says") {
        world.advert(1, "a", 1, 1, 2);
    }
    SUBCASE("as its links say") {
        world.links(1, "a", {{"me", 1}}, 1, 2);
    }
    CHECK(world.count(Kind::router_restarted) == 1);
    CHECK(world.keys_of("a").empty());
    CHECK_FALSE(world.path("b").has_value());
    CHECK(world.path("a").has_value());
    CHECK(std::ranges::find(world.log, "a reached") == world.log.end());
    CHECK(world.node("a")->instance == 2);
}

TEST_CASE("what is left of a router's former life is not heard") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "b", {{"a", 1}}, 1, 50);
    world.links(1, "b", {{"a", 1}, {"c", 1}}, 9, 40);
    CHECK(world.node("b")->ls_seq == 1);
    CHECK(world.count(Kind::router_restarted) == 0);
    SUBCASE("until the later life is silent for long: the clock was set back") {
        world.now += seconds(11);
        world.links(1, "b", {{"a", 1}, {"c", 1}}, 9, 40);
        CHECK(world.node("b")->ls_seq == 9);
        CHECK(world.count(Kind::router_restarted) == 1);
    }
}

TEST_CASE("the links of a router are shown as it says them") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 7}}, 2);
    using Links = std::vector<std::pair<std::string, std::int64_t>>;
    CHECK(world.machine.peers_of(world.node("a")->index) == Links{{"me", 1}, {"b", 7}});
    CHECK(world.machine.peers_of(kThisRouter) == Links{{"a", 1}});
    CHECK(world.machine.peers_of(world.node("b")->index).empty());
}

TEST_CASE("links that nobody speaks for are dropped, and then the router is forgotten") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    world.links(1, "b", {{"a", 1}, {"c", 1}});
    world.links(1, "a", {{"me", 1}}, 3);
    CHECK(world.node("b").has_value());
    CHECK(world.node("c").has_value());
    CHECK_FALSE(world.path("b").has_value());
    for (int i = 0; i < 70; ++i) {
        world.advert(1, "a", 3, 0);
        world.pass(seconds(1), {{1, "a"}});
    }
    CHECK_FALSE(world.node("b").has_value());
    CHECK_FALSE(world.node("c").has_value());
    CHECK(world.machine.nodes().size() == 2);
}

TEST_CASE("a router whose adverts do not come is asked before it is given up") {
    World world;
    world.neighbour(1, "a");
    world.pass(seconds(37), {{1, "a"}});
    CHECK(world.said<LinkStateRequest>().empty());
    world.pass(seconds(3), {{1, "a"}});
    CHECK_FALSE(world.said<LinkStateRequest>().empty());
    world.links(1, "a", {{"me", 1}});
    world.pass(seconds(30), {{1, "a"}});
    CHECK(world.node("a")->ls_seq == 1);
}

TEST_CASE("a number that is forgotten is given out again only after all was taken back") {
    World world;
    world.weft_neighbour(1, "a");
    const RouterIndex number = world.machine.index_of("a");
    world.machine.link_down(1, world.now);
    CHECK(world.log.back() == "a lost");
    CHECK(world.log[world.log.size() - 2] == "a -M0_weft/a");
    world.pass(seconds(70));
    CHECK(world.machine.index_of("a") == kNoRouter);
    CHECK(world.machine.id_of(number).empty());
    world.neighbour(2, "z");
    CHECK(world.machine.index_of("z") == number);
    CHECK(world.keys_of("z").empty());
}

TEST_CASE("changes that follow each other soon are announced together") {
    World world;
    world.link_up(1);
    world.hello(1, "a");
    world.sent.clear();
    for (PeerLink link = 2; link < 8; ++link) {
        world.link_up(link);
        world.hello(link, "n" + std::to_string(link));
    }
    CHECK(world.said<LinkStateUpdate>().empty());
    world.pass(milliseconds(10));
    REQUIRE(world.said<LinkStateUpdate>().size() == 7);  // one to each
    CHECK(world.said<LinkStateUpdate>()[0].second.peers.size() == 7);
    CHECK(world.said<LinkStateUpdate>()[0].second.ls_seq == 2);
}

TEST_CASE("adverts come often after a change, and seldom at rest") {
    World world;
    world.neighbour(1, "a");
    world.pass(seconds(20), {{1, "a"}});
    const std::size_t at_first = world.said<RouterAdvert>().size();
    CHECK(at_first >= 2);
    CHECK(at_first <= 4);
    world.sent.clear();
    world.links(1, "a", {{"me", 1}}, 1);
    world.pass(seconds(90), {{1, "a"}});
    CHECK(world.said<RouterAdvert>().size() == 3);
}

TEST_CASE("the version of the topology changes when a path may, and only then") {
    World world;
    world.neighbour(1, "a");
    const std::uint64_t before = world.machine.topology_version();
    world.advert(1, "a", 1, 0);
    world.links(1, "a", {{"me", 1}}, 2);
    CHECK(world.machine.topology_version() == before);
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 3);
    CHECK(world.machine.topology_version() != before);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
