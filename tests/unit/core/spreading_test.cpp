#include "router/core/spreading.hpp"

#include "tests/simulation/core_audit.hpp"
#include "tests/unit/core/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router {
namespace {

constexpr std::size_t kSliceSpreading = 10;
constexpr std::size_t kManySpreading = 100;

/// A core that does ten steps in a slice, and a multicast address with a hundred consumers.
struct SpreadWorld : World {
    explicit SpreadWorld(std::uint32_t credit = 100)
        : World{{.router_id = "r", .limits = {.slice = kSliceSpreading}}} {
        for (std::size_t i = 0; i < kManySpreading; ++i) {
            consumers.push_back(&right.consumer("m", credit));
        }
        while (core.work(now)) {
        }
    }
    /// Who has got so much.
    std::size_t with(const std::string& texts) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            consumers, [&](const Peer* peer) { return peer->texts() == texts; }));
    }
    std::size_t copies() const {
        std::size_t count = 0;
        for (const Peer* peer : consumers) {
            count += peer->got.size();
        }
        return count;
    }
    bool work() {
        const std::size_t before = copies();
        const bool more = core.work(now);
        CHECK(copies() - before <= kSliceSpreading);
        CHECK(audit(core) == std::vector<std::string>{});
        return more;
    }
    void finish() {
        while (work()) {
        }
    }
    void accept_all() {
        for (Peer* peer : consumers) {
            if (peer->link != nullptr) {
                right.accept_all(*peer);
            }
        }
    }

    Peer& multicast_producer() {
        rule("m", {.distribution = Distribution::multicast});
        return left.producer("m");
    }

    Peer& producer = multicast_producer();
    std::vector<Peer*> consumers;
};

}  // namespace

TEST_SUITE_BEGIN("spreading");

TEST_CASE("very many consumers get a message in slices, and its producer hears of it once") {
    for (const bool settled : {false, true}) {
        SpreadWorld world;
        const DeliveryId id = world.left.send(world.producer, as_bytes("1"), {.settled = settled});
        CHECK(world.copies() == 0);
        CHECK(world.work());
        CHECK(world.copies() == kSliceSpreading);
        world.accept_all();
        CHECK(world.producer.told.empty());
        world.finish();
        CHECK(world.with("1") == kManySpreading);
        CHECK(world.producer.told.empty());
        world.accept_all();
        CHECK(world.producer.told.size() == (settled ? 0 : 1));
        CHECK(settled == (world.producer.outcome(id) != Outcome::accepted));
        CHECK(world.core.deliveries().in_use() == 0);
        CHECK(world.producer.may_send == 250);
    }
}

TEST_CASE("messages that come meanwhile follow in order") {
    SpreadWorld world;
    world.left.send(world.producer, "1");
    world.work();
    world.left.send(world.producer, as_bytes("2"), {.settled = true});
    world.work();
    world.left.send(world.producer, "3");
    world.finish();
    CHECK(world.with("1,2,3") == kManySpreading);
    world.left.send(world.producer, "4");
    world.finish();
    CHECK(world.with("1,2,3,4") == kManySpreading);
    world.accept_all();
}

TEST_CASE(
    "a consumer that drains meanwhile gets its copy before it is told that there is no more") {
    SpreadWorld world;
    Peer& last = *world.consumers.front();  // the others have their turns before
    SUBCASE("of the message that is given out") {
        world.left.send(world.producer, "1");
        world.work();
    }
    SUBCASE("of one that was not begun with") {
        world.left.send(world.producer, "1");
    }
    world.right.give_credit(last, 5, /*drain=*/true);
    CHECK(last.drained == 0);
    CHECK(last.got.empty());
    world.finish();
    CHECK(last.texts() == "1");
    CHECK(last.drained == 1);
    // Who drains when all is given out is told at once.
    world.right.give_credit(*world.consumers.back(), 5, /*drain=*/true);
    CHECK(world.consumers.back()->drained == 1);
    world.accept_all();
}

TEST_CASE("a message that is aborted is not waited for") {
    SpreadWorld world;
    world.left.send(world.producer, plain_message("1"), {.more = true});
    Peer& last = *world.consumers.front();
    world.right.give_credit(last, 5, /*drain=*/true);
    CHECK(last.drained == 0);
    world.left.detach(world.producer);
    world.finish();
    CHECK(last.drained == 1);
}

