#include "tests/unit/core/world.hpp"

#include <cstdint>
#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: anycast");

TEST_CASE("each message goes to one consumer, in turn among equals") {
    World world;
    Peer& one = world.right.consumer("a");
    Peer& two = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 4; ++i) {
        world.left.send(producer, as_bytes(std::to_string(i)), {.settled = true});
    }
    CHECK(one.complete() == 2);
    CHECK(two.complete() == 2);
}

TEST_CASE("a consumer that can take a message gets it, however many have no room for it") {
    for (const std::uint32_t indexed_from : {2U, 1'000U}) {
        CAPTURE(indexed_from);
        World world{{.router_id = "r1", .limits = {.indexed_from = indexed_from}}};
        FakePort other{world.core, world.now};
        for (int i = 0; i < 200; ++i) {
            world.right.consumer("a");
        }
        Peer& ready = other.consumer("a");
        Peer& producer = world.left.producer("a");
        world.right.make_room(0);
        for (const char* text : {"1", "2", "3"}) {
            world.left.send(producer, text);
        }
        CHECK(ready.texts() == "1,2,3");
    }
}

TEST_CASE("balanced spares the consumer that owes settlements") {
    World world;
    Peer& slow = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    Peer& quick = world.right.consumer("a");
    world.left.send(producer, "3");
    world.left.send(producer, "4");
    CHECK(slow.texts() == "1,2");
    CHECK(quick.texts() == "3,4");
    world.right.accept_all(slow);
    world.right.accept_all(quick);
}

TEST_CASE("a consumer in process comes before the others, and needs no credit of its own") {
    World world;
    FakePort inside{world.core, world.now, Traits::of_service()};
    Peer& client = world.right.consumer("a");
    Peer& agent = inside.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 3; ++i) {
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    CHECK(agent.complete() == 3);
    CHECK(client.complete() == 0);
    CHECK(world.core.addresses().find("M0a")->to_process == 3);
    inside.detach(agent);
}

TEST_CASE("what no consumer can take waits at the address, in order, for whoever can first") {
    World world;
    Peer& one = world.right.consumer("a", 0);
    Peer& two = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3", "4"}) {
        world.left.send(producer, as_bytes(text), {.settled = true});
    }
    world.right.give_credit(two, 1);
    world.right.give_credit(one, 2);
    world.right.give_credit(two, 5);
    world.left.send(producer, as_bytes("5"), {.settled = true});
    CHECK(one.texts() == "2,3");
    CHECK(two.texts() == "1,4,5");
}

TEST_CASE("a new message does not overtake those that wait") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    world.right.room = 0;
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    CHECK(consumer.got.empty());
    world.right.make_room(FakePort::kEndless);
    CHECK(consumer.texts() == "1");
    world.left.send(producer, "3");
    world.right.give_credit(consumer, 9);
    CHECK(consumer.texts() == "1,2,3");
    world.right.accept_all(consumer);
}

TEST_CASE("messages whose heads come late wait behind those that came meanwhile, at no cost") {
    constexpr std::size_t kLate = 100;
    constexpr std::size_t kWaiting = 200;
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    const Buffer message = annotated_message("late", /*routers=*/false);
    std::vector<Peer*> late;
    for (std::size_t i = 0; i < kLate; ++i) {
        late.push_back(&world.left.producer("a"));
        world.left.send(*late.back(), Bytes(message).first(3), {.more = true});
    }
    Peer& producer = world.left.producer("a");
    const Buffer early = plain_message("early");
    for (std::size_t i = 0; i < kWaiting; ++i) {
        world.left.send(producer, early);
    }
    const std::uint64_t before = world.core.deliveries().steps();
    for (Peer* peer : late) {
        world.left.send(*peer, Bytes(message).subspan(3), {});
    }
    CHECK(world.core.deliveries().steps() - before <= 2 * kLate);
    world.right.give_credit(consumer, kLate + kWaiting);
    REQUIRE(consumer.complete() == kLate + kWaiting);
    CHECK(consumer.got[kWaiting - 1].bytes == early);
    CHECK(consumer.got[kWaiting].bytes == message);
    world.right.accept_all(consumer);
}

TEST_CASE("a presettled message is not dropped for a consumer that is merely slow") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a", 250);
    int sent = 0;
    for (; producer.may_send > 0; ++sent) {
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    CHECK(sent == 250);
    world.tick(60);
    world.right.give_credit(consumer, 1000);
    CHECK(consumer.complete() == 250);
    CHECK(world.core.counters().dropped_presettled == 0);
}

