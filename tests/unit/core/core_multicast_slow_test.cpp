#include "tests/unit/core/world.hpp"

#include <algorithm>
#include <chrono>
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

TEST_CASE("a message to many consumers that take it one by one is freed with the last") {
    MulticastWorld world;
    std::vector<Peer*> consumers;
    for (int i = 0; i < 50; ++i) {
        consumers.push_back(&world.right.consumer("m", 0));
    }
    Peer& producer = world.left.producer("m");
    Buffer expected;
    for (int i = 0; i < 10; ++i) {
        const Buffer frame = plain_message("frame " + std::to_string(i));
        append(expected, frame);
        world.left.send(producer, frame, {.settled = true, .more = i < 9});
    }
    for (Peer* consumer : consumers) {
        CHECK(world.core.deliveries().held_bytes() == expected.size());
        world.right.give_credit(*consumer, 1);
        CHECK(consumer->got.back().bytes == expected);
    }
    CHECK(world.core.deliveries().held_bytes() == 0);
}

TEST_CASE("a stream costs work for those who take it, not for those who wait or have left") {
    World world;
    FakePort other{world.core, world.now};
    world.rule("m", {.distribution = Distribution::multicast});
    std::vector<Peer*> waiting;
    for (int i = 0; i < 900; ++i) {
        waiting.push_back(&world.right.consumer("m", 0));
    }
    Peer& fast = other.consumer("m");
    Peer& producer = world.left.producer("m");
    world.left.send(producer, as_bytes("x"), {.settled = true, .more = true});
    CHECK(world.core.deliveries().taken() == 901);
    for (int i = 0; i < 500; ++i) {
        world.right.detach(*waiting[static_cast<std::size_t>(i)]);
    }
    CHECK(world.core.deliveries().taken() == 402);  // the first branch is the delivery's own
    constexpr int kFrames = 1000;
    const std::uint64_t before = world.core.deliveries().steps();
    for (int i = 0; i < kFrames; ++i) {
        world.left.send(producer, as_bytes("x"), {.settled = true, .more = i + 1 < kFrames});
    }
    CHECK(world.core.deliveries().steps() - before <= 3 * kFrames);
    CHECK(fast.got[0].bytes.size() == kFrames + 1);
    for (std::size_t i = 500; i < waiting.size(); ++i) {
        world.right.give_credit(*waiting[i], 1);
        CHECK(waiting[i]->got[0].bytes.size() == kFrames + 1);
    }
    CHECK(world.core.deliveries().taken() == 0);
}

TEST_CASE("copies that wait for consumers are at the expense of their connection") {
    World world{{.router_id = "r1", .limits = {.deliveries_max = 1000}}};
    FakePort other{world.core, world.now};
    world.rule("m", {.distribution = Distribution::multicast});
    for (int i = 0; i < 300; ++i) {
        world.right.consumer("m", 0);
    }
    Peer& modest = other.consumer("m", 0);
    Peer& producer = world.left.producer("m");
    for (int i = 0; i < 10; ++i) {
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    const std::size_t taken = world.core.deliveries().taken();
    CHECK(taken > 490);
    CHECK(taken < 520);
    CHECK(world.dropped(DropReason::consumer_queue_full) == 3010 - taken);
    other.give_credit(modest, 10);
    CHECK(modest.complete() == 10);
    for (const auto& peer : world.right.peers()) {
        world.right.detach(*peer);
    }
    CHECK(world.right.connection().share->deliveries == 0);
    CHECK(world.core.deliveries().taken() == 0);
}

TEST_CASE("a consumer that takes all and settles nothing gets no more than its share") {
    World world{{.router_id = "r1", .limits = {.deliveries_max = 1000}}};
    world.rule("m", {.distribution = Distribution::multicast});
    Peer& idle = world.right.consumer("m", 100'000);
    Peer& presettled =
        world.right.attach({.direction = Direction::out, .address = "m", .presettles = true});
    world.right.give_credit(presettled, 100'000);
    std::size_t sent = 0;
    for (int round = 0; round < 10; ++round) {
        Peer& producer = world.left.producer("m");
        for (int i = 0; i < 150 && producer.may_send > 0; ++i, ++sent) {
            world.left.send(producer, "x");
        }
        world.tick(12);
    }
    CHECK(sent >= 1000);
    CHECK(idle.complete() < 600);
    CHECK(world.dropped(DropReason::consumer_queue_full) == sent - idle.complete());
    CHECK(presettled.complete() == sent);
}

TEST_CASE("what only a stalled consumer holds is at the expense of its connection") {
    constexpr std::size_t kBytesMax = 40'000;
    World world{{.router_id = "r1", .limits = {.held_bytes_max = kBytesMax}}};
    world.rule("m", {.distribution = Distribution::multicast});
    world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m");
    const std::string body(1000, 'x');
    const auto send = [&] { world.left.send(producer, as_bytes(body), {.settled = true}); };
    for (int i = 0; i < 5; ++i) {
        send();
    }
    CHECK(world.left.connection().share->bytes == 5000);
    world.tick(12);
    for (int i = 0; i < 50; ++i) {
        send();
    }
    CHECK(world.left.connection().share->bytes == 0);
    CHECK(world.left.connection().share->deliveries == 0);
    const std::size_t held = world.right.connection().share->bytes;
    CHECK(held == world.core.deliveries().held_bytes());
    CHECK(held >= kBytesMax / 2);
    CHECK(held < kBytesMax / 2 + 2000);
    CHECK(world.dropped(DropReason::consumer_queue_full) == 55 - held / body.size());
    // Its producer's other messages wait as ever.
    Peer& later = world.right.consumer("a", 0);
    Peer& other = world.left.producer("a");
    const DeliveryId id = world.left.send(other, "y");
    world.right.give_credit(later, 1);
    world.right.accept_all(later);
    CHECK(other.outcome(id) == Outcome::accepted);
}

TEST_CASE("credit for a consumer far behind in a long message is cheap, and asks nothing in vain") {
    constexpr int kFrames = 8192;
    constexpr std::uint16_t kShut = 1;
    MulticastWorld world;
    Peer& slow = world.right.consumer("m", 0);  // keeps all of it
    Peer& other =
        world.left.attach({.direction = Direction::out, .address = "m", .session = kShut});
    world.left.give_credit(other, 1);
    Peer& producer = world.left.producer("m");
    const std::string frame(1024, 'x');
    Buffer all;
    for (int i = 0; i < kFrames; ++i) {
        const Buffer part = i == 0 ? plain_message(frame) : Buffer(frame.begin(), frame.end());
        append(all, part);
        if (i == kFrames / 2) {
            world.left.set_window(kShut, 0);
        }
        world.left.send(producer, part, {.more = i + 1 < kFrames});
    }
    CHECK(other.got[0].bytes.size() > all.size() / 3);
    const std::uint64_t before = world.core.deliveries().steps();
    const std::size_t tries = world.left.tries;
    for (std::uint32_t credit = 2; credit < 1000; ++credit) {
        world.left.give_credit(other, credit);
    }
    CHECK(world.left.tries == tries);
    world.left.set_window(kShut, 1);
    CHECK(world.core.deliveries().steps() - before < 300);
    for (int i = 0; i < kFrames; ++i) {
        world.left.set_window(kShut, 1);
    }
    CHECK(other.got[0].bytes == all);
    world.right.give_credit(slow, 1);
    CHECK(slow.got[0].bytes == all);
    world.left.accept_all(other);
    world.right.accept_all(slow);
}

TEST_SUITE_END();

}  // namespace weft::router
