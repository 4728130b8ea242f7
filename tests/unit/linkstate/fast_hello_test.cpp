#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

constexpr std::int64_t kPromise = 200;  // ms

/// A Weft neighbour of id "a" on link 1, which has promised a HELLO each 200 ms just now.
void promise(World& world) {
    world.weft_neighbour(1, "a");
    world.hello(1, "a", true, 1, kPromise);
    world.sent.clear();
}

/// How long the neighbour on link 1 is still taken for alive if nothing comes from it.
Duration time_to_loss(World& world) {
    const Instant begin = world.now;
    while (world.silent.empty() && world.now < begin + seconds(5)) {
        world.pass(milliseconds(1));
    }
    return world.now - begin - milliseconds(1);
}

/// What told why the last neighbour was lost.
std::string reason(const World& world) {
    const auto lost = std::ranges::find(world.events.rbegin(), world.events.rend(),
                                        Kind::neighbour_lost, &LinkStateEvent::kind);
    return lost == world.events.rend() ? "" : lost->text;
}

}  // namespace

TEST_SUITE_BEGIN("LinkState: fast HELLO");

TEST_CASE("a Weft neighbour is greeted each fast interval, and told so in few bytes") {
    World world;
    promise(world);
    world.pass(milliseconds(1000), {{1, "a"}});
    const auto hellos = world.said<Hello>();
    CHECK(hellos.size() == 5);
    for (const auto& [link, hello] : hellos) {
        CHECK(hello.interval_ms == 200);
        CHECK(hello.from.id == "me");
        CHECK(hello.instance == 100);
        CHECK(hello.seen == std::vector<std::string>{"a"});
    }
    for (const World::Sent& each : world.sent) {
        if (std::holds_alternative<Hello>(each.message)) {
            CHECK(each.to == "amqp:/_local/qdhello");
            CHECK(each.ingress.empty());
            CHECK(each.trace.empty());
        }
    }
}

TEST_CASE("all others are greeted as originals are") {
    World world;
    world.neighbour(2, "original");
    world.link_up(3);  // nobody knows who that is
    promise(world);
    world.hello(2, "original");
    world.sent.clear();
    world.pass(milliseconds(3000), {{1, "a"}, {2, "original"}});
    std::map<PeerLink, int> count;
    for (const auto& [link, hello] : world.said<Hello>()) {
        ++count[link];
        CHECK(hello.interval_ms == (link == 1 ? 200 : 0));
    }
    CHECK(count == std::map<PeerLink, int>{{1, 15}, {2, 3}, {3, 3}});
}

TEST_CASE("with a fast interval of 0 Weft neighbours are greeted like all others") {
    World world({.id = "me", .fast_hello = Duration::zero()});
    promise(world);
    world.pass(milliseconds(3000), {{1, "a"}});
    const auto hellos = world.said<Hello>();
    CHECK(hellos.size() == 3);
    for (const auto& [link, hello] : hellos) {
        CHECK(hello.interval_ms == 0);
    }
    SUBCASE("but what they promise counts") {
        world.hello(1, "a", true, 1, kPromise);
        CHECK(time_to_loss(world) == milliseconds(800));
    }
}

TEST_CASE("a neighbour that broke its promise four times is lost in less than a second") {
    World world;
    promise(world);
    CHECK(time_to_loss(world) == milliseconds(800));
    CHECK_FALSE(world.path("a").has_value());
    CHECK(world.silent == std::vector<PeerLink>{1});
    CHECK(reason(world) == "nothing came from it for 0.8 s");
}

TEST_CASE("silence is never shorter than 0.2 s, nor longer than the maximal age") {
    World world;
    world.weft_neighbour(1, "a");
    world.hello(1, "a", true, 1, 10);
    SUBCASE("short") {
        CHECK(time_to_loss(world) == milliseconds(200));
    }
    SUBCASE("long") {
        world.hello(1, "a", true, 1, kHelloIntervalMax);
        CHECK(time_to_loss(world) == seconds(3));
    }
}

