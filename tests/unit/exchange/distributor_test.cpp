#include "tests/unit/exchange/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::exchange {

TEST_SUITE_BEGIN("Distributor");

TEST_CASE("a message goes once to each next hop that matches, as it was sent") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("a.*", "n");
    world.bind("a.b", "n");
    world.bind("a.#", "m");
    Peer& n = world.right.consumer("n");
    Peer& m = world.right.consumer("m");
    Peer& producer = world.left.producer("x");
    CHECK(producer.may_send == 250);
    const auto id = world.send(producer, about("a.b", "one"));
    REQUIRE(n.complete() == 1);
    REQUIRE(m.complete() == 1);
    CHECK(n.got[0].bytes == about("a.b", "one"));
    CHECK(m.got[0].bytes == about("a.b", "one"));
    world.accept_all(n);
    CHECK(producer.outcome(id) == Outcome::none);
    world.accept_all(m);
    CHECK(producer.outcome(id) == Outcome::accepted);
    CHECK(e.counters.received == 1);
    CHECK(e.counters.forwarded == 1);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("the strongest outcome is the producer's, whoever said it") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    world.bind("", "m");
    Peer& n = world.right.consumer("n");
    Peer& m = world.right.consumer("m");
    Peer& producer = world.left.producer("x");
    const auto first = world.send(producer, about("a"));
    world.right.update(n, n.got[0].id, router::kReleased, true);
    world.run();
    world.accept_all(m);
    CHECK(producer.outcome(first) == Outcome::accepted);
    const auto second = world.send(producer, about("a"));
    world.accept_all(m);
    world.right.update(n, n.got[1].id, router::rejected("app:bad", "no"), true);
    world.run();
    CHECK(producer.outcome(second) == Outcome::rejected);
    const auto third = world.send(producer, about("a"));
    for (Peer* each : {&n, &m}) {
        world.right.update(*each, each->got.back().id, router::kReleased, true);
    }
    world.run();
    CHECK(producer.outcome(third) == Outcome::released);
}

TEST_CASE("what matches nothing goes to the alternate, or is dropped") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x", .alternate = "other"});
    world.bind("a", "n");
    Peer& producer = world.left.producer("x");
    const auto dropped = world.send(producer, about("b"));
    CHECK(producer.outcome(dropped) == Outcome::released);
    Peer& other = world.right.consumer("other");
    const auto no_match = world.send(producer, about("b"));
    const auto nobody = world.send(producer, about("a"));
    CHECK(other.complete() == 2);
    world.accept_all(other);
    CHECK(producer.outcome(no_match) == Outcome::accepted);
    CHECK(producer.outcome(nobody) == Outcome::accepted);
    CHECK(e.counters.received == 3);
    CHECK(e.counters.dropped == 1);
    CHECK(e.counters.forwarded == 2);
    CHECK(e.counters.diverted == 2);
}

TEST_CASE("a next hop is treated as its address is: one consumer, all, or those of its phase") {
    ExchangeWorld world;
    world.rule("all", {.distribution = router::Distribution::multicast});
    world.add({.name = "e", .address = "x"});
    world.bind("", "one");
    world.bind("", "all");
    REQUIRE(world.distributor.bind({.exchange = "e", .next_hop = "way", .next_hop_phase = 1},
                                   world.now));
    std::vector<Peer*> peers;
    for (const char* address : {"one", "one", "all", "all", "way"}) {
        peers.push_back(&world.right.consumer(address));
    }
    Peer& behind =
        world.right.attach({.direction = router::Direction::out, .address = "way", .phase = 1});
    world.right.give_credit(behind, 10);
    Peer& producer = world.left.producer("x");
    const auto id = world.send(producer, about("a"));
    CHECK(peers[0]->complete() + peers[1]->complete() == 1);
    CHECK(peers[2]->complete() == 1);
    CHECK(peers[3]->complete() == 1);
    CHECK(peers[4]->complete() == 0);
    CHECK(behind.complete() == 1);
    for (Peer* peer : peers) {
        world.accept_all(*peer);
    }
    world.accept_all(behind);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("settled messages are passed on settled, and none of them is lost to a slow consumer") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    Peer& n = world.right.consumer("n", 0);
    Peer& producer = world.left.producer("x");
    for (std::uint32_t i = 0; i < Inlet::kWindow; ++i) {
        world.send(producer, about("a"), {.settled = true});
    }
    CHECK(producer.may_send == 250);
    for (int i = 0; i < 100; ++i) {  // these wait for the exchange
        world.send(producer, about("a"), {.settled = true});
    }
    CHECK(producer.may_send == 150);
    world.right.give_credit(n, 1000);
    world.run();
    CHECK(n.complete() == 350);
    CHECK(n.got.back().settled);
    CHECK(producer.may_send == 250);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("a settled message comes to an exchange without a delivery of its own") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    Peer& n = world.right.consumer("n");
    Peer& producer = world.left.producer("x");
    world.left.send(producer, about("a"), {.settled = true});
    CHECK(world.distributor.under_way() == 1);
    CHECK(world.core.deliveries().allocated() == 0);
    world.run();
    CHECK(n.complete() == 1);
    CHECK(n.got[0].settled);
}

