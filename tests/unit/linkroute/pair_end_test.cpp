#include "router/linkroute/pair_end.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/linkroute/fake_link.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace weft::linkroute::test {
namespace {

using Life = PairEnd::Life;

/// A client's end, which has asked, and a container's, which was asked.
struct Pair {
    Pair() {
        near.join(far);
        far.join(near);
    }
    void open() {
        far.on_attach({.max_message_size = 7});
        client.take();
        container.take();
    }
    /// The client sends.
    void send(amqp::DeliveryId id, std::string_view payload, amqp::Transfer transfer = {}) {
        transfer.delivery_id = id;
        amqp::Context context = 0;
        near.on_transfer(transfer, true, as_bytes(payload), context);
        last_context = context;
    }

    FakeLink client;
    FakeLink container;
    PairEnd near{client, Life::asked, false};
    PairEnd far{container, Life::offered, false};
    amqp::Context last_context = 0;
};

}  // namespace

TEST_SUITE_BEGIN("pair end");

TEST_CASE("the container's answer is the client's") {
    Pair p;
    p.far.on_attach({.max_message_size = 7});
    CHECK(p.client.take() == Lines{"accept 7"});
    CHECK(p.near.life() == Life::open);
    CHECK(p.far.life() == Life::open);
}

TEST_CASE("a container that refuses answers first, and detaches then") {
    Pair p;
    p.far.on_attach({});
    const amqp::ErrorView error{"amqp:not-found", "no such queue", {}};
    p.far.on_detach(true, &error);
    CHECK(p.client.take() == Lines{"accept 0", "detach closed amqp:not-found"});
    p.near.on_detach(true, nullptr);
    CHECK(p.container.take() == Lines{"detach closed"});
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());
    CHECK(p.client.is_over);
}

TEST_CASE("an answer that the client's frames do not hold ends both") {
    Pair p;
    p.client.fits = false;
    p.far.on_attach({});
    CHECK(p.near.is_over());
    CHECK(p.container.take() == Lines{"detach closed amqp:frame-size-too-small"});
    CHECK(p.far.partner() == nullptr);
}

TEST_CASE("a client that leaves before it was answered takes its wish back") {
    Pair p;
    p.near.on_detach(true, nullptr);
    CHECK(p.container.take() == Lines{"detach closed"});
    CHECK(p.far.is_over());
}

TEST_CASE("credit that the client gave before the answer goes to the container") {
    Pair p;
    p.near.on_flow({.link_credit = 10});
    CHECK(p.container.take() == Lines{"flow 10"});
}

TEST_CASE("deliveries have numbers of the pair, and each side its own ids") {
    Pair p;
    p.open();
    p.send(90, "a");
    CHECK(p.last_context == 1);
    p.send(95, "b");
    CHECK(p.container.take() == Lines{"transfer 1 'a'", "transfer 2 'b'"});
    CHECK(p.near.unsettled() == 2);
    CHECK(p.far.deliveries() == 2);
    // The container accepts the second.
    p.far.on_update({.id = 502, .settled = true, .state = wire::kAccepted}, 2);
    CHECK(p.client.take() == Lines{"update 95 settled 36"});
    // The client's word on what is settled already means nothing; of the other it passes.
    p.near.on_update({.id = 90, .settled = true}, 1);
    CHECK(p.container.take() == Lines{"update 501 settled 0"});
    CHECK(p.near.unsettled() == 0);
    CHECK(p.far.unsettled() == 0);
}

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

TEST_CASE("what is no message is refused, and aborted for the container") {
    Pair p;
    p.open();
    SUBCASE("it has no byte") {
        p.send(90, "");
        CHECK(p.container.take() == Lines{"transfer 1 ''"});
        CHECK(p.container.last.aborted);
    }
    SUBCASE("it has none in two frames") {
        p.send(90, "", {.more = true});
        CHECK_FALSE(p.container.last.aborted);
        amqp::Context context = p.last_context;
        p.near.on_transfer({.delivery_id = 90}, false, {}, context);
        CHECK(p.container.take() == Lines{"transfer 1 ''", "transfer 1 ''"});
        CHECK(p.container.last.aborted);
    }
    SUBCASE("its tag is too long; what still comes of it is dropped") {
        const Buffer tag(33, 1);
        p.send(90, "a", {.delivery_tag = tag, .more = true});
        CHECK(p.container.take() == Lines{"transfer 1 ''"});
        CHECK(p.container.last.aborted);
        amqp::Context context = p.last_context;
        p.near.on_transfer({.delivery_id = 90}, false, as_bytes("b"), context);
        CHECK(p.container.take().empty());
    }
    CHECK(p.client.take() == Lines{"update 90 settled 37"});
    CHECK(p.client.fates == std::vector{Fate::rejected});
    CHECK(p.near.unsettled() == 0);
    CHECK(p.far.unsettled() == 0);
    // The next one passes.
    p.send(91, "c");
    CHECK(p.container.take() == Lines{"transfer 2 'c'"});
}

