// The nouns of HELLO, each alone.
#include "tests/unit/linkstate/parts.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Life = Adjacency::Life;
using Kind = LinkStateEvent::Kind;

}  // namespace

TEST_SUITE("Flaps") {
    TEST_CASE("three losses are free, then each holds twice as long as the one before") {
        Flaps flaps;
        Instant now{std::chrono::hours(1)};
        for (std::uint32_t i = 0; i < Flaps::kFree; ++i) {
            flaps.note_loss(now);
        }
        CHECK_FALSE(flaps.is_held(now));
        for (const Duration hold : {seconds(1), seconds(2), seconds(4), seconds(8), seconds(16),
                                    seconds(30), seconds(30)}) {
            flaps.note_loss(now);
            CHECK(flaps.is_held(now + hold - Duration(1)));
            CHECK_FALSE(flaps.is_held(now + hold));
        }
    }
    TEST_CASE("losses that are far apart do not add up") {
        Flaps flaps;
        Instant now{std::chrono::hours(1)};
        CHECK_FALSE(flaps.is_recent(now));
        for (int i = 0; i < 10; ++i) {
            flaps.note_loss(now);
            CHECK(flaps.is_recent(now + Flaps::kSpan - Duration(1)));
            now += Flaps::kSpan + Duration(1);
            CHECK_FALSE(flaps.is_recent(now));
        }
        CHECK_FALSE(flaps.is_held(now));
    }
}

TEST_SUITE("Neighbours") {
    TEST_CASE("the cheapest of the adjacencies that are up is the best, the first of equals") {
        Neighbours neighbours(seconds(3));
        for (const auto& [link, cost] : {std::pair(1U, 5U), std::pair(2U, 0U), std::pair(3U, 1U)}) {
            Adjacency& adjacency = neighbours.add(link, cost);
            adjacency.id = "a";
            adjacency.life = Life::up;
        }
        CHECK(neighbours.find(2)->cost == 1);  // 0 is no cost
        CHECK(neighbours.best("a")->link == 2);
        neighbours.find(2)->life = Life::let_go;
        CHECK(neighbours.best("a")->link == 3);
        neighbours.remove(3);
        CHECK(neighbours.best("a")->link == 1);
        CHECK(neighbours.best("b") == nullptr);
    }
    TEST_CASE("only what is up expires, and each complaint is new once") {
        Neighbours neighbours(seconds(3));
        const Instant now{std::chrono::hours(1)};
        Adjacency& adjacency = neighbours.add(1, 1);
        CHECK(neighbours.next_expiry() == kNever);
        adjacency.life = Life::up;
        adjacency.confirmed = adjacency.alive = now;
        neighbours.expect(adjacency, milliseconds(200));
        CHECK(neighbours.next_expiry() == now + milliseconds(800) + Duration(1));
        CHECK_FALSE(neighbours.has_expired(adjacency, now + milliseconds(800)));
        CHECK(neighbours.has_expired(adjacency, now + milliseconds(801)));
        CHECK(adjacency.is_first(Adjacency::Complaint::impostor));
        CHECK_FALSE(adjacency.is_first(Adjacency::Complaint::impostor));
        CHECK(adjacency.is_first(Adjacency::Complaint::malformed));
    }
}

