#include "router/node/relay.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace weft::node {

TEST_SUITE_BEGIN("Relay");

TEST_CASE("a delivery and its outcome cross, as they would on one loop") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    const wire::DeliveryId one = loops.here.send(producer, "1");
    const wire::DeliveryId two = loops.here.send(producer, "2");
    loops.cross();
    REQUIRE(consumer.texts() == "1,2");
    CHECK(producer.told.empty());
    loops.there.accept(consumer, consumer.got[0].id);
    loops.there.update(consumer, consumer.got[1].id, wire::kReleased, true);
    loops.cross();
    CHECK(producer.outcome(one) == wire::Outcome::accepted);
    CHECK(producer.outcome(two) == wire::Outcome::released);
    CHECK(loops.first.counters().ingress == 2);
    CHECK(loops.first.counters().egress == 0);
    CHECK(loops.second.counters().egress == 2);
}

TEST_CASE("states go both ways, those of a transfer too") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    loops.cross();
    router::Peer& producer = loops.here.producer("a");
    const auto id = loops.here.send(producer, as_bytes("whole"),
                                    router::FakePort::Frame{.state = wire::kReleased});
    loops.here.send(producer, as_bytes("settled"),
                    router::FakePort::Frame{.settled = true, .state = wire::kModifiedFailed});
    loops.here.send(producer, "stateless");
    loops.cross();
    CHECK(consumer.texts() == "whole,settled,stateless");
    CHECK(as_text(consumer.got[0].state) == as_text(wire::kReleased));
    CHECK(as_text(consumer.got[1].state) == as_text(wire::kModifiedFailed));
    CHECK(consumer.got[2].state.empty());
    loops.here.state_sent(producer, id, wire::kReceived);
    loops.cross();
    CHECK(as_text(consumer.got[0].state) == as_text(wire::kReceived));
    loops.there.accept_all(consumer);
    loops.cross();
    CHECK(producer.outcome(id) == wire::Outcome::accepted);
    loops.here.detach(producer);
    loops.cross();
}

TEST_CASE("a multicast message of many frames crosses frame by frame, an aborted one is aborted") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("news");
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    loops.here.send(producer, as_bytes("ab"), {.settled = true, .more = true});
    loops.cross();
    CHECK(consumer.got.at(0).text() == "ab");
    loops.here.send(producer, as_bytes("cd"), {.settled = true});
    loops.cross();
    CHECK(consumer.texts() == "abcd");
    loops.here.send(producer, as_bytes("ef"), {.more = true});
    loops.cross();
    loops.here.send(producer, {}, {.aborted = true});
    loops.cross();
    CHECK(consumer.got.at(1).aborted);
}

TEST_CASE("a delivery that nobody settles is stuck once, though two cores have it") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 2);
    router::Peer& producer = loops.here.producer("a");
    router::Peer& neighbour = loops.there.producer("a");
    loops.cross();
    loops.here.send(producer, "passed on");
    loops.cross();
    loops.here.send(producer, as_bytes("nobody here waits for it"), {.settled = true});
    loops.there.send(neighbour, "takes its credit");
    loops.cross();
    const auto stuck = [&] { return loops.first.counters().stuck + loops.second.counters().stuck; };
    loops.tick(11);
    CHECK(stuck() == 3);
    CHECK(loops.first.counters().stuck == 1);
    CHECK(producer.link->stuck == 1);
    CHECK(consumer.link->stuck == 2);
    loops.there.accept_all(consumer);
    loops.there.give_credit(consumer, 1);
    loops.cross();
    loops.there.accept_all(consumer);
    loops.cross();
    CHECK(consumer.texts() == "passed on,takes its credit,nobody here waits for it");
    CHECK(stuck() == 0);
}

TEST_CASE("a consumer that is lost is the producer's modified, also on another loop") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    const wire::DeliveryId id = loops.here.send(producer, "1");
    loops.cross();
    loops.there.detach(consumer);
    loops.cross();
    CHECK(producer.outcome(id) == wire::Outcome::modified);
}

