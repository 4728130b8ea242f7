#include "tests/unit/core/world.hpp"

#include <cstddef>

namespace weft::router {

TEST_SUITE_BEGIN("Core: settlement");

TEST_CASE("the consumer's outcome reaches the producer byte for byte") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    // A state that no router knows.
    const Buffer strange{0x00, 0x80, 0, 0, 0, 1, 2, 3, 4, 5, 0x45};
    for (const Buffer& state : {Buffer(kAccepted.begin(), kAccepted.end()),
                                rejected("amqp:not-allowed", "no"), strange}) {
        const DeliveryId id = world.left.send(producer, "x");
        world.right.update(consumer, consumer.got.back().id, state, true);
        CHECK(producer.told.back().id == id);
        CHECK(producer.told.back().settled);
        CHECK(producer.told.back().state == state);
    }
}

TEST_CASE("settle mode second: the outcome goes up unsettled, the settlement comes down") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a", 1);
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, kAccepted, false);
    REQUIRE(producer.told.size() == 1);
    CHECK_FALSE(producer.told[0].settled);
    CHECK(producer.told[0].outcome() == Outcome::accepted);
    CHECK(producer.may_send == 0);
    world.left.settle_sent(producer, id, kAccepted);
    CHECK(consumer.got[0].settled_by_router);
    CHECK(outcome_of(consumer.got[0].state) == Outcome::accepted);
    CHECK(producer.may_send == 1);
    CHECK(producer.link->counters.accepted == 1);
    CHECK(consumer.link->counters.accepted == 1);
}

TEST_CASE("settle mode second: a consumer that settles after all ends it with what it decided") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, kAccepted, false);
    world.right.update(consumer, consumer.got[0].id, {}, true);
    CHECK(producer.outcome(id) == Outcome::accepted);
    CHECK(producer.link->counters.accepted == 1);
    CHECK(consumer.link->counters.accepted == 1);
}

TEST_CASE("a consumer that settles without a state has said its default outcome") {
    World world;
    const Buffer received{0x00, 0x53, 0x23, 0x45};
    for (const Bytes named : {kReleased, kModifiedFailed, kAccepted, Bytes{}}) {
        Peer& consumer = world.right.attach(
            {.direction = Direction::out, .address = "a", .default_outcome = named});
        world.right.give_credit(consumer, 9);
        Peer& producer = world.left.producer("a");
        const auto told = [&](Bytes state, bool settled) -> const Told& {
            world.left.send(producer, "x");
            world.right.update(consumer, consumer.got.back().id, state, settled);
            return producer.told.back();
        };
        CHECK(as_text(told({}, true).state) == as_text(named));
        CHECK(as_text(told(received, true).state) == as_text(named.empty() ? received : named));
        CHECK(told(rejected("a", "b"), true).outcome() == Outcome::rejected);
        // An outcome that was stated before is not taken back.
        world.left.send(producer, "x");
        world.right.update(consumer, consumer.got.back().id, rejected("a", "b"), false);
        world.right.update(consumer, consumer.got.back().id, {}, true);
        CHECK(producer.told.back().outcome() == Outcome::rejected);
        CHECK(consumer.link->counters.released == producer.link->counters.released);
        world.right.detach(consumer);
        world.left.detach(producer);
    }
}

TEST_CASE("a default outcome that a symbol describes is told by its number") {
    World world;
    Buffer symbolic{0x00, 0xa3, 18};
    append(symbolic, as_bytes("amqp:released:list"));
    symbolic.push_back(0x45);
    Peer& consumer = world.right.attach(
        {.direction = Direction::out, .address = "a", .default_outcome = symbolic});
    world.right.give_credit(consumer, 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, {}, true);
    CHECK(as_text(producer.told[0].state) == as_text(kReleased));
}

TEST_CASE("what is no outcome is no default outcome") {
    World world;
    const Buffer received{0x00, 0x53, 0x23, 0x45};
    Peer& consumer = world.right.attach(
        {.direction = Direction::out, .address = "a", .default_outcome = received});
    world.right.give_credit(consumer, 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, {}, true);
    CHECK(producer.told[0].state.empty());
}

TEST_CASE("settle mode second: without the producer the router settles") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    SUBCASE("that went after the outcome") {
        world.right.update(consumer, consumer.got[0].id, kAccepted, false);
        world.right.update(consumer, consumer.got[1].id, kAccepted, false);
        CHECK_FALSE(consumer.got[0].settled_by_router);
        world.left.detach(producer);
    }
    SUBCASE("that went before the outcome") {
        world.left.detach(producer);
        world.right.update(consumer, consumer.got[0].id, kAccepted, false);
        world.right.update(consumer, consumer.got[1].id, kAccepted, false);
    }
    CHECK(consumer.got[0].settled_by_router);
    CHECK(consumer.got[1].settled_by_router);
    CHECK(consumer.link->counters.accepted == 2);
    CHECK(consumer.link->outlet.outstanding == 0);
}

