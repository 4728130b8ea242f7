#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("Core: loss");

TEST_CASE("with nobody left what waits is released, or dropped if presettled") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a", 10);
    const DeliveryId unsettled = world.left.send(producer, "1");
    world.left.send(producer, as_bytes("2"), {.settled = true});
    world.right.detach(consumer);
    CHECK(producer.outcome(unsettled) == Outcome::released);
    CHECK(producer.link->account.outstanding() == 0);
    CHECK(producer.link->counters.dropped_presettled == 1);
    CHECK(world.core.counters().dropped_presettled == 1);
    CHECK(world.dropped(DropReason::no_consumer) == 2);
}

TEST_CASE("what waits when a consumer goes is left for the others, in order") {
    World world;
    Peer& first = world.right.consumer("a", 1);
    Peer& second = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    for (const char* text : {"1", "2", "3"}) {
        world.left.send(producer, text);
    }
    world.right.detach(first);
    world.right.give_credit(second, 9);
    CHECK(second.texts() == "2,3");
    world.right.accept_all(second);
}

TEST_CASE("what a lost consumer had and did not settle comes back as failed") {
    World world;
    Peer& lost = world.right.consumer("a", 2);
    Peer& producer = world.left.producer("a");
    const DeliveryId whole = world.left.send(producer, "1");
    const DeliveryId half = world.left.send(producer, plain_message("2"), {.more = true});
    world.right.consumer("a", 9);
    world.right.detach(lost);
    for (const DeliveryId id : {whole, half}) {
        CHECK(producer.outcome(id) == Outcome::modified);
        CHECK(producer.told[0].state == Buffer(kModifiedFailed.begin(), kModifiedFailed.end()));
    }
    CHECK(producer.rest_unwanted);
    CHECK(producer.link->current == nullptr);
    CHECK(world.dropped(DropReason::consumer_lost) == 2);
}

TEST_CASE("of what a lost consumer had not begun its default outcome is said, if it named one") {
    for (const Bytes named : {kModifiedFailed, kAccepted, Bytes{}}) {
        World world;
        world.rule("a", {.distribution = Distribution::multicast});
        Peer& lost = world.right.attach(
            {.direction = Direction::out, .address = "a", .default_outcome = named});
        Peer& producer = world.left.producer("a");
        const DeliveryId id = world.left.send(producer, "1");
        world.right.detach(lost);
        const bool failed = outcome_of(named) == Outcome::modified;
        CHECK(producer.outcome(id) == (failed ? Outcome::modified : Outcome::released));
    }
}

TEST_CASE("a presettled message that a lost consumer had half is dropped and counted") {
    World world;
    Peer& lost = world.right.consumer("a");
    Peer& other = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a", 3);
    world.left.send(producer, plain_message("1"), {.settled = true, .more = true});
    world.right.detach(lost);
    CHECK(producer.link->counters.dropped_presettled == 1);
    world.left.send(producer, as_bytes("rest"), {});
    world.right.give_credit(other, 5);
    CHECK(other.got.empty());
    CHECK(producer.may_send == 3);
}

TEST_CASE("a message cut off by its producer's end is aborted at the consumer") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, plain_message("1"), {.more = true});
    SUBCASE("detach") {
        world.left.detach(producer);
    }
    SUBCASE("abort") {
        world.left.send(producer, {}, {.aborted = true});
    }
    CHECK(consumer.got[0].aborted);
    CHECK(consumer.link->outlet.outstanding == 0);
    Peer& next = world.left.producer("a");
    world.left.send(next, as_bytes("2"), {.settled = true});
    CHECK(consumer.texts() == "2");
}