TEST_SUITE("Hellos") {
    TEST_CASE("what was promised is kept until a HELLO takes it back") {
        Room room;
        room.neighbour(1, "a");
        Hellos& hellos = room.parts.hellos;
        room.record("a").is_weft = true;
        room.now += seconds(1);
        hellos.say_due(room.now);
        CHECK(room.at(1).promised == milliseconds(200));
        room.at(1).life = Life::down;  // it gets no fast HELLOs any more
        room.output.opcodes();
        room.now += milliseconds(199);
        hellos.say_due(room.now);
        CHECK(room.output.opcodes().empty());
        room.now += milliseconds(1);
        hellos.say_due(room.now);
        CHECK(room.output.opcodes() == std::vector<std::string>{"HELLO"});
        CHECK(room.at(1).promised == Duration::zero());
    }
    TEST_CASE("answers have a gap, and a neighbour that is held down is not named") {
        Room room;
        room.neighbour(1, "a");
        room.now += seconds(1);
        for (std::uint32_t i = 0; i <= Flaps::kFree; ++i) {
            room.record("a").flaps.note_loss(room.now);
        }
        room.output.opcodes();
        room.parts.hellos.answer(room.at(1), room.now);
        room.parts.hellos.answer(room.at(1), room.now + Hellos::kAnswerGap - Duration(1));
        REQUIRE(room.output.messages.size() == 1);
        CHECK(std::get<Hello>(room.output.messages[0]).seen.empty());
    }
    TEST_CASE("nothing is due without neighbours") {
        Room room;
        CHECK(room.parts.hellos.deadline() == kNever);
        room.parts.adjacencies.link_up(1, 1, room.now);
        CHECK(room.parts.hellos.deadline() == room.now + milliseconds(200));
        CHECK(room.parts.adjacencies.link_down(1, room.now));
        room.parts.hellos.say_due(room.now);
        CHECK(room.parts.hellos.deadline() == kNever);
    }
}

TEST_SUITE("Adjacencies") {
    TEST_CASE("a router is a neighbour exactly while an adjacency to it is up") {
        Room room;
        room.neighbour(1, "a");
        room.neighbour(2, "a");
        CHECK(room.at(1).life == Life::up);
        CHECK(room.record("a").link == 1);
        CHECK(room.output.count(Kind::neighbour_up) == 1);
        CHECK(room.parts.adjacencies.link_down(1, room.now));
        CHECK(room.record("a").link == 2);
        CHECK(room.output.count(Kind::neighbour_lost) == 0);
        CHECK(room.parts.adjacencies.link_down(2, room.now));
        CHECK_FALSE(room.record("a").link);
        CHECK(room.output.count(Kind::neighbour_lost) == 1);
        CHECK_FALSE(room.parts.adjacencies.link_down(2, room.now));
    }
    TEST_CASE("after a late tick nobody counts as silent for a moment, once") {
        Room room;
        room.neighbour(1, "a");
        room.now += seconds(10);
        room.parts.adjacencies.expire(/*late=*/true, room.now);
        CHECK(room.at(1).life == Life::up);
        CHECK(room.parts.adjacencies.deadline() == room.now + Adjacencies::kHearFirst);
        room.now += Adjacencies::kHearFirst;
        room.parts.adjacencies.expire(/*late=*/true, room.now);
        CHECK(room.at(1).life == Life::down);
        CHECK(room.output.log ==
              std::vector<std::string>{"silent 1: nothing came from it for 10.0 s"});
        CHECK(room.parts.adjacencies.deadline() == kNever);
    }
    TEST_CASE("with an original in a mesh that is too large, it alone is let go") {
        Room room;
        room.neighbour(1, "original");
        room.neighbour(2, "weft");
        room.record("weft").is_weft = true;
        const RouterIndex original = room.index("original");
        for (std::size_t i = 0; i < kRoutersMaxWithOriginals; ++i) {  // a star around the original
            const RouterIndex far = room.parts.limits.learn("r" + std::to_string(i), room.now);
            room.parts.reachability.replace_edges(far, {{original, 1}}, room.now);
            room.parts.ground.database.at(far).is_weft = true;
        }
        std::vector<Edge> edges{{kThisRouter, 1}};
        for (std::size_t i = 0; i < kRoutersMaxWithOriginals; ++i) {
            edges.push_back({room.index("r" + std::to_string(i)), 1});
        }
        room.parts.reachability.replace_edges(original, edges, room.now);
        CHECK(room.parts.reachability.publish(room.now).size() == kRoutersMaxWithOriginals + 2);
        room.now += Limits::kOriginalGrace;
        room.parts.limits.count_originals(room.now);
        room.parts.adjacencies.let_originals_go(room.now);
        CHECK(room.at(1).life == Life::let_go);
        CHECK(room.at(2).life == Life::up);
    }
}

}  // namespace weft::linkstate
