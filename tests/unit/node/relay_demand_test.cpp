// What loops know of each other's consumers, and fallbacks.
#include "router/core/demand.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: demand");

TEST_CASE("of an address on another loop it is known whose consumer came first") {
    Loops loops;
    router::Peer& first = loops.there.consumer("a");
    loops.there.consumer("b");
    loops.cross();
    const router::Address* const address = loops.first.addresses().find("M0a");
    REQUIRE(address != nullptr);
    const std::uint64_t there = first.link->connection.id;
    CHECK(there != 0);
    CHECK(router::asker_of(*address, router::Scope::all) == there);
    CHECK(router::asker_of(*address, router::Scope::here) == 0);
    router::Peer& own = loops.here.consumer("a");
    CHECK(router::asker_of(*address, router::Scope::here) == own.link->connection.id);
}

TEST_CASE("the fallback gets what is left on another loop, but not what it brought itself") {
    for (const bool settled : {false, true}) {
        for (const bool waits : {false, true}) {
            CAPTURE(settled);
            CAPTURE(waits);
            Loops loops;
            for (const auto& one : loops.all) {
                const auto rule =
                    router::AddressPattern::parse(router::AddressPattern::Grammar::address, "a");
                REQUIRE(one->core.rules().add(
                    {.name = {}, .pattern = *rule, .treatment = {.fallback = true}}));
            }
            router::Peer& consumer = loops.there.consumer("a", 2);
            router::Peer& fallback = loops.here.attach({.direction = router::Direction::out,
                                                        .address = "a",
                                                        .phase = router::kFallbackPhase});
            loops.here.give_credit(fallback, 9);
            router::Peer& producer = loops.here.producer("a");
            router::Peer& back = loops.here.attach({.direction = router::Direction::in,
                                                    .address = "a",
                                                    .phase = 0,
                                                    .from_fallback = true});
            loops.cross();
            loops.here.send(producer, as_bytes("new"), {.settled = settled});
            const auto old = loops.here.send(back, as_bytes("old"), {.settled = settled});
            if (waits) {  // at the other loop, else they are on their way there
                loops.there.give_credit(consumer, 0);
                loops.cross();
            }
            loops.there.detach(consumer);
            loops.cross();
            CHECK(fallback.texts() == "new");
            if (!settled) {
                CHECK(back.outcome(old) == router::Outcome::released);
            }
            loops.here.accept_all(fallback);
            loops.cross();
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::node