TEST_CASE("a message cut off while it waits is forgotten, and the next one goes on") {
    World world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& producer = world.left.producer("a");
    Buffer start = plain_message("1");
    SUBCASE("its address known") {}
    SUBCASE("its head cut off too") {
        start.resize(2);
    }
    world.left.send(producer, start, {.more = true});
    CHECK(producer.held > 0);
    world.left.send(producer, {}, {.aborted = true});
    CHECK(producer.held == 0);
    CHECK(producer.told.empty());
    CHECK(world.dropped(DropReason::aborted) == 1);
    world.left.send(producer, as_bytes("2"), {.settled = true});
    world.right.give_credit(consumer, 9);
    CHECK(consumer.texts() == "2");
}

TEST_CASE("an abort as the first frame counts and leaves nothing") {
    World world;
    world.right.consumer("a");
    Peer& producer = world.left.producer("a", 5);
    world.left.send(producer, {}, {.aborted = true});
    CHECK(producer.may_send == 5);
    CHECK(producer.told.empty());
    CHECK(world.dropped(DropReason::aborted) == 1);
    CHECK(world.core.counters().presettled == 0);
}

TEST_CASE("an aborted message lets the next one start on the same consumer") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& one = world.left.producer("a");
    Peer& two = world.left.producer("a");
    world.left.send(one, plain_message("1"), {.more = true});
    world.left.send(two, "2");  // waits: the only consumer is in the middle of a message
    CHECK(consumer.complete() == 0);
    world.left.detach(one);
    CHECK(consumer.texts() == "2");
    world.right.accept_all(consumer);
}

TEST_CASE("a whole message of a producer that has gone is still delivered") {
    World world;
    Peer& consumer = world.right.consumer("a", 1);
    Peer& producer = world.left.producer("a");
    world.left.send(producer, "1");
    world.left.send(producer, "2");
    world.left.detach(producer);
    world.right.give_credit(consumer, 5);
    CHECK(consumer.texts() == "1,2");
    world.right.accept_all(consumer);
    CHECK(world.core.deliveries().in_use() == 0);
}

TEST_CASE("a connection that goes with links that wait for room is forgotten") {
    World world;
    Peer& a = world.right.consumer("a");
    Peer& b = world.right.consumer("b");
    Peer& c = world.right.consumer("c");
    Peer& producer = world.left.producer("");
    world.right.room = 0;
    for (const char* to : {"a", "b", "c"}) {
        world.left.send(producer, addressed_message(to, "x"), {.settled = true});
    }
    CHECK(world.right.connection().held.front().line.size() == 3);
    world.right.detach(a);
    CHECK(world.right.connection().held.front().line.size() == 2);
    world.right.make_room(FakePort::kEndless);
    CHECK(b.complete() == 1);
    CHECK(c.complete() == 1);
    CHECK(world.right.connection().held.empty());
}

TEST_CASE("a core that goes with deliveries under way frees them") {
    // The leak checker looks on. The ports outlive it, as nothing is detached.
    struct Silent final : Port {
        Sent transfer(Link&, const OutgoingHead&, Bytes, bool) override { return {}; }
        void abort(Link&) override {}
        void update(Link&, DeliveryId, Bytes, bool) override {}
        void grant(Link&, std::uint32_t, bool) override {}
        void drain(Link&) override {}
        void drained(Link&) override {}
        void hold(Link&, std::ptrdiff_t bytes) override { held += bytes; }
        std::ptrdiff_t held = 0;
    } port;
    const Treatment multicast{.distribution = Distribution::multicast};
    Core core{{.router_id = "r1"}};
    Connection& connection = core.connect(port, Traits::of_client());
    const Instant now{};
    for (int i = 0; i < 2; ++i) {
        core.activate(
            *core.attach(connection,
                         {.direction = Direction::out, .address = "m", .treatment = multicast})
                 ->link,
            now);
    }
    Link& producer = *core.attach(connection, {.address = "m"})->link;
    core.activate(producer, now);
    std::uint64_t context = 0;
    core.on_transfer(producer, {{.id = 1, .payload = as_bytes("kept")}}, context, now);
    CHECK(port.held == 4);
}

TEST_SUITE_END();

}  // namespace weft::router
