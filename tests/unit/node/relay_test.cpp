#include "router/node/relay.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {

TEST_SUITE_BEGIN("Relay");

TEST_CASE("a producer has credit once a consumer is on another loop, and none when it has left") {
    Loops loops;
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    CHECK(producer.may_send == 0);
    router::Peer& consumer = loops.there.consumer("a");
    loops.cross();
    CHECK(producer.may_send == 250);
    loops.there.detach(consumer);
    loops.cross();
    CHECK(producer.asked_to_drain);
}

TEST_CASE("what a consumer says of its messages takes little on its way to another loop") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 200);
    loops.cross();
    router::Peer& producer = loops.here.producer("a");
    for (int i = 0; i < 200; ++i) {
        loops.here.send(producer, "x");
    }
    loops.cross();
    REQUIRE(consumer.complete() == 200);
    for (int i = 0; i < 10; ++i) {  // 8 MB, all in one turn
        const Buffer wordy = wire::rejected("x:why", std::string(4000, static_cast<char>('a' + i)));
        for (const router::Got& got : consumer.got) {
            loops.there.update(consumer, got.id, wordy, /*settled=*/false);
        }
    }
    loops.hand_over();
    REQUIRE(loops.on_the_way.size() == 1);
    CHECK(loops.on_the_way[0].slab.bytes.size() < Relay::kTalkMax + 5000);
    loops.cross();
    CHECK(producer.told.size() < 300);  // each of the first outcome, some of a later one
    for (const auto& [id, context] : std::map(producer.unsettled)) {
        CHECK(std::ranges::count(producer.told, id, &router::Told::id) >= 1);
        loops.here.settle_sent(producer, id);
    }
    loops.cross();
}

TEST_CASE("a consumer's limit counts on other loops, as long as none there takes more") {
    Loops loops;
    router::Peer& small = loops.there.attach(
        {.direction = router::Direction::out, .address = "a", .max_message_size = 10});
    loops.there.give_credit(small, 9);
    loops.cross();
    router::Peer& producer = loops.here.producer("a");
    const auto too_large = [&] {
        const auto id = loops.here.send(producer, "eleven bytes");
        loops.cross();
        return producer.outcome(id) == router::Outcome::rejected;
    };
    CHECK(too_large());
    loops.here.send(producer, "ten bytes");
    loops.cross();
    CHECK(small.texts() == "ten bytes");
    SUBCASE("one of any size comes there") {
        router::Peer& any = loops.there.consumer("a");
        loops.cross();
        CHECK_FALSE(too_large());
        CHECK(any.texts() == "eleven bytes");
        loops.there.accept_all(any);
        loops.there.detach(any);
        loops.cross();
        CHECK(too_large());
    }
    SUBCASE("one of any size comes here") {
        router::Peer& any = loops.here.consumer("a");
        loops.cross();
        CHECK_FALSE(too_large());
        CHECK(any.texts() == "eleven bytes");
        loops.here.accept_all(any);
    }
    loops.there.accept_all(small);
    loops.cross();
    loops.here.detach(producer);
    loops.cross();
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

TEST_CASE(
    "who waits for other loops to know of its consumer hears of it, or is not kept for long") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    std::string heard;
    CHECK(relay.others_know());
    relay.when_known([&] { heard += "0"; });
    CHECK(heard == "0");
    router::Peer& one = loops.there.consumer("a");
    router::Peer& two = loops.there.consumer("a");
    CHECK_FALSE(relay.others_know());
    relay.when_known([&] { heard += "1"; });
    loops.there.consumer("b");
    relay.when_known([&] { heard += "2"; });
    relay.tick();
    CHECK(heard == "0");
    loops.cross();
    CHECK(heard == "012");
    CHECK(relay.others_know());

    loops.there.detach(one);  // of others, nobody is told
    loops.there.detach(two);
    CHECK(relay.others_know());
    loops.there.consumer("a");
    CHECK_FALSE(relay.others_know());
    relay.when_known([&] { heard += "3"; });
    relay.tick();
    CHECK(heard == "012");
    relay.tick();
    CHECK(heard == "0123");
}

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

TEST_CASE("a message of many frames crosses frame by frame, an aborted one is aborted") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a");
    router::Peer& producer = loops.here.producer("a");
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

TEST_CASE("who drains while the limit is below what is on the way is not allowed too much") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 8);
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    const auto tell_first = [&] {  // the second loop's news come before all else
        loops.all[1]->relay.hand_over(loops.now);
        loops.arrive(loops.on_the_way.size() - 1);
    };
    for (int i = 0; i < 38; ++i) {
        loops.here.send(producer, as_bytes("m"), {.settled = true});
    }
    loops.all[0]->relay.hand_over(loops.now);  // eight, which come late
    loops.there.give_credit(consumer, 5, /*drain=*/true);
    tell_first();
    loops.all[0]->relay.hand_over(loops.now);  // it has drained
    loops.arrive();
    loops.there.give_credit(consumer, 20);
    CHECK(consumer.complete() == 8);
    tell_first();
    loops.cross();
    CHECK(consumer.complete() == 25);
    CHECK(loops.transfers == 25);
    loops.there.give_credit(consumer, 20);
    loops.cross();
    CHECK(consumer.complete() == 38);
}

