// How this router tells others of itself, noun by noun.
#include "tests/unit/linkstate/parts.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = LinkStateEvent::Kind;
using Opcodes = std::vector<std::string>;
using Sent = std::vector<std::pair<PeerLink, std::string>>;

/// With neighbours that can be reached, and nothing to say.
struct Settled : Room {
    explicit Settled(const std::vector<std::string>& ids) {
        for (const std::string& id : ids) {
            neighbour(next++, id);
        }
        static_cast<void>(parts.reachability.publish(now));
        parts.link_announcer.announce_if_due(now);
        parts.address_announcer.announce_if_due(now + seconds(9));
        now += seconds(10);
        parts.adverts.flood_if_due(now);
        output.opcodes();
    }
    Envelope envelope(std::string_view ingress) const {
        return {.to = kToAll, .ingress = ingress, .trace = {}, .content = content};
    }

    PeerLink next = 1;
    Buffer content = [] {
        Buffer bytes;
        write_message(bytes, RouterAdvert{.from = {.id = "far"}});
        return bytes;
    }();
};

}  // namespace

TEST_SUITE("Courier") {
    TEST_CASE("a flood goes to each neighbour, one of another not to those that have it") {
        Settled room({"a", "b", "c"});
        room.parts.courier.flood(kToAll, room.parts.adverts.own(), room.now);
        CHECK(room.output.sent ==
              Sent{{1, std::string(kToAll)}, {2, std::string(kToAll)}, {3, std::string(kToAll)}});
        room.output.opcodes();
        room.parts.courier.pass_flood(room.at(2), "c", room.envelope("c"), room.now);
        CHECK(room.output.sent == Sent{{1, std::string(kToAll)}});
        CHECK(room.parts.ground.counters.forwarded == 1);
    }
    TEST_CASE("one router is told by its path, an asker without one by the way it came") {
        Settled room({"a", "b"});
        Courier& courier = room.parts.courier;
        CHECK(courier.send_to("b", room.parts.adverts.own(), 1));
        CHECK(courier.send_to("nobody", room.parts.adverts.own(), 1));
        CHECK(room.output.sent ==
              Sent{{2, "amqp:/_topo/0/b/qdrouter"}, {1, "amqp:/_topo/0/nobody/qdrouter"}});
        CHECK_FALSE(courier.send_to("nobody", room.parts.adverts.own()));
        CHECK(room.parts.ground.counters.no_path == 1);
    }
    TEST_CASE("what is for another router goes on along its path, but never back") {
        Settled room({"a", "b"});
        Courier& courier = room.parts.courier;
        courier.pass_on(room.at(1), "b", room.envelope("a"));
        CHECK(room.output.sent == Sent{{2, std::string(kToAll)}});
        courier.pass_on(room.at(2), "b", room.envelope("a"));
        CHECK(room.parts.ground.counters.looped == 1);
        courier.pass_on(room.at(1), "nobody", room.envelope("a"));
        CHECK(room.parts.ground.counters.no_path == 1);
    }
}

TEST_SUITE("Adverts") {
    TEST_CASE("adverts come often after a change, and seldom at rest") {
        Settled room({"a"});
        Adverts& adverts = room.parts.adverts;
        const LinkStateOptions& options = room.parts.ground.options;
        adverts.note_change(room.now);
        adverts.hasten(room.now);
        room.now = adverts.deadline();
        adverts.flood_if_due(room.now);
        CHECK(adverts.deadline() == room.now + options.ra_interval_flux);
        room.now += 3 * options.ra_interval_flux;
        adverts.flood_if_due(room.now);
        CHECK(adverts.deadline() == room.now + options.ra_interval);
        CHECK(room.output.opcodes() == Opcodes{"RA", "RA"});
    }
    TEST_CASE("few routers that appear get an advert each, many one with all others") {
        Settled room({"a", "b"});
        Adverts& adverts = room.parts.adverts;
        adverts.greet({1, 2}, /*announces=*/false, room.now);
        CHECK(room.output.opcodes() == Opcodes{"RA", "RA"});
        adverts.greet({1, 2}, /*announces=*/true, room.now + Adverts::kGap);
        adverts.greet(std::vector<RouterIndex>(Adverts::kGreetedMax + 1, 1), false, room.now);
        CHECK(room.output.opcodes().empty());
        CHECK(adverts.deadline() == room.now + Adverts::kGap);
    }
}