TEST_CASE("settle mode second: what the consumer decided stands, even if the consumer goes") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, "x");
    world.right.update(consumer, consumer.got[0].id, kAccepted, false);
    world.right.detach(consumer);
    CHECK(producer.outcome(id) == Outcome::accepted);
    CHECK(world.dropped(DropReason::consumer_lost) == 0);
}

TEST_CASE("settle mode second: a half-sent message that both are done with is aborted") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, plain_message("1"), {.more = true});
    world.right.update(consumer, consumer.got[0].id, kReleased, false);
    world.left.settle_sent(producer, id);
    CHECK(consumer.got[0].aborted);
    CHECK(world.core.deliveries().in_use() == 0);
    world.left.send(producer, as_bytes("the rest"), {});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(consumer.texts() == "2");
}

TEST_CASE(
    "a consumer that asks for settled deliveries gets them, and the producer hears accepted") {
    World world;
    Peer& consumer =
        world.right.attach({.direction = Direction::out, .address = "a", .presettles = true});
    Peer& producer = world.left.producer("a", 5);
    world.right.give_credit(consumer, 1);
    const DeliveryId direct = world.left.send(producer, "1");
    CHECK(consumer.got[0].settled);
    CHECK(producer.outcome(direct) == Outcome::accepted);
    const DeliveryId later = world.left.send(producer, "2");
    CHECK(producer.outcome(later) == Outcome::none);
    world.right.give_credit(consumer, 1);
    CHECK(producer.outcome(later) == Outcome::accepted);
    const DeliveryId pieces = world.left.send(producer, plain_message("3"), {.more = true});
    world.right.give_credit(consumer, 1);
    CHECK(producer.outcome(pieces) == Outcome::none);
    world.left.send(producer, as_bytes("!"), {});
    CHECK(producer.outcome(pieces) == Outcome::accepted);
    CHECK(producer.may_send == 5);
    CHECK(producer.link->counters.accepted == 3);
}

TEST_CASE("a producer that settles on its own is told nothing; its consumer hears the settlement") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a", 5);
    const DeliveryId passed_on = world.left.send(producer, "1");
    const DeliveryId waiting = world.left.send(producer, "2");
    world.left.settle_sent(producer, passed_on, kAccepted);
    CHECK(consumer.got[0].settled_by_router);
    CHECK(producer.may_send == 4);
    world.left.settle_sent(producer, waiting);
    world.right.give_credit(consumer, 1);
    CHECK(consumer.texts() == "1,2");
    CHECK(consumer.got[1].settled);
    CHECK(producer.told.empty());
    CHECK(producer.may_send == 5);
}

TEST_CASE("a message that its producer settles half-way is delivered whole") {
    const Buffer message = plain_message("12");
    for (const std::size_t first :
         {message.size() - 1, std::size_t{1}}) {  // head known, or not yet
        for (const bool by_disposition : {true, false}) {
            CAPTURE(first);
            CAPTURE(by_disposition);
            World world;
            Peer& consumer = world.right.consumer("a");
            Peer& producer = world.left.producer("a");
            const DeliveryId id =
                world.left.send(producer, Bytes(message).first(first), {.more = true});
            if (by_disposition) {
                world.left.settle_sent(producer, id);
            } else {
                world.left.send(producer, {}, {.settled = true, .more = true});
            }
            world.left.send(producer, Bytes(message).subspan(first), {});
            REQUIRE(consumer.complete() == 1);
            CHECK(consumer.got[0].bytes == message);
            CHECK(producer.link->account.outstanding() == 0);
            CHECK(producer.told.empty());
        }
    }
}

TEST_CASE("a consumer that answers in the middle of a message gets no more of it") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, plain_message("1"), {.more = true});
    world.right.update(consumer, consumer.got[0].id, kReleased, true);
    CHECK(consumer.got[0].aborted);
    CHECK(producer.outcome(id) == Outcome::released);
    CHECK(producer.rest_unwanted);
    world.left.send(producer, as_bytes("rest"), {});
    world.left.send(producer, as_bytes("2"), {.settled = true});
    CHECK(consumer.texts() == "2");
}

TEST_CASE("a presettled message that was sent unsettled before is settled with the consumer") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("1"), {.more = true});
    world.left.send(producer, as_bytes("!"), {.settled = true});
    CHECK_FALSE(consumer.got[0].settled);
    CHECK(producer.link->account.outstanding() == 0);
    CHECK(producer.link->counters.presettled == 1);
    world.right.update(consumer, consumer.got[0].id, kAccepted, false);
    CHECK(consumer.got[0].settled_by_router);
}

TEST_SUITE_END();

}  // namespace weft::router
