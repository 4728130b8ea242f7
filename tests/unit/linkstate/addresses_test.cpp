#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {

TEST_SUITE_BEGIN("LinkState: addresses");

TEST_CASE("a change here is told to all at once, the next ones together a bit later") {
    World world;
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.machine.set_local_address("M0x", true, Hint::closest);
    world.machine.flush(world.now);
    auto told = world.said<MobileUpdate>();
    REQUIRE(told.size() == 2);
    CHECK(told[0].second.mobile_seq == 2);  // the first told that we are a Weft router
    CHECK(told[0].second.add == std::vector<std::string>{"M0x"});
    CHECK(told[0].second.hints == std::vector{Hint::closest});
    CHECK(told[0].second.del.empty());
    CHECK_FALSE(told[0].second.exist.has_value());
    CHECK(world.sent[0].to == "_topo/0/all/qdrouter.ma");
    world.sent.clear();
    world.machine.set_local_address("M0x", false, Hint::closest);
    world.machine.set_local_address("M0y", true, Hint::closest);
    world.machine.set_local_address("M0z", true, Hint::closest);
    world.machine.set_local_address("M0z", false, Hint::closest);
    world.machine.flush(world.now);
    CHECK(world.said<MobileUpdate>().empty());
    world.pass(milliseconds(100));
    told = world.said<MobileUpdate>();
    REQUIRE(told.size() == 2);
    CHECK(told[0].second.mobile_seq == 3);
    CHECK(told[0].second.add == std::vector<std::string>{"M0y"});
    CHECK(told[0].second.del == std::vector<std::string>{"M0x"});
}

TEST_CASE("a router that may be an original is not told before it can know us") {
    World world;
    world.link_up(1);
    world.hello(1, "a");
    world.machine.set_local_address("M0x", true, Hint::closest);
    world.sent.clear();
    SUBCASE("so it waits") {
        world.pass(milliseconds(1400), {{1, "a"}});
        CHECK(world.said<MobileUpdate>().empty());
        world.pass(milliseconds(300), {{1, "a"}});
        CHECK(world.said<MobileUpdate>().size() == 1);
    }
    SUBCASE("a Weft router need not wait") {
        world.links(1, "a", {{"me", 1}});
        world.addresses(1, "a", 1, {"M0_weft/a"});
        world.pass(milliseconds(100));
        CHECK(world.said<MobileUpdate>().size() == 1);
    }
}

TEST_CASE("originals that appear one after the other do not silence us for ever") {
    World world;
    std::map<PeerLink, std::string> alive;
    const auto appear = [&](PeerLink link) {
        alive[link] = "o" + std::to_string(link);
        world.link_up(link);
        world.hello(link, alive[link]);
    };
    appear(1);
    world.machine.set_local_address("M0x", true, Hint::closest);
    world.pass(seconds(1), alive);
    CHECK(world.said<MobileUpdate>().empty());
    for (PeerLink link = 2; link <= 5; ++link) {
        appear(link);
        world.pass(seconds(1), alive);
    }
    CHECK_FALSE(world.said<MobileUpdate>().empty());
}

TEST_CASE("what does not fit in a message to others waits until there is room") {
    World world({.id = {}, .told_bytes_max = 100});  // our own key, and two more
    world.neighbour(1, "a");
    for (const char* key : {"M0x", "M0y", "M0z"}) {
        world.machine.set_local_address(key, true, Hint::closest,
                                        static_cast<std::uint64_t>(key[2]));
    }
    world.pass(milliseconds(200), {{1, "a"}});
    CHECK(world.node("me")->untold == 1);
    auto told = world.said<MobileUpdate>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].second.add == std::vector<std::string>{"M0x", "M0y"});
    REQUIRE(world.count(Kind::limit) == 1);
    world.sent.clear();
    SUBCASE("which comes when another is given up") {
        world.machine.set_local_address("M0x", false, Hint::closest);
        world.pass(milliseconds(400), {{1, "a"}});
        told = world.said<MobileUpdate>();
        REQUIRE(told.size() == 2);
        CHECK(told[0].second.del == std::vector<std::string>{"M0x"});
        CHECK(told[1].second.add == std::vector<std::string>{"M0z"});
    }
    SUBCASE("unless it is given up itself") {
        world.machine.set_local_address("M0z", false, Hint::closest);
        world.pass(milliseconds(200), {{1, "a"}});
        world.machine.set_local_address("M0x", false, Hint::closest);
        world.pass(milliseconds(400), {{1, "a"}});
        told = world.said<MobileUpdate>();
        REQUIRE(told.size() == 1);
        CHECK(told[0].second.del == std::vector<std::string>{"M0x"});
    }
    CHECK(world.count(Kind::limit) == 1);
}

TEST_CASE("what is undone before it is told is not told") {
    World world;
    world.neighbour(1, "a");
    world.machine.set_local_address("M0x", true, Hint::closest);
    world.machine.set_local_address("M0x", false, Hint::closest);
    world.machine.set_local_address("Ltemp", true, Hint::closest);  // not an address of the mesh
    world.machine.flush(world.now);
    CHECK(world.said<MobileUpdate>().empty());
    CHECK(world.node("me")->addresses == 1);
}

