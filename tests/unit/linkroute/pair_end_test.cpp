#include "router/linkroute/pair_end.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/linkroute/pair.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace weft::linkroute::test {

TEST_SUITE_BEGIN("PairEnd");

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

TEST_CASE("a message whose transactional-state not every peer takes is refused") {
    Pair p;
    p.open();
    Buffer state{0x00, 0x53, 0x34, 0xd0, 0x00, 0x00, 0x01, 0x09, 0x00, 0x00, 0x00, 0x01, 0xb0};
    append(state, Buffer{0x00, 0x00, 0x01, 0x00});
    state.resize(state.size() + 256, 'n');
    REQUIRE(wire::outcome_of(state) == wire::Outcome::transactional);
    p.send(90, "a", {.state = state});
    CHECK(p.client.take() == Lines{"update 90 settled 37"});
    CHECK(p.container.last.aborted);
    CHECK(p.container.last.state.empty());
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

TEST_CASE("a lost connection is told at the other end at once") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(0, "a");
    p.container.take();
    p.near.on_lost();
    CHECK(p.container.take() == Lines{"detach closed qd:routed-link-lost"});
    CHECK(p.far.partner() == nullptr);
    CHECK(p.far.waiting().bytes() == 0);
    p.far.on_detach(true, nullptr);
    CHECK(p.far.is_over());
}

TEST_CASE("a link whose name was attached again is gone, though its session is not") {
    Pair p;
    p.open();
    p.container.room = 0;
    p.send(90, "a");
    CHECK(p.client.held > 0);
    p.near.on_lost(/*alone=*/true);
    CHECK(p.client.take().empty());
    CHECK(p.client.held == 0);
    CHECK(p.client.is_over);
    CHECK(p.container.take().back() == "detach closed qd:routed-link-lost");
    CHECK_FALSE(p.far.waiting().any());
    p.far.on_detach(true, nullptr);
    CHECK(p.client.take().empty());
    CHECK(p.far.is_over());
}

TEST_CASE("a link hears that what others wait for is dropped, and of nothing else that is") {
    const auto drops = [](bool marks, bool passes, bool is_lost) {
        Pair p;
        p.open();
        p.container.room = 0;
        p.send(90, "a");
        if (marks) {
            p.far.mark_waiting();
        }
        p.send(91, "b");
        p.container.room = passes ? 1 : 0;
        CHECK_FALSE(p.far.on_room());
        if (is_lost) {
            p.near.on_lost();
        } else {
            p.far.on_detach(true, nullptr);
            p.near.on_detach(true, nullptr);
        }
        const Lines lines = p.container.take();
        return std::ranges::count(lines, "dropped") == 1;
    };
    for (const bool is_lost : {false, true}) {
        CHECK(drops(/*marks=*/true, /*passes=*/false, is_lost));
        CHECK_FALSE(drops(/*marks=*/true, /*passes=*/true, is_lost));
        CHECK_FALSE(drops(/*marks=*/false, /*passes=*/false, is_lost));
    }
}

TEST_CASE("a link hears of its detach once that is sure, though it waits for room") {
    Pair p;
    p.open();
    p.client.room = 0;
    p.far.on_flow({.link_credit = 3});
    CHECK(p.client.departures == 0);
    p.far.on_detach(true, nullptr);
    CHECK(p.client.take() == Lines{"waits"});
    CHECK(p.client.departures == 1);
    p.client.room = 10;
    p.near.on_room();
    CHECK(p.client.take() == Lines{"flow 3", "detach closed"});
    CHECK(p.client.departures == 1);
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

TEST_CASE("an end that is given up forgets a partner that has detached, and is over by that") {
    const auto ended = [](auto end) {
        Pair p;
        p.open();
        p.container.room = 0;
        p.send(90, "a");
        p.near.on_detach(true, nullptr);  // behind what waits
        end(p);
        CHECK(p.near.is_over());
        CHECK(p.far.partner() == nullptr);
        CHECK(p.client.held == 0);
        CHECK(p.container.kept == 0);
        p.client.take();
        p.far.on_detach(true, nullptr);
        CHECK(p.client.take().empty());
        CHECK(p.far.is_over());
        return p.container.take().back();
    };
    CHECK(ended([](Pair& p) { p.far.give_up({"a:b", "", {}}); }) == "detach closed a:b");
    CHECK(ended([](Pair& p) {
              p.container.kept_max = p.container.kept;
              amqp::Context context = 0;
              for (amqp::DeliveryId id = 1; p.far.life() == Life::open && id < 100'000; ++id) {
                  p.far.on_transfer({.delivery_id = id}, true, as_bytes("m"), context);
              }
          }) == "detach closed amqp:resource-limit-exceeded");
}

TEST_CASE("an attach that is not answered is taken back") {
    Pair p;
    p.far.give_up({"a:b", "", {}});
    CHECK(p.container.take() == Lines{"detach closed a:b"});
    CHECK(p.client.take() == Lines{"refuse a:b"});
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());
}

TEST_CASE("a pair that is ended while it is open leaves what outlasts it") {
    const amqp::ErrorView stolen{"amqp:link:stolen", {}, {}};
    Pair p{/*survives=*/true};
    p.open();
    p.container.room = 0;
    p.send(90, "abc");
    CHECK(p.client.held > 0);
    p.far.give_up(stolen);
    CHECK(p.container.take() ==
          Lines{"waits", "detach amqp:link:stolen"});  // not closed: the terminus stays
    CHECK(p.client.take() == Lines{"detach closed amqp:link:stolen"});
    p.near.on_detach(true, nullptr);
    CHECK(p.near.is_over());
    CHECK(p.client.held == 0);
    p.far.on_detach(false, nullptr);
    CHECK(p.far.is_over());
    CHECK(p.container.kept == 0);

    Pair early{/*survives=*/true};  // the container has not answered
    early.far.give_up(stolen);
    CHECK(early.container.take() == Lines{"detach amqp:link:stolen"});
    CHECK(early.client.take() == Lines{"refuse amqp:link:stolen"});
    CHECK(early.near.is_over());
    CHECK(early.far.is_over());
}

TEST_SUITE_END();

}  // namespace weft::linkroute::test
