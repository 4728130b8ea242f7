#include "tests/unit/core/world.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weft::router {

TEST_SUITE_BEGIN("Core: multicast, slow consumers");

TEST_CASE("a slow consumer slows the producer, a stalled one does not") {
    MulticastWorld world;
    Peer& quick = world.right.consumer("m", 1000);
    Peer& slow = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m", 3);
    for (int i = 0; i < 3; ++i) {
        world.left.send(producer, "x");
    }
    world.right.accept_all(quick);
    CHECK(producer.may_send == 0);
    world.tick(9);
    CHECK(producer.may_send == 0);
    world.tick(2);
    CHECK(slow.link->stalled);
    CHECK(blocked(*slow.link) == Blocked::consumer_stalled);
    CHECK(producer.may_send == 3);
    CHECK(producer.link->account.outstanding() == 0);
    CHECK(producer.link->account.undelivered() == 0);
    CHECK(producer.held == 0);

    // Nor do the copies that come later.
    for (int i = 0; i < 20; ++i) {
        world.left.send(producer, "x");
        world.right.accept_all(quick);
    }
    CHECK(producer.may_send == 3);
    CHECK(quick.complete() == 23);

    // It gets them all the same when it wakes up, and counts again.
    world.right.give_credit(slow, 100);
    CHECK_FALSE(slow.link->stalled);
    CHECK(slow.complete() == 23);
    world.left.send(producer, "x");
    world.right.accept_all(quick);
    CHECK(producer.may_send == 2);
    world.right.accept_all(slow);
    CHECK(producer.may_send == 3);
    CHECK(producer.told.size() == 24);
}