TEST_CASE("where a message came from is told in the same words, whether its copy waited or not") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    FakePort shown{world.core, world.now, router::Traits::of_client({.in = true, .out = false})};
    Peer& n = shown.consumer("n", 2);
    Peer& producer = world.left.producer("x");
    for (int i = 0; i < 2; ++i) {
        world.send(producer, about("a"));
        world.send(producer, router::annotated_message("text", /*routers=*/false));
    }
    shown.give_credit(n, 2);
    world.run();
    REQUIRE(n.complete() == 4);
    for (std::size_t i = 0; i < 2; ++i) {
        const Bytes bytes{n.got[i].bytes};
        CHECK(as_text(bytes) == n.got[i + 2].text());
        const wire::Facts facts = wire::scan(bytes, true, wire::Until::bare_message);
        const auto routers =
            annotations::read_router_annotations(facts.message_annotations.of(bytes));
        REQUIRE(routers);
        CHECK(routers->ingress == "0/r1");
        CHECK(annotations::routers_in(routers->trace) ==
              std::vector<std::string_view>{"exchange/r1/e", "0/r1"});
    }
    shown.accept_all(n);
    world.run();
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("a message of many frames goes on frame by frame") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("a", "n");
    world.bind("a", "m");
    Peer& n = world.right.consumer("n");
    Peer& m = world.right.consumer("m");
    Peer& producer = world.left.producer("x");
    const Buffer message = about("a", std::string(100'000, 'x'));
    const Bytes bytes{message};
    const auto id = world.send(producer, bytes.first(7), {.more = true});
    CHECK(n.got.empty());  // its subject is not known
    world.send(producer, bytes.subspan(7, 1000), {.more = true});
    REQUIRE(n.got.size() == 1);
    CHECK(n.got[0].bytes.size() == 1007);
    world.send(producer, bytes.subspan(1007));
    CHECK(n.got[0].bytes == message);
    CHECK(m.got[0].bytes == message);
    world.accept_all(n);
    world.accept_all(m);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("a message that is given up in the middle is given up everywhere") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("a", "n");
    Peer& n = world.right.consumer("n");
    Peer& producer = world.left.producer("x");
    const Buffer message = about("a", std::string(1000, 'x'));
    world.send(producer, Bytes{message}.first(500), {.more = true});
    world.send(producer, {}, {.aborted = true});
    REQUIRE(n.got.size() == 1);
    CHECK(n.got[0].aborted);
    CHECK(world.distributor.under_way() == 0);
    world.send(producer, message);
    CHECK(n.got[1].complete);
    world.accept_all(n);
}

TEST_CASE("a consumer that refuses in the middle ends it for the producer, if it is the last") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("a", "n");
    Peer& n = world.right.consumer("n");
    Peer& producer = world.left.producer("x");
    const Buffer message = about("a", std::string(1000, 'x'));
    const auto id = world.send(producer, Bytes{message}.first(500), {.more = true});
    world.right.update(n, n.got[0].id, router::rejected("app:bad", "no"), true);
    world.run();
    CHECK(producer.outcome(id) == Outcome::rejected);
    CHECK(world.distributor.under_way() == 0);
    world.send(producer, Bytes{message}.subspan(500));
    world.send(producer, message);
    CHECK(n.got.back().complete);
    world.accept_all(n);
}

