#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {

TEST_SUITE_BEGIN("LinkState: neighbours");

TEST_CASE("a new link gets a HELLO at once, and then one each interval") {
    World world;
    world.link_up(1);
    REQUIRE(world.sent.size() == 1);
    CHECK(world.sent[0].to == "amqp:/_local/qdhello");
    const Hello& hello = std::get<Hello>(world.sent[0].message);
    CHECK(hello.from.id == "me");
    CHECK(hello.instance == 100);
    CHECK(hello.seen.empty());
    world.pass(milliseconds(3500));
    CHECK(world.sent.size() == 4);
}

TEST_CASE("a HELLO that does not name us is answered at once, but not again and again") {
    World world;
    world.link_up(1);
    world.sent.clear();
    world.hello(1, "a", /*hears_us=*/false);
    const auto answers = world.said<Hello>();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].second.seen == std::vector<std::string>{"a"});
    for (int i = 0; i < 50; ++i) {
        world.hello(1, "a", /*hears_us=*/false);
    }
    CHECK(world.said<Hello>().size() == 1);
    CHECK(world.count(Kind::neighbour_up) == 0);
    CHECK(world.machine.neighbour_on(1) == "a");
}

TEST_CASE("a neighbour that hears us is up: it gets our links and an advert at once") {
    World world;
    world.link_up(1, 7);
    world.sent.clear();
    world.hello(1, "a");
    CHECK(world.count(Kind::neighbour_up) == 1);
    CHECK(world.path("a") == Path{1, 7});
    const auto links = world.said<LinkStateUpdate>();
    REQUIRE(links.size() == 1);
    CHECK(links[0].second.ls_seq == 1);
    CHECK(links[0].second.peers == std::vector<std::pair<std::string, std::int64_t>>{{"a", 7}});
    const auto adverts = world.said<RouterAdvert>();
    REQUIRE(adverts.size() == 1);
    CHECK(adverts[0].second.ls_seq == 1);
    CHECK(adverts[0].second.mobile_seq == 1);
    CHECK(world.said<Hello>().size() == 1);  // so that it hears that we hear it
    world.pass(milliseconds(50));
    CHECK(world.said<LinkStateRequest>().size() == 1);
}

TEST_CASE("a neighbour is lost when no HELLO named us for the maximal age") {
    World world;
    world.neighbour(1, "a");
    world.pass(seconds(10), {{1, "a"}});
    CHECK(world.path("a").has_value());
    CHECK(world.count(Kind::neighbour_lost) == 0);
    world.hello(1, "a");
    world.pass(seconds(3));
    CHECK(world.count(Kind::neighbour_lost) == 0);
    world.pass(milliseconds(1));
    CHECK(world.count(Kind::neighbour_lost) == 1);
    CHECK_FALSE(world.path("a").has_value());

    SUBCASE("and is back with the next") {
        world.hello(1, "a");
        CHECK(world.path("a").has_value());
    }
    SUBCASE("HELLOs that do not name us do not count") {
        world.hello(1, "a", /*hears_us=*/false);
        CHECK_FALSE(world.path("a").has_value());
    }
}

TEST_CASE("while a long control message comes in, HELLOs may wait behind it") {
    World world;
    world.neighbour(1, "a");
    world.hello(1, "a");
    world.pass(seconds(2));
    world.machine.note_life(1, world.now, world.now);
    world.pass(seconds(2));
    CHECK(world.count(Kind::neighbour_lost) == 0);
    world.machine.note_life(1, world.now, {});
    world.pass(milliseconds(1100));
    CHECK(world.count(Kind::neighbour_lost) == 1);
    CHECK(world.silent == std::vector<PeerLink>{1});
}

TEST_CASE("a lost connection changes the paths before the call returns") {
    World world;
    world.neighbour(1, "a");
    world.machine.link_down(1, world.now);
    CHECK_FALSE(world.path("a").has_value());
    CHECK(world.log.back() == "a lost");
    CHECK(world.machine.neighbour_on(1).empty());
}

TEST_CASE("a neighbour is a way, and announced, once its connection carries messages") {
    World world;
    world.link_up(1);
    world.machine.set_carries(1, false, world.now);
    world.hello(1, "a");
    CHECK(world.count(Kind::neighbour_up) == 1);
    CHECK(world.node("a")->neighbour == 1U);
    CHECK_FALSE(world.path("a").has_value());
    CHECK(world.said<LinkStateUpdate>().empty());
    SUBCASE("it hears what is said to all, and is answered") {
        world.machine.set_local_address("M0orders", true, Hint::balanced);
        world.pass(milliseconds(200));
        CHECK(world.said<MobileUpdate>().size() == 1);
        world.tell(1, LinkStateRequest{.from = {.id = "a"}});
        REQUIRE(world.said<LinkStateUpdate>().size() == 1);
        CHECK(world.said<LinkStateUpdate>()[0].second.peers.empty());
    }
    SUBCASE("then") {
        world.machine.set_carries(1, true, world.now);
        world.machine.flush(world.now);
        CHECK(world.path("a") == Path{1, 1});
        REQUIRE(world.said<LinkStateUpdate>().size() == 1);
        CHECK(world.said<LinkStateUpdate>()[0].second.peers.size() == 1);
        CHECK(world.count(Kind::neighbour_up) == 1);
    }
    SUBCASE("or is lost before") {
        world.machine.link_down(1, world.now);
        CHECK(world.count(Kind::neighbour_lost) == 1);
        world.machine.set_carries(1, true, world.now);
        CHECK_FALSE(world.path("a").has_value());
    }
}

