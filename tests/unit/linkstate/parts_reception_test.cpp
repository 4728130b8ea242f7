// What comes in, and what is said of it.
#include "tests/unit/linkstate/parts.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

using std::chrono::seconds;
using Kind = LinkStateEvent::Kind;
using What = Received::What;

/// A control message to `to`, as `speaker` sends it.
Buffer encoded(const Message& message, std::string_view to, std::string_view speaker) {
    Buffer content;
    write_message(content, message);
    Buffer bytes;
    write_envelope(bytes, {.to = to, .ingress = {}, .trace = {}, .content = content}, speaker);
    return bytes;
}

RouterAdvert advert(const std::string& id, std::int64_t instance = 1) {
    return {.from = {.id = id}, .instance = instance};
}

struct Hearing : Room {
    Hearing() { neighbour(1, "a"); }
    What read(const Message& message, std::string_view to, std::string_view speaker) {
        const Buffer bytes = encoded(message, to, speaker);
        return parts.reception.read(at(1), bytes, now).what;
    }
    const LinkStateCounters& counters() const { return parts.ground.counters; }
};

}  // namespace

TEST_SUITE("Reception") {
    TEST_CASE("what a message is depends on its address") {
        Hearing room;
        CHECK(room.read(Room::hello("a"), kToNeighbour, "a") == What::hello);
        CHECK(room.read(advert("a"), kToAll, "a") == What::flood);
        CHECK(room.read(advert("a"), "amqp:/_topo/0/me/qdrouter", "a") == What::unicast);
        CHECK(room.read(advert("a"), "amqp:/_topo/0/me/weft", "a") == What::extension);
        CHECK(room.read(advert("a"), "amqp:/_topo/0/b/qdrouter", "a") == What::transit);
        CHECK(room.counters().malformed == 0);
        CHECK(room.read(advert("a"), "elsewhere", "a") == What::nothing);
        CHECK(room.read(advert("a"), kToNeighbour, "a") == What::nothing);
        CHECK(room.counters().malformed == 2);
        CHECK(room.output.count(Kind::malformed) == 1);
        CHECK(room.counters().received == 7);
        CHECK(room.at(1).alive == room.now);
    }
    TEST_CASE("a copy of a flood is nothing, and so is what came back") {
        Hearing room;
        CHECK(room.read(advert("b"), kToAll, "b") == What::flood);
        CHECK(room.read(advert("b"), kToAll, "b") == What::nothing);
        CHECK(room.counters().duplicates == 1);
        CHECK(room.read(advert("me", 100), kToAll, "me") == What::nothing);
        CHECK(room.counters().looped == 1);
        CHECK(room.output.events.size() == 1);  // neighbour_up
    }
    TEST_CASE("another router with our id is told of once, our former life is not") {
        Hearing room;
        CHECK(room.read(advert("me", 99), kToAll, "me") == What::nothing);
        CHECK(room.output.count(Kind::duplicate_id) == 0);
        CHECK(room.read(advert("me", 101), kToAll, "me") == What::nothing);
        CHECK(room.read(advert("me", 102), kToAll, "me") == What::nothing);
        CHECK(room.output.count(Kind::duplicate_id) == 1);
    }
    TEST_CASE("nobody speaks for another, and each strange version is told of once") {
        Hearing room;
        CHECK(room.read(advert("c"), kToAll, "b") == What::nothing);
        CHECK(room.output.count(Kind::impostor) == 1);
        RouterAdvert later = advert("v2");
        later.from.version = kProtocolVersion + 1;
        CHECK(room.read(later, "amqp:/_topo/0/me/qdrouter", "v2") == What::nothing);
        CHECK(room.read(later, "amqp:/_topo/0/me/qdrouter", "v2") == What::nothing);
        CHECK(room.output.count(Kind::version_mismatch) == 1);
    }
}

TEST_SUITE("Reports") {
    TEST_CASE("a sequence number is plausible up to a jump from the last one") {
        Hearing room;
        Reports& reports = room.parts.ground.reports;
        Adjacency& from = room.at(1);
        CHECK(reports.is_plausible(from, "b", 0, Reports::kSequencePlausible));
        CHECK(reports.is_plausible(from, "b", 5, 5 + Reports::kSequenceJumpMax));
        CHECK(reports.is_plausible(from, "b", 5, 1));
        CHECK_FALSE(reports.is_plausible(from, "b", 5, 6 + Reports::kSequenceJumpMax));
        CHECK_FALSE(reports.is_plausible(from, "b", 0, Reports::kSequencePlausible + 1));
        CHECK(room.counters().malformed == 2);
        CHECK(room.output.count(Kind::malformed) == 1);
    }
    TEST_CASE("each connection has its own complaints, one of each kind") {
        Hearing room;
        room.neighbour(2, "b");
        Reports& reports = room.parts.ground.reports;
        for (const PeerLink link : {1U, 2U, 1U}) {
            reports.impostor(room.at(link), "x", "in another's name");
            reports.duplicate_id(room.at(link), "x", "again");
        }
        CHECK(room.output.count(Kind::impostor) == 2);
        CHECK(room.output.count(Kind::duplicate_id) == 2);
        CHECK(room.counters().malformed == 3);
    }
}

}  // namespace weft::linkstate
