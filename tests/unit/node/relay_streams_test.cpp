#include "router/node/exits.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace weft::node {
namespace {

/// Loops with so many consumers of "a" on the second one, each of that credit.
struct StreamLoops : Loops {
    explicit StreamLoops(std::size_t count, std::uint32_t credit = 10) {
        for (std::size_t i = 0; i < count; ++i) {
            consumers.push_back(&there.consumer("a", credit));
        }
        cross();
    }
    /// A producer that sent the first part of a message, as large as a stream.
    router::Peer& begin(char fill) {
        router::Peer& producer = here.producer("a");
        here.send(producer, Buffer(router::kStreamFrom, static_cast<std::uint8_t>(fill)),
                  {.more = true});
        cross();
        return producer;
    }
    void end(router::Peer& producer) {
        here.send(producer, as_bytes("!"), {});
        cross();
    }
    /// Messages that consumers got whole.
    std::size_t complete() const {
        std::size_t sum = 0;
        for (const router::Peer* consumer : consumers) {
            sum += consumer->complete();
        }
        return sum;
    }
    void accept_all() {
        accept_all_late();
        cross();
    }
    /// A consumer in a session of its own, whose window takes one frame, until make_fast.
    void add_slow() {
        there.set_window(1, 1);
        consumers.push_back(
            &there.attach({.direction = router::Direction::out, .address = "a", .session = 1}));
        there.give_credit(*consumers.back(), 10);
        cross();
    }
    void make_fast() { there.set_window(1, router::FakePort::kEndless); }
    /// What they say is on its way.
    void accept_all_late() {
        for (router::Peer* consumer : consumers) {
            there.accept_all(*consumer);
        }
        hand_over();
    }
    std::size_t links() const { return first.links().size() + second.links().size(); }

    std::vector<router::Peer*> consumers;
};

}  // namespace

TEST_SUITE_BEGIN("Relay: streams");

TEST_CASE("who does not end what he begins holds up nobody's way to another loop") {
    StreamLoops loops{3};
    router::Peer& small = loops.here.producer("a");
    loops.here.send(small, as_bytes("begun,"), {.more = true});
    loops.cross();
    CHECK(loops.transfers == 0);  // it waits here for more
    router::Peer& large = loops.begin('x');
    CHECK(loops.transfers == 1);
    router::Peer& other = loops.here.producer("a");
    loops.here.send(other, "whole");
    loops.cross();
    CHECK(loops.complete() == 1);
    loops.here.send(small, as_bytes("and ended"), {});
    loops.end(large);
    CHECK(loops.complete() == 3);
    CHECK(loops.first.counters().loop_streams == 1);
    loops.accept_all();
    CHECK(small.told.size() + large.told.size() + other.told.size() == 3);
}

TEST_CASE("what is sent in frames arrives as it was sent, and leaves nothing behind") {
    StreamLoops loops{1};
    const std::size_t links = loops.links();
    for (const bool settled : {false, true}) {
        router::Peer& producer = loops.here.producer("a");
        const std::string first(router::kStreamFrom + 7, 'x');
        loops.here.send(producer, as_bytes(first), {.settled = settled, .more = true});
        loops.cross();
        loops.here.send(producer, as_bytes("yy"), {.settled = settled, .more = true});
        loops.cross();
        CHECK(loops.links() == links + 3);
        loops.here.send(producer, as_bytes("z"), {.settled = settled});
        loops.cross();
        CHECK(loops.consumers.front()->got.back().text() == first + "yyz");
        loops.accept_all();
        loops.here.detach(producer);
        loops.cross();
        CHECK(loops.links() == links);
    }
}

TEST_CASE("a stream that is aborted, or whose producer goes, is aborted on the other loop") {
    StreamLoops loops{1};
    const std::size_t links = loops.links();
    for (const bool goes : {false, true}) {
        router::Peer& producer = loops.begin('x');
        if (!goes) {
            loops.here.send(producer, {}, {.aborted = true});
        }
        loops.here.detach(producer);
        loops.cross();
        CHECK(loops.consumers.front()->got.back().aborted);
        CHECK(loops.links() == links);
    }
}

TEST_CASE("a stream uses the credit of its exit, and waits here if there is none") {
    StreamLoops loops{2, /*credit=*/1};
    std::vector<router::Peer*> producers;
    for (int i = 0; i < 4; ++i) {
        producers.push_back(&loops.begin('x'));
    }
    CHECK(loops.transfers == 2);
    CHECK(loops.second.deliveries().in_use() == 2);
    router::Peer& other = loops.here.producer("a");
    loops.here.send(other, "whole");
    loops.cross();
    CHECK(loops.transfers == 2);
    for (int i = 0; i < 3; ++i) {
        loops.consumers.push_back(&loops.there.consumer("a", 1));
    }
    loops.cross();
    CHECK(loops.transfers == 5);
    CHECK(loops.complete() == 1);
    for (router::Peer* producer : producers) {
        loops.end(*producer);
    }
    CHECK(loops.complete() == 5);
    loops.accept_all();
}

TEST_CASE("there are so many streams to a loop, and whole messages never wait for them") {
    constexpr std::size_t kMany = Exits::kStreamsMax + 3;
    StreamLoops loops{kMany + 1};
    std::vector<router::Peer*> producers;
    for (std::size_t i = 0; i < kMany; ++i) {
        producers.push_back(&loops.begin('x'));
    }
    CHECK(loops.transfers == Exits::kStreamsMax);
    CHECK(loops.first.counters().loop_streams == Exits::kStreamsMax);
    CHECK(loops.first.counters().loop_streams_shared == 3);
    router::Peer& other = loops.here.producer("a");
    loops.here.send(other, "whole");
    loops.cross();
    CHECK(loops.complete() == 1);
    for (router::Peer* producer : producers) {
        loops.end(*producer);
    }
    CHECK(loops.complete() == kMany + 1);
    loops.accept_all();
    CHECK(loops.first.links().size() == kMany + 2);  // producers, and the exit
}