TEST_CASE("what has no subject to read is rejected, what is malformed too") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    Peer& n = world.right.consumer("n");
    Peer& producer = world.left.producer("x");
    const auto id = world.send(producer, about("a"), {.message_format = 7});
    CHECK(producer.outcome(id) == Outcome::rejected);
    CHECK(e.counters.rejected == 1);
    CHECK(e.counters.dropped == 1);
    world.send(producer, router::plain_message("no properties"));  // "#" matches this
    CHECK(n.complete() == 1);
    world.accept_all(n);
}

TEST_CASE("exchanges may feed one another, but not round and round") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    const Exchange& f = world.add({.name = "f", .address = "y"});
    world.bind("", "y", "e");
    world.bind("", "n", "f");
    world.bind("", "x", "f");
    Peer& n = world.right.consumer("n");
    Peer& producer = world.left.producer("x");
    const auto id = world.send(producer, about("a"));
    CHECK(n.complete() == 1);
    CHECK(n.got[0].bytes == about("a"));
    CHECK(e.counters.looped == 1);
    CHECK(f.counters.forwarded == 1);
    world.accept_all(n);
    CHECK(producer.outcome(id) == Outcome::accepted);
    world.send(producer, about("a"), {.settled = true});
    CHECK(n.complete() == 2);
    CHECK(e.counters.looped == 2);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("a next hop that is not bound any more keeps what it was given") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    const std::uint64_t id = world.bind("", "n").id;
    Peer& n = world.right.consumer("n", 0);
    Peer& producer = world.left.producer("x");
    const auto sent = world.send(producer, about("a"));
    CHECK(world.distributor.unbind(id, world.now));
    CHECK_FALSE(world.distributor.unbind(id, world.now));
    world.right.give_credit(n, 10);
    world.run();
    CHECK(n.complete() == 1);
    world.accept_all(n);
    CHECK(producer.outcome(sent) == Outcome::accepted);
    const auto after = world.send(producer, about("a"));
    CHECK(producer.outcome(after) == Outcome::released);
    world.bind("", "n");
    world.send(producer, about("a"));
    CHECK(n.complete() == 2);
    world.accept_all(n);
}

TEST_CASE("an exchange that goes leaves nothing behind, and its address has no consumer") {
    ExchangeWorld world;
    const std::uint64_t id = world.add({.name = "e", .address = "x"}).id;
    world.bind("", "n");
    Peer& n = world.right.consumer("n", 0);
    Peer& producer = world.left.producer("x");
    const Buffer message = about("a", std::string(1000, 'x'));
    const auto sent = world.send(producer, message);
    world.send(producer, Bytes{message}.first(500), {.more = true});
    CHECK(world.distributor.remove(id, world.now));
    world.run();
    CHECK(producer.outcome(sent) != Outcome::accepted);
    CHECK(producer.asked_to_drain);
    CHECK(world.distributor.exchanges().bindings().empty());
    CHECK(world.distributor.totals().forwarded == 2);
    world.right.give_credit(n, 10);
    world.run();
    CHECK(n.complete() == 1);
    world.accept_all(n);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("a consumer that settles after its producer is heard") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    Peer& n = world.right.attach(
        {.direction = router::Direction::out, .address = "n", .settles_second = true});
    world.right.give_credit(n, 10);
    Peer& producer = world.left.producer("x");
    const auto id = world.send(producer, about("a"));
    world.right.update(n, n.got[0].id, router::kAccepted, /*settled=*/false);
    world.run();
    CHECK(n.got[0].settled_by_router);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_SUITE_END();

}  // namespace weft::exchange
