#include "tests/unit/core/world.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::router {

TEST_SUITE_BEGIN("Core: states");

TEST_CASE("a state on a transfer passes to the consumer") {
    World world;
    const Buffer state{0x00, 0x53, 0x34, 0xc0, 0x05, 0x01, 0xa0, 0x02, 't', 'x'};
    Peer& producer = world.left.producer("a");
    SUBCASE("at once") {
        Peer& consumer = world.right.consumer("a");
        for (const bool settled : {false, true}) {
            world.left.send(producer, plain_message("x"), {.settled = settled, .state = state});
            CHECK(consumer.got.back().state == state);
        }
        world.right.accept_all(consumer);
    }
    SUBCASE("from where it waited") {
        Peer& consumer = world.right.consumer("a", 0);
        world.left.send(producer, plain_message("x"), {.settled = true, .state = state});
        world.left.send(producer, plain_message("x"), {.more = true, .state = state});
        world.left.send(producer, as_bytes("y"), {});
        world.left.send(producer, "stateless");
        world.right.give_credit(consumer, 9);
        REQUIRE(consumer.complete() == 3);
        CHECK(consumer.got[0].state == state);
        CHECK(consumer.got[1].state == state);
        CHECK(consumer.got[2].state.empty());
        world.right.accept_all(consumer);
    }
    SUBCASE("of a later frame, or of its own, as if it had been stated by itself") {
        Peer& consumer = world.right.consumer("a");
        const DeliveryId id = world.left.send(producer, plain_message("x"), {.more = true});
        CHECK(consumer.got[0].state.empty());
        world.left.send(producer, as_bytes("y"), {.state = state});
        CHECK(consumer.got[0].state == state);
        CHECK_FALSE(consumer.got[0].settled_by_router);
        world.left.state_sent(producer, id, kReceived);
        CHECK(as_text(consumer.got[0].state) == as_text(kReceived));
        world.right.accept_all(consumer);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
}

TEST_CASE("a state on a transfer passes to each consumer of a multicast") {
    World world;
    world.rule("m", {.distribution = Distribution::multicast});
    Peer& ready = world.right.consumer("m");
    Peer& later = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("m");
    world.left.send(producer, plain_message("x"), {.state = kReceived});
    world.left.send(producer, plain_message("x"), {.settled = true, .state = kReceived});
    world.right.give_credit(later, 5);
    for (Peer* consumer : {&ready, &later}) {
        CHECK(as_text(consumer->got[0].state) == as_text(kReceived));
        CHECK(as_text(consumer->got[1].state) == as_text(kReceived));
        world.right.accept_all(*consumer);
    }
}

TEST_CASE("progress is relayed and ends nothing") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, "x");
    const Buffer received{0x00, 0x53, 0x23, 0x45};
    world.right.update(consumer, consumer.got[0].id, received, false);
    CHECK(producer.told[0].state == received);
    CHECK(producer.outcome(id) == Outcome::none);
    world.right.accept_all(consumer);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("a long state is kept, and passed on, without its words") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const Buffer wordy = rejected("x:why", std::string(60'000, 'w'));
    for (int i = 0; i < 10; ++i) {
        world.left.send(producer, as_bytes("x"), {.state = wordy});
    }
    CHECK(world.core.deliveries().held_bytes() < 1000);
    for (const Got& got : consumer.got) {
        CHECK(got.state.size() < 100);
        world.right.update(consumer, got.id, wordy, /*settled=*/false);
    }
    CHECK(world.core.deliveries().held_bytes() < 2000);
    REQUIRE(producer.told.size() == 10);
    for (const Told& told : producer.told) {
        CHECK(told.state == rejected("x:why", {}));
        CHECK_FALSE(told.settled);
        world.left.settle_sent(producer, told.id);
    }
    CHECK(world.core.deliveries().held_bytes() == 0);
}

TEST_CASE("what is said again is passed on once") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "x");
    const DeliveryId id = consumer.got[0].id;
    for (const Bytes state : {kReceived, kReleased, kAccepted}) {
        const std::size_t before = producer.told.size();
        for (int i = 0; i < 100; ++i) {
            world.right.update(consumer, id, state, /*settled=*/false);
        }
        CHECK(producer.told.size() == before + 1);
        CHECK(producer.told.back().outcome() == outcome_of(state));
    }
    world.left.settle_sent(producer, producer.told.back().id);
}

/// States that differ, and settle nothing.
Buffer progress(int number) {
    Buffer state;
    wire::Writer out{state};
    const auto list = out.begin_described_list(static_cast<std::uint64_t>(Outcome::received));
    out.uint(static_cast<std::uint32_t>(number));
    out.ulong(0);
    out.end(list);
    return state;
}

TEST_CASE("a producer with much to read hears of an outcome and of the settlement, and no more") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, "x");
    const DeliveryId got = consumer.got[0].id;
    world.left.slow = true;
    for (int i = 0; i < 100; ++i) {
        world.right.update(consumer, got, progress(i), /*settled=*/false);
    }
    CHECK(producer.told.empty());
    for (int i = 0; i < 100; ++i) {
        world.right.update(consumer, got, rejected("x:why", std::to_string(i)), /*settled=*/false);
    }
    REQUIRE(producer.told.size() == 1);
    CHECK(producer.told[0].state == rejected("x:why", "0"));
    SUBCASE("by its consumer") {
        world.right.update(consumer, got, kAccepted, /*settled=*/true);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
    SUBCASE("without a state: the last one holds") {
        world.right.update(consumer, got, {}, /*settled=*/true);
        CHECK(producer.told.back().state == rejected("x:why", "99"));
    }
    CHECK(producer.told.size() == 2);
    CHECK(producer.told.back().settled);
}

TEST_CASE("a producer that has read hears what is said then, also if it was said before") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "x");
    const DeliveryId got = consumer.got[0].id;
    world.left.slow = true;
    world.right.update(consumer, got, progress(1), /*settled=*/false);
    world.left.slow = false;
    world.right.update(consumer, got, progress(1), /*settled=*/false);
    REQUIRE(producer.told.size() == 1);
    CHECK(producer.told[0].state == progress(1));
    world.right.accept_all(consumer);
}

TEST_CASE("a consumer with much to read is told no states but that of the settlement") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, "x");
    world.right.slow = true;
    for (int i = 0; i < 100; ++i) {
        world.left.state_sent(producer, id, progress(i));
    }
    CHECK(consumer.got[0].state.empty());
    world.left.settle_sent(producer, id, kAccepted);
    CHECK(consumer.got[0].state == Buffer(kAccepted.begin(), kAccepted.end()));
    CHECK(consumer.got[0].settled_by_router);
}

TEST_CASE("states that are kept lose their words once they have much of the memory") {
    Share share;
    DeliveryPool pool;
    const Buffer wordy = rejected("x:why", std::string(kStateBytesMax - 64, 'w'));
    const std::size_t count = 2 * kStatesBytesMax / wordy.size();
    std::vector<Delivery*> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(pool.make(share));
        pool.keep_state(*all.back(), all.back()->outcome, wordy);
    }
    CHECK(all.front()->outcome == wordy);
    CHECK(all.back()->outcome == rejected("x:why", {}));
    CHECK(pool.held_bytes() < kStatesBytesMax + count * 64);
    for (Delivery* delivery : all) {
        pool.free(delivery);
    }
    CHECK(pool.held_bytes() == 0);
    CHECK(share.bytes == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
