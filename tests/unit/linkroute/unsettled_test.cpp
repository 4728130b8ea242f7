#include "router/linkroute/unsettled.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/linkroute/pair.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace weft::linkroute::test {

TEST_SUITE_BEGIN("Unsettled");

TEST_CASE("a receiver that settles second hears what the sender says in between") {
    Pair p;
    p.open();
    p.send(0, "a");
    p.container.take();
    p.far.on_update({.id = 501, .settled = false, .state = wire::kAccepted}, 1);
    CHECK(p.client.take() == Lines{"update 0 36"});
    p.near.on_update({.id = 0, .settled = true, .state = wire::kAccepted}, 1);
    CHECK(p.container.take() == Lines{"update 501 settled 36"});
    CHECK(p.far.unsettled() == 0);
}

TEST_CASE("each delivery's first outcome counts, at both ends, whoever settles it") {
    Pair p;
    p.open();
    for (amqp::DeliveryId id = 0; id < 5; ++id) {
        p.send(id, "a", {.settled = id == 4});
    }
    p.far.on_update({.id = 501, .settled = true, .state = wire::kAccepted}, 1);
    p.far.on_update({.id = 502, .settled = false, .state = wire::kReleased}, 2);
    p.far.on_update({.id = 502, .settled = false, .state = wire::kReleased}, 2);
    p.near.on_update({.id = 1, .settled = true, .state = wire::kAccepted}, 2);
    p.far.on_update({.id = 503, .settled = false, .state = wire::kReceived}, 3);
    p.far.on_update({.id = 503, .settled = true}, 3);
    p.far.on_update({.id = 504, .settled = true, .state = wire::kModifiedFailed}, 4);
    const std::vector<Fate> fates{Fate::presettled, Fate::accepted, Fate::released, Fate::modified};
    CHECK(p.client.fates == fates);
    CHECK(p.container.fates == fates);
}

TEST_CASE("a disposition that may wait is one for the other end, too") {
    Pair p;
    p.open();
    p.send(90, "a");
    p.send(91, "b");
    p.client.take();
    p.far.on_update({.id = 501, .settled = true, .state = wire::kAccepted, .batchable = true}, 1);
    CHECK(p.client.take() == Lines{"update 90 settled 36 batchable"});
    p.container.take();
    p.container.room = 0;
    p.near.on_flow({.link_credit = 3});
    p.near.on_update({.id = 91, .settled = true, .batchable = true}, 2);
    p.container.room = 9;
    p.far.on_room();
    CHECK(p.container.take() == Lines{"waits", "flow 3", "update 502 settled 0 batchable"});
}

TEST_CASE("settled and aborted deliveries are not kept") {
    Pair p;
    p.open();
    p.send(0, "a", {.settled = true});
    p.send(1, "b", {.more = true});
    CHECK(p.far.unsettled() == 1);
    amqp::Context context = p.last_context;
    p.near.on_transfer({.delivery_id = 1, .aborted = true}, false, {}, context);
    CHECK(p.near.unsettled() == 0);
    CHECK(p.far.unsettled() == 0);
    CHECK(p.container.last.aborted);
}

TEST_CASE("deliveries that nobody settles have a limit") {
    Pair p;
    p.open();
    p.client.kept_max = 100 * Unsettled::kBytes;
    for (amqp::DeliveryId id = 1; id <= 1'000; ++id) {  // these are settled
        p.send(id, "a");
        p.far.on_update({.id = 500 + id, .settled = true}, id);
    }
    CHECK(p.client.kept <= Unsettled::kPaidAtOnce * Unsettled::kBytes);
    p.client.take();
    std::size_t sent = 0;
    for (amqp::DeliveryId id = 1'001; p.near.life() == Life::open; ++id) {
        p.send(id, "a");
        REQUIRE(++sent < 200);
    }
    CHECK(sent > 90);
    CHECK(p.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    CHECK(p.container.take().back() == "detach closed amqp:resource-limit-exceeded");
    CHECK(p.client.kept == 0);
}

TEST_SUITE_END();

}  // namespace weft::linkroute::test
