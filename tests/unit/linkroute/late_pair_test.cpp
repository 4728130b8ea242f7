#include "common/wire/delivery_state.hpp"
#include "router/linkroute/pair_end.hpp"
#include "tests/unit/linkroute/fake_link.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string_view>

/// Pairs whose near link was attached before.
namespace weft::linkroute::test {
namespace {

/// A client that has sent 40 messages, or was sent so many, and a container that is asked now.
struct LatePair {
    explicit LatePair(bool client_sends)
        : near{client, PairEnd::Life::open, false, late(!client_sends, 40)},
          far{container, PairEnd::Life::offered, false, late(client_sends, 40)} {
        near.join(far);
        far.join(near);
    }
    static PairEnd::Late late(bool receives, std::uint32_t count) {
        return {receives ? std::optional(count) : std::nullopt};
    }
    void send(amqp::DeliveryId id, std::string_view payload, bool first = true, bool more = false) {
        near.on_transfer({.delivery_id = id, .more = more}, first, as_bytes(payload), context);
    }

    FakeLink client;
    FakeLink container;
    PairEnd near;
    PairEnd far;
    amqp::Context context = 0;
};

}  // namespace

TEST_SUITE_BEGIN("PairEnd, late");

TEST_CASE("what the client sends waits for the container's credit, in order") {
    LatePair p{/*client_sends=*/true};
    p.send(90, "a");
    p.send(91, "b");
    CHECK(p.container.take() == Lines{"waits"});
    CHECK(p.far.waiting().is_for_credit());
    CHECK(p.client.held > 0);
    p.far.on_attach({});
    CHECK(p.client.take() == Lines{"joined"});  // it was answered before
    p.far.on_flow({.delivery_count = 40, .link_credit = 1});
    CHECK(p.client.take() == Lines{"flow 1"});
    CHECK(p.container.take() == Lines{"credited"});
    CHECK_FALSE(p.far.on_room());  // as its link is to do then
    CHECK(p.container.take() == Lines{"transfer 1 'a'", "waits"});
    CHECK(p.far.waiting().is_for_credit());
    p.far.on_flow({.delivery_count = 41, .link_credit = 2});
    CHECK(p.far.on_room());
    CHECK(p.container.take() == Lines{"credited", "transfer 2 'b'"});
    CHECK(p.client.held == 0);
    p.send(92, "c");
    p.send(93, "d");
    CHECK(p.container.take() == Lines{"transfer 3 'c'", "waits"});
}

TEST_CASE("a message that has begun needs no further credit") {
    LatePair p{/*client_sends=*/true};
    p.far.on_attach({});
    p.far.on_flow({.delivery_count = 40, .link_credit = 1});
    p.container.take();
    p.send(90, "a", /*first=*/true, /*more=*/true);
    p.send(90, "b", /*first=*/false);
    CHECK(p.container.take() == Lines{"transfer 1 'a'", "transfer 1 'b'"});
    p.container.room = 0;
    p.far.on_flow({.delivery_count = 41, .link_credit = 1});
    p.send(91, "c");
    CHECK_FALSE(p.far.waiting().is_for_credit());  // but for room
}

TEST_CASE("credit is counted around the end of the numbers") {
    FakeLink client;
    FakeLink container;
    PairEnd near{client, PairEnd::Life::open, false, LatePair::late(false, 0)};
    PairEnd far{container, PairEnd::Life::offered, false, LatePair::late(true, 0xffffffff)};
    near.join(far);
    far.join(near);
    far.on_attach({});
    far.on_flow({.delivery_count = 0xffffffff, .link_credit = 2});
    amqp::Context context = 0;
    for (const amqp::DeliveryId id : {90U, 91U, 92U}) {
        near.on_transfer({.delivery_id = id}, true, as_bytes("x"), context);
    }
    CHECK(container.take() == Lines{"transfer 1 'x'", "transfer 2 'x'", "waits"});
}

TEST_CASE("each receives credit and counts as it counts itself") {
    LatePair p{/*client_sends=*/false};
    // It said so when 38 had come, and two were on their way.
    p.near.on_flow({.delivery_count = 38, .link_credit = 12});
    CHECK(p.container.take() == Lines{"flow 10"});
    CHECK_FALSE(p.container.last_flow.delivery_count);
    p.near.on_flow({.delivery_count = 38, .link_credit = 1});
    CHECK(p.container.take() == Lines{"flow 0"});
    p.far.on_attach({.initial_delivery_count = 7});
    CHECK(p.client.take() == Lines{"joined"});
    p.near.on_flow({.delivery_count = 43, .link_credit = 12});
    CHECK(p.container.take() == Lines{"flow 12"});
    CHECK(p.container.last_flow.delivery_count == 10);
    p.far.on_flow({.delivery_count = 17, .link_credit = 0});
    CHECK(p.client.take() == Lines{"flow 0"});
    CHECK(p.client.last_flow.delivery_count == 50);
}

TEST_CASE("a container that refuses ends the client's link") {
    LatePair p{/*client_sends=*/true};
    p.send(90, "a");
    const amqp::ErrorView error{"amqp:not-found", "no such queue", {}};
    SUBCASE("with an answer") {
        p.far.on_attach({});
        p.far.on_detach(true, &error);
        CHECK(p.client.take() == Lines{"joined", "detach closed amqp:not-found"});
        p.near.on_detach(true, nullptr);
    }
    SUBCASE("without") {
        p.far.on_detach(true, &error);
        CHECK(p.client.take() == Lines{"detach closed amqp:not-found"});
        CHECK(p.far.is_over());
        CHECK(p.near.partner() == nullptr);
        p.near.on_detach(true, nullptr);
    }
    SUBCASE("in no time") {
        p.far.give_up(error);
        CHECK(p.client.take() == Lines{"detach closed amqp:not-found"});
        CHECK(p.near.partner() == nullptr);
        p.near.on_detach(true, nullptr);
    }
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());
    CHECK(p.client.held == 0);
    CHECK(p.container.kept == 0);
}

TEST_CASE("a client that leaves before the container has answered is answered") {
    LatePair p{/*client_sends=*/true};
    SUBCASE("at once, if nothing waits") {
        p.near.on_detach(true, nullptr);
        CHECK(p.container.take() == Lines{"detach closed"});
        CHECK(p.client.take() == Lines{"detach closed"});
    }
    SUBCASE("after what it has sent") {
        p.send(90, "a");
        p.container.take();
        p.near.on_detach(true, nullptr);
        CHECK(p.container.take().empty());
        p.far.on_attach({});
        p.far.on_flow({.delivery_count = 40, .link_credit = 1});
        CHECK(p.far.on_room());
        CHECK(p.container.take() == Lines{"credited", "transfer 1 'a'", "detach closed"});
        p.client.take();
        p.far.on_detach(true, nullptr);
        CHECK(p.client.take() == Lines{"detach closed"});
    }
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());
}

TEST_CASE("a client that is lost takes the wish back") {
    LatePair p{/*client_sends=*/false};
    p.near.on_lost();
    CHECK(p.container.take() == Lines{"detach closed qd:routed-link-lost"});
    CHECK(p.far.is_over());
}

TEST_SUITE_END();

}  // namespace weft::linkroute::test