TEST_CASE("the last HELLO decides: without a promise, the maximal age counts") {
    World world;
    promise(world);
    SUBCASE("of an old version that is the same router") {
        world.hello(1, "a");
        CHECK(time_to_loss(world) == seconds(3));
        CHECK(reason(world) == "nothing came from it for 3.0 s");
    }
    SUBCASE("after a restart into an old version, which is greeted as such after one more") {
        world.pass(milliseconds(400));
        world.sent.clear();
        world.hello(1, "a", true, 2);
        CHECK(world.path("a").has_value());
        world.pass(milliseconds(200));
        REQUIRE(world.said<Hello>().size() == 1);  // as it was promised
        CHECK(world.said<Hello>()[0].second.interval_ms == 0);
        world.sent.clear();
        world.pass(milliseconds(2000));
        CHECK(world.said<Hello>().size() == 2);
        CHECK(time_to_loss(world) == milliseconds(800));
    }
}

TEST_CASE("anything that comes from a neighbour is a sign of life") {
    World world;
    promise(world);
    world.pass(milliseconds(700));
    SUBCASE("a control message") {
        world.advert(1, "a", 1, 1);
        CHECK(time_to_loss(world) == milliseconds(800));
    }
    SUBCASE("one that is not understood") {
        world.receive(1, Buffer{0x40});
        CHECK(time_to_loss(world) == milliseconds(800));
    }
    SUBCASE("bytes of any kind, from when they came") {
        world.machine.note_life(1, world.now - milliseconds(100), {});
        CHECK(time_to_loss(world) == milliseconds(700));
    }
    SUBCASE("but it must hear us all the same") {
        for (int i = 0; i < 25; ++i) {
            world.hello(1, "a", /*hears_us=*/false, 1, kPromise);
            world.pass(milliseconds(99));
        }
        CHECK(world.silent == std::vector<PeerLink>{1});
        CHECK(reason(world) == "no HELLO that hears us for 3.0 s");
    }
}

TEST_CASE("a router that stood still hears what waits for it before it takes anybody for lost") {
    World world;
    promise(world);
    world.now += seconds(10);
    world.machine.tick(world.now);
    CHECK(world.silent.empty());
    CHECK(world.said<Hello>().size() == 1);  // and says at once that it is there
    SUBCASE("a neighbour that spoke meanwhile stays") {
        world.hello(1, "a", true, 1, kPromise);
        world.pass(milliseconds(700));
        CHECK(world.silent.empty());
    }
    SUBCASE("another is lost a moment later") {
        CHECK(world.machine.deadline() <= world.now + milliseconds(50));
        CHECK(time_to_loss(world) < milliseconds(100));
        CHECK(world.count(Kind::neighbour_lost) == 1);
    }
    SUBCASE("that the next tick is late, too, changes nothing") {
        world.now += seconds(10);
        world.machine.tick(world.now);
        CHECK(world.silent == std::vector<PeerLink>{1});
    }
}

TEST_CASE("after a loss without a restart the promise does not count for a while") {
    World world;
    promise(world);
    CHECK(time_to_loss(world) == milliseconds(800));
    world.silent.clear();
    world.hello(1, "a", true, 1, kPromise);
    REQUIRE(world.path("a").has_value());
    SUBCASE("it may just be slow") {
        CHECK(time_to_loss(world) == seconds(3));
    }
    SUBCASE("but is trusted again") {
        world.pass(seconds(31), {{1, "a"}});
        world.hello(1, "a", true, 1, kPromise);
        CHECK(time_to_loss(world) == milliseconds(800));
    }
    SUBCASE("and at once if it restarted") {
        world.hello(1, "a", true, 2, kPromise);
        CHECK(time_to_loss(world) == milliseconds(800));
    }
}

TEST_CASE("neighbours are greeted again after a time without any") {
    World world;
    promise(world);
    world.machine.link_down(1, world.now);
    world.pass(milliseconds(500));
    world.weft_neighbour(1, "a");
    world.hello(1, "a", true, 1, kPromise);
    world.sent.clear();
    world.pass(milliseconds(600));
    CHECK(world.said<Hello>().size() == 3);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