TEST_SUITE("LinkAnnouncer") {
    TEST_CASE("the first change is told at once, what follows waits longer each time") {
        Settled room({"a", "b"});
        LinkAnnouncer& announcer = room.parts.link_announcer;
        CHECK_FALSE(announcer.has_news());
        CHECK(announcer.deadline() == kNever);
        Duration gap{};
        std::uint32_t cost = 1;
        for (const Duration next : {Duration{}, Duration(milliseconds(10)),
                                    Duration(milliseconds(20)), Duration(milliseconds(40))}) {
            room.parts.adjacencies.change_cost(1, ++cost, room.now);
            CHECK(announcer.has_news());
            gap = next;
            if (gap > Duration{}) {
                announcer.announce_if_due(room.now + gap - Duration(1));
                CHECK(room.output.sent.empty());
                room.now += gap;
            }
            announcer.announce_if_due(room.now);
            CHECK(room.output.opcodes() == Opcodes{"LSU", "LSU"});
        }
    }
    TEST_CASE("who asks gets links whose number means nothing else, and they are still announced") {
        Settled room({"a"});
        LinkAnnouncer& announcer = room.parts.link_announcer;
        const std::int64_t before = room.parts.ground.database.at(kThisRouter).ls_seq;
        room.parts.adjacencies.change_cost(1, 7, room.now);
        const RouterIndex asker = room.parts.ground.database.find("a");
        announcer.answer(asker, room.at(1), room.now);
        REQUIRE(room.output.messages.size() == 2);
        CHECK(std::get<LinkStateUpdate>(room.output.messages[0]).ls_seq == before + 1);
        CHECK(std::get<RouterAdvert>(room.output.messages[1]).ls_seq == before + 1);
        CHECK(announcer.has_news());
        announcer.announce_if_due(room.now);
        CHECK(room.parts.ground.database.at(kThisRouter).ls_seq == before + 1);
        CHECK_FALSE(announcer.has_news());
    }
    TEST_CASE("a router that leaves has dear links, and says so at once") {
        Settled room({"a"});
        room.parts.link_announcer.leave(room.now);
        room.parts.link_announcer.announce_if_due(room.now);
        const auto& peers = std::get<LinkStateUpdate>(room.output.messages.at(0)).peers;
        CHECK(peers == std::vector<std::pair<std::string, std::int64_t>>{{"a", kLeavingCost}});
    }
}

