#include "tests/unit/core/world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: messages in pieces");

TEST_CASE("each frame goes on as it comes, and nothing is kept") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    Buffer expected;
    for (int i = 0; i < 100; ++i) {
        const Buffer frame = plain_message(std::string(1000, static_cast<char>('a' + i % 26)));
        append(expected, frame);
        world.left.send(producer, frame, {.more = true});
        CHECK(consumer.got[0].bytes.size() == expected.size());
        CHECK(world.core.deliveries().held_bytes() == 0);
    }
    world.left.send(producer, {}, {});
    CHECK(consumer.got[0].complete);
    CHECK(consumer.got[0].bytes == expected);
    CHECK(producer.link->account.undelivered() == 0);
    world.right.accept_all(consumer);
}

TEST_CASE("what the consumer's connection can't take is held, and goes on as there is room") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.right.room = 1500;
    Buffer expected;
    for (int i = 0; i < 4; ++i) {
        const Buffer frame = plain_message(std::string(990, static_cast<char>('a' + i)));
        append(expected, frame);
        world.left.send(producer, frame, {.more = i < 3});
    }
    CHECK(consumer.got[0].bytes.size() == 1500);
    CHECK(static_cast<std::size_t>(producer.held) > expected.size() - 1500);
    std::ptrdiff_t held = producer.held;
    while (!consumer.got[0].complete) {
        world.right.make_room(700);
        CHECK(producer.held <= held);
        held = producer.held;
    }
    CHECK(consumer.got[0].bytes == expected);
    CHECK(producer.held == 0);
    world.right.accept_all(consumer);
}

TEST_CASE("a message that waits is taken up in the middle") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("1"), {.more = true});
    world.left.send(producer, as_bytes("2"), {.more = true});
    world.left.send(producer, as_bytes("3"), {.more = true});
    world.right.give_credit(consumer, 1);
    CHECK(consumer.got[0].bytes.size() == plain_message("1").size() + 2);
    CHECK(producer.held == 0);
    world.left.send(producer, as_bytes("4"), {});
    CHECK(consumer.got[0].text().ends_with("234"));
    world.right.accept_all(consumer);
}

TEST_CASE("frames without payload change nothing but the end") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    std::uint32_t later = 0;
    SUBCASE("to a consumer that is ready") {
        world.right.give_credit(consumer, 9);
    }
    SUBCASE("to a consumer that comes later") {
        later = 9;
    }
    world.left.send(producer, {}, {.more = true});
    world.left.send(producer, {}, {.more = true});
    if (later > 0) {
        world.right.give_credit(consumer, later);
    }
    world.left.send(producer, plain_message("x"), {.more = true});
    world.left.send(producer, {}, {.more = true});
    world.left.send(producer, {}, {});
    REQUIRE(consumer.got.size() == 1);
    CHECK(consumer.got[0].complete);
    CHECK(consumer.got[0].bytes == plain_message("x"));
    world.right.accept_all(consumer);
}

TEST_CASE("an empty first frame waits for bytes where nothing is stripped too") {
    World world;
    FakePort raw{world.core, world.now, Traits::of_client({.in = false, .out = false})};
    Peer& consumer = world.right.consumer("a");
    Peer& producer = raw.producer("a");
    raw.send(producer, {}, {.more = true});
    CHECK(consumer.got.empty());
    raw.send(producer, as_bytes("x"), {});
    CHECK(consumer.texts() == "x");
    world.right.accept_all(consumer);
    raw.detach(producer);
    CHECK(raw.faults.empty());
}

TEST_CASE("an empty message is a message") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, {}, {.settled = true});
    world.left.send(producer, Bytes{}, {});
    world.right.give_credit(consumer, 1);
    CHECK(consumer.complete() == 2);
    world.right.accept_all(consumer);
}

