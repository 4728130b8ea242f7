#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {
namespace {

constexpr Treatment kToAll{.distribution = Distribution::multicast};

/// A message of `size` bytes.
Buffer message_of(std::size_t size) {
    const std::string body(size, 'x');
    const std::size_t overhead = plain_message(body).size() - size;
    return plain_message(body.substr(overhead));
}

Peer& limited(FakePort& port, std::string_view address, std::uint64_t most, std::uint32_t credit) {
    Peer& consumer =
        port.attach({.direction = Direction::out, .address = address, .max_message_size = most});
    port.give_credit(consumer, credit);
    return consumer;
}

bool is_too_large(const Told& told) {
    return told.outcome() == Outcome::rejected &&
           as_text(told.state).find("amqp:link:message-size-exceeded") != std::string_view::npos;
}

}  // namespace

TEST_SUITE_BEGIN("Core: a consumer's max-message-size");

TEST_CASE("what fits goes to it, what does not comes back rejected") {
    World world;
    Peer& consumer = limited(world.right, "a", 100, 9);
    Peer& producer = world.left.producer("a", 5);
    world.left.send(producer, message_of(100));
    CHECK(consumer.complete() == 1);
    world.left.send(producer, message_of(101));
    CHECK(is_too_large(producer.told.back()));
    world.left.send(producer, message_of(101), {.settled = true});
    CHECK(consumer.complete() == 1);
    CHECK(world.dropped(DropReason::too_large) == 2);
    CHECK(producer.link->counters.dropped_presettled == 1);
    CHECK(producer.may_send == 4);
    world.right.accept_all(consumer);
    CHECK(producer.may_send == 5);
}

TEST_CASE("beside a consumer without a limit the large ones go there, the others to both") {
    World world;
    for (const std::uint32_t others : {0U, 100U}) {  // with and without an index of consumers
        Peer& small = limited(world.right, "a", 100, 20);
        Peer& any = world.right.consumer("a", 20);
        for (std::uint32_t i = 0; i < others; ++i) {
            world.right.consumer("a", 0);
        }
        Peer& producer = world.left.producer("a");
        for (int i = 0; i < 4; ++i) {
            world.left.send(producer, message_of(200), {.settled = i % 2 == 0});
        }
        CHECK(any.complete() == 4);
        CHECK(small.got.empty());
        world.right.accept_all(any);
        for (int i = 0; i < 4; ++i) {
            world.left.send(producer, message_of(50));
        }
        CHECK(small.complete() == 2);
        CHECK(any.complete() == 6);
        world.right.accept_all(any);
        world.right.accept_all(small);
        CHECK(producer.link->counters.rejected == 0);
        world.left.detach(producer);
        world.right.detach(small);
        world.right.detach(any);
    }
}

TEST_CASE("of several limits the one that is high enough counts") {
    World world;
    Peer& low = limited(world.right, "a", 100, 9);
    Peer& high = limited(world.right, "a", 300, 9);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, message_of(200));
    world.left.send(producer, message_of(301));
    CHECK(high.complete() == 1);
    CHECK(low.got.empty());
    CHECK(is_too_large(producer.told.back()));
    world.right.accept_all(high);
}

