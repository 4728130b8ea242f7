#include "router/node/linkroute/crossing.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/linkroute/fake_link.hpp"

#include <doctest/doctest.h>

namespace weft::node::test {
namespace {

using linkroute::PairEnd;
using linkroute::test::FakeLink;
using linkroute::test::Lines;

/// A client's end on one loop and a container's on another, with what brings their words.
struct Pair {
    Pair() {
        near.join(to_far);
        far.join(to_near);
    }
    /// Hands over what was said so far.
    void cross(PairWords& words, PairEnd& end, DistantPartner& sender) {
        const PairWords full = std::exchange(words, {});
        Bytes rest = full.bytes;
        for (const PairWord& word : full.words) {
            CHECK(word.pair == 7);
            say(word, rest.first(word.size), end, sender);
            rest = rest.subspan(word.size);
        }
        CHECK(rest.empty());
    }
    void cross() {
        cross(out, far, to_near);
        cross(back, near, to_far);
    }
    void send(amqp::Transfer transfer, std::string_view payload) {
        amqp::Context context = 0;
        transfer.delivery_id = 90;
        near.on_transfer(transfer, true, as_bytes(payload), context);
    }

    PairWords out;
    PairWords back;
    MemoryShares here{1'000};
    MemoryShares there{1'000};
    DistantPartner to_far{7, out, here, 1};
    DistantPartner to_near{7, back, there, 1};
    FakeLink client;
    FakeLink container;
    PairEnd near{client, PairEnd::Life::asked, false};
    PairEnd far{container, PairEnd::Life::offered, false};
};

}  // namespace

TEST_SUITE_BEGIN("crossing");

TEST_CASE("what one end says arrives at the other, on another loop") {
    Pair p;
    p.far.on_attach({.name = "n", .max_message_size = 7});
    p.cross();
    CHECK(p.client.take() == Lines{"accept 7"});
    p.far.on_flow({.delivery_count = 3, .link_credit = 10, .echo = true});
    p.cross();
    CHECK(p.client.take() == Lines{"flow 10 echo"});
    p.send({.delivery_tag = as_bytes("t"), .settled = false, .state = wire::kReleased}, "abc");
    p.cross();
    CHECK(p.container.take() == Lines{"transfer 1 'abc'"});
    CHECK(p.container.last_tag == "t");
    CHECK(p.container.last.settled == false);
    CHECK(p.container.last_state == wire::Outcome::released);
    p.far.on_update({.id = 501, .settled = true, .state = wire::kAccepted}, 1);
    p.cross();
    CHECK(p.client.take() == Lines{"update 90 settled 36"});
    const Buffer info{0xc1, 0x01, 0x00};
    const amqp::ErrorView error{"a:b", "text", info};
    p.near.on_detach(true, &error);
    p.cross();
    CHECK(p.container.take() == Lines{"detach closed a:b"});
    p.far.on_detach(true, nullptr);
    p.cross();
    CHECK(p.client.take() == Lines{"detach closed"});
    CHECK(p.near.is_over());
    CHECK(p.far.is_over());
}

TEST_CASE("what is on its way, or waits at the other end, is held at the sender's") {
    Pair p;
    p.far.on_attach({});
    p.cross();
    p.container.room = 1;
    p.send({.settled = true}, "abc");
    p.send({.settled = true}, "def");
    const std::ptrdiff_t held = p.client.held;
    CHECK(held > 6);
    p.cross();
    CHECK(p.client.held == held / 2);  // one of them waits
    p.container.room = 1;
    p.far.on_room();
    p.far.on_room();
    p.cross();
    CHECK(p.client.held == 0);
}

TEST_CASE("bytes passed on are told once for a run of frames") {
    PairWords words;
    MemoryShares memory{1'000};
    DistantPartner partner{7, words, memory, 1};
    partner.passed_on(3);
    partner.passed_on(4);
    REQUIRE(words.words.size() == 1);
    CHECK(words.words[0].value == 7);
}

TEST_CASE("words that nothing else bounds are no more on the way than the asker's share") {
    Pair p;
    p.far.on_attach({});
    p.cross();
    p.send({.delivery_tag = as_bytes("t")}, "abc");
    p.cross();
    p.client.take();
    p.container.take();
    int heard = 0;
    for (; heard < 100; ++heard) {  // each is heard before the next
        p.near.on_flow({.link_credit = 1});
        p.near.on_update({.id = 90, .settled = false, .state = wire::kReceived}, 1);
        CHECK(p.here.bytes() > 0);
        p.cross();
        p.cross();
        CHECK(p.here.bytes() == 0);
    }
    CHECK(p.container.take().size() == 200);
    CHECK(p.near.life() == PairEnd::Life::open);
    while (p.near.life() == PairEnd::Life::open) {
        p.near.on_flow({.link_credit = 1});
    }
    CHECK(p.here.bytes() <= 1'000);
    CHECK(p.here.refused() == 1);
    CHECK(p.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
    p.cross();
    CHECK(p.container.take().back() == "detach closed amqp:resource-limit-exceeded");
    CHECK(p.there.bytes() == 0);
}

TEST_CASE("a loss ends the other end, whatever it is in the middle of") {
    Pair p;
    p.near.on_lost();
    p.cross();
    CHECK(p.container.take() == Lines{"detach closed qd:routed-link-lost"});
    CHECK(p.far.is_over());
}

TEST_SUITE_END();

}  // namespace weft::node::test
