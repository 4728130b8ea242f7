#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: priorities");

TEST_CASE("the header's priority chooses the data link, or the next lower that there is") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& third = world.east.data(Direction::out, 3);
    Peer& seventh = world.east.data(Direction::out, 7);
    Peer& producer = world.left.producer("a");
    for (const int priority : {0, 2, 3, 6, 7, 9, 200}) {
        world.left.send(producer, urgent_message(static_cast<std::uint8_t>(priority), "x"));
    }
    world.left.send(producer, plain_message("of priority 4"));
    CHECK(world.to_east.complete() == 2);
    CHECK(third.complete() == 3);
    CHECK(seventh.complete() == 3);
    for (Peer* peer : {&world.to_east, &third, &seventh}) {
        world.east.accept_all(*peer);
    }
}

TEST_CASE("an address's priority comes before the header's") {
    MeshWorld world;
    world.rule("a", {.priority = 8});
    world.remote(MeshWorld::kC, "a");
    Peer& eighth = world.east.data(Direction::out, 8);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, urgent_message(1, "x"));
    CHECK(eighth.complete() == 1);
    world.east.accept_all(eighth);
}

TEST_CASE("the urgent goes first once a full connection takes bytes again") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "a");
    Peer& ninth = world.east.data(Direction::out, 9);
    Peer& producer = world.left.producer("a");
    world.east.room = 0;
    world.left.send(producer, urgent_message(0, "x"));
    world.left.send(producer, urgent_message(9, "y"));
    world.east.make_room(100);
    CHECK(ninth.got.size() == 1);
    CHECK(world.to_east.got.empty());
    world.east.make_room(FakePort::kEndless);
    CHECK(world.to_east.complete() == 1);
    world.east.accept_all(world.to_east);
    world.east.accept_all(ninth);
}

TEST_CASE("what waits at an address goes out by priority, then age") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& one = world.left.producer("a");
    Peer& two = world.left.producer("a");
    const auto send = [&](Peer& producer, std::uint8_t priority, const char* text) {
        const Buffer message = urgent_message(priority, text);
        world.left.send(producer, message, {.settled = true});
    };
    send(one, 4, "c");
    send(two, 1, "f");
    send(one, 9, "a");
    send(two, 4, "d");
    send(one, 4, "e");
    send(two, 9, "b");
    send(one, 1, "g");
    world.right.give_credit(consumer, 100);
    std::string order;
    for (const Got& got : consumer.got) {
        order += got.text().back();
    }
    CHECK(order == "abcdefg");
}

TEST_CASE("what claims to be more urgent than the highest priority waits among those") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const int priority : {4, 9, 10, 255, 9}) {
        world.left.send(producer, urgent_message(static_cast<std::uint8_t>(priority), "x"),
                        {.settled = true});
    }
    world.right.give_credit(consumer, 4);
    CHECK(consumer.complete() == 4);
    world.left.send(producer, urgent_message(255, "last"), {.settled = true});
    world.right.give_credit(consumer, 2);
    REQUIRE(consumer.complete() == 6);
    CHECK(consumer.got[4].text().ends_with("last"));
}

TEST_SUITE_END();

}  // namespace weft::router