TEST_SUITE("AddressAnnouncer") {
    TEST_CASE("a change is told at once, and the next after a gap") {
        Settled room({"a"});
        AddressAnnouncer& announcer = room.parts.address_announcer;
        CHECK(announcer.deadline() == kNever);
        room.parts.local_addresses.set("M0x", true, Hint::closest);
        announcer.announce_if_due(room.now);
        room.parts.local_addresses.set("M0y", true, Hint::closest);
        announcer.announce_if_due(room.now);
        CHECK(room.output.opcodes() == Opcodes{"MAU"});
        CHECK(announcer.deadline() == room.now + AddressAnnouncer::kGap);
        announcer.announce_if_due(room.now + AddressAnnouncer::kGap);
        CHECK(room.output.opcodes() == Opcodes{"MAU"});
    }
    TEST_CASE("while a router that may be an original gets to know us, addresses wait") {
        Settled room({"a"});
        AddressAnnouncer& announcer = room.parts.address_announcer;
        room.neighbour(room.next, "new");
        static_cast<void>(room.parts.reachability.publish(room.now));
        room.output.opcodes();
        room.parts.local_addresses.set("M0x", true, Hint::closest);
        announcer.announce_if_due(room.now);
        CHECK(room.output.opcodes().empty());
        CHECK(announcer.deadline() == room.now + AddressAnnouncer::kGap);
        announcer.announce_if_due(room.now + AddressAnnouncer::kShy);
        CHECK(room.output.opcodes() == Opcodes{"MAU", "MAU"});
    }
    TEST_CASE("who asks gets all, unless it has all") {
        Settled room({"a"});
        AddressAnnouncer& announcer = room.parts.address_announcer;
        const std::int64_t sequence = room.parts.local_addresses.sequence();
        const RouterIndex asker = room.parts.ground.database.find("a");
        announcer.answer(asker, {.from = {.id = "a"}, .have_seq = sequence}, room.at(1), room.now);
        CHECK(room.output.sent.empty());
        announcer.answer(asker, {.from = {.id = "a"}, .have_seq = sequence - 1}, room.at(1),
                         room.now);
        CHECK(room.output.opcodes() == Opcodes{"MAU"});
    }
    TEST_CASE(
        "who asks again and again, or is said to, gets all seldom, and more so if it is long") {
        Settled room({"a", "b"});
        AddressAnnouncer& announcer = room.parts.address_announcer;
        const auto ask = [&](std::string_view id) {
            announcer.answer(room.parts.ground.database.find(id), {.from = {}, .have_seq = 77},
                             room.at(1), room.now);
            while (announcer.has_work()) {
                announcer.work(room.now);
            }
            return room.output.opcodes().size();
        };
        CHECK(ask("a") == 1);
        CHECK(ask("a") == 0);
        CHECK(ask("b") == 1);
        room.now += AddressAnnouncer::kAnswerGap;
        CHECK(ask("a") == 1);
        const std::string stem(1000, 'x');
        constexpr std::size_t kMany = AddressAnnouncer::kAnswerRate / 1000 / 10;
        for (std::size_t i = 0; i < kMany; ++i) {  // a tenth of a second's
            room.parts.local_addresses.set("M0" + stem + std::to_string(i), true, Hint::closest);
        }
        room.now += seconds(1);
        announcer.announce_if_due(room.now);
        room.output.opcodes();
        CHECK(ask("a") == 1);
        room.now += milliseconds(90);
        CHECK(ask("a") == 0);
        room.now += milliseconds(90);
        CHECK(ask("a") == 1);
        // Nor do others get it meanwhile who are answered over the same link.
        for (const char* id : {"x", "y"}) {
            REQUIRE(room.parts.limits.learn(id, room.now) != kNoRouter);
            CHECK(ask(id) == 0);
        }
        CHECK(ask("b") == 1);
        room.now += milliseconds(150);
        CHECK(ask("x") == 1);
        CHECK(ask("y") == 0);
    }
    TEST_CASE("a long answer is written in slices, and what changes is told behind it") {
        Settled room({"a", "b"});
        AddressAnnouncer& announcer = room.parts.address_announcer;
        const std::size_t keys = 2 * room.parts.ground.options.slice;
        for (std::size_t i = 0; i + 1 < keys; ++i) {  // and this router's own
            room.parts.local_addresses.set("M0" + std::to_string(i), true, Hint::closest);
        }
        announcer.announce_if_due(room.now);
        room.now += seconds(1);
        room.output.opcodes();
        room.parts.local_addresses.set("M0late", true, Hint::closest);
        for (const char* id : {"a", "b"}) {
            announcer.answer(room.parts.ground.database.find(id), {.from = {}, .have_seq = 77},
                             room.at(id[0] == 'a' ? 1 : 2), room.now);
        }
        CHECK(announcer.deadline() == kNever);
        announcer.announce_if_due(room.now);
        CHECK(room.output.sent.empty());
        std::size_t turns = 0;
        for (; announcer.has_work(); ++turns) {
            const std::size_t before = room.output.sent.size();
            announcer.work(room.now);
            CHECK(room.output.sent.size() <= before + 1);
        }
        CHECK(turns == 5);  // five slices, the first when they asked; and the second's answer
        REQUIRE(room.output.messages.size() == 2);
        CHECK(std::get<MobileUpdate>(room.output.messages[0]).exist->size() == keys);
        CHECK(room.output.messages[0] == room.output.messages[1]);
        room.output.opcodes();
        CHECK(announcer.deadline() <= room.now);
        announcer.announce_if_due(room.now);
        REQUIRE(room.output.messages.size() == 2);
        CHECK(std::get<MobileUpdate>(room.output.messages[0]).add ==
              std::vector<std::string>{"M0late"});
    }
}

}  // namespace weft::linkstate
