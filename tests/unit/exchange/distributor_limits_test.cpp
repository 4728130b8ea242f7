#include "tests/unit/exchange/world.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::exchange {

TEST_SUITE_BEGIN("Distributor: limits");

TEST_CASE("a slow next hop slows the producers of its exchange") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    world.bind("", "slow");
    Peer& n = world.right.consumer("n", 10'000);
    Peer& slow = world.right.consumer("slow", 0);
    Peer& one = world.left.producer("x");
    Peer& two = world.left.producer("x");
    for (std::uint32_t i = 0; i < Inlet::kWindow; ++i) {
        world.send(i % 2 == 0 ? one : two, about("a"));
    }
    world.accept_all(n);
    CHECK(n.complete() == Inlet::kWindow);
    world.send(one, about("a"));
    CHECK(n.complete() == Inlet::kWindow);  // it waits for the exchange
    world.right.give_credit(slow, 1);
    world.run();
    world.accept_all(slow);
    CHECK(n.complete() == Inlet::kWindow + 1);
    world.right.give_credit(slow, 1000);
    world.run();
    world.accept_all(slow);
    world.accept_all(n);
    CHECK(one.may_send == 250);
    CHECK(two.may_send == 250);
}

TEST_CASE("a stalled next hop holds back nobody, and what it may have has a limit") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    world.bind("", "stuck");
    Peer& n = world.right.consumer("n", 10'000);
    Peer& stuck = world.right.consumer("stuck", 0);
    Peer& producer = world.left.producer("x");
    for (std::uint32_t i = 0; i < Inlet::kWindow; ++i) {
        world.send(producer, about("a"));
    }
    world.accept_all(n);
    CHECK(producer.may_send == 0);
    world.seconds(9);
    CHECK(producer.may_send == 0);
    world.seconds(2);
    CHECK(producer.may_send == 250);  // those that others accepted are accepted
    CHECK(producer.outcome(1) == Outcome::accepted);
    for (int i = 0; i < 10; ++i) {
        const auto id = world.send(producer, about("a"));
        world.accept_all(n);
        CHECK(producer.outcome(id) == Outcome::accepted);
    }
    CHECK(e.counters.left_out == 10);
    world.right.give_credit(stuck, 1000);
    world.run();
    CHECK(stuck.complete() == Inlet::kWindow);
    world.send(producer, about("a"));
    CHECK(stuck.complete() == Inlet::kWindow + 1);
    world.accept_all(n);
    world.accept_all(stuck);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("a long message is not kept whole for a next hop that is stalled") {
    constexpr std::size_t kPieces = 100;
    const Buffer piece(100'000, 'x');
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("", "n");
    world.bind("", "stuck");
    Peer& n = world.right.consumer("n", 10'000);
    Peer& stuck = world.right.consumer("stuck", 0);
    Peer& producer = world.left.producer("x");
    const auto id = world.send(producer, about("a"), {.more = true});
    world.seconds(11);
    for (std::size_t i = 1; i <= kPieces; ++i) {
        world.send(producer, piece, {.more = i < kPieces});
        CHECK(world.core.deliveries().held_bytes() < Inlet::kHeldMax + 2 * piece.size());
    }
    CHECK(e.counters.left_out == 1);
    CHECK(n.got.front().bytes.size() > kPieces * piece.size());
    world.accept_all(n);
    CHECK(producer.outcome(id) == Outcome::accepted);
    CHECK(world.core.deliveries().held_bytes() == 0);

    const auto next = world.send(producer, about("a"));  // it is stalled still
    world.accept_all(n);
    CHECK(producer.outcome(next) == Outcome::accepted);
    world.right.give_credit(stuck, 1000);
    world.run();
    world.accept_all(stuck);
    CHECK(stuck.complete() == 1);
    CHECK(world.distributor.under_way() == 0);
}

TEST_CASE("what next hops leave that stall together is settled in slices") {
    constexpr std::size_t kHops = 20;
    constexpr std::size_t kMessages = 200;
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    std::vector<Peer*> peers;
    for (std::size_t i = 0; i < kHops; ++i) {
        world.bind("", "n" + std::to_string(i));
        peers.push_back(&world.right.consumer("n" + std::to_string(i), 0));
    }
    Peer& producer = world.left.producer("x");
    for (std::size_t i = 0; i < kMessages; ++i) {
        world.send(producer, about("a"), {.settled = true});
    }
    world.seconds(9);
    CHECK(world.distributor.under_way() == kMessages);
    world.distributor.tick(world.now);
    CHECK(world.distributor.work(world.now));
    CHECK(world.distributor.under_way() > kMessages - 2 * Distributor::kSlice / kHops);
    world.run();
    CHECK(world.distributor.under_way() == 0);
    for (Peer* peer : peers) {
        world.right.give_credit(*peer, 1000);
        world.run();
        CHECK(peer->complete() == kMessages);
    }
}

TEST_CASE("messages for a stalled next hop alone wait, and others go past them") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    world.bind("a", "n");
    world.bind("b", "stuck");
    Peer& n = world.right.consumer("n", 10'000);
    Peer& stuck = world.right.consumer("stuck", 0);
    Peer& one = world.left.producer("x");
    Peer& two = world.left.producer("x");
    for (std::uint32_t i = 0; i < Inlet::kWindow; ++i) {
        world.send(one, about("b"));
    }
    world.send(two, about("a"));
    CHECK(n.complete() == 0);
    world.seconds(11);
    CHECK(n.complete() == 1);
    CHECK(one.told.empty());  // nobody took them
    const auto over = world.send(two, about("b"));
    CHECK(two.outcome(over) == Outcome::released);  // it may be sent again
    world.right.give_credit(stuck, 1000);
    world.run();
    world.accept_all(stuck);
    world.accept_all(n);
    CHECK(one.told.size() == Inlet::kWindow);
    CHECK(one.may_send == 250);
}

TEST_CASE("stalled consumers of a multicast next hop are its own affair") {
    ExchangeWorld world;
    world.rule("m", {.distribution = router::Distribution::multicast});
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("", "m");
    Peer& quick = world.right.consumer("m", 10'000);
    Peer& stuck = world.right.consumer("m", 0);
    Peer& producer = world.left.producer("x");
    world.send(producer, about("a"));
    for (int i = 0; i < 20; ++i) {
        world.accept_all(quick);
        world.seconds(1);
        world.send(producer, about("a"));
    }
    world.accept_all(quick);
    CHECK(quick.complete() == 21);
    CHECK(e.counters.left_out == 0);
    CHECK(producer.may_send == 250);
    CHECK(producer.told.back().outcome() == Outcome::accepted);
    world.right.give_credit(stuck, 1000);
    world.run();
    world.accept_all(stuck);
}

TEST_CASE("bytes that wait for next hops are bounded") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    for (int i = 0; i < 8; ++i) {
        world.bind("", "n" + std::to_string(i));
    }
    std::vector<Peer*> peers;
    for (int i = 0; i < 8; ++i) {
        peers.push_back(&world.right.consumer("n" + std::to_string(i), 0));
    }
    Peer& producer = world.left.producer("x");
    const Buffer message = about("a", std::string(100'000, 'x'));
    for (int i = 0; i < 40; ++i) {
        world.send(producer, message);
    }
    std::size_t held = 0;
    for (const auto* link = world.core.links().next(0); link != nullptr;
         link = world.core.links().next(link->self.index + 1)) {
        held += &link->connection == &producer.link->connection ? 0 : link->account.held();
    }
    CHECK(held >= Inlet::kHeldMax);
    CHECK(held <= Inlet::kHeldMax + 8 * message.size() + 100);
    for (Peer* peer : peers) {
        world.right.give_credit(*peer, 1000);
    }
    world.run();
    for (Peer* peer : peers) {
        CHECK(peer->complete() == 40);
        world.accept_all(*peer);
    }
    CHECK(producer.may_send == 250);
}

TEST_CASE("a message costs the same, however many bindings and exchanges there are") {
    ExchangeWorld world;
    const Exchange& e = world.add({.name = "e", .address = "x"});
    world.bind("a.b", "n");
    Peer& n = world.right.consumer("n", 10'000);
    Peer& producer = world.left.producer("x");
    const auto cost = [&] {
        const std::uint64_t before = e.keys.steps();
        world.send(producer, about("a.b"));
        world.accept_all(n);
        return e.keys.steps() - before;
    };
    const std::uint64_t few = cost();
    for (int i = 0; i < 1000; ++i) {
        world.bind("a.k" + std::to_string(i), "n");
    }
    CHECK(cost() == few);
}

TEST_CASE("much work is done in slices") {
    ExchangeWorld world;
    world.add({.name = "e", .address = "x"});
    for (int i = 0; i < 100; ++i) {
        world.bind("", "n" + std::to_string(i));
    }
    std::vector<Peer*> peers;
    for (int i = 0; i < 100; ++i) {
        peers.push_back(&world.right.consumer("n" + std::to_string(i), 1000));
    }
    Peer& producer = world.left.producer("x");
    for (int i = 0; i < 100; ++i) {
        world.left.send(producer, about("a"));
    }
    CHECK(world.distributor.work(world.now));  // not all at once
    CHECK(peers[0]->complete() < 20);
    world.run();
    for (Peer* peer : peers) {
        CHECK(peer->complete() == 100);
        world.accept_all(*peer);
    }
}

TEST_SUITE_END();

}  // namespace weft::exchange