TEST_CASE("who comes or goes meanwhile changes nothing for the others") {
    for (const std::size_t slices : {0U, 1U, 5U, 9U}) {
        CAPTURE(slices);
        SpreadWorld world;
        FakePort service{world.core, world.now, Traits::of_service()};
        Peer& one = service.consumer("m", 1);
        Peer& two = service.consumer("m", 1);
        world.left.send(world.producer, "1");
        for (std::size_t i = 0; i < slices; ++i) {
            world.work();
        }
        for (std::size_t i = 0; i < kManySpreading; i += 3) {
            world.right.detach(*world.consumers[i]);
        }
        Peer& three = service.consumer("m", 1);
        service.detach(one);
        Peer& late = world.right.consumer("m");
        CHECK(audit(world.core) == std::vector<std::string>{});
        world.work();
        service.detach(two);
        world.right.detach(*world.consumers[1]);
        CHECK(audit(world.core) == std::vector<std::string>{});
        world.finish();
        for (std::size_t i = 0; i < kManySpreading; ++i) {
            const Peer& peer = *world.consumers[i];
            CHECK(peer.got.size() <= 1);
            CHECK((peer.link == nullptr || peer.complete() == 1));
        }
        CHECK(three.got.size() <= 1);
        CHECK(late.got.size() <= 1);
        world.accept_all();
        world.right.accept_all(late);
        for (Peer* peer : {&one, &two, &three}) {
            if (peer->link != nullptr) {
                service.accept_all(*peer);
                service.detach(*peer);
            }
        }
        CHECK(world.producer.told.size() == 1);
        CHECK(world.core.deliveries().in_use() == 0);
    }
}

TEST_CASE("a message that comes in pieces reaches all, whenever its pieces come") {
    SpreadWorld world;
    world.left.send(world.producer, as_bytes("a"), {.more = true});
    world.work();
    world.left.send(world.producer, as_bytes("b"), {.more = true});
    world.work();
    CHECK(world.copies() == 2 * kSliceSpreading);
    SUBCASE("the last one before all have begun") {
        world.left.send(world.producer, as_bytes("c"), {});
        world.finish();
        CHECK(world.with("abc") == kManySpreading);
        world.accept_all();
        CHECK(world.producer.told.size() == 1);
    }
    SUBCASE("the last one after that") {
        world.finish();
        CHECK(world.copies() == kManySpreading);
        CHECK(world.core.deliveries().held_bytes() == 0);
        world.left.send(world.producer, as_bytes("c"), {});
        CHECK(world.with("abc") == kManySpreading);
        world.accept_all();
        CHECK(world.producer.told.size() == 1);
    }
    SUBCASE("it is aborted: the others get nothing") {
        world.left.send(world.producer, {}, {.aborted = true});
        CHECK(world.core.deliveries().in_use() == 0);
        world.finish();
        CHECK(world.copies() == 2 * kSliceSpreading);
        world.left.send(world.producer, "d");
        world.finish();
        CHECK(world.with("d") == kManySpreading);
        world.accept_all();
    }
}

TEST_CASE("what nobody takes comes back, and an address that nobody uses goes") {
    SpreadWorld world;
    const DeliveryId id = world.left.send(world.producer, "1");
    for (Peer* peer : world.consumers) {
        world.right.detach(*peer);
    }
    world.left.detach(world.producer);
    while (world.core.work(world.now)) {
    }
    CHECK(world.copies() == 0);
    CHECK(world.producer.outcome(id) == Outcome::none);  // it is gone
    CHECK(world.core.addresses().size() == 0);
}

TEST_CASE("who has no credit has its copy wait, and holds back the producer as ever") {
    SpreadWorld world{/*credit=*/0};
    world.left.send(world.producer, "1");
    world.finish();
    CHECK(world.copies() == 0);
    for (std::size_t i = 0; i < kManySpreading; ++i) {
        world.right.give_credit(*world.consumers[i], 1);
    }
    CHECK(world.with("1") == kManySpreading);
    CHECK(world.producer.told.empty());
    world.accept_all();
    CHECK(world.producer.told.size() == 1);
}

TEST_SUITE_END();

}  // namespace weft::router