TEST_CASE("a delivery without a byte passes if it needs none") {
    Pair p;
    p.open();
    p.send(90, "", {.resume = true});
    p.send(91, "", {.message_format = 7});
    p.send(92, "", {.aborted = true});
    CHECK(p.container.take() == Lines{"transfer 1 ''", "transfer 2 ''", "transfer 3 ''"});
    CHECK(p.client.take().empty());
    CHECK(p.client.fates.empty());
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
    CHECK(p.far.waiting_bytes() > 0);
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
    CHECK(p.far.waiting_bytes() == 0);
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
    for (std::size_t i = 0; i <= PairEnd::kWordsWaitingMax; ++i) {
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

TEST_CASE("a lost connection is told at the other end at once") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(0, "a");
    p.container.take();
    p.near.on_lost();
    CHECK(p.container.take() == Lines{"detach closed qd:routed-link-lost"});
    CHECK(p.far.partner() == nullptr);
    CHECK(p.far.waiting_bytes() == 0);
    p.far.on_detach(true, nullptr);
    CHECK(p.far.is_over());
}

TEST_CASE("whoever may come back is not closed for that") {
    FakeLink client;
    FakeLink container;
    PairEnd near{client, Life::asked, true};
    PairEnd far{container, Life::offered, true};
    near.join(far);
    far.join(near);
    far.on_attach({});
    far.on_lost();
    CHECK(client.take() == Lines{"accept 0", "detach qd:routed-link-lost"});
}

TEST_CASE("who closed is answered so, also if the other one was lost and may come back") {
    FakeLink client;
    FakeLink container;
    PairEnd near{client, Life::asked, true};
    PairEnd far{container, Life::offered, true};
    near.join(far);
    far.join(near);
    far.on_attach({});
    client.take();
    near.on_detach(true, nullptr);
    far.on_lost();
    CHECK(client.take() == Lines{"detach closed"});
}

TEST_CASE("a loss while an attach or a detach is answered") {
    Pair asked;
    asked.far.on_lost();
    CHECK(asked.client.take() == Lines{"refuse qd:routed-link-lost"});
    CHECK(asked.near.is_over());

    Pair answering;
    answering.open();
    answering.near.on_detach(true, nullptr);
    answering.far.on_lost();
    CHECK(answering.client.take() == Lines{"detach closed"});
    CHECK(answering.near.is_over());

    Pair departing;
    departing.open();
    departing.near.on_detach(true, nullptr);
    departing.near.on_lost();
    departing.far.on_detach(true, nullptr);
    CHECK(departing.far.is_over());
    CHECK(departing.container.take() == Lines{"detach closed"});
}

TEST_CASE("both sides detach at once") {
    Pair p;
    p.open();
    p.near.on_detach(true, nullptr);
    const amqp::ErrorView error{"x:y", "", {}};
    p.far.on_detach(true, &error);
    CHECK(p.container.take() == Lines{"detach closed"});
    CHECK(p.client.take() == Lines{"detach closed x:y"});
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());

    Pair waiting;
    waiting.open();
    waiting.container.room = 0;
    waiting.send(0, "a");
    waiting.near.on_detach(true, nullptr);
    waiting.far.on_detach(true, nullptr);
    CHECK(waiting.near.is_over());
    CHECK(waiting.far.is_over());
    CHECK(waiting.client.held == 0);
}

TEST_CASE("an attach that is not answered is taken back") {
    Pair p;
    p.far.give_up({"a:b", "", {}});
    CHECK(p.container.take() == Lines{"detach closed a:b"});
    CHECK(p.client.take() == Lines{"refuse a:b"});
    CHECK(p.near.is_over());
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

TEST_CASE("deliveries that nobody settles have a limit") {
    Pair p;
    p.open();
    p.client.kept_max = 100 * PairEnd::kUnsettledBytes;
    for (amqp::DeliveryId id = 1; id <= 1'000; ++id) {  // these are settled
        p.send(id, "a");
        p.far.on_update({.id = 500 + id, .settled = true}, id);
    }
    CHECK(p.client.kept <= PairEnd::kPaidAtOnce * PairEnd::kUnsettledBytes);
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
    CHECK_FALSE(p.far.waits());
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
