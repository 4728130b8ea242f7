#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/transaction_world.hpp"

#include <vector>

namespace weft::broker {
namespace {

using transaction::Id;
using wire::Outcome;

}  // namespace

TEST_SUITE("transactions: what is said of deliveries") {
    TEST_CASE("outcomes hold with the commit, sends and outcomes together") {
        TransactionWorld world;
        world.put("orders", 4);
        amqp::Link& receiver = world.peer->receiver("orders", 10);
        amqp::Link& done = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 4);
        const Id id = world.declare();
        const Buffer rejected = wire::rejected("weft:test", "no");
        const std::vector<Bytes> outcomes{wire::kAccepted, wire::kAccepted, wire::kReleased,
                                          rejected};
        for (std::size_t i = 0; i < 4; ++i) {
            world.peer->say(receiver, came[i], transaction::state_of(id, outcomes[i]),
                            /*settled=*/i == 0);
        }
        world.send(done, id);
        world.settle();
        CHECK(world.queue("orders").depth() == 4);
        CHECK(world.queue("orders").unsettled() == 4);
        const std::uint64_t commits = world.queues->store().counts().commits;
        CHECK(world.commit(id));
        CHECK(world.queues->store().counts().commits >= commits + 1);
        CHECK(world.queue("done").depth() == 1);
        CHECK(world.queue("orders").counters().acknowledged == 2);
        CHECK(world.queue("$dlq").depth() == 1);
        CHECK(world.peer->verdicts[came[1]].outcome() == Outcome::accepted);
        CHECK(world.peer->verdicts[came[1]].settled);
        CHECK(world.peer->verdicts[came[3]].settled);
        CHECK_FALSE(world.peer->verdicts.contains(came[0]));
        CHECK(world.peer->take().size() == 1);  // the released one comes again
    }

    TEST_CASE("rolled back, what is not settled is acquired still, and what is settled failed") {
        TransactionWorld world;
        world.put("orders", 3);
        amqp::Link& receiver = world.peer->receiver("orders", 3);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 3);
        const Id id = world.declare();
        for (std::size_t i = 0; i < 3; ++i) {
            world.peer->say(receiver, came[i], transaction::state_of(id, wire::kAccepted),
                            /*settled=*/i == 0);
        }
        world.peer->say(receiver, came[1], {}, /*settled=*/true);
        world.discharge(id, /*fail=*/true);
        world.settle();
        CHECK(world.queue("orders").depth() == 3);
        CHECK(world.queue("orders").unsettled() == 1);
        CHECK(world.queue("orders").counters().failed == 2);
        CHECK(world.peer->verdicts.empty());
        // In the next one it is processed.
        const Id next = world.declare();
        world.peer->say(receiver, came[2], transaction::state_of(next, wire::kAccepted));
        CHECK(world.commit(next));
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.peer->verdicts[came[2]].settled);
    }

    TEST_CASE("the last thing that is said of a message in its transaction holds") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kReleased));
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 0);
    }

    TEST_CASE("a message has a part in one transaction only") {
        TransactionWorld world;
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        const Id other = world.declare();
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        SUBCASE("in another one") {
            world.peer->say(receiver, came[0], transaction::state_of(other, wire::kAccepted));
        }
        SUBCASE("outside of any") {
            world.peer->say(receiver, came[0], wire::kAccepted);
        }
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kNotAllowed));
        // It is the transaction's, though its link is gone; that one can only be rolled back.
        world.settle();
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("orders").unsettled() == 1);
        CHECK_FALSE(world.commit(id));
        world.settle();
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("orders").unsettled() == 0);
    }

    TEST_CASE("a link may go before the commit; its connection may not") {
        TransactionWorld world;
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        amqp::Link& sender = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        world.send(sender, id);
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        world.peer->detach(receiver);
        world.peer->detach(sender);
        world.settle();
        CHECK(world.queue("orders").unsettled() == 1);
        SUBCASE("and it commits") {
            CHECK(world.commit(id));
            CHECK(world.queue("orders").depth() == 1);
            CHECK(world.queue("done").depth() == 1);
        }
        SUBCASE("and its coordinator's link goes, too") {
            world.peer->detach(*world.control_link);
            CHECK(world.queue("orders").counters().failed == 0);
        }
        SUBCASE("and its connection is lost") {
            world.peer->drop();
            CHECK(world.queue("orders").counters().failed == 1);
        }
        if (world.counters().committed == 0) {
            world.settle();
            CHECK(world.queue("orders").depth() == 2);
            CHECK(world.queue("orders").unsettled() == 0);
            CHECK(world.queue("done").counters().taken == 0);
            CHECK(world.queues->incoming().bytes() == 0);
            CHECK(world.counters().abandoned == 1);
            CHECK(world.queues->transactions().open == 0);
        }
    }

    TEST_CASE("a discharge waits for its turn, and what it ends is its transaction's until then") {
        TransactionWorld world;
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        amqp::Link& sender = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        world.send(sender, id);
        CHECK(world.queues->transactions().bytes > 2 * transaction::kWorkBytes);
        world.endings.add(Endings::kStepsAtOnce, [] {});  // another's
        const auto asked = world.discharge(id);
        CHECK(world.endings.waiting() == 1);
        CHECK(world.counters().committed == 0);
        CHECK(world.peer->answer(asked).outcome() == Outcome::none);
        // Nothing more belongs to it.
        const auto late = world.send(sender, id);
        CHECK(world.peer->answer(late).condition() == kTransactionUnknownId);
        std::uint64_t left = 0;
        SUBCASE("its own consumer settles meanwhile: as the transaction said") {
            world.peer->say(receiver, came[0], {}, /*settled=*/true);
            world.settle();
            CHECK(world.peer->answer(asked).outcome() == Outcome::accepted);
            CHECK(world.queue("orders").counters().acknowledged == 1);
            CHECK(world.counters().committed == 1);
            left = 1;
        }
        SUBCASE("the coordinator's link goes meanwhile: it is committed") {
            world.peer->detach(*world.control_link);
            world.settle();
            CHECK(world.counters().committed == 1);
            left = 1;
        }
        SUBCASE("the connection goes meanwhile: it is not") {
            SUBCASE("at once") {}
            SUBCASE("after the coordinator's link") {
                world.peer->detach(*world.control_link);
            }
            world.peer->drop();
            world.settle();
            CHECK(world.counters().abandoned == 1);
            CHECK(world.queue("orders").unsettled() == 0);
            CHECK(world.queue("done").counters().taken == 0);
            left = 2;
        }
        CHECK(world.queue("orders").depth() == left);
        CHECK(world.endings.waiting() == 0);
        CHECK(world.queues->transactions().bytes == 0);
        CHECK(world.queues->transactions().open == 0);
    }

    TEST_CASE("a browser's copies may be in a transaction, which has nothing of them") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& browser = world.peer->receiver("orders", 1, {}, "copy");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        world.peer->say(browser, came[0], transaction::state_of(id, wire::kAccepted));
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 1);
        CHECK(browser.unsettled() == 0);
    }
}

}  // namespace weft::broker