TEST_CASE("who asks gets all that was told") {
    World world;
    world.neighbour(1, "a");
    world.machine.set_local_address("M0x", true, Hint::multicast);
    world.machine.flush(world.now);
    world.machine.set_local_address("M0later", true, Hint::closest);
    world.sent.clear();
    world.tell(1, MobileRequest{.from = {.id = "a"}, .have_seq = 0});
    const auto told = world.said<MobileUpdate>();
    REQUIRE(told.size() == 1);
    CHECK(world.sent[0].to == "amqp:/_topo/0/a/qdrouter.ma");
    CHECK(told[0].second.mobile_seq == 2);
    REQUIRE(told[0].second.exist);
    const std::set<std::string> exist(told[0].second.exist->begin(), told[0].second.exist->end());
    CHECK(exist == std::set<std::string>{"M0_weft/me", "M0x"});
    CHECK(told[0].second.hints.size() == 2);
    SUBCASE("but not if it has it") {
        world.sent.clear();
        world.tell(1, MobileRequest{.from = {.id = "a"}, .have_seq = 2});
        CHECK(world.said<MobileUpdate>().empty());
    }
}

TEST_CASE("differences in order are applied; a gap is asked for, once") {
    World world;
    world.neighbour(1, "a");
    world.addresses(1, "a", 1, {"M0x", "M0y"});
    world.addresses(1, "a", 2, {"M0z"}, {"M0x", "M0unknown"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0y", "M0z"});
    world.sent.clear();
    world.addresses(1, "a", 5, {"M0late"});
    world.addresses(1, "a", 6, {"M0later"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0y", "M0z"});
    REQUIRE(world.said<MobileRequest>().size() == 1);
    CHECK(world.said<MobileRequest>()[0].second.have_seq == 2);
    world.all_addresses(1, "a", 6, {"M0z", "M0late", "M0later"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0z", "M0late", "M0later"});
    CHECK(world.node("a")->mobile_seq == 6);
    CHECK(world.node("a")->addresses == 3);
    world.addresses(1, "a", 4, {"M0old"});
    CHECK(world.keys_of("a").size() == 3);
}

TEST_CASE("the hint goes with the key") {
    World world;
    world.neighbour(1, "a");
    MobileUpdate update;
    update.from.id = "a";
    update.mobile_seq = 1;
    update.add = {"M0x", "M0y"};
    update.hints = {Hint::multicast, Hint::closest};
    world.tell(1, update);
    CHECK(world.hints["M0x"] == Hint::multicast);
    CHECK(world.hints["M0y"] == Hint::closest);
}

TEST_CASE("keys that are not of the mesh are not taken") {
    World world;
    world.neighbour(1, "a");
    world.addresses(1, "a", 1, {"Ltemp", "Ttopo", "Cprefix", "M0x"});
    CHECK(world.keys_of("a") == std::set<std::string>{"Cprefix", "M0x"});
}

TEST_CASE("addresses of a router come after its path, and go before it") {
    World world;
    world.neighbour(1, "a");
    world.addresses(1, "b", 1, {"M0x"});
    CHECK(world.keys_of("b").empty());
    CHECK(world.node("b")->addresses == 1);
    world.log.clear();
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    CHECK(world.log == std::vector<std::string>{"b reached", "b +M0x"});
    world.log.clear();
    world.links(1, "a", {{"me", 1}}, 3);
    CHECK(world.log == std::vector<std::string>{"b -M0x", "b lost"});
    SUBCASE("and come again with the path, without being told again") {
        world.log.clear();
        world.links(1, "a", {{"me", 1}, {"b", 1}}, 4);
        CHECK(world.log == std::vector<std::string>{"b reached", "b +M0x"});
    }
}

TEST_CASE("more addresses than may be are refused whole, and said so once") {
    World world({.id = {}, .addresses_max = 3});
    world.neighbour(1, "a");
    world.addresses(1, "a", 1, {"M0x", "M0y"});
    world.addresses(1, "a", 2, {"M0p", "M0q"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0x", "M0y"});
    CHECK(world.node("a")->mobile_seq == 1);
    CHECK(world.count(Kind::limit) == 1);
    world.all_addresses(1, "a", 2, {"M01", "M02", "M03", "M04"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M0x", "M0y"});
    CHECK(world.count(Kind::limit) == 1);
    world.all_addresses(1, "a", 3, {"M01", "M02", "M03"});
    CHECK(world.keys_of("a") == std::set<std::string>{"M01", "M02", "M03"});
}

TEST_CASE("a router that says again and again that it has less than we have is asked for all") {
    World world;
    world.neighbour(1, "a");
    world.addresses(1, "a", 1, {"M0x"});
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 9);
    world.sent.clear();
    world.advert(1, "a", 2, 0);  // might have been overtaken
    CHECK(world.said<LinkStateRequest>().empty());
    CHECK(world.keys_of("a").size() == 1);
    world.pass(seconds(3), {{1, "a"}});
    world.sent.clear();
    world.advert(1, "a", 2, 0);
    CHECK(world.keys_of("a").empty());
    CHECK(world.said<LinkStateRequest>().size() == 1);
    world.links(1, "a", {{"me", 1}}, 2);
    CHECK_FALSE(world.path("b").has_value());
}

TEST_SUITE_END();

}  // namespace weft::linkstate
