#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/transaction_world.hpp"

#include <chrono>

namespace weft::broker {
namespace {

using namespace std::chrono_literals;
using transaction::Id;
using wire::Outcome;

}  // namespace

TEST_SUITE("transactions: what can't be done") {
    TEST_CASE("a part that can't be done spoils it") {
        TransactionWorld world{{.work_max = 2}};
        amqp::Link& anonymous = world.peer->sender("");
        const Id id = world.declare();
        const auto refused = world.send(anonymous, id);  // it names no queue
        CHECK(world.peer->answer(refused).outcome() == Outcome::rejected);
        CHECK(world.peer->answer(refused).condition() == kInvalidField);
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionRollback);

        amqp::Link& orders = world.peer->sender("orders");
        const Id many = world.declare();
        for (int i = 0; i < 3; ++i) {
            const auto sent = world.send(orders, many, /*settled=*/true);
            CHECK_FALSE(world.peer->answers.contains(sent));
        }
        const auto over = world.discharge(many);
        CHECK(world.peer->answer(over).condition() == kTransactionRollback);
        world.settle();
        CHECK(world.queue("orders").counters().taken == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().failed == 2);
    }

    TEST_CASE("nobody knows a transaction that was not declared") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        amqp::Link& orders = world.peer->sender("orders");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id nobody{1, 2, 3};
        const auto sent = world.send(orders, nobody);
        CHECK(world.peer->answer(sent).condition() == kTransactionUnknownId);
        const auto discharged = world.discharge(nobody);
        CHECK(world.peer->answer(discharged).condition() == kTransactionUnknownId);
        CHECK(world.peer->detached().empty());
        world.send(orders, nobody, /*settled=*/true);
        CHECK(world.peer->detached().size() == 1);
        world.peer->say(receiver, came[0], transaction::state_of(nobody, wire::kAccepted));
        REQUIRE(world.peer->detached().size() == 2);
        CHECK(world.peer->detached()[1].starts_with(kTransactionUnknownId));
        world.settle();
        CHECK(world.queue("orders").depth() == 1);
        CHECK(world.queue("orders").unsettled() == 0);
        // Nor that of another connection.
        const Id id = world.declare();
        const auto other = world.connect();
        const auto stranger =
            other->send(other->sender("orders"), message_with("m"), transaction::state_of(id, {}));
        CHECK(other->answer(stranger).condition() == kTransactionUnknownId);
    }

    TEST_CASE("one of whose session a link ends for an error is rolled back") {
        TransactionWorld world;
        amqp::Link& sender = world.peer->sender("done");
        amqp::Link& other = world.peer->sender("orders");
        const Id id = world.declare();
        world.send(sender, id);
        bool fails = true;
        SUBCASE("the client's") {
            other.detach(true, amqp::ErrorView{kInternalError, "x", {}});
        }
        SUBCASE("the broker's") {
            world.peer->send(other, message_with("m"), transaction::state_of(Id{9}, {}),
                             /*settled=*/true);
        }
        SUBCASE("it ends for none") {
            fails = false;
            other.detach(true, std::nullopt);
        }
        world.peer->pump();
        const auto discharged = world.discharge(id);
        world.settle();
        CHECK(world.peer->answer(discharged).condition() == (fails ? kTransactionRollback : ""));
        CHECK(world.queue("done").depth() == (fails ? 0 : 1));
    }

    TEST_CASE("one that is open for too long is rolled back") {
        TransactionWorld world{{.open_max = 1ms}};
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        amqp::Link& done = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        world.send(done, id);
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        while (world.counters().timed_out == 0) {
            world.loop.run_one();
        }
        CHECK(world.queues->incoming().bytes() == 0);
        const auto late = world.send(done, id);
        CHECK(world.peer->answer(late).condition() == kTransactionTimeout);
        world.peer->say(receiver, came[1], transaction::state_of(id, wire::kAccepted),
                        /*settled=*/true);
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionTimeout);
        world.settle();
        CHECK(world.queue("done").counters().taken == 0);
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("orders").counters().failed == 1);
        CHECK(world.queue("orders").unsettled() == 1);
    }

    TEST_CASE("a connection's links to the coordinator are bounded") {
        TransactionWorld world{{.links_max = 2}};
        world.peer->coordinator();
        CHECK(world.peer->detached().empty());
        world.peer->coordinator();
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kResourceLimitExceeded));
        world.declare();  // the others stand
    }

    TEST_CASE("what the coordinator can do is said, and what it can't is refused") {
        TransactionWorld world;
        CHECK(as_text(world.peer->offered).find("amqp:local-transactions") !=
              std::string_view::npos);
        CHECK(as_text(world.peer->offered).find("amqp:multi-txns-per-ssn") !=
              std::string_view::npos);
        CHECK(as_text(world.peer->offered).find("distributed") == std::string_view::npos);
        const auto distributed = world.peer->send(
            *world.control_link, control(0x31, {wire::Value{wire::Binary{{1, 2, 3}}}}));
        CHECK(world.peer->answer(distributed).condition() == kNotImplemented);
        const auto nonsense = world.peer->send(*world.control_link, message_with("declare"));
        CHECK(world.peer->answer(nonsense).condition() == kDecodeError);
        CHECK(world.peer->detached().empty());
        world.peer->send(*world.control_link, control(0x31, {}), {}, /*settled=*/true);
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kInvalidField));

        // Who takes no rejections hears it by the link's end.
        Buffer accepted;
        wire::encode(accepted, wire::Value{wire::Symbol{"amqp:accepted:list"}});
        amqp::Link& mild = world.peer->coordinator(accepted);
        world.peer->send(mild, message_with("declare"));
        REQUIRE(world.peer->detached().size() == 2);
        CHECK(world.peer->detached()[1].starts_with(kDecodeError));
    }
}

}  // namespace weft::broker
