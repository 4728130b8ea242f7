// What is known of other routers, noun by noun.
#include "tests/unit/linkstate/parts.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = LinkStateEvent::Kind;
using Subject = Inquiries::Subject;
using Log = std::vector<std::string>;

MobileUpdate addresses(std::int64_t sequence, std::vector<std::string> add) {
    MobileUpdate update;
    update.from.id = "a";
    update.mobile_seq = sequence;
    update.add = std::move(add);
    return update;
}

}  // namespace

TEST_SUITE("Limits") {
    TEST_CASE("a full database is told of once, and again when there was room") {
        Room room({.id = {}, .routers_max = 4});
        Limits& limits = room.parts.limits;
        CHECK(limits.learn("a", room.now) == 1);
        CHECK(limits.learn("b", room.now) == 2);
        CHECK(limits.learn("c", room.now) == 3);
        CHECK(limits.learn("d", room.now) == kNoRouter);
        CHECK(limits.learn("e", room.now) == kNoRouter);
        CHECK(limits.learn("a", room.now) == 1);
        CHECK(room.output.count(Kind::limit) == 1);
        room.parts.ground.database.forget(3);
        limits.note_room();
        CHECK(limits.learn("d", room.now) == 3);
        CHECK(limits.learn("e", room.now) == kNoRouter);
        CHECK(room.output.count(Kind::limit) == 2);
    }
    TEST_CASE("who would make too many is refused while there are originals, and looked at again") {
        Room room;
        Limits& limits = room.parts.limits;
        Adjacency adjacency;
        limits.admit(adjacency, "new", kRoutersMaxWithOriginals);
        CHECK(adjacency.life == Adjacency::Life::down);  // no originals
        RouterRecord& original = room.parts.ground.database.at(limits.learn("o", room.now));
        original.path = Path{1, 1};
        original.reachable_since = room.now - Limits::kOriginalGrace;
        limits.count_originals(room.now);
        CHECK_FALSE(limits.only_weft());
        limits.admit(adjacency, "new", kRoutersMaxWithOriginals);
        CHECK(adjacency.life == Adjacency::Life::refused);
        limits.admit(adjacency, "new", kRoutersMaxWithOriginals);
        CHECK(room.output.count(Kind::limit) == 1);
        limits.admit(adjacency, "new", kRoutersMaxWithOriginals - 1);
        CHECK(adjacency.life == Adjacency::Life::down);
        limits.admit(adjacency, "o", kRoutersMaxWithOriginals);  // counted already
        CHECK(adjacency.life == Adjacency::Life::down);
    }
    TEST_CASE("too many routers are reported once until they are fewer") {
        Room room;
        RouterRecord& original =
            room.parts.ground.database.at(room.parts.limits.learn("o", room.now));
        original.path = Path{1, 1};
        original.reachable_since = room.now - Limits::kOriginalGrace;
        room.parts.limits.count_originals(room.now);
        for (const std::size_t more : {1U, 2U, 0U, 1U}) {
            room.parts.limits.report_exceeded(kRoutersMaxWithOriginals + more);
        }
        CHECK(room.output.count(Kind::limit) == 2);
    }
}

TEST_SUITE("AddressLine") {
    TEST_CASE("what comes over one link leaves room for what comes over others") {
        Room room;
        room.neighbour(1, "a");
        room.neighbour(2, "b");
        const Buffer message(AddressLine::kBytesMax / 8);
        MobileUpdate update;
        update.unread = true;
        const auto is_taken = [&](PeerLink link, const std::string& id) {
            update.from.id = id;
            Received received{
                .what = Received::What::flood, .message = message, .content = Message{update}};
            room.parts.address_line.take(room.at(link), received, room.now);
            const RouterIndex router = room.parts.ground.database.find(id);
            return !room.parts.inquiries.is_open(router, Inquiries::Subject::addresses);
        };
        int taken = 0;
        while (is_taken(1, "a")) {
            ++taken;
        }
        CHECK(taken == 4);
        CHECK(is_taken(2, "b"));
        CHECK(is_taken(2, "b"));
        CHECK_FALSE(is_taken(2, "b"));
    }
}

