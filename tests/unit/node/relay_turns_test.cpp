#include "common/wire/delivery_state.hpp"
#include "router/node/relay.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: turns");

TEST_CASE("what another loop hands over is taken in slices, in order") {
    Loops loops;
    for (int i = 0; i < 200; ++i) {
        loops.there.consumer("news", 30);
    }
    router::Peer& last = loops.there.consumer("news", 30);
    router::Peer& producer = loops.here.producer("news");
    loops.cross();
    std::string sent;
    for (char letter = 'a'; letter < 'z'; ++letter) {
        loops.here.send(producer, as_bytes(std::string(1, letter)), {.settled = true});
        sent += letter;
    }
    loops.all[0]->relay.hand_over(loops.now);
    REQUIRE(loops.on_the_way.size() == 1);
    Slab slab = std::move(loops.on_the_way.front().slab);
    loops.on_the_way.clear();
    loops.all[1]->relay.receive(0, std::move(slab), loops.now);
    CHECK(last.complete() == 10);  // of two hundred copies and one each
    // What comes meanwhile waits for its turn behind it.
    loops.here.send(producer, as_bytes("z"), {.settled = true});
    sent += "z";
    loops.all[0]->relay.hand_over(loops.now);
    loops.all[1]->relay.receive(0, std::move(loops.on_the_way.front().slab), loops.now);
    loops.on_the_way.clear();
    CHECK(last.complete() == 10);
    loops.all[1]->relay.go_on(loops.now);
    CHECK(last.complete() == 20);
    loops.all[1]->relay.go_on(loops.now);
    CHECK(last.complete() == 26);
    CHECK_FALSE(loops.all[1]->relay.has_work());
    std::string got = last.texts();
    std::erase_if(got, [](char c) { return c == ','; });
    CHECK(got == sent);
}

TEST_CASE("slabs that came in many turns take the steps of one") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    const auto receive = [&] {
        Slab slab;
        slab.records.assign(Relay::kStepsMax, Record{.kind = Record::Kind::withdraw});
        relay.receive(0, std::move(slab), loops.now);
        relay.hand_over(loops.now);  // the turn's end
    };
    receive();
    CHECK_FALSE(relay.has_work());
    receive();
    CHECK(relay.has_work());
    relay.go_on(loops.now);
    CHECK_FALSE(relay.has_work());
}

TEST_CASE("each round between two reads of sockets has steps of its own") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    for (int i = 0; i < 3; ++i) {
        relay.begin_round();
        Slab slab;
        slab.records.assign(Relay::kStepsMax, Record{.kind = Record::Kind::withdraw});
        relay.receive(0, std::move(slab), loops.now);
        CHECK_FALSE(relay.has_work());
    }
}

TEST_CASE("what a consumer says of its messages takes little on its way to another loop") {
    Loops loops;
    router::Peer& consumer = loops.there.consumer("a", 200);
    loops.cross();
    router::Peer& producer = loops.here.producer("a");
    for (int i = 0; i < 200; ++i) {
        loops.here.send(producer, "x");
    }
    loops.cross();
    REQUIRE(consumer.complete() == 200);
    for (int i = 0; i < 10; ++i) {  // 8 MB, all in one turn
        const Buffer wordy = wire::rejected("x:why", std::string(4000, static_cast<char>('a' + i)));
        for (const router::Got& got : consumer.got) {
            loops.there.update(consumer, got.id, wordy, /*settled=*/false);
        }
    }
    loops.hand_over();
    REQUIRE(loops.on_the_way.size() == 1);
    CHECK(loops.on_the_way[0].slab.bytes.size() < Outbox::kTalkMax + 5000);
    loops.cross();
    CHECK(producer.told.size() < 300);  // each of the first outcome, some of a later one
    for (const auto& [id, context] : std::map(producer.unsettled)) {
        CHECK(std::ranges::count(producer.told, id, &router::Told::id) >= 1);
        loops.here.settle_sent(producer, id);
    }
    loops.cross();
}

TEST_SUITE_END();

}  // namespace weft::node