TEST_CASE("what waits beside an exit has credit kept, and gives it back if it goes nowhere") {
    constexpr std::size_t kBusy = Exits::kStreamsMax;
    StreamLoops loops{kBusy + 1, /*credit=*/1};
    std::vector<router::Peer*> producers;
    for (std::size_t i = 0; i < kBusy; ++i) {
        producers.push_back(&loops.begin('x'));
    }
    router::Peer& waiting = loops.begin('y');  // behind another one
    REQUIRE(loops.transfers == kBusy);
    for (int i = 0; i < 2; ++i) {
        loops.here.send(loops.here.producer("a"), "whole");
    }
    loops.cross();
    CHECK(loops.transfers == kBusy);
    std::size_t more = 1;
    SUBCASE("its producer aborts it") {
        loops.here.send(waiting, {}, {.aborted = true});
        loops.cross();
    }
    SUBCASE("its producer goes") {
        loops.here.detach(waiting);
        loops.cross();
    }
    SUBCASE("a further consumer has credit for one, not for two") {
        loops.consumers.push_back(&loops.there.consumer("a", 1));
        loops.cross();
        producers.push_back(&waiting);
        more = 2;
    }
    CHECK(loops.transfers == kBusy + 1);
    CHECK(loops.complete() == 1);
    for (router::Peer* producer : producers) {
        loops.end(*producer);
    }
    CHECK(loops.complete() == kBusy + more);
    loops.consumers.push_back(&loops.there.consumer("a", 1));
    loops.cross();
    CHECK(loops.complete() == kBusy + more + 1);
    loops.accept_all();
}

TEST_CASE("a stream takes no way whose room is used up while there are others") {
    StreamLoops loops{0};
    loops.add_slow();
    router::Peer& producer = loops.begin('x');
    loops.here.send(producer, Buffer(Exits::kStreamBytesMax, 'x'), {});
    loops.cross();
    loops.consumers.push_back(&loops.there.consumer("a"));
    loops.cross();
    router::Peer& other = loops.begin('y');
    CHECK(loops.transfers == 2);
    loops.make_fast();
    loops.cross();
    loops.end(other);
    CHECK(loops.complete() == 2);
    loops.accept_all();
}

TEST_CASE("a way goes whose last stream goes nowhere, though nothing more comes of it") {
    constexpr std::size_t kBusy = Exits::kStreamsMax;
    StreamLoops loops{1};
    std::vector<router::Peer*> producers{&loops.begin('x')};
    loops.add_slow();
    router::Peer& large = loops.begin('x');  // the second way is done with it, but for its room
    loops.here.send(large, Buffer(Exits::kStreamBytesMax, 'x'), {});
    loops.cross();
    while (loops.consumers.size() < kBusy + 1) {
        loops.consumers.push_back(&loops.there.consumer("a"));
    }
    loops.cross();
    while (producers.size() < kBusy - 1) {
        producers.push_back(&loops.begin('x'));
    }
    router::Peer& waiting = loops.begin('y');  // for the second way
    REQUIRE(loops.transfers == kBusy);
    loops.make_fast();
    while (loops.second.work(loops.now)) {
    }
    loops.accept_all_late();
    while (!loops.on_the_way.empty()) {
        loops.arrive();
    }
    loops.hand_over();
    loops.here.detach(waiting);
    loops.cross();
    for (router::Peer* producer : producers) {
        loops.end(*producer);
    }
    loops.accept_all();
    CHECK(loops.first.links().size() == kBusy + 1);  // producers, and the exit
}

TEST_CASE("a stream of which little is taken leaves the exit its room") {
    StreamLoops loops{2};
    loops.there.room = 0;
    const Buffer much(2 * Exits::kStreamBytesMax, 'x');
    router::Peer& producer = loops.begin('x');
    loops.here.send(producer, much, {.more = true});
    loops.cross();
    CHECK(loops.second.deliveries().held_bytes() <= Exits::kStreamBytesMax + much.size());
    loops.here.send(producer, much, {.more = true});
    loops.cross();
    CHECK(loops.first.deliveries().held_bytes() >= much.size());
    loops.there.make_room(router::FakePort::kEndless);
    loops.cross();
    router::Peer& other = loops.here.producer("a");
    loops.here.send(other, "whole");
    loops.end(producer);
    CHECK(loops.complete() == 2);
    CHECK(loops.first.deliveries().held_bytes() == 0);
    loops.accept_all();
}

TEST_CASE("a stream's consumer that goes modifies it, and the next one takes what comes") {
    StreamLoops loops{1};
    router::Peer& producer = loops.begin('x');
    loops.there.detach(*loops.consumers.front());
    loops.cross();
    REQUIRE(producer.told.size() == 1);
    CHECK(producer.told.front().outcome() == wire::Outcome::modified);
    loops.here.send(producer, as_bytes("rest"), {});
    loops.consumers.front() = &loops.there.consumer("a");
    loops.cross();
    loops.here.send(producer, "next");
    loops.cross();
    CHECK(loops.consumers.front()->texts() == "next");
    loops.accept_all();
}

TEST_SUITE_END();

}  // namespace weft::node