TEST_CASE("the bytes on the way to another loop are bounded") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 0);
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    const Buffer large(1024 * 1024, 'x');
    for (int i = 0; i < 8; ++i) {
        loops.here.send(producer, large);
        loops.cross();
    }
    CHECK(loops.second.deliveries().held_bytes() <= Relay::kBytesMax);
    CHECK(loops.first.deliveries().held_bytes() >= 4 * large.size());
    loops.there.give_credit(consumer, 100);
    loops.cross();
    CHECK(consumer.complete() == 8);
    loops.there.accept_all(consumer);
    loops.cross();
    CHECK(producer.told.size() == 8);
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
    // A stream keeps the exit until its end, though its consumer is gone.
    loops.here.send(producer, as_bytes("2"), {.settled = true, .more = true});
    loops.cross();
    loops.there.detach(consumer);
    loops.cross();
    CHECK(loops.first.links().size() == with_exit);
    loops.here.send(producer, as_bytes("3"), {.settled = true});
    loops.cross();
    CHECK(loops.first.links().size() == with_exit - 1);
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

TEST_CASE("a consumer gets all that it takes of another loop, settled or not") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 900);
    loops.cross();
    for (int i = 0; i < 4; ++i) {
        router::Peer& producer = loops.here.producer("a");
        while (producer.may_send > 0) {
            loops.here.send(producer, "x");
        }
        loops.cross();
    }
    CHECK(consumer.complete() == 900);
    loops.there.give_credit(consumer, 900);
    loops.cross();
    CHECK(consumer.complete() == 1'000);
}

TEST_CASE("what another loop hands over is taken in slices, in order") {
    Loops loops;
    for (int i = 0; i < 200; ++i) {
        loops.there.consumer("news", 30);
    }
    router::Peer& last = loops.there.consumer("news", 30);
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    std::string sent;
    for (char letter = 'a'; letter < 'z'; ++letter) {
        loops.here.send(producer, as_bytes(std::string(1, letter)), {.settled = true});
        sent += letter;
    }
    loops.all[0]->relay.hand_over(loops.now);
    REQUIRE(loops.on_the_way.size() == 1);
    Slab slab = std::move(loops.on_the_way.front().slab);
    loops.on_the_way.clear();
    loops.all[1]->relay.receive(0, std::move(slab), loops.now);
    CHECK(last.complete() == 10);  // of two hundred copies and one each
    // What comes meanwhile waits for its turn behind it.
    loops.here.send(producer, as_bytes("z"), {.settled = true});
    sent += "z";
    loops.all[0]->relay.hand_over(loops.now);
    loops.all[1]->relay.receive(0, std::move(loops.on_the_way.front().slab), loops.now);
    loops.on_the_way.clear();
    CHECK(last.complete() == 10);
    loops.all[1]->relay.go_on(loops.now);
    CHECK(last.complete() == 20);
    loops.all[1]->relay.go_on(loops.now);
    CHECK(last.complete() == 26);
    CHECK_FALSE(loops.all[1]->relay.has_work());
    std::string got = last.texts();
    std::erase_if(got, [](char c) { return c == ','; });
    CHECK(got == sent);
}

TEST_CASE("who waits for other loops to know of its consumer hears of it in slices") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    loops.there.consumer("a");
    std::size_t heard = 0;
    for (int i = 0; i < 500; ++i) {
        relay.when_known([&] { ++heard; });
    }
    loops.hand_over();
    loops.arrive();
    loops.hand_over();
    REQUIRE(loops.on_the_way.size() == 1);
    relay.receive(0, std::move(loops.on_the_way.front().slab), loops.now);
    loops.on_the_way.clear();
    constexpr std::size_t kSlice = Relay::kStepsMax / Relay::kStepsToAnswer;
    CHECK(heard == kSlice);
    CHECK(relay.has_work());
    relay.when_known([&] { ++heard; });  // behind those that wait
    CHECK(heard == kSlice);
    relay.go_on(loops.now);
    CHECK(heard == 2 * kSlice);
    relay.go_on(loops.now);
    CHECK(heard == 501);
    CHECK_FALSE(relay.has_work());
}

TEST_CASE("slabs that came in many turns take the steps of one") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    const auto receive = [&] {
        Slab slab;
        slab.records.assign(Relay::kStepsMax, Record{.kind = Record::Kind::withdraw});
        relay.receive(0, std::move(slab), loops.now);
        relay.hand_over(loops.now);  // the turn's end
    };
    receive();
    CHECK_FALSE(relay.has_work());
    receive();
    CHECK(relay.has_work());
    relay.go_on(loops.now);
    CHECK_FALSE(relay.has_work());
}

TEST_CASE("two that drain one after the other get what another loop has for both") {
    Loops loops;
    router::Peer& one = loops.there.consumer("a", 0);
    router::Peer& two = loops.there.consumer("a", 0);
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    for (int i = 0; i < 5; ++i) {
        loops.here.send(producer, "x");
    }
    loops.there.give_credit(one, 1, /*drain=*/true);
    loops.all[1]->relay.hand_over(loops.now);
    loops.there.give_credit(two, 10, /*drain=*/true);
    loops.all[1]->relay.hand_over(loops.now);
    loops.cross();
    CHECK(one.complete() + two.complete() == 5);
    CHECK(one.drained <= 1);
    CHECK(two.drained == 1);
    CHECK(two.credit == 0);
    loops.there.accept_all(one);
    loops.there.accept_all(two);
    loops.cross();
}

TEST_CASE("who drains gets more of another loop than that may send at once") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 0);
    std::vector<router::Peer*> producers;
    for (int i = 0; i < 4; ++i) {
        producers.push_back(&loops.here.producer("a"));
    }
    loops.cross();
    for (router::Peer* producer : producers) {
        for (int i = 0; i < 200; ++i) {
            loops.here.send(*producer, "x");
        }
    }
    loops.there.give_credit(consumer, 1'000, /*drain=*/true);
    loops.cross();
    CHECK(consumer.complete() == 800);
    CHECK(consumer.drained == 1);
    loops.there.accept_all(consumer);
    loops.cross();
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