TEST_SUITE("Inquiries") {
    TEST_CASE("a question is asked again after gaps that double, until it is closed") {
        Room room;
        Inquiries& inquiries = room.parts.inquiries;
        const RouterIndex a = room.parts.limits.learn("a", room.now);
        inquiries.ask(a, Subject::links, Duration{}, room.now);
        CHECK(inquiries.has_some_now());
        CHECK(inquiries.take_due(room.now).empty());  // it can't be reached
        CHECK_FALSE(inquiries.has_some_now());
        room.record("a").path = Path{1, 1};
        inquiries.reconsider(a);
        Duration gap = Inquiries::kGapMin;
        for (int i = 0; i < 10; ++i) {
            REQUIRE(inquiries.take_due(room.now).size() == 1);
            CHECK(inquiries.deadline() == room.now + gap);
            CHECK(inquiries.take_due(room.now + gap - Duration(1)).empty());
            room.now += gap;
            gap = std::min(2 * gap, Inquiries::kGapMax);
        }
        inquiries.close(a, Subject::links);
        CHECK(inquiries.take_due(room.now).empty());
        CHECK(inquiries.deadline() == kNever);
    }
    TEST_CASE("what waits is brought forward, what was asked is not") {
        Room room;
        Inquiries& inquiries = room.parts.inquiries;
        const RouterIndex a = room.parts.limits.learn("a", room.now);
        room.record("a").path = Path{1, 1};
        inquiries.ask(a, Subject::links, Inquiries::kLater, room.now);
        CHECK(inquiries.deadline() == room.now + Inquiries::kLater);
        inquiries.ask(a, Subject::links, Duration{}, room.now);
        CHECK(inquiries.take_due(room.now).size() == 1);
        inquiries.ask(a, Subject::links, Duration{}, room.now);
        CHECK(inquiries.take_due(room.now).empty());
    }
    TEST_CASE("addresses are not asked for before the links are known") {
        Room room;
        const RouterIndex a = room.parts.limits.learn("a", room.now);
        room.record("a").path = Path{1, 1};
        room.parts.inquiries.ask(a, Subject::addresses, Duration{}, room.now);
        CHECK(room.parts.inquiries.take_due(room.now).empty());
        CHECK(room.parts.inquiries.is_open(a, Subject::addresses));
        room.record("a").ls_seq = 1;
        room.parts.inquiries.reconsider(a);
        CHECK(room.parts.inquiries.take_due(room.now).size() == 1);
    }
}

TEST_SUITE("RemoteAddresses") {
    TEST_CASE("the output knows keys while there is a path, and the record keeps them") {
        Room room;
        room.neighbour(1, "a");
        RemoteAddresses& remote = room.parts.remote_addresses;
        CHECK(remote.take(room.at(1), addresses(1, {"M0x", "M0_weft/a", "odd"}), room.now));
        CHECK(room.output.log.empty());
        CHECK(room.record("a").keys.size() == 2);
        CHECK(room.record("a").is_weft);
        CHECK(room.output.count(Kind::malformed) == 1);
        room.record("a").path = Path{1, 1};
        CHECK(remote.take(room.at(1), addresses(2, {"M0y"}), room.now));
        CHECK(room.output.log == Log{"1 +M0y"});
        remote.drop(room.index("a"));
        CHECK(room.output.log == Log{"1 +M0y", "1 -M0y"});  // what was told is taken back
        CHECK(room.record("a").keys.empty());
        CHECK_FALSE(room.record("a").is_weft);
    }
    TEST_CASE("of an update that does not fit nothing is taken") {
        Room room({.id = {}, .addresses_max = 2});
        room.neighbour(1, "a");
        RemoteAddresses& remote = room.parts.remote_addresses;
        CHECK_FALSE(remote.take(room.at(1), addresses(1, {"M0x", "M0y", "M0z"}), room.now));
        CHECK_FALSE(remote.take(room.at(1), addresses(1, {"M0x", "M0y", "M0z"}), room.now));
        CHECK(room.record("a").keys.empty());
        CHECK(room.output.count(Kind::limit) == 1);
        CHECK(remote.take(room.at(1), addresses(1, {"M0x", "M0y"}), room.now));
        remote.drop(room.index("a"));
        CHECK(remote.take(room.at(1), addresses(1, {"M0z", "M0y"}), room.now));
    }
    TEST_CASE("a gap in the sequence is asked for, a number nobody counts to is refused") {
        Room room;
        room.neighbour(1, "a");
        RemoteAddresses& remote = room.parts.remote_addresses;
        CHECK(remote.take(room.at(1), addresses(3, {"M0x"}), room.now));
        CHECK(room.parts.inquiries.is_open(room.index("a"), Subject::addresses));
        CHECK(room.record("a").keys.empty());
        CHECK_FALSE(
            remote.take(room.at(1), addresses(Reports::kSequencePlausible + 1, {"M0x"}), room.now));
        CHECK(room.parts.ground.counters.malformed == 1);
    }
}

