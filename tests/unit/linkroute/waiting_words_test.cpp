#include "router/linkroute/waiting_words.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/linkroute/pair.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::linkroute::test {

TEST_SUITE_BEGIN("WaitingWords");

TEST_CASE("what finds no room waits, in order, and takes from the sender's window meanwhile") {
    Pair p;
    p.open();
    p.container.room = 1;
    p.send(0, "a");
    p.send(1, "b", {.delivery_tag = as_bytes("t"), .state = wire::kReleased});
    p.near.on_flow({.link_credit = 3, .echo = true});
    p.near.on_flow({.link_credit = 4});
    p.near.on_update({.id = 1, .settled = true, .state = wire::kAccepted}, 2);
    p.near.on_detach(false, nullptr);
    CHECK(p.container.take() == Lines{"transfer 1 'a'", "waits"});
    CHECK(p.client.held > 0);
    CHECK(p.far.waiting().bytes() > 0);
    p.far.on_room();
    CHECK(p.container.take() == Lines{"waits"});
    p.container.room = 1;
    p.far.on_room();
    CHECK(p.container.take() == Lines{"transfer 2 'b'", "waits"});
    CHECK(p.container.last_tag == "t");
    CHECK(p.container.last_state == wire::Outcome::released);
    CHECK(p.client.held == 0);
    p.container.room = 5;
    p.far.on_room();
    CHECK(p.container.take() == Lines{"flow 4 echo", "update 502 settled 36", "detach"});
    CHECK(p.far.life() == Life::departing);
    CHECK(p.far.waiting().bytes() == 0);
}

TEST_CASE("a frame that is larger than there is room for goes on where it stopped") {
    Pair p;
    p.open();
    p.container.room = 2;
    p.container.frame = 3;
    p.send(0, "abcdefgh", {.settled = true});
    CHECK(p.container.take() == Lines{"transfer 1 'abc' settled", "transfer 1 'def'", "waits"});
    p.container.room = 9;
    p.far.on_room();
    CHECK(p.container.take() == Lines{"transfer 1 'gh'"});
    CHECK(p.client.held == 0);
    CHECK(p.far.deliveries() == 1);
    CHECK(p.far.unsettled() == 0);
}

TEST_CASE("words without end are not kept for a receiver that reads nothing") {
    Pair p;
    p.open();
    p.send(0, "a");
    p.container.room = 0;
    p.send(1, "b");
    p.client.take();
    p.container.take();
    for (std::size_t i = 0; i <= WaitingWords::kSmallMax; ++i) {
        p.near.on_update({.id = 0, .settled = false, .state = wire::kAccepted}, 1);
    }
    CHECK(p.container.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    CHECK(p.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    // Whoever answers first is forgotten by the other.
    p.near.on_detach(true, nullptr);
    CHECK(p.near.is_over());
    CHECK(p.far.partner() == nullptr);
    p.far.on_detach(true, nullptr);
    CHECK(p.far.is_over());
}

TEST_CASE("a partner elsewhere hears of each byte that it counts") {
    Pair p;
    p.open();
    p.client.take();
    p.near.on_flow({});  // the container's end does not look at who speaks
    p.container.room = 1;
    p.far.deliver({.delivery_id = 1, .settled = true}, as_bytes("a"), 0);
    p.far.deliver({.delivery_id = 2, .settled = true}, as_bytes("b"), 0);
    p.container.room = 1;
    p.far.on_room();
    CHECK(p.client.held == 0);
}

TEST_CASE("what waits has a limit in bytes, whichever side it comes from") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.container.kept_max = 100'000;
    const std::string words(10'000, 'x');
    p.send(1, "first");
    const std::size_t one = p.container.kept;
    CHECK(one > 0);
    p.near.on_update({.id = 1, .settled = false, .state = as_bytes(words)}, 1);
    CHECK(p.container.kept > one + words.size());
    for (int i = 0; i < 20 && p.far.life() == Life::open; ++i) {
        p.near.on_update({.id = 1, .settled = false, .state = as_bytes(words)}, 1);
    }
    CHECK(p.container.take().back() == "detach closed amqp:resource-limit-exceeded");
    CHECK(p.client.take().back() == "detach closed amqp:resource-limit-exceeded");
    CHECK(p.container.kept == 0);
    CHECK(p.client.held > 0);  // until its peer has detached, too
    p.near.on_detach(true, nullptr);
    CHECK(p.client.held == 0);
}

TEST_CASE("an end that detached for itself, and is over, hears nothing of what waits still") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(1, "a");
    p.client.kept_max = p.client.kept;
    for (amqp::DeliveryId id = 2; p.near.life() == Life::open; ++id) {
        p.send(id, "a");
        REQUIRE(id < 100);
    }
    CHECK(p.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    CHECK(p.far.life() == Life::open);
    p.near.on_detach(true, nullptr);
    CHECK(p.near.is_over());
    CHECK(p.far.partner() == nullptr);
    p.container.room = 1'000;
    p.far.on_room();
    CHECK(p.container.take().back() == "detach closed amqp:resource-limit-exceeded");
    CHECK(p.client.held == 0);
    p.far.on_detach(true, nullptr);
    CHECK(p.far.is_over());
}

TEST_CASE("a detach that may not wait goes out at once, and is answered") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(1, "a");
    p.container.take();
    p.container.kept_max = p.container.kept;
    p.near.on_detach(true, nullptr);
    CHECK(p.container.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    CHECK(p.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    CHECK(p.near.is_over());
    CHECK(p.far.partner() == nullptr);
    p.far.on_detach(true, nullptr);
    CHECK(p.far.is_over());
    CHECK(p.container.kept == 0);
}

TEST_CASE("what waited is given back once it has gone") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(1, "first");
    p.near.on_flow({.available = 3, .properties = as_bytes(std::string_view{"abc"})});
    p.near.on_update({.id = 1, .settled = true}, 1);
    CHECK(p.container.kept > 0);
    p.container.room = 10;
    p.far.on_room();
    CHECK(p.container.kept == 0);
    CHECK(p.far.waiting().frames() == 0);
}

TEST_CASE("an update that settles nothing waits for who has much to read, and keeps its place") {
    Pair p;
    p.open();
    p.send(1, "a");
    p.container.take();
    p.container.room = 0;
    p.near.on_update({.id = 1, .settled = false, .state = wire::kAccepted}, 1);
    CHECK(p.container.take() == Lines{"waits"});
    p.near.on_update({.id = 1, .settled = true, .state = wire::kAccepted}, 1);
    CHECK(p.container.take().empty());
    p.container.room = 1;
    p.far.on_room();
    CHECK(p.container.take() == Lines{"update 501 36", "update 501 settled 36"});
}

TEST_SUITE_END();

}  // namespace weft::linkroute::test