TEST_CASE("what no consumer is left for on one loop goes to those on another, presettled or not") {
    for (const bool settled : {false, true}) {
        for (const bool waits : {false, true}) {
            CAPTURE(settled);
            CAPTURE(waits);
            Loops loops;
            router::Peer& stays = loops.here.consumer("a", 0);
            router::Peer& leaves = loops.there.consumer("a", 1);
            router::Peer& producer = loops.here.producer("a");
            loops.cross();
            const auto id = loops.here.send(producer, as_bytes("first"), {.settled = settled});
            if (waits) {  // at the other loop, else it is on its way there
                loops.there.give_credit(leaves, 0);
                loops.cross();
            }
            loops.there.detach(leaves);
            loops.cross();
            CHECK(stays.got.empty());
            loops.here.give_credit(stays, 2);
            loops.cross();
            CHECK(stays.texts() == "first");
            loops.here.accept_all(stays);
            loops.cross();
            if (!settled) {
                CHECK(producer.outcome(id) == router::Outcome::accepted);
            }
            CHECK(loops.first.deliveries().in_use() == 0);
        }
    }
}

TEST_CASE("what no consumer can take waits with its producer, for the consumer of any loop") {
    Loops loops;
    router::Peer& near = loops.here.consumer("a", 0);
    router::Peer& far = loops.there.consumer("a", 1);
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    loops.here.send(producer, as_bytes("1"), {.settled = true});
    loops.cross();
    CHECK(far.texts() == "1");
    loops.here.send(producer, as_bytes("2"), {.settled = true});
    loops.cross();
    CHECK(far.texts() == "1");
    loops.here.give_credit(near, 10);
    CHECK(near.texts() == "2");
}

TEST_CASE("what a shut gate keeps out goes on to consumers of a third loop, in order") {
    for (const bool settled : {false, true}) {
        CAPTURE(settled);
        Loops loops{3};
        router::FakePort& elsewhere = loops.all[2]->client;
        loops.there.set_window(0, 4);
        router::Peer& closed = loops.there.consumer("a", 50);
        router::Peer& open = elsewhere.consumer("a", 0);
        router::Peer& producer = loops.here.producer("a");
        loops.cross();
        for (char letter = 'a'; letter < 'p'; ++letter) {
            loops.here.send(producer, as_bytes(std::string(1, letter)), {.settled = settled});
        }
        loops.cross();
        CHECK(closed.texts() == "a,b,c,d");
        elsewhere.give_credit(open, 5);
        loops.cross();
        CHECK(open.texts() == "e,f,g,h,i");
        elsewhere.give_credit(open, 100);
        loops.cross();
        CHECK(open.texts() == "e,f,g,h,i,j,k,l,m,n,o");
        CHECK(closed.texts() == "a,b,c,d");
        loops.there.accept_all(closed);
        elsewhere.accept_all(open);
        loops.cross();
        CHECK(producer.told.size() == (settled ? 0 : 15));
    }
}

TEST_CASE("consumers whose gates open for one message at a time do not toss the others about") {
    Loops loops{3};
    router::FakePort& elsewhere = loops.all[2]->client;
    constexpr std::size_t kMessages = 200;
    for (router::FakePort* port : {&loops.there, &elsewhere}) {
        port->set_window(0, 1);
        port->consumer("a", kMessages);
    }
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    for (std::size_t i = 0; i < kMessages; ++i) {
        loops.here.send(producer, as_bytes("m"), {.settled = true});
    }
    const auto served = [&] {
        return loops.there.peers()[0]->complete() + elsewhere.peers()[0]->complete();
    };
    loops.cross();
    for (std::size_t turn = 0; served() < kMessages && turn < kMessages; ++turn) {
        (turn % 2 == 0 ? loops.there : elsewhere).set_window(0, 1);
        loops.cross();
    }
    CHECK(served() == kMessages);
    CHECK(loops.transfers <= kMessages * router::kCrossingsMax);
}

TEST_SUITE_END();

}  // namespace weft::node