TEST_CASE("a longer way that works is kept until the shorter one carries messages") {
    World world;
    world.neighbour(1, "a");
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    world.links(1, "b", {{"a", 1}});
    world.pass(milliseconds(100), {{1, "a"}});
    REQUIRE(world.path("b") == Path{1, 2});
    world.log.clear();
    world.link_up(2);
    world.machine.set_carries(2, false, world.now);
    world.hello(2, "b");
    CHECK(world.path("b") == Path{1, 2});
    CHECK(world.log.empty());
    world.machine.set_carries(2, true, world.now);
    world.machine.flush(world.now);
    CHECK(world.path("b") == Path{2, 1});
}

TEST_CASE("of two connections to a neighbour one that carries messages is used, if dearer") {
    World world;
    world.neighbour(1, "a", 5);
    world.link_up(2, 3);
    world.machine.set_carries(2, false, world.now);
    world.hello(2, "a");
    CHECK(world.path("a") == Path{1, 5});
    world.machine.set_carries(2, true, world.now);
    world.machine.flush(world.now);
    CHECK(world.path("a") == Path{2, 3});
}

TEST_CASE("who seems silent is known before it is taken for lost") {
    World world;
    world.neighbour(1, "a");
    world.hello(1, "a");
    CHECK_FALSE(world.machine.seems_silent(1, world.now + seconds(3)));
    CHECK(world.machine.seems_silent(1, world.now + milliseconds(3001)));
    CHECK_FALSE(world.machine.seems_silent(2, world.now + seconds(10)));
    world.link_up(2);  // of which nothing is known yet
    CHECK_FALSE(world.machine.seems_silent(2, world.now + seconds(10)));
}

TEST_CASE("of two connections to a neighbour the cheaper one is used, and then the other") {
    World world;
    world.neighbour(1, "a", 5);
    world.link_up(2, 3);
    world.hello(2, "a");
    CHECK(world.path("a") == Path{2, 3});
    CHECK(world.count(Kind::neighbour_up) == 1);
    world.machine.link_down(2, world.now);
    CHECK(world.path("a") == Path{1, 5});
    CHECK(world.count(Kind::neighbour_lost) == 0);
}

TEST_CASE("a change of the cost is announced") {
    World world;
    world.neighbour(1, "a");
    world.machine.change_cost(1, 9, world.now);
    world.machine.flush(world.now);
    CHECK(world.path("a") == Path{1, 9});
    REQUIRE(world.said<LinkStateUpdate>().size() == 1);
    CHECK(world.said<LinkStateUpdate>()[0].second.peers[0].second == 9);
    CHECK(world.said<LinkStateUpdate>()[0].second.ls_seq == 2);
}

TEST_CASE("a router that leaves announces its links as too dear to pass through") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b", 2 * kLeavingCost);
    world.machine.leave(world.now);
    const auto links = world.said<LinkStateUpdate>();
    REQUIRE(links.size() == 2);
    for (const auto& [peer, cost] : links[0].second.peers) {
        CHECK(cost == (peer == "a" ? kLeavingCost : 2 * kLeavingCost));
    }
    CHECK(world.path("a").has_value());
}

TEST_CASE("a neighbour that comes and goes is held down, longer each time") {
    World world;
    world.link_up(1);
    int flaps = 0;
    for (; flaps < 10; ++flaps) {
        world.hello(1, "a");
        if (!world.path("a")) {
            break;
        }
        world.machine.link_down(1, world.now);
        world.link_up(1);
    }
    CHECK(flaps == 4);
    world.sent.clear();
    world.hello(1, "a", /*hears_us=*/false);
    for (const auto& [link, hello] : world.said<Hello>()) {
        CHECK(hello.seen.empty());  // it holds, too
    }
    world.pass(milliseconds(1100));
    world.hello(1, "a");
    CHECK(world.path("a").has_value());
    SUBCASE("but not if it restarted") {
        world.machine.link_down(1, world.now);
        world.link_up(1);
        world.hello(1, "a", true, 2);
        CHECK(world.path("a").has_value());
    }
}

TEST_CASE("a neighbour with our own id is reported once and gets nowhere") {
    World world;
    world.link_up(1);
    world.hello(1, "me", true, 5);
    world.hello(1, "me", true, 5);
    CHECK(world.count(Kind::duplicate_id) == 1);
    CHECK(world.machine.neighbour_on(1).empty());
    CHECK(world.machine.nodes().size() == 1);
}

TEST_CASE("a neighbour can't change its id") {
    World world;
    world.neighbour(1, "a");
    world.hello(1, "b");
    world.hello(1, "b");
    CHECK(world.count(Kind::impostor) == 1);
    CHECK(world.machine.neighbour_on(1) == "a");
    CHECK(world.machine.index_of("b") == kNoRouter);
}

TEST_CASE("of two neighbours with one id the one that started last is heard") {
    World world;
    world.link_up(1);
    world.hello(1, "a", true, 5);
    world.link_up(2);
    SUBCASE("an older one is a duplicate") {
        world.hello(2, "a", true, 4);
        CHECK(world.path("a") == Path{1, 1});
        CHECK(world.count(Kind::duplicate_id) == 1);
    }
    SUBCASE("a newer one restarted") {
        world.hello(2, "a", true, 6);
        CHECK(world.path("a") == Path{2, 1});
        CHECK(world.count(Kind::router_restarted) == 1);
        CHECK(world.silent == std::vector<PeerLink>{1});
        world.hello(1, "a", true, 5);
        CHECK(world.path("a") == Path{2, 1});
        CHECK(world.count(Kind::duplicate_id) == 1);
    }
}

TEST_SUITE_END();

}  // namespace weft::linkstate
