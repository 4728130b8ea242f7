#include "tests/unit/core/world.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::router {

TEST_SUITE_BEGIN("Core: multicast, at whose expense");

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

TEST_CASE("looks at those who lag behind a stream take of the turn of who sends it") {
    MulticastWorld world;
    constexpr std::size_t kConsumers = 300;
    for (std::size_t i = 0; i < kConsumers; ++i) {
        world.right.consumer("m", 0);
    }
    Peer& producer = world.left.producer("m", 5);
    const Buffer block = plain_message(std::string(16'384, 'x'));
    world.left.send(producer, block, {.more = true});
    for (int i = 0; i < 3; ++i) {
        world.left.spent = 0;
        world.left.send(producer, block, {.more = true});
        CHECK(world.left.spent >= kConsumers);
    }
    world.left.send(producer, {}, {.aborted = true});
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
    constexpr std::uint16_t kShutLink = 1;
    MulticastWorld world;
    Peer& slow = world.right.consumer("m", 0);  // keeps all of it
    Peer& other =
        world.left.attach({.direction = Direction::out, .address = "m", .session = kShutLink});
    world.left.give_credit(other, 1);
    Peer& producer = world.left.producer("m");
    const std::string frame(1024, 'x');
    Buffer all;
    for (int i = 0; i < kFrames; ++i) {
        const Buffer part = i == 0 ? plain_message(frame) : Buffer(frame.begin(), frame.end());
        append(all, part);
        if (i == kFrames / 2) {
            world.left.set_window(kShutLink, 0);
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
    world.left.set_window(kShutLink, 1);
    CHECK(world.core.deliveries().steps() - before < 300);
    for (int i = 0; i < kFrames; ++i) {
        world.left.set_window(kShutLink, 1);
    }
    CHECK(other.got[0].bytes == all);
    world.right.give_credit(slow, 1);
    CHECK(slow.got[0].bytes == all);
    world.left.accept_all(other);
    world.right.accept_all(slow);
}

TEST_SUITE_END();

}  // namespace weft::router