TEST_CASE("a large message waits for who takes it, and holds back no small one") {
    World world;
    Peer& small = limited(world.right, "a", 100, 0);
    Peer& any = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, message_of(200));
    world.left.send(producer, message_of(50));
    world.left.send(producer, message_of(201));
    const Address& address = *world.core.addresses().find("M0a");
    CHECK(address.waiting_count() == 3);
    world.right.give_credit(small, 9);
    CHECK(small.complete() == 1);
    CHECK(address.waiting_count() == 2);
    world.right.give_credit(small, 9, /*drain=*/true);
    CHECK(small.drained == 1);
    world.right.give_credit(any, 1);
    REQUIRE(any.complete() == 1);
    CHECK(any.got[0].bytes.size() == 200);
    world.right.give_credit(any, 1);
    CHECK(any.complete() == 2);
    world.right.accept_all(small);
    world.right.accept_all(any);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("what waits already and does not fit who comes then is left for the others") {
    World world;
    Peer& any = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, message_of(200));
    world.left.send(producer, message_of(50));
    Peer& small = limited(world.right, "a", 100, 9);
    CHECK(small.complete() == 1);
    CHECK(small.got[0].bytes.size() == 50);
    SUBCASE("which take it") {
        world.right.give_credit(any, 9);
        CHECK(any.complete() == 1);
        world.right.accept_all(any);
    }
    SUBCASE("and comes back when they leave") {
        world.right.detach(any);
        CHECK(is_too_large(producer.told.back()));
        CHECK(small.complete() == 1);
    }
    SUBCASE("and comes back when all leave") {
        world.right.accept_all(small);
        world.right.detach(any);
        world.right.detach(small);
    }
    if (small.link != nullptr) {
        world.right.accept_all(small);
    }
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("what does not fit, and stands behind what does, comes back when it is next") {
    World world;
    Peer& small = limited(world.right, "a", 100, 0);
    Peer& any = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const std::size_t size : {200U, 50U, 150U}) {
        world.left.send(producer, message_of(size));
    }
    Peer& middle = limited(world.right, "a", 150, 0);
    world.right.detach(any);
    REQUIRE(producer.told.size() == 1);
    CHECK(is_too_large(producer.told.back()));
    world.right.give_credit(small, 1);
    CHECK(small.complete() == 1);
    world.right.give_credit(middle, 1);
    CHECK(middle.complete() == 1);
    world.right.accept_all(small);
    world.right.accept_all(middle);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("a stream found too large is aborted, and comes back rejected") {
    World world;
    Peer& consumer = limited(world.right, "a", 300, 9);
    Peer& producer = world.left.producer("a", 2);
    const Buffer message = message_of(400);
    const DeliveryId id = world.left.send(producer, Bytes(message).first(200), {.more = true});
    REQUIRE(consumer.got.size() == 1);
    world.left.send(producer, Bytes(message).subspan(200, 100), {.more = true});
    CHECK_FALSE(consumer.got[0].aborted);
    world.left.send(producer, Bytes(message).subspan(300), {});
    CHECK(consumer.got[0].aborted);
    CHECK(producer.outcome(id) == Outcome::rejected);
    CHECK(is_too_large(producer.told.back()));
    CHECK(producer.may_send == 2);
    CHECK(world.core.deliveries().in_use() == 0);
    world.left.send(producer, message_of(300));  // its link goes on
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("multicast: who does not take so much gets no copy, which is counted") {
    World world;
    world.rule("m", kToAll);
    Peer& small = limited(world.right, "m", 100, 9);
    Peer& later = limited(world.right, "m", 100, 0);
    Peer& any = world.right.consumer("m", 9);
    Peer& producer = world.left.producer("m");
    const DeliveryId id = world.left.send(producer, message_of(200));
    world.left.send(producer, message_of(200), {.settled = true});
    CHECK(small.got.empty());
    CHECK(any.complete() == 2);
    CHECK(world.dropped(DropReason::too_large) == 4);
    world.right.accept_all(any);
    CHECK(producer.outcome(id) == Outcome::accepted);
    SUBCASE("a stream") {
        const Buffer message = message_of(200);
        const DeliveryId stream =
            world.left.send(producer, Bytes(message).first(90), {.more = true});
        world.left.send(producer, Bytes(message).subspan(90), {});
        CHECK(small.got[0].aborted);
        CHECK(world.dropped(DropReason::too_large) == 6);
        world.right.accept_all(any);
        CHECK(producer.outcome(stream) == Outcome::accepted);
    }
    SUBCASE("one that nobody takes") {
        world.right.detach(any);
        world.left.send(producer, message_of(200));
        CHECK(is_too_large(producer.told.back()));
        const Buffer message = message_of(200);
        world.left.send(producer, Bytes(message).first(90), {.more = true});
        world.left.send(producer, Bytes(message).subspan(90), {});
        CHECK(is_too_large(producer.told.back()));
    }
    world.right.give_credit(later, 9);
    CHECK(later.complete() == 0);
}

TEST_CASE("multicast: who left all copies out for their size overrules nobody who took one") {
    for (const Bytes taken : {wire::kAccepted, wire::kReleased}) {
        MeshWorld world;
        world.rule("m", kToAll);
        world.remote(MeshWorld::kC, "m");
        Peer& consumer = world.right.consumer("m");
        Peer& producer = world.left.producer("m");
        world.left.send(producer, message_of(200));
        world.east.update(world.to_east, world.to_east.got[0].id,
                          wire::rejected("amqp:link:message-size-exceeded", "no"), true);
        world.right.update(consumer, consumer.got[0].id, taken, true);
        CHECK(as_text(producer.told.back().state) == as_text(taken));
    }
}

TEST_CASE("what only routers read does not count") {
    MeshWorld world;
    Peer& consumer = limited(world.right, "a", 100, 9);
    const auto passed_on = [](std::size_t size) {
        return stamped(message_of(size), {.to = "a", .ingress = "0/A", .trace = {"0/A", "0/D"}});
    };
    world.west.send(world.from_west, passed_on(100));
    REQUIRE(consumer.complete() == 1);
    CHECK(consumer.got[0].bytes.size() == 100);
    world.west.send(world.from_west, passed_on(101));
    CHECK(is_too_large(world.from_west.told.back()));
    const Buffer stream = passed_on(101);
    world.west.send(world.from_west, Bytes(stream).first(stream.size() - 5), {.more = true});
    CHECK(consumer.got.size() == 2);
    world.west.send(world.from_west, Bytes(stream).subspan(stream.size() - 5), {});
    CHECK(consumer.got[1].aborted);
    const Buffer fits = passed_on(100);
    world.west.send(world.from_west, Bytes(fits).first(fits.size() - 5), {.more = true});
    world.west.send(world.from_west, Bytes(fits).subspan(fits.size() - 5), {});
    CHECK(consumer.complete() == 2);
    // One that waits, too.
    world.right.give_credit(consumer, 0);
    world.west.send(world.from_west, passed_on(100));
    world.right.give_credit(consumer, 1);
    CHECK(consumer.complete() == 3);
    world.right.accept_all(consumer);
}

TEST_CASE(
    "over routers the last one decides, and a large message goes there if none here takes it") {
    for (const Distribution distribution : {Distribution::balanced, Distribution::closest}) {
        MeshWorld world;
        world.rule("a", {.distribution = distribution});
        world.remote(MeshWorld::kC, "a");
        Peer& consumer = limited(world.right, "a", 100, 9);
        Peer& producer = world.left.producer("a");
        world.left.send(producer, message_of(200));
        CHECK(consumer.got.empty());
        REQUIRE(world.to_east.complete() == 1);
        world.east.update(world.to_east, world.to_east.got[0].id,
                          wire::rejected("amqp:link:message-size-exceeded", "no"), true);
        CHECK(is_too_large(producer.told.back()));
        world.left.send(producer, message_of(50));
        CHECK(consumer.complete() == 1);
        world.right.accept_all(consumer);
    }
}

TEST_CASE("large messages before a consumer that takes none of them are moved in slices") {
    World world{{.router_id = "r1", .limits = {.slice = 50}}};
    constexpr std::size_t kLarge = 500;
    Peer& any = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a", 2 * kLarge);
    for (std::size_t i = 0; i < kLarge; ++i) {
        world.left.send(producer, as_bytes("large"), {.settled = true});
    }
    world.left.send(producer, as_bytes("fit"), {.settled = true});
    Peer& small =
        world.right.attach({.direction = Direction::out, .address = "a", .max_message_size = 3});
    const Address& address = *world.core.addresses().find("M0a");
    world.right.give_credit(small, 5);
    std::size_t moved = 0;
    std::size_t turns = 0;
    do {
        const std::size_t now = address.limits->line(Scope::all).count();
        CHECK(now - moved <= 2 * kPassedOverMax);
        moved = now;
        ++turns;
    } while (world.core.work(world.now));
    CHECK(turns >= kLarge / (2 * kPassedOverMax));
    CHECK(small.texts() == "fit");
    CHECK(address.limits->line(Scope::all).count() == kLarge);
    world.right.give_credit(any, 2 * kLarge);
    CHECK(any.complete() == kLarge);
}

TEST_SUITE_END();

}  // namespace weft::router
