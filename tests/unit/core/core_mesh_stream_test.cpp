#include "tests/unit/core/mesh_world.hpp"

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("Core: streams through the mesh");

namespace {

constexpr std::size_t kFrame = 16 * 1024;

/// A world with a remote consumer of "a", and one producer that streams to it.
struct StreamWorld : MeshWorld {
    StreamWorld() { remote(kC, "a"); }

    Buffer begin(Peer& from, char fill, std::size_t frames = 5) {
        Buffer sent = plain_message(std::string(kFrame - 8, fill));
        left.send(from, sent, {.more = true});
        for (std::size_t i = 1; i < frames; ++i) {
            append(sent, more(from, fill));
        }
        return sent;
    }
    Buffer more(Peer& from, char fill, bool last = false) {
        Buffer frame(kFrame, static_cast<std::uint8_t>(fill));
        left.send(from, frame, {.more = !last});
        return frame;
    }
    /// The peers of the links for streams to the east, in the order they were asked for.
    std::vector<Peer*> streams() {
        std::vector<Peer*> found;
        for (const auto& peer : east.peers()) {
            if (peer->link != nullptr && peer->link->streams) {
                found.push_back(peer.get());
            }
        }
        return found;
    }

    Peer& producer = left.producer("a");
};

}  // namespace

