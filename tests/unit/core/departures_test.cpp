#include "router/core/departures.hpp"

#include "tests/simulation/core_audit.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router {
namespace {

constexpr std::size_t kSliceDepartures = 100;
constexpr std::size_t kManyDepartures = 20'000;
constexpr std::uint16_t kSession = 3;

/// A core that does a hundred steps in a slice.
struct DeparturesWorld {
    ~DeparturesWorld() {
        for (FakePort* port : {&left, &right}) {
            port->check_contexts();
            CHECK(port->faults == std::vector<std::string>{});
        }
    }
    std::size_t under_way() const { return core.deliveries().in_use(); }
    /// Slices until nothing is left. Each ends no more deliveries, and lets no more links go, than
    /// a slice is.
    std::size_t slices() {
        std::size_t count = 0;
        for (bool more = true; more; ++count) {
            const std::size_t deliveries = under_way();
            const std::size_t links = core.links().size();
            more = core.work(now);
            CHECK(deliveries - under_way() <= 2 * kSliceDepartures);
            CHECK(links - core.links().size() <= 2 * kSliceDepartures);
            if (!more || count % 64 == 0) {
                CHECK(audit(core) == std::vector<std::string>{});
            }
        }
        return count;
    }
    /// A consumer, of `session`, that has so many deliveries and settled none.
    Peer& laden(std::size_t deliveries, std::uint16_t session = 0) {
        const auto credit = static_cast<std::uint32_t>(deliveries);
        Peer& consumer =
            right.attach({.direction = Direction::out, .address = "a", .session = session});
        right.give_credit(consumer, credit);
        for (std::size_t i = 0; i < deliveries; ++i) {
            left.send(producer, "m");
        }
        return consumer;
    }

    Instant now{std::chrono::hours(1)};
    Core core{{.router_id = "r", .limits = {.slice = kSliceDepartures}}};
    FakePort left{core, now};
    FakePort right{core, now};
    Peer& producer = left.producer("a", kManyDepartures);
};

}  // namespace

TEST_SUITE_BEGIN("departures");

TEST_CASE("a link that goes with many deliveries is gone at once, and they end in slices") {
    DeparturesWorld world;
    Peer& consumer = world.laden(kManyDepartures);
    const Link& link = *consumer.link;
    world.right.detach(consumer);
    CHECK(world.under_way() == kManyDepartures - kSliceDepartures);
    CHECK(world.core.links().peer_links().size() == 1);
    CHECK(link.is_deserted());
    CHECK_FALSE(world.core.addresses().find("M0a")->reachable());
    CHECK(world.slices() >= kManyDepartures / kSliceDepartures - 2);
    CHECK(world.under_way() == 0);
    CHECK(world.core.links().size() == 1);
}

TEST_CASE("the producer hears what became of each, once and in order") {
    DeparturesWorld world;
    world.right.detach(world.laden(kManyDepartures / 10));
    world.slices();
    REQUIRE(world.producer.told.size() == kManyDepartures / 10);
    CHECK(std::ranges::is_sorted(world.producer.told, {}, &Told::id));
    CHECK(std::ranges::all_of(world.producer.told, [](const Told& told) {
        return told.settled && told.outcome() == Outcome::modified;
    }));
}

TEST_CASE("what its producer settles meanwhile is told to nobody who is gone") {
    DeparturesWorld world;
    Peer& consumer = world.laden(3 * kSliceDepartures);
    world.right.detach(consumer);
    const std::vector<DeliveryId> left_over = [&] {
        std::vector<DeliveryId> ids;
        for (const auto& [id, context] : world.producer.unsettled) {
            ids.push_back(id);
        }
        return ids;
    }();
    REQUIRE(left_over.size() == 2 * kSliceDepartures);
    for (const DeliveryId id : left_over) {
        world.left.settle_sent(world.producer, id);
    }
    CHECK(world.under_way() == 0);
    world.slices();
    CHECK(world.core.links().size() == 1);
}

TEST_CASE("a stream to a link that goes ends when its turn comes, and others get all of it") {
    DeparturesWorld world;
    const auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, "m");
    REQUIRE(world.core.rules().add(
        {.name = {}, .pattern = *pattern, .treatment = {.distribution = Distribution::multicast}}));
    Peer& sender = world.left.producer("m", kManyDepartures);
    Peer& lost = world.right.consumer("m", 2 * kSliceDepartures + 1);
    Peer& other = world.right.consumer("m", kManyDepartures);
    for (std::size_t i = 0; i < 2 * kSliceDepartures; ++i) {
        world.left.send(sender, "m");
    }
    world.left.send(sender, as_bytes("begun,"), {.more = true});
    world.right.detach(lost);
    world.left.send(sender, as_bytes("and ended"), {});
    world.slices();
    CHECK(other.got.back().text() == "begun,and ended");
    world.right.accept_all(other);
    CHECK(world.under_way() == 0);
}