TEST_CASE("messages of several producers do not mix on one consumer") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& one = world.left.producer("a");
    Peer& two = world.left.producer("a");
    world.left.send(one, as_bytes("1"), {.settled = true, .more = true});
    world.left.send(two, as_bytes("a"), {.settled = true, .more = true});
    world.left.send(one, as_bytes("2"), {.settled = true, .more = true});
    world.left.send(two, as_bytes("b"), {.settled = true, .more = true});
    CHECK(two.held == 2);
    world.left.send(one, as_bytes("3"), {.settled = true});
    CHECK(two.held == 0);
    world.left.send(two, as_bytes("c"), {.settled = true});
    CHECK(consumer.texts() == "123,abc");
}

TEST_CASE("messages under way from two producers are spread over two consumers") {
    World world;
    Peer& first = world.right.consumer("a");
    Peer& second = world.right.consumer("a");
    Peer& one = world.left.producer("a");
    Peer& two = world.left.producer("a");
    world.left.send(one, as_bytes("1"), {.more = true});
    world.left.send(two, as_bytes("2"), {.more = true});
    CHECK(first.receiving);
    CHECK(second.receiving);
    world.left.send(one, {}, {});
    world.left.send(two, {}, {});
    world.right.accept_all(first);
    world.right.accept_all(second);
}

TEST_CASE("many small frames share chunks, and come out as they came in") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        const std::string piece(static_cast<std::size_t>(1 + i % 7),
                                static_cast<char>('a' + i % 26));
        expected += piece;
        world.left.send(producer, as_bytes(piece), {.settled = true, .more = i < 4999});
    }
    CHECK(static_cast<std::size_t>(producer.held) == expected.size());
    world.right.room = 333;
    world.right.give_credit(consumer, 1);
    while (!consumer.got[0].complete) {
        world.right.make_room(777);
    }
    CHECK(consumer.texts() == expected);
}

TEST_CASE("what has begun may not grow past the limits: who lags behind does not get it") {
    constexpr std::size_t kBytesMax = 4000;
    World world{{.router_id = "r1", .limits = {.held_bytes_max = kBytesMax}}};
    world.rule("m", {.distribution = Distribution::multicast});
    FakePort other{world.core, world.now};
    std::size_t most = 0;
    const auto stream = [&](Peer& producer, Bytes message) {
        DeliveryId id = 0;
        while (!message.empty()) {
            const Bytes next = message.first(std::min<std::size_t>(100, message.size()));
            message = message.subspan(next.size());
            id = world.left.send(producer, next, {.more = !message.empty()});
            most = std::max(most, world.core.deliveries().held_bytes());
        }
        return id;
    };
    const Buffer message = plain_message(std::string(10'000, 'x'));
    SUBCASE("one that waits") {
        Peer& consumer = world.right.consumer("a", 0);
        Peer& producer = world.left.producer("a");
        CHECK(producer.outcome(stream(producer, message)) == Outcome::released);
        CHECK(consumer.got.empty());
    }
    SUBCASE("one that a consumer has begun to read") {
        world.right.room = 250;
        Peer& consumer = world.right.consumer("a");
        Peer& producer = world.left.producer("a");
        CHECK(producer.outcome(stream(producer, message)) == Outcome::released);
        CHECK(consumer.got[0].aborted);
    }
    SUBCASE("one of which another consumer takes all") {
        world.right.room = 250;
        Peer& slow = world.right.consumer("m");
        Peer& fast = other.consumer("m");
        Peer& producer = world.left.producer("m");
        const DeliveryId id = stream(producer, message);
        CHECK(slow.got[0].aborted);
        CHECK(fast.complete() == 1);
        other.accept_all(fast);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
    SUBCASE("one of which the address is not known yet") {
        Peer& consumer = world.right.consumer("a");
        Peer& producer = world.left.attach({.direction = Direction::in});
        const Buffer late = addressed_message("a", "b", 10'000);
        CHECK(producer.outcome(stream(producer, late)) == Outcome::released);
        CHECK(consumer.got.empty());
    }
    CHECK(world.dropped(DropReason::router_full) == 1);
    CHECK(most + 100 >= kBytesMax / 2);
    CHECK(most < kBytesMax);
    CHECK(world.core.deliveries().held_bytes() == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
