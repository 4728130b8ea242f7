#include "tests/unit/core/world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: edge routers");

namespace {

/// A router of a mesh: two edge routers beside its clients.
struct EdgesWorld : World {
    explicit EdgesWorld(CoreOptions options = {.router_id = "r1"}) : World{std::move(options)} {}
    ~EdgesWorld() {
        for (FakePort* port : {&one, &other}) {
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr) {
                    port->detach(*peer);
                }
            }
            CHECK(port->faults == std::vector<std::string>{});
        }
        work();
    }
    void work() {
        while (core.work(now)) {
        }
    }

    FakePort one{core, now, Traits::of_edge()};
    FakePort other{core, now, Traits::of_edge()};
};

/// The last letter of each delivery, before which edge routers get annotations.
std::string ends(const Peer& consumer) {
    std::string all;
    for (const Got& got : consumer.got) {
        all += got.complete ? got.text().substr(got.text().size() - 1) : "?";
    }
    return all;
}

}  // namespace

TEST_CASE("what an edge router brings goes to others, not back to it") {
    for (const Distribution distribution : {Distribution::balanced, Distribution::closest}) {
        EdgesWorld world;
        world.rule("a", {.distribution = distribution});
        Peer& own = world.one.consumer("a");
        Peer& client = world.right.consumer("a");
        Peer& in = world.one.producer("a");
        for (const char* text : {"1", "2", "3"}) {
            world.one.send(in, text);
        }
        CHECK(ends(own).empty());
        CHECK(ends(client) == "123");
        world.right.accept_all(client);
        CHECK(in.outcome(2) == Outcome::accepted);
    }
}

TEST_CASE("of a multicast it gets no copy back") {
    EdgesWorld world;
    world.rule("m", {.distribution = Distribution::multicast});
    Peer& own = world.one.consumer("m");
    Peer& another = world.other.consumer("m");
    Peer& client = world.right.consumer("m");
    Peer& in = world.one.producer("m");
    world.one.send(in, "1");
    CHECK(ends(own).empty());
    CHECK(ends(another) == "1");
    CHECK(ends(client) == "1");
    Peer& here = world.left.producer("m");
    world.left.send(here, "2");
    CHECK(ends(own) == "2");
}

TEST_CASE("of a multicast to very many neither") {
    EdgesWorld world{{.router_id = "r1", .limits = {.slice = 3}}};
    world.rule("m", {.distribution = Distribution::multicast});
    Peer& own = world.one.consumer("m", 1000);
    for (int i = 0; i < 300; ++i) {
        world.right.consumer("m", 1000);
    }
    Peer& in = world.one.producer("m");
    const DeliveryId id = world.one.send(in, "1");
    world.work();
    CHECK(ends(own).empty());
    for (const auto& peer : world.right.peers()) {
        world.right.accept_all(*peer);
    }
    world.work();
    CHECK(in.outcome(id) == Outcome::accepted);
}

TEST_CASE("if it alone receives, what it brings comes back") {
    for (const Distribution distribution : {Distribution::balanced, Distribution::multicast}) {
        EdgesWorld world;
        world.rule("a", {.distribution = distribution});
        Peer& own = world.one.consumer("a");
        Peer& in = world.one.producer("a");
        CHECK(in.outcome(world.one.send(in, "1")) == Outcome::released);
        CHECK(ends(own).empty());
    }
}

TEST_CASE("what waits for others is passed over by its own consumer, and others' is not held up") {
    EdgesWorld world;
    Peer& own = world.one.consumer("a", 0);
    Peer& client = world.right.consumer("a", 0);
    Peer& in = world.one.producer("a");
    Peer& producer = world.left.producer("a");
    world.one.send(in, "1");
    world.one.send(in, "2");
    world.left.send(producer, "3");
    world.one.give_credit(own, 10);
    CHECK(ends(own) == "3");
    world.left.send(producer, "4");  // although others wait
    CHECK(ends(own) == "34");
    CHECK(ends(client).empty());
    world.right.give_credit(client, 10);
    CHECK(ends(client) == "12");
    world.one.accept_all(own);
    world.right.accept_all(client);
}

TEST_CASE("what waits for others comes back once it alone receives") {
    EdgesWorld world;
    Peer& own = world.one.consumer("a", 10);
    Peer& client = world.right.consumer("a", 0);
    Peer& in = world.one.producer("a");
    const DeliveryId id = world.one.send(in, "1");
    world.right.detach(client);
    world.work();
    CHECK(in.outcome(id) == Outcome::released);
    CHECK(ends(own).empty());
}

