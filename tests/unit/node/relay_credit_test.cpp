#include "router/node/relay.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: credit");

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
    CHECK(loops.second.deliveries().held_bytes() <= Exits::kBytesMax);
    CHECK(loops.first.deliveries().held_bytes() >= 4 * large.size());
    loops.there.give_credit(consumer, 100);
    loops.cross();
    CHECK(consumer.complete() == 8);
    loops.there.accept_all(consumer);
    loops.cross();
    CHECK(producer.told.size() == 8);
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

TEST_CASE("the answer to one drain is not taken for that of a later one") {
    Loops loops;
    router::Peer& one = loops.there.consumer("a", 0);
    router::Peer& two = loops.there.consumer("a", 0);
    router::Peer& producer = loops.here.producer("a");
    loops.cross();
    loops.there.give_credit(one, 1, /*drain=*/true);
    loops.all[1]->relay.hand_over(loops.now);
    loops.arrive();
    loops.all[0]->relay.hand_over(loops.now);  // nothing is there; that comes late
    loops.here.send(producer, "x");
    loops.there.give_credit(two, 1, /*drain=*/true);
    loops.cross();
    CHECK(one.complete() + two.complete() == 1);
    CHECK(one.drained + two.drained == 2);
    CHECK(two.complete() == 1);
    loops.there.accept_all(one);
    loops.there.accept_all(two);
    loops.cross();
}

TEST_CASE("loops whose consumers drain at once do not wait for each other") {
    Loops loops;
    const router::AttachRequest container{
        .direction = router::Direction::in, .address = "a", .on_demand = true};
    router::Peer& one = loops.here.consumer("a", 0);
    router::Peer& two = loops.there.consumer("a", 0);
    router::Peer& broker_here = loops.here.attach(container);
    router::Peer& broker_there = loops.there.attach(container);
    loops.cross();
    loops.here.give_credit(one, 5, /*drain=*/true);
    loops.there.give_credit(two, 5, /*drain=*/true);
    loops.cross();
    CHECK(one.drained + two.drained == 0);
    loops.here.give_back(broker_here);
    loops.there.give_back(broker_there);
    loops.cross();
    CHECK(one.drained == 1);
    CHECK(two.drained == 1);
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

TEST_SUITE_END();

}  // namespace weft::node