TEST_SUITE("Reachability") {
    TEST_CASE("what is lost is told before what is found, and a path before its keys") {
        Room room;
        Reachability& reachability = room.parts.reachability;
        room.neighbour(1, "a");
        room.record("a").keys.emplace("M0x", Hint::balanced);
        CHECK(reachability.publish(room.now) == std::vector<RouterIndex>{1});
        CHECK(room.output.log == Log{"1 reached", "1 +M0x"});
        CHECK(reachability.publish(room.now).empty());
        room.output.log.clear();
        const std::uint64_t version = reachability.version();
        room.neighbour(2, "b");
        room.record("b").keys.emplace("M0y", Hint::balanced);
        CHECK(room.parts.adjacencies.link_down(1, room.now));
        CHECK(reachability.publish(room.now) == std::vector<RouterIndex>{2});
        CHECK(room.output.log == Log{"1 -M0x", "1 lost", "2 reached", "2 +M0y"});
        CHECK(reachability.version() > version);
        CHECK(reachability.reachable() == 2);
        CHECK(reachability.appeared() == room.now);
    }
    TEST_CASE("paths are computed seldom, but at once when a link of this router changes") {
        Room room;
        Reachability& reachability = room.parts.reachability;
        CHECK(reachability.deadline(room.now) == kNever);
        room.neighbour(1, "a");
        CHECK(reachability.deadline(room.now) == room.now);
        static_cast<void>(reachability.publish(room.now));
        reachability.replace_edges(room.index("a"), {{kThisRouter, 1}}, room.now);
        CHECK(reachability.deadline(room.now) == room.now + 2 * Reachability::kGap);
        CHECK_FALSE(reachability.is_due(room.now));
        reachability.hurry(room.now);
        CHECK(reachability.is_due(room.now));
    }
}

TEST_SUITE("RemoteLinks") {
    TEST_CASE("a former life does not count for a while, a new one forgets the old") {
        Room room;
        RemoteLinks& remote = room.parts.remote_links;
        const RouterIndex a = room.parts.limits.learn("a", room.now);
        CHECK(remote.is_current(a, 5, room.now));
        room.record("a").ls_seq = 7;
        CHECK(remote.is_current(a, 5, room.now));
        CHECK(room.record("a").ls_seq == 7);
        CHECK_FALSE(remote.is_current(a, 4, room.now));
        CHECK(remote.is_current(a, 6, room.now));
        CHECK(room.record("a").ls_seq == 0);
        CHECK(room.parts.inquiries.is_open(a, Subject::links));
        CHECK(remote.is_current(a, 4, room.now + kFormerLife));
    }
    TEST_CASE("older links are not taken, a link to oneself is refused") {
        Room room;
        room.neighbour(1, "a");
        RemoteLinks& remote = room.parts.remote_links;
        LinkStateUpdate update{
            .from = {.id = "a"}, .instance = 1, .ls_seq = 2, .peers = {{"me", 1}, {"b", 3}}};
        CHECK(remote.take(room.at(1), update, room.now));
        CHECK(room.record("a").edges.size() == 2);
        CHECK(room.parts.inquiries.is_open(room.index("b"), Subject::links));
        update.ls_seq = 1;
        update.peers.clear();
        CHECK_FALSE(remote.take(room.at(1), update, room.now));
        CHECK(room.record("a").edges.size() == 2);
        update.ls_seq = 3;
        update.peers = {{"a", 1}};
        CHECK_FALSE(remote.take(room.at(1), update, room.now));
        CHECK(room.parts.ground.counters.malformed == 1);
    }
    TEST_CASE("a router that nobody speaks for loses its links, and is forgotten two ticks later") {
        Room room;
        RemoteLinks& remote = room.parts.remote_links;
        const RouterIndex a = room.parts.limits.learn("a", room.now);
        const RouterIndex b = room.parts.limits.learn("b", room.now);
        room.record("a").heard = room.record("b").heard = room.now;
        room.parts.reachability.replace_edges(a, {{b, 1}}, room.now);
        room.now += room.parts.ground.options.remote_ls_max_age + Duration(1);
        remote.age(room.now);
        CHECK(room.record("a").edges.empty());
        for (std::uint32_t i = 0; i < RemoteLinks::kIdleTicksMax; ++i) {
            remote.age(room.now);
        }
        CHECK(room.index("a") == a);
        remote.age(room.now);
        CHECK(room.index("a") == kNoRouter);
        CHECK(room.index("b") == kNoRouter);
    }
}

}  // namespace weft::linkstate