TEST_CASE("what waited is no echo for the wrong one, though its producer is gone") {
    EdgesWorld world;
    Peer& own = world.one.consumer("a", 0);
    Peer& another = world.other.consumer("a", 0);
    Peer& in = world.one.producer("a");
    world.one.send(in, "1");
    world.one.detach(in);
    world.one.give_credit(own, 10);
    CHECK(ends(own).empty());
    world.other.give_credit(another, 10);
    CHECK(ends(another) == "1");
    world.other.accept_all(another);
}

TEST_CASE("without others its fallback gets what it brings") {
    EdgesWorld world;
    world.rule("a", {.fallback = true});
    Peer& own = world.one.consumer("a");
    Peer& fallback =
        world.right.attach({.direction = Direction::out, .address = "a", .phase = kFallbackPhase});
    world.right.give_credit(fallback, 10);
    Peer& in = world.one.producer("a");
    world.one.send(in, "1");
    CHECK(ends(own).empty());
    CHECK(ends(fallback) == "1");
    world.right.accept_all(fallback);
}

TEST_CASE("it hears whether others receive from what it sends to, as that changes") {
    EdgesWorld world;
    Peer& in = world.one.producer("a");
    CHECK(in.reach.empty());
    Peer& own = world.one.consumer("a");
    CHECK(in.reach.empty());
    Peer& client = world.right.consumer("a");
    CHECK(in.reach == "+");
    Peer& more = world.right.consumer("a");
    CHECK(in.reach == "+");
    world.right.detach(client);
    CHECK(in.reach == "+");
    world.right.detach(more);
    CHECK(in.reach == "+-");
    world.one.detach(own);
    CHECK(in.reach == "+-");
    Peer& another = world.other.consumer("a");
    CHECK(in.reach == "+-+");
    Peer& late = world.other.producer("a");
    CHECK(late.reach.empty());  // it alone receives
    Peer& second = world.one.producer("a");
    CHECK(second.reach == "+");
    world.other.detach(another);
    CHECK(in.reach == "+-+-");
}

TEST_CASE("consumers at other routers are others") {
    EdgesWorld world;
    FakePort neighbour{world.core, world.now, Traits::of_router()};
    neighbour.data(Direction::out);
    Peer& own = world.one.consumer("a");
    Peer& in = world.one.producer("a");
    world.core.reach().set_path(1, "r2", &neighbour.trunk(), 1, world.now);
    world.core.reach().set_remote(1, "M0a", true, {}, world.now);
    CHECK(in.reach == "+");
    world.core.reach().set_remote(1, "M0a", false, {}, world.now);
    world.work();
    CHECK(in.reach == "+-");
    CHECK(ends(own).empty());
    world.core.reach().set_path(1, "r2", nullptr, 0, world.now);
    world.work();
}

TEST_CASE("nobody hears of addresses that are not for the mesh") {
    EdgesWorld world;
    Peer& down =
        world.other.attach({.direction = Direction::out, .address = "e2", .downlink = true});
    Peer& in = world.one.producer("_edge/e2/temp.1");
    CHECK(in.reach.empty());
    world.other.give_credit(down, 10);
    world.one.send(in, "1");
    CHECK(down.complete() == 1);
    world.other.accept_all(down);
}

TEST_CASE("all below _edge/ID/ goes to the edge router of that id, and says where in there") {
    EdgesWorld world;
    Peer& down = world.one.attach({.direction = Direction::out, .address = "e1", .downlink = true});
    world.one.give_credit(down, 10);
    CHECK(down.link->address->key.text == "He1");
    Peer& producer = world.left.producer("_edge/e1/some/node");
    world.left.send(producer, Buffer{0x00, 0x53, 0x77, 0xa1, 0x01, 'x'});
    REQUIRE(down.got.size() == 1);
    const std::string_view text = down.got.front().text();
    CHECK(text.find("x-opt-qd.to") != std::string_view::npos);
    CHECK(text.find("_edge/e1/some/node") != std::string_view::npos);
    world.one.accept_all(down);
}

TEST_CASE("what it brings goes to another loop once, and is not let out from there again") {
    EdgesWorld world;
    FakePort loop{world.core, world.now, Traits::of_loop()};
    Peer& exit = loop.relay(Direction::out, "a");
    loop.give_credit(exit, 10);
    Peer& in = world.one.producer("a");
    world.one.send(in, "1");
    REQUIRE(exit.got.size() == 1);
    CHECK(exit.got.front().provenance.crossings == kCrossingsMax - 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "2");
    REQUIRE(exit.got.size() == 2);
    CHECK(exit.got.back().provenance.crossings == 0);
    loop.accept_all(exit);
}

TEST_SUITE_END();

}  // namespace weft::router
