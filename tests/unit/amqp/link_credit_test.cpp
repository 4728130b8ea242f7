#include "common/amqp/link_credit.hpp"

#include "common/amqp/frame_output.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

Flow flow(std::uint32_t credit, std::uint32_t count, bool drain = false) {
    Flow flow;
    flow.link_credit = credit;
    flow.delivery_count = count;
    flow.drain = drain;
    return flow;
}

/// Writes a flow frame, as the link does when one is due.
void tell(LinkCredit& credit, bool receiver) {
    BlockPool pool;
    FrameOutput output{pool};
    HotWriter frame = output.begin(Performative::flow, 0, 80);
    credit.write(frame, receiver, true);
    frame.end_list(6);
    output.commit(frame);
}

}  // namespace

TEST_SUITE_BEGIN("link credit");

TEST_CASE("a sender's credit is what the receiver gave less what was under way") {
    LinkCredit credit;
    CHECK(credit.take_receivers(flow(3, 0)));
    credit.use();
    CHECK(credit.credit(false) == 2);
    CHECK(credit.count() == 1);
    CHECK(credit.take_receivers(flow(5, 0)));
    CHECK(credit.credit(false) == 4);
    CHECK_FALSE(credit.take_receivers(flow(4, 1)));
    CHECK(credit.take_receivers(flow(0, 0)));
    CHECK(credit.credit(false) == 0);
    CHECK_FALSE(credit.take_receivers(Flow{}));
}

TEST_CASE("a sender that is drained counts its credit as used") {
    LinkCredit credit;
    CHECK(credit.take_receivers(flow(3, 0, true)));
    CHECK(credit.drain());
    credit.give_back();
    CHECK(credit.credit(false) == 0);
    CHECK(credit.count() == 3);
    CHECK(credit.take_receivers(flow(0, 3, true)));  // asked again: to be told again
}

TEST_CASE("a receiver's flow is due at once without credit, then when half is used") {
    LinkCredit credit;
    CHECK(credit.grant(10, false));
    tell(credit, true);
    CHECK_FALSE(credit.grant(10, false));
    for (std::uint32_t used = 1; used <= 4; ++used) {
        CHECK_FALSE(credit.take_delivery());
        CHECK_FALSE(credit.grant(10, false));
    }
    CHECK(credit.take_delivery());
    CHECK(credit.credit(true) == 9);
    CHECK(credit.grant(10, false));
}

TEST_CASE("a credit taken back may be in use, so the highest told is the limit") {
    LinkCredit credit;
    CHECK(credit.exhausted());
    credit.grant(2, false);
    tell(credit, true);
    CHECK(credit.grant(0, false));
    tell(credit, true);
    CHECK_FALSE(credit.exhausted());
    credit.take_delivery();
    CHECK(credit.credit(true) == 0);
    CHECK_FALSE(credit.exhausted());
    credit.take_delivery();
    CHECK(credit.exhausted());
}

TEST_CASE("what a sender was told may be drained, no more and no less") {
    LinkCredit credit;
    credit.grant(10, false);
    tell(credit, true);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(credit.take_delivery());
    }
    CHECK_FALSE(credit.grant(10, false));  // which is not worth a flow yet
    CHECK(credit.drain_told_credit());
    CHECK(credit.drain());
    CHECK(credit.credit(true) == 7);
    tell(credit, true);
    CHECK_FALSE(credit.finish_drain());
    CHECK(credit.take_senders(flow(0, 10)));
    CHECK(credit.finish_drain());
    CHECK(credit.credit(true) == 0);
    CHECK(credit.grant(10, false));
}

TEST_CASE("credit granted before the sender attached counts from where it starts") {
    LinkCredit credit;
    credit.grant(2, false);
    tell(credit, true);
    credit.start(0xffffffff);
    CHECK(credit.count() == 0xffffffff);
    CHECK(credit.credit(true) == 2);
    credit.take_delivery();
    credit.take_delivery();
    CHECK(credit.exhausted());
    CHECK(credit.count() == 1);
}

TEST_CASE("a drain ends when the sender has used or given back what a flow told it") {
    LinkCredit credit;
    credit.grant(3, false);
    tell(credit, true);
    CHECK(credit.grant(3, true));
    CHECK_FALSE(credit.finish_drain());  // not told yet
    tell(credit, true);
    credit.take_delivery();
    CHECK_FALSE(credit.finish_drain());
    CHECK(credit.take_senders(flow(0, 3)));
    CHECK(credit.finish_drain());
    CHECK_FALSE(credit.drain());
    CHECK(credit.credit(true) == 0);
    CHECK_FALSE(credit.finish_drain());
}

TEST_CASE("what is given back for a drain that was called off meanwhile is granted again") {
    LinkCredit credit;
    credit.grant(5, false);
    tell(credit, true);
    CHECK(credit.grant(5, true));
    tell(credit, true);
    CHECK(credit.grant(5, false));
    tell(credit, true);
    CHECK_FALSE(credit.take_senders(flow(0, 5)));  // its answer was on its way
    CHECK(credit.flow_due());
    CHECK(credit.credit(true) == 5);
    tell(credit, true);
    CHECK_FALSE(credit.flow_due());
    for (int i = 0; i < 5; ++i) {
        credit.take_delivery();
    }
    CHECK(credit.credit(true) == 0);
}

TEST_CASE("a sender that counts beyond its credit moves the limits with it") {
    LinkCredit credit;
    credit.grant(1, false);
    tell(credit, true);
    CHECK_FALSE(credit.take_senders(flow(0, 9)));
    CHECK(credit.count() == 9);
    CHECK(credit.exhausted());
    Flow waiting;
    waiting.available = 7;
    CHECK_FALSE(credit.take_senders(waiting));
    CHECK(credit.available() == 7);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