TEST_CASE("of a consumer that stalls with very many copies some are let go in each slice") {
    constexpr int kProducers = 30;
    constexpr int kEach = 100;
    MulticastWorld world;
    Peer& slow = world.right.consumer("m", 0);
    std::vector<Peer*> producers;
    for (int i = 0; i < kProducers; ++i) {
        producers.push_back(&world.left.producer("m", kEach));
        for (int sent = 0; sent < kEach; ++sent) {
            world.left.send(*producers.back(), "x");
        }
    }
    const auto held_back = [&] {
        std::size_t sum = 0;
        for (const Peer* producer : producers) {
            sum += producer->link->account.outstanding();
        }
        return sum;
    };
    CHECK(held_back() == kProducers * kEach);
    CHECK(slow.link->queued == kProducers * kEach);
    std::size_t most = 0;
    bool has_detached = false;
    for (int second = 0; second < 20; ++second) {
        world.now += std::chrono::seconds(1);
        std::size_t before = held_back();
        world.core.tick(world.now);
        bool has_work = true;
        while (has_work) {
            const std::size_t after = held_back();
            most = std::max(most, before - after);
            if (after < before && !std::exchange(has_detached, true)) {
                world.left.detach(*producers.back());  // what is let go last has lost its producer
                producers.pop_back();
            }
            before = held_back();
            has_work = world.core.work(world.now);
        }
    }
    CHECK(has_detached);
    CHECK(held_back() == 0);
    CHECK(slow.link->stalled);
    CHECK(most > 0);
    CHECK(most <= 1'000);
    // It gets what is left when it wakes up.
    world.right.give_credit(slow, 10'000);
    while (world.core.work(world.now)) {
    }
    CHECK_FALSE(slow.link->stalled);
    CHECK(slow.link->next_claim == nullptr);
    CHECK(slow.complete() >= (kProducers - 1) * kEach);
}

TEST_CASE("a consumer with credit whose connection takes nothing stalls too") {
    MulticastWorld world;
    Peer& quick = world.left.consumer("m", 1000);
    Peer& stuck = world.right.consumer("m", 1000);
    Peer& producer = world.left.producer("m", 2);
    world.right.room = 0;
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(producer.may_send == 0);
    world.tick(11);
    CHECK(stuck.link->stalled);
    CHECK(producer.may_send == 2);
    world.right.make_room(FakePort::kEndless);
    CHECK_FALSE(stuck.link->stalled);
    CHECK(stuck.texts() == "1,2");
    CHECK(quick.texts() == "1,2");
}

TEST_CASE(
    "a consumer with credit that settles nothing stalls too, one that waits for more does not") {
    MulticastWorld world;
    Peer& quick = world.left.consumer("m", 1000);
    Peer& hangs = world.right.consumer("m", 1000);
    Peer& producer = world.left.producer("m", 2);
    world.left.send(producer, "1");
    world.left.send(producer, plain_message("2"), {.more = true});
    world.left.accept(quick, quick.got[0].id);
    CHECK(producer.may_send == 0);
    world.tick(11);
    CHECK(hangs.link->stalled);
    CHECK_FALSE(quick.link->stalled);
    CHECK(producer.may_send == 1);
    world.left.send(producer, as_bytes("!"), {});
    world.left.accept_all(quick);
    world.right.accept_all(hangs);
    CHECK(producer.may_send == 2);
}

TEST_CASE("progress that a consumer tells of is not passed on to the producer of a multicast") {
    MulticastWorld world;
    Peer& consumer = world.right.consumer("m");
    Peer& producer = world.left.producer("m");
    world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, kReceived, false);
    CHECK(producer.told.empty());
    world.right.accept_all(consumer);
    CHECK(producer.told.size() == 1);
}

TEST_CASE("a stalled consumer's queue is bounded; what does not fit is counted") {
    MulticastWorld world;
    Peer& quick = world.right.consumer("m", 1000);
    Peer& stalled = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m", 1);
    world.left.send(producer, as_bytes("x"), {.settled = true});
    world.tick(11);
    for (int i = 0; i < 299; ++i) {
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    CHECK(quick.complete() == 300);
    CHECK(stalled.link->outlet.outstanding == kStalledQueueMax);
    CHECK(world.dropped(DropReason::consumer_queue_full) == 50);
    CHECK(stalled.link->counters.dropped_presettled == 50);
    CHECK(producer.may_send == 1);
}

TEST_CASE("slowConsumer drop: a stalled consumer's copies are dropped, its alone") {
    MulticastWorld world{SlowConsumer::drop};
    Peer& quick = world.right.consumer("m", 1000);
    Peer& stalled = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m", 5);
    world.left.send(producer, as_bytes("1"), {.settled = true});
    world.tick(11);
    world.left.send(producer, as_bytes("2"), {.settled = true});
    const DeliveryId unsettled = world.left.send(producer, "3");
    world.right.accept_all(quick);
    CHECK(producer.outcome(unsettled) == Outcome::accepted);
    CHECK(quick.texts() == "1,2,3");
    CHECK(world.dropped(DropReason::slow_consumer) == 2);
    CHECK(stalled.link->counters.dropped_presettled == 1);
    world.right.give_credit(stalled, 5);
    CHECK(stalled.texts() == "1");
}

TEST_CASE("with all consumers' copies dropped the producer hears released") {
    MulticastWorld world{SlowConsumer::drop};
    world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m", 5);
    world.left.send(producer, "1");
    world.tick(11);
    const DeliveryId id = world.left.send(producer, "2");
    CHECK(producer.outcome(id) == Outcome::released);
    const DeliveryId pieces = world.left.send(producer, plain_message("3"), {.more = true});
    CHECK(producer.outcome(pieces) == Outcome::released);
    world.left.send(producer, as_bytes("!"), {});
    CHECK(producer.link->account.outstanding() == 0);
}

TEST_CASE("a large message does not wait for a stalled consumer") {
    MulticastWorld world;
    Peer& quick = world.left.consumer("m", 1000);
    Peer& stalled = world.right.consumer("m", 1);
    Peer& producer = world.left.producer("m", 5);
    const Buffer block = plain_message(std::string(40'000, 'x'));
    world.right.room = 100;
    world.left.send(producer, block, {.more = true});
    world.left.send(producer, block, {.more = true});
    SUBCASE("that comes to a stop in the middle of it") {
        world.tick(11);
        CHECK(stalled.got[0].aborted);
        CHECK(producer.held == 0);
    }
    SUBCASE("that had come to a stop before") {
        world.left.send(producer, {}, {.aborted = true});
        world.left.send(producer, "1");
        world.tick(11);
        CHECK(stalled.link->stalled);
        world.left.send(producer, block, {.more = true});
        world.left.send(producer, block, {.more = true});
        CHECK(stalled.link->outlet.outstanding == 1);
    }
    CHECK(world.dropped(DropReason::consumer_queue_full) == 1);
    world.left.send(producer, block, {});
    CHECK(quick.got.back().bytes.size() == 3 * block.size());
    CHECK(quick.got.back().complete);
    world.left.accept_all(quick);
    world.right.make_room(FakePort::kEndless);
}

TEST_SUITE_END();

}  // namespace weft::router