TEST_CASE("a consumer whose connection is full is passed over while another one is ready") {
    World world;
    FakePort third{world.core, world.now};
    Peer& stuck = world.right.consumer("a");
    Peer& free = third.consumer("a");
    world.right.room = 0;
    Peer& producer = world.left.producer("a");
    for (int i = 0; i < 5; ++i) {
        world.left.send(producer, as_bytes("x"), {.settled = true});
    }
    CHECK(stuck.got.empty());
    CHECK(free.complete() == 5);
    third.detach(free);
    world.right.make_room(FakePort::kEndless);
}

TEST_CASE("messages of one producer to one consumer keep their order, whatever interrupts them") {
    World world;
    Peer& consumer = world.right.consumer("a", 3);
    Peer& producer = world.left.producer("a");
    std::string expected;
    for (int i = 0; i < 20; ++i) {
        const std::string text = "message " + std::to_string(i);
        expected += (i == 0 ? "" : ",") + text;
        world.right.room = i % 3 == 0 ? 4 : FakePort::kEndless;
        world.left.send(producer, as_bytes(text), {.settled = i % 2 == 0});
        if (i % 4 == 0) {
            world.right.make_room(5);
        }
        if (i % 5 == 0) {
            world.right.give_credit(consumer, 2);
        }
    }
    world.right.make_room(FakePort::kEndless);
    world.right.give_credit(consumer, 100);
    CHECK(consumer.texts() == expected);
    world.right.accept_all(consumer);
}

TEST_CASE("deliveries are counted where they came in and where they went out") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.left.send(producer, as_bytes("2"), {.settled = true});
    world.left.send(producer, "3");
    world.left.send(producer, "4");
    world.left.send(producer, "5");
    world.right.accept(consumer, consumer.got[0].id);
    world.right.update(consumer, consumer.got[2].id, kReleased, true);
    world.right.update(consumer, consumer.got[3].id, kModifiedFailed, true);
    world.right.update(consumer, consumer.got[4].id, rejected("amqp:not-allowed", "no"), true);
    const Address& address = *world.core.addresses().find("M0a");
    CHECK(address.ingress == 5);
    CHECK(address.egress == 5);
    const RouterCounters& router = world.core.counters();
    CHECK(router.ingress == 5);
    CHECK(router.egress == 5);
    for (const DeliveryCounters* counters : std::initializer_list<const DeliveryCounters*>{
             &producer.link->counters, &consumer.link->counters, &router}) {
        CHECK(counters->presettled == 1);
        CHECK(counters->accepted == 1);
        CHECK(counters->released == 1);
        CHECK(counters->modified == 1);
        CHECK(counters->rejected == 1);
    }
    CHECK(producer.link->counters.deliveries == 5);
    CHECK(consumer.link->counters.deliveries == 5);
}

TEST_CASE("late settlements are counted as delayed") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    world.left.send(producer, "3");
    world.pass(std::chrono::milliseconds(900));
    world.right.accept(consumer, consumer.got[0].id);
    world.pass(std::chrono::milliseconds(200));
    world.right.accept(consumer, consumer.got[1].id);
    world.pass(std::chrono::seconds(9));
    world.right.accept(consumer, consumer.got[2].id);
    for (const DeliveryCounters* counters : std::initializer_list<const DeliveryCounters*>{
             &producer.link->counters, &consumer.link->counters, &world.core.counters()}) {
        CHECK(counters->delayed_1s == 1);
        CHECK(counters->delayed_10s == 1);
    }
}

TEST_CASE("links of a connection that takes little get its room in turn") {
    World world;
    Peer& bulk = world.right.consumer("bulk", 1000);
    Peer& other = world.right.consumer("other", 1000);
    Peer& sends_bulk = world.left.producer("bulk");
    Peer& sends_other = world.left.producer("other");
    world.right.room = 0;
    const Buffer large = plain_message(std::string(1000, 'x'));
    for (int i = 0; i < 20; ++i) {
        world.left.send(sends_bulk, large, {.settled = true});
    }
    world.left.send(sends_other, as_bytes("small"), {.settled = true});
    world.right.make_room(1500);
    world.right.make_room(1500);
    CHECK(other.complete() == 1);
    CHECK(bulk.complete() >= 1);
    CHECK(bulk.complete() < 20);
    world.right.make_room(FakePort::kEndless);
    CHECK(bulk.complete() == 20);
}

TEST_SUITE_END();

}  // namespace weft::router
