#include "common/wire/delivery_state.hpp"
#include "router/node/relay.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: multicast");

TEST_CASE("a multicast reaches each consumer of each loop once") {
    Loops loops;
    router::Peer& near = loops.here.consumer("news");
    router::Peer& far = loops.there.consumer("news");
    router::Peer& far_too = loops.there.consumer("news");
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    loops.here.send(producer, as_bytes("x"), {.settled = true});
    const wire::DeliveryId asked = loops.here.send(producer, "y");
    loops.cross();
    for (router::Peer* consumer : {&near, &far, &far_too}) {
        CHECK(consumer->texts() == "x,y");
    }
    loops.here.accept_all(near);
    loops.there.accept_all(far);
    loops.cross();
    CHECK(producer.outcome(asked) == wire::Outcome::none);
    loops.there.accept_all(far_too);
    loops.cross();
    CHECK(producer.outcome(asked) == wire::Outcome::accepted);
}

TEST_CASE("a multicast's consumers on two loops are settled once its producer settles") {
    Loops loops;
    router::Peer& near = loops.here.consumer("news");
    router::Peer& far = loops.there.consumer("news");
    router::Peer& farther = loops.there.consumer("news");
    loops.cross();
    router::Peer& producer = loops.here.producer("news");
    const auto id = loops.here.send(producer, "x");
    loops.cross();
    loops.there.update(far, far.got[0].id, wire::kAccepted, false);
    loops.here.update(near, near.got[0].id, wire::kReleased, false);
    loops.cross();
    CHECK(producer.told.empty());
    loops.there.update(farther, farther.got[0].id, wire::kReleased, false);
    loops.cross();
    REQUIRE(producer.told.size() == 1);
    CHECK(producer.told[0].outcome() == wire::Outcome::accepted);
    CHECK_FALSE(producer.told[0].settled);
    loops.here.settle_sent(producer, id, wire::kAccepted);
    loops.cross();
    for (const router::Peer* consumer : {&near, &far, &farther}) {
        CHECK(consumer->got[0].settled_by_router);
    }
}

TEST_CASE("a consumer of a multicast that gives no credit keeps it from nobody else") {
    Loops loops;
    router::Peer& paused = loops.there.consumer("news", 0);
    router::Peer& quick = loops.there.consumer("news");
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    loops.here.send(producer, as_bytes("1"), {.settled = true});
    loops.cross();
    CHECK(quick.texts() == "1");
    loops.there.give_credit(paused, 1);
    CHECK(paused.texts() == "1");
}

TEST_CASE("a consumer of a multicast that is stalled on another loop holds back no producer") {
    Loops loops;
    router::Peer& stalled = loops.there.consumer("news", 0);
    router::Peer& quick = loops.there.consumer("news");
    router::Peer& producer = loops.here.producer("news", 5);
    loops.cross();
    const auto send_all = [&] {
        while (producer.may_send > 0) {
            loops.here.send(producer, "x");
            loops.cross();
        }
        loops.there.accept_all(quick);
        loops.cross();
    };
    send_all();
    CHECK(quick.complete() == 5);
    CHECK(producer.may_send == 0);
    for (int second = 1; second <= 11; ++second) {
        loops.tick(second);
        loops.cross();
    }
    CHECK(stalled.link->stalled);
    CHECK(producer.may_send == 5);
    send_all();
    CHECK(quick.complete() == 10);
    CHECK(producer.told.empty());
    loops.there.give_credit(stalled, 100);
    CHECK(stalled.complete() == 10);
    loops.there.accept_all(stalled);
    loops.cross();
    CHECK(producer.told.size() == 10);
    CHECK(producer.outcome(1) == wire::Outcome::accepted);
}

TEST_CASE("very many consumers on another loop get a message in slices") {
    Loops loops;
    std::vector<router::Peer*> consumers;
    for (int i = 0; i < 1'200; ++i) {
        consumers.push_back(&loops.there.consumer("news", 2));
    }
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    const auto id = loops.here.send(producer, "x");
    loops.here.send(producer, as_bytes("y"), {.settled = true});
    loops.hand_over();
    loops.arrive();
    const auto copies = [&] {
        std::size_t count = 0;
        for (const router::Peer* consumer : consumers) {
            count += consumer->got.size();
        }
        return count;
    };
    CHECK(copies() == 0);
    for (std::size_t before = 0; loops.second.work(loops.now); before = copies()) {
        CHECK(copies() - before <= router::Limits{}.slice);
    }
    for (router::Peer* consumer : consumers) {
        CHECK(consumer->texts() == "x,y");
        loops.there.accept_all(*consumer);
    }
    CHECK(producer.told.empty());
    loops.cross();
    CHECK(producer.told.size() == 1);
    CHECK(producer.outcome(id) == wire::Outcome::accepted);
}

TEST_SUITE_END();

}  // namespace weft::node