TEST_CASE("a message of several frames that stays small takes the link of its priority") {
    StreamWorld world;
    const Buffer message = plain_message(std::string(40'000, 'x'));
    world.left.send(world.producer, Bytes(message).first(20'000), {.more = true});
    CHECK(world.to_east.got.empty());
    CHECK(world.producer.held == 20'000);
    world.left.send(world.producer, Bytes(message).subspan(20'000), {});
    REQUIRE(world.to_east.complete() == 1);
    CHECK(world.producer.held == 0);
    CHECK(Dissected(world.to_east.got[0].bytes).bare == as_text(message));
    CHECK(world.east.streams_asked() == 0);
    world.east.accept_all(world.to_east);
}

TEST_CASE("a message of which 64 KiB came and which goes on gets a link of its own") {
    StreamWorld world;
    Buffer sent = world.begin(world.producer, 'x');
    REQUIRE(world.east.streams_asked() == 1);
    Peer& stream = *world.streams().at(0);
    CHECK(stream.got.empty());
    world.east.accept_streams();
    REQUIRE(stream.receiving);
    CHECK(world.producer.held == 0);
    Peer& other = world.left.producer("a");
    world.left.send(other, plain_message("small"));
    CHECK(world.to_east.complete() == 1);
    append(sent, world.more(world.producer, 'y'));
    append(sent, world.more(world.producer, 'z', /*last=*/true));
    REQUIRE(stream.complete() == 1);
    const Dissected got(stream.got[0].bytes);
    CHECK(got.bare == as_text(sent));
    CHECK(got.annotations.stream);
    CHECK(got.annotations.to == "a");
    world.east.accept_all(stream);
    world.east.accept_all(world.to_east);
    CHECK(world.producer.outcome(1) == Outcome::accepted);
}

TEST_CASE("several streams at once do not mix, and their links are used again") {
    StreamWorld world;
    Peer& second = world.left.producer("a");
    Buffer one = world.begin(world.producer, '1');
    Buffer two = world.begin(second, '2');
    world.east.accept_streams();
    REQUIRE(world.streams().size() == 2);
    for (int i = 0; i < 3; ++i) {
        append(one, world.more(world.producer, 'a'));
        append(two, world.more(second, 'b'));
    }
    append(one, world.more(world.producer, 'e', true));
    append(two, world.more(second, 'e', true));
    CHECK(Dissected(world.streams()[0]->got[0].bytes).bare == as_text(one));
    CHECK(Dissected(world.streams()[1]->got[0].bytes).bare == as_text(two));
    world.begin(second, '3');
    CHECK(world.east.streams_asked() == 0);
    world.more(second, '4', true);
    CHECK(world.streams()[0]->complete() == 2);
    for (Peer* stream : world.streams()) {
        world.east.accept_all(*stream);
    }
}

TEST_CASE("a stream whose link is refused takes the link of its priority, and the next ones too") {
    StreamWorld world;
    Buffer sent = world.begin(world.producer, 'x');
    REQUIRE(world.east.streams_asked() == 1);
    CHECK_FALSE(world.to_east.receiving);
    world.east.refuse_streams();
    CHECK(world.to_east.receiving);
    append(sent, world.more(world.producer, 'y', true));
    CHECK(Dissected(world.to_east.got[0].bytes).bare == as_text(sent));
    world.begin(world.producer, 'z');
    CHECK(world.east.streams_asked() == 0);
    world.more(world.producer, 'z', true);
    world.east.accept_all(world.to_east);
}

TEST_CASE("a copy of a multicast whose link is refused goes to its neighbour all the same") {
    StreamWorld world;
    world.rule("m", {.distribution = Distribution::multicast});
    world.remote(MeshWorld::kC, "m");
    world.remote(MeshWorld::kA, "m");
    Peer& producer = world.left.producer("m");
    Buffer sent = world.begin(producer, 'x');
    world.west.accept_streams();  // has begun: no other neighbour may get another one's copy
    world.east.refuse_streams();
    append(sent, world.more(producer, 'y', true));
    REQUIRE(world.to_east.complete() == 1);
    CHECK(Dissected(world.to_east.got[0].bytes).bare == as_text(sent));
    world.east.accept_all(world.to_east);
    world.west.accept_all(*world.west.peers().back());
    CHECK(producer.outcome(1) == Outcome::accepted);
    CHECK(world.dropped(DropReason::no_path) == 0);
}

TEST_CASE("a stream that was begun is modified when its link goes, and the next has one again") {
    StreamWorld world;
    world.begin(world.producer, 'x');
    world.east.accept_streams();
    world.east.detach(*world.streams().at(0));
    CHECK(world.producer.outcome(1) == Outcome::modified);
    world.more(world.producer, 'x', true);
    world.begin(world.producer, 'y');
    CHECK(world.east.streams_asked() == 1);
    world.more(world.producer, 'y', true);
    world.east.accept_streams();
    world.east.accept_all(*world.streams().at(0));
}

TEST_CASE("a connection that can have no more links carries streams among the others") {
    StreamWorld world;
    world.east.may_open_streams = false;
    Buffer sent = world.begin(world.producer, 'x');
    CHECK(world.to_east.receiving);
    Peer& other = world.left.producer("a");
    world.left.send(other, plain_message("small"));
    append(sent, world.more(world.producer, 'y', true));
    REQUIRE(world.to_east.complete() == 2);
    CHECK(Dissected(world.to_east.got[0].bytes).bare == as_text(sent));
    world.east.accept_all(world.to_east);
}

TEST_CASE("no more links for streams than there may be") {
    StreamWorld world;
    std::vector<Peer*> producers;
    for (std::size_t i = 0; i < kStreamsMax + 3; ++i) {
        producers.push_back(&world.left.producer("a"));
        world.begin(*producers.back(), 'x');
    }
    CHECK(world.streams().size() == kStreamsMax);
    world.east.accept_streams();
    for (Peer* producer : producers) {
        world.more(*producer, 'y', true);
    }
    std::size_t complete = 0;
    for (Peer* stream : world.streams()) {
        complete += stream->complete();
        world.east.accept_all(*stream);
    }
    CHECK(complete == kStreamsMax + 3);
}

TEST_CASE("a slow stream from a neighbour is held at that stream's expense") {
    MeshWorld world;
    Peer& consumer = world.right.consumer("a", 0);
    Peer& stream = world.west.data(Direction::in, kPriorities);
    const Buffer head = stamped(plain_message(std::string(1000, 'x')),
                                {.to = "a", .ingress = "0/A", .trace = {"0/A"}});
    world.west.send(stream, head, {.more = true});
    const Buffer frame(kFrame, 'y');
    world.west.send(stream, frame, {.more = true});
    CHECK(static_cast<std::size_t>(stream.held) == world.core.deliveries().held_bytes());
    CHECK(stream.held > static_cast<std::ptrdiff_t>(kFrame));
    world.right.give_credit(consumer, 1);
    CHECK(stream.held == 0);
    world.west.send(stream, frame, {});
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
}

TEST_SUITE_END();

}  // namespace weft::router