TEST_CASE("a link that comes back finds nothing of the one before") {
    DeparturesWorld world;
    world.right.detach(world.laden(2 * kSliceDepartures));
    Peer& again = world.right.consumer("a", 10);
    world.left.send(world.producer, "new");
    CHECK(again.texts() == "new");
    world.slices();
    world.right.accept_all(again);
    CHECK(world.under_way() == 0);
}

TEST_CASE("several that go take turns") {
    DeparturesWorld world;
    Peer& first = world.laden(kManyDepartures);
    Peer& second = world.right.consumer("b", kSliceDepartures + 10);
    Peer& sender = world.left.producer("b", kManyDepartures);
    for (std::size_t i = 0; i < kSliceDepartures + 10; ++i) {
        world.left.send(sender, "m");
    }
    world.right.detach(first);
    world.right.detach(second);
    world.core.work(world.now);
    world.core.work(world.now);
    CHECK(sender.unsettled.empty());
    CHECK(world.slices() > 100);
}

TEST_CASE("the links of a session that is over take nothing from then on, and go in slices") {
    DeparturesWorld world;
    for (std::size_t i = 0; i < 10 * kSliceDepartures; ++i) {
        Peer& peer = world.right.attach({.direction = i % 2 == 0 ? Direction::out : Direction::in,
                                         .address = "a",
                                         .session = kSession});
        if (i % 2 == 0) {
            world.right.give_credit(peer, 1);
        }
    }
    Peer& ready = world.right.consumer("a", 10);
    world.slices();
    world.core.end(world.right.connection(), kSession);
    world.right.forget(kSession);
    world.left.send(world.producer, "m");
    CHECK(ready.texts() == "m");
    CHECK(world.core.links().size() == 9 * kSliceDepartures + 2);
    CHECK(world.slices() >= 9);
    CHECK(world.core.links().size() == 2);
    world.right.accept_all(ready);
}

TEST_CASE("a session of the same number begins at once") {
    DeparturesWorld world;
    world.laden(2 * kSliceDepartures, kSession);
    world.core.end(world.right.connection(), kSession);
    world.right.forget(kSession);
    Peer& again =
        world.right.attach({.direction = Direction::out, .address = "a", .session = kSession});
    world.right.give_credit(again, 1);
    world.slices();
    world.left.send(world.producer, "m");
    CHECK(again.texts() == "m");
    world.right.accept_all(again);
}

TEST_CASE("a connection that is gone is kept until the last of its links is, and shown no more") {
    DeparturesWorld world;
    {
        FakePort lost{world.core, world.now};
        for (std::size_t i = 0; i < 3 * kSliceDepartures; ++i) {
            lost.attach({.direction = Direction::out,
                         .address = "b",
                         .session = static_cast<std::uint16_t>(i % 4)});
        }
        lost.forget_all();
    }
    CHECK(world.core.links().connections().size() == 2);
    CHECK(world.core.links().size() > 1);
    world.slices();
    CHECK(world.core.links().size() == 1);
    CHECK(world.core.addresses().find("M0b") == nullptr);
}

TEST_CASE("a core may end before its links have gone") {
    DeparturesWorld world;
    world.right.detach(world.laden(3 * kSliceDepartures));
    FakePort lost{world.core, world.now};
    lost.consumer("b", 1);
    lost.forget_all();
}

TEST_CASE("a producer that goes takes slices for what consumers answered and it did not settle") {
    constexpr std::size_t kAnswered = 1'000;
    DeparturesWorld world;
    Peer& consumer = world.laden(kAnswered);
    for (const Got& got : consumer.got) {
        world.right.update(consumer, got.id, kAccepted, /*settled=*/false);
    }
    REQUIRE(world.producer.told.size() == kAnswered);
    const auto settled = [&] {
        return static_cast<std::size_t>(
            std::ranges::count_if(consumer.got, &Got::settled_by_router));
    };
    world.left.detach(world.producer);
    CHECK(settled() == kSliceDepartures);
    SUBCASE("and no more") {}
    SUBCASE("also if the consumer settles some meanwhile") {
        world.right.accept(consumer, consumer.got[kAnswered - 1].id);
    }
    SUBCASE("also if the consumer goes meanwhile") {
        world.right.detach(consumer);
    }
    CHECK(world.slices() >= kAnswered / (2 * kSliceDepartures) - 2);
    CHECK(world.under_way() == 0);
    CHECK(world.core.links().size() <= 1);
}

TEST_SUITE_END();

}  // namespace weft::router
