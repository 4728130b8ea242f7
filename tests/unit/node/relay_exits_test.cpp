#include "router/node/exits.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <cstddef>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: exits");

TEST_CASE("a consumer that comes back finds its producers again") {
    Loops loops;
    router::Peer& producer = loops.here.producer("a");
    for (int i = 0; i < 3; ++i) {
        router::Peer& consumer = loops.there.consumer("a");
        loops.cross();
        loops.here.send(producer, as_bytes("x"), {.settled = true, .ignore_credit = true});
        loops.cross();
        CHECK(consumer.texts() == "x");
        loops.there.detach(consumer);
        loops.cross();
    }
}

TEST_CASE("consumers that come and go several times in one turn leave nothing behind") {
    Loops loops;
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    for (int i = 0; i < 3; ++i) {
        loops.there.detach(loops.there.consumer("a"));
    }
    loops.cross();
    CHECK(producer.asked_to_drain);
    loops.here.give_back(producer);
    router::Peer& consumer = loops.there.consumer("a");
    loops.cross();
    loops.here.send(producer, as_bytes("x"), {.settled = true});
    loops.cross();
    CHECK(consumer.texts() == "x");
}

TEST_CASE("an exit that nobody wants goes once what was sent there is answered") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    loops.cross();
    router::Peer& producer = loops.here.producer("a");
    loops.here.send(producer, "1");
    loops.cross();
    const std::size_t with_exit = loops.first.links().size();
    // A stream beside it keeps the exit until its end, though its consumer is gone.
    loops.here.send(producer, Buffer(router::kStreamFrom, '2'), {.settled = true, .more = true});
    loops.cross();
    loops.there.detach(consumer);
    loops.cross();
    CHECK(loops.first.links().size() == with_exit + 1);
    loops.here.send(producer, as_bytes("3"), {.settled = true});
    loops.cross();
    CHECK(loops.first.links().size() == with_exit - 1);
}

TEST_CASE("an exit says of every frame that its delivery has begun, as a connection does") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    loops.cross();
    router::Link& exit = *loops.first.addresses().find("M0a")->exits().front();
    const router::OutgoingHead head{{.settled = true}};
    const Buffer large(Exits::kBytesMax, 'x');
    const wire::Sent first = exit.port().transfer(exit, head, large, /*more=*/true);
    CHECK(first.started);
    SUBCASE("one that it takes") {
        loops.cross();
        const wire::Sent last = exit.port().transfer(exit, head, as_bytes("y"), /*more=*/false);
        CHECK(last.complete);
        CHECK(last.started);
        CHECK(last.id == first.id);
    }
    SUBCASE("one for which there is no room") {
        const wire::Sent held_back = exit.port().transfer(exit, head, as_bytes("y"), /*more=*/true);
        CHECK(held_back.taken == 0);
        CHECK(held_back.started);
        CHECK(held_back.id == first.id);
        exit.port().abort(exit);
        const wire::Sent next = exit.port().transfer(exit, head, as_bytes("z"), /*more=*/false);
        CHECK_FALSE(next.started);
    }
    loops.cross();
    CHECK(consumer.got.size() == 1);
}

TEST_SUITE_END();

}  // namespace weft::node
