#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/transaction_world.hpp"

namespace weft::broker {
namespace {

using transaction::Id;
using wire::Outcome;

QueueEntry rejecting(std::uint64_t messages_max) {
    QueueEntry entry;
    entry.settings.messages_max = messages_max;
    entry.settings.overflow = queue::Overflow::reject;
    return entry;
}

}  // namespace

TEST_SUITE("transactions: what is sent") {
    TEST_CASE("what is sent in one is nowhere before its commit, and then in one commit") {
        TransactionWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& parts = world.peer->sender("parts");
        world.settle();
        const Id id = world.declare();
        for (int i = 0; i < 3; ++i) {
            const auto delivery = world.send(i == 1 ? parts : orders, id);
            const auto& answer = world.peer->answer(delivery);
            CHECK(answer.settled);
            const auto state = transaction::read_state(answer.state);
            REQUIRE(state);
            CHECK(state->id == id);
            CHECK(wire::outcome_of(state->outcome) == Outcome::accepted);
        }
        CHECK(world.queues->transactions().bytes > 0);
        CHECK(world.queues->incoming().bytes() + 3 * transaction::kWorkBytes ==
              world.queues->transactions().bytes);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
        const std::uint64_t commits = world.queues->store().counts().commits;
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).outcome() == Outcome::none);
        world.settle();
        CHECK(world.peer->answer(discharged).outcome() == Outcome::accepted);
        CHECK(world.peer->answer(discharged).settled);
        CHECK(world.queues->store().counts().commits == commits + 1);
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("parts").depth() == 1);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.queues->transactions().bytes == 0);
        CHECK(world.counters().committed == 1);
        CHECK_FALSE(world.commit(id));
        CHECK(world.counters().declared == 1);
    }

    TEST_CASE("what is rolled back was never sent") {
        TransactionWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        const Id id = world.declare();
        world.send(orders, id);
        const auto discharged = world.discharge(id, /*fail=*/true);
        CHECK(world.peer->answer(discharged).outcome() == Outcome::accepted);
        world.settle();
        CHECK(world.queue("orders").counters().taken == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().rolled_back == 1);
    }

    TEST_CASE("topics get what is sent to them, as they are at the commit") {
        TransactionWorld world;
        amqp::Link& sender = world.peer->sender("prices", "topic");
        world.peer->receiver("prices", 5, "topic");
        const Id id = world.declare();
        world.send(sender, id);
        world.peer->receiver("prices", 5, "topic");
        world.settle();
        CHECK(world.topics->counters().published == 0);
        CHECK(world.commit(id));
        world.settle();
        CHECK(world.topics->counters().published == 1);
        CHECK(world.topics->counters().copies == 2);
        CHECK(world.peer->take().size() == 2);
    }

    TEST_CASE("what is for more subscriptions than one commit may have is for none") {
        const Buffer large = message_with(std::string(1000, 'x'));
        transaction::Limits limits;
        SUBCASE("by their number") {
            limits.copies_max = 5;
        }
        SUBCASE("by their bytes") {
            limits.copies_bytes_max = 5 * large.size();
        }
        SUBCASE("by what it costs to find them") {
            limits.looks_max = 3 * 5 - 1;
        }
        TransactionWorld world{limits};
        amqp::Link& prices = world.peer->sender("prices", "topic");
        amqp::Link& orders = world.peer->sender("orders");
        world.peer->receiver("prices", 9, "topic");
        world.peer->receiver("prices", 9, "topic");
        const Id many = world.declare();
        for (int i = 0; i < 3; ++i) {
            world.peer->send(orders, large, transaction::state_of(many, {}));
            world.peer->send(prices, large, transaction::state_of(many, {}));
        }
        const auto discharged = world.discharge(many);
        const auto& answer = world.peer->answer(discharged);
        CHECK(answer.condition() == kTransactionRollback);
        CHECK(as_text(answer.state).find("5") != std::string_view::npos);
        world.settle();
        CHECK(world.topics->counters().published == 0);
        CHECK(world.queue("orders").depth() == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().failed == 1);

        const Id fewer = world.declare();
        for (int i = 0; i < 2; ++i) {  // and what is for queues does not count
            world.peer->send(orders, large, transaction::state_of(fewer, {}));
            world.peer->send(orders, large, transaction::state_of(fewer, {}));
            world.peer->send(prices, large, transaction::state_of(fewer, {}));
        }
        CHECK(world.commit(fewer));
        CHECK(world.topics->counters().copies == 4);
        CHECK(world.queue("orders").depth() == 4);
    }

    TEST_CASE("a queue that has no room for all of it has none of it") {
        TransactionWorld world;
        CHECK(world.queues->find("orders", rejecting(2)));
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& other = world.peer->sender("other");
        const Id id = world.declare();
        world.send(other, id);
        for (int i = 0; i < 3; ++i) {
            world.send(orders, id);
        }
        const auto discharged = world.discharge(id);
        const auto& answer = world.peer->answer(discharged);
        CHECK(answer.outcome() == Outcome::rejected);
        CHECK(answer.condition() == kTransactionRollback);
        CHECK(as_text(answer.state).find("'orders' is full") != std::string_view::npos);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
        CHECK(world.queue("other").depth() == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().failed == 1);

        const Id two = world.declare();
        world.send(orders, two);
        world.send(orders, two);
        CHECK(world.commit(two));
        CHECK(world.queue("orders").depth() == 2);
    }

    TEST_CASE("what a transaction itself moves to a queue does not keep out what it sends there") {
        TransactionWorld world;
        QueueEntry entry;
        entry.dead_letter = "few";
        CHECK(world.queues->find("few", rejecting(2)));
        CHECK(world.queues->find("orders", entry));
        world.put("few", 1);
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        amqp::Link& few = world.peer->sender("few");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        const Buffer rejected = wire::rejected("weft:test", "no");
        world.peer->say(receiver, came[0], transaction::state_of(id, rejected), /*settled=*/true);
        world.send(few, id);
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 0);
        CHECK(world.queue("few").depth() == 3);
    }

    TEST_CASE("a store that has no room for all of it has none of it") {
        TransactionWorld world{{}, 400 * 1024};
        amqp::Link& orders = world.peer->sender("orders");
        const Id id = world.declare();
        const Buffer large = message_with(std::string(100 * 1024, 'x'));
        for (int i = 0; i < 5; ++i) {
            const auto delivery = world.peer->send(orders, large, transaction::state_of(id, {}));
            CHECK(world.peer->answer(delivery).outcome() == Outcome::transactional);
        }
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionRollback);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
    }
}

}  // namespace weft::broker
