#include "broker/mgmt/operations.hpp"

#include "tests/unit/broker_mgmt/managed_broker.hpp"

namespace weft::broker_mgmt::test {

using mgmt::Reply;
using mgmt::Status;

TEST_SUITE("operations on queues") {
    TEST_CASE("PEEK shows messages page by page and takes none") {
        ManagedBroker broker;
        const broker::QueueNode& orders = broker.filled("orders", 5);
        Reply page = broker.ask_queue("PEEK", "orders", {{"count", 3}});
        CHECK(page.status == Status::ok);
        CHECK(in_body(page, "messages").as<wire::List>()->size() == 3);
        CHECK(number_in_body(page, "next") == 4);
        page = broker.ask_queue("PEEK", "orders", {{"count", 3}, {"from", 4}});
        const wire::Value shown = in_body(page, "messages");
        const auto* messages = shown.as<wire::List>();
        REQUIRE(messages->size() == 2);
        const auto& first = *messages->front().as<wire::Map>();
        CHECK(wire::find(first, "id")->integer() == 4);
        CHECK(wire::find(first, "bytes")->integer() == 1);
        CHECK(wire::find(first, "arrived")->integer() > 0);
        CHECK(*wire::find(first, "message") == wire::Value{wire::Binary{Buffer{'x'}}});
        CHECK(in_body(page, "next").is_null());
        CHECK(orders.machine().depth() == 5);
        CHECK(orders.machine().unsettled() == 0);
    }

    TEST_CASE("PURGE takes so many, and says that there are more") {
        ManagedBroker broker;
        const broker::QueueNode& orders = broker.filled("orders", 5);
        Reply reply = broker.ask_queue("PURGE", "orders", {{"count", 3}});
        CHECK(number_in_body(reply, "messages") == 3);
        CHECK(number_in_body(reply, "bytes") == 3);
        CHECK(says_more(reply));
        reply = broker.ask_queue("PURGE", "orders");
        CHECK(number_in_body(reply, "messages") == 2);
        CHECK_FALSE(says_more(reply));
        CHECK(orders.machine().depth() == 0);
        CHECK(orders.machine().counters().purged == 5);
        CHECK(orders.machine().attached().all() == 0);
        broker.settle();
        broker.open();
        CHECK(broker.queues->known("orders")->machine().depth() == 0);
    }

    TEST_CASE("one request looks at a bounded number of messages") {
        ManagedBroker broker;
        const int many = static_cast<int>(Removal::kLookedMax) + 50;
        broker.filled("orders", many);
        broker.queue("other");
        Reply reply = broker.ask_queue("MOVE", "orders",
                                       {{"to", "other"}, {"ids", "1," + std::to_string(many)}});
        CHECK(number_in_body(reply, "messages") == 1);
        CHECK(says_more(reply));
        CHECK(in_body(reply, "missing") == wire::Value{std::to_string(many)});
        reply =
            broker.ask_queue("MOVE", "orders", {{"to", "other"}, {"ids", std::to_string(many)}});
        CHECK(number_in_body(reply, "messages") == 1);
    }

    TEST_CASE("what consumers have stays") {
        ManagedBroker broker;
        broker::QueueNode& orders = broker.filled("orders", 3);
        Consumer consumer{orders, 1};
        broker.settle();  // it asks the store,
        broker.settle();  // and gets it
        REQUIRE(consumer.has == std::vector<queue::MessageId>{1});
        const Reply reply = broker.ask_queue("PURGE", "orders");
        CHECK(number_in_body(reply, "messages") == 2);
        CHECK_FALSE(says_more(reply));
        CHECK(orders.machine().depth() == 1);
        CHECK(orders.machine().unsettled() == 1);
    }

    TEST_CASE("MOVE takes those that are named to the end of another queue") {
        ManagedBroker broker;
        const broker::QueueNode& dead = broker.filled("dead", 5);
        const broker::QueueNode& orders = broker.filled("orders", 1);
        const Reply reply = broker.ask_queue("MOVE", "dead", {{"to", "orders"}, {"ids", "2-3,9"}});
        CHECK(reply.status == Status::ok);
        CHECK(number_in_body(reply, "messages") == 2);
        CHECK(in_body(reply, "missing") == wire::Value{"9"});
        CHECK(dead.machine().depth() == 3);
        CHECK(dead.machine().counters().moved == 2);
        CHECK(orders.machine().depth() == 3);
        broker.settle();
        broker.open();
        CHECK(broker.queues->known("dead")->machine().depth() == 3);
        CHECK(broker.queues->known("orders")->machine().depth() == 3);
    }

    TEST_CASE("a moved message keeps its priority, and is given out by it") {
        ManagedBroker broker;
        broker::QueueNode& dead = broker.queue("dead");
        const auto payload = std::make_shared<const Buffer>(1, std::uint8_t{'x'});
        CHECK(dead.offer(payload, {.priority = 9}, {}));
        broker.settle();
        broker::QueueNode& orders = broker.filled("orders", 2);
        const Reply reply = broker.ask_queue("MOVE", "dead", {{"to", "orders"}});
        CHECK(number_in_body(reply, "messages") == 1);
        Consumer consumer{orders, 3};
        for (int i = 0; i < 4; ++i) {
            broker.settle();  // each priority is asked for by itself
        }
        CHECK(consumer.has == std::vector<queue::MessageId>{3, 1, 2});
    }

    TEST_CASE("MOVE stops where the other queue is full, and says so") {
        ManagedBroker broker;
        const broker::QueueNode& dead = broker.filled("dead", 5);
        broker.queue("small", 2);
        const Reply reply = broker.ask_queue("MOVE", "dead", {{"to", "small"}});
        CHECK(number_in_body(reply, "messages") == 2);
        CHECK(in_body(reply, "stopped") ==
              wire::Value{"'small' is full (maxMessages or maxBytes)"});
        CHECK(dead.machine().depth() == 3);
        CHECK(dead.machine().unsettled() == 0);
        CHECK(broker.queues->known("small")->machine().depth() == 2);
    }

    TEST_CASE("MOVE stops where the store has no room for more, and what stays is there") {
        constexpr std::uint64_t kStoreMax = 2'000'000;
        ManagedBroker broker{kStoreMax};
        const broker::QueueNode& dead = broker.filled("dead", 5);
        broker.queue("orders");
        const auto large = std::make_shared<const Buffer>(kStoreMax);
        CHECK(broker.queue("large").offer(large, {}, {}));
        broker.settle();
        const Reply reply = broker.ask_queue("MOVE", "dead", {{"to", "orders"}});
        CHECK(number_in_body(reply, "messages") == 0);
        CHECK(in_body(reply, "stopped") ==
              wire::Value{"the broker's store has no room for them: make room on its disk"});
        CHECK(dead.machine().depth() == 5);
        CHECK(dead.machine().unsettled() == 0);
    }

    TEST_CASE("what can't be is refused") {
        ManagedBroker broker;
        broker.filled("orders", 1);
        CHECK(broker.ask_queue("PURGE", "nothing").status == Status::not_found);
        CHECK(broker.ask_queue("MOVE", "orders").status == Status::bad_request);
        CHECK(broker.ask_queue("MOVE", "orders", {{"to", "nothing"}}).status == Status::not_found);
        CHECK(broker.ask_queue("MOVE", "orders", {{"to", "orders"}}).status == Status::bad_request);
        CHECK(broker.ask_queue("PURGE", "orders", {{"count", 0}}).status == Status::bad_request);
        CHECK(broker.ask_queue("PURGE", "orders", {{"ids", "x"}}).status == Status::bad_request);
        CHECK(broker.ask_queue("PEEK", "orders", {{"count", 101}}).status == Status::bad_request);
        CHECK(broker.queues->known("orders")->machine().depth() == 1);
    }

    TEST_CASE("requests behind one that takes its time wait, so many of them") {
        ManagedBroker broker;
        broker.filled("orders", 1);
        std::vector<std::string> order;
        const auto put = [&](const std::string& what) {
            return broker.agent->run(
                [&broker, what] {
                    (void)broker.agent->handle(
                        {.properties = {{"operation", what},
                                        {"type", "org.apache.qpid.dispatch.queue"},
                                        {"name", "orders"}},
                         .body = {}});
                },
                [&order, what] { order.push_back(what); });
        };
        CHECK(put("PURGE"));
        CHECK(put("READ"));
        CHECK(order.empty());
        for (std::size_t i = 2; i < Operations::kWaitingMax; ++i) {
            CHECK(put("READ"));
        }
        CHECK_FALSE(put("READ"));
        while (order.size() < Operations::kWaitingMax) {
            broker.loop.run_one();
        }
        CHECK(order.front() == "PURGE");
    }

    TEST_CASE("what is cut short says that there may be more") {
        ManagedBroker broker;
        broker::QueueNode& orders = broker.filled("orders", 1);
        bool ended = false;
        Removal removal{broker.loop, {.from = &orders, .messages = 5}, [&] { ended = true; }};
        removal.cut_short();
        CHECK(ended);
        CHECK(removal.done().more);
        CHECK(removal.done().messages == 0);
        broker.settle();
        CHECK(orders.machine().depth() == 1);
    }

    TEST_CASE("where messages were to go may be deleted meanwhile: the others stay") {
        ManagedBroker broker;
        const broker::QueueNode& dead = broker.filled("dead", 3);
        broker::QueueNode& other = broker.queue("other");
        broker.settle();
        std::optional<Reply> reply;
        bool done = false;
        const mgmt::Request request{.properties = {{"operation", "MOVE"},
                                                   {"type", "org.apache.qpid.dispatch.queue"},
                                                   {"name", "dead"},
                                                   {"to", "other"}},
                                    .body = {}};
        CHECK(broker.agent->run([&] { reply = broker.agent->handle(request); },
                                [&] { done = true; }));
        broker.queues->drop(other);
        while (!done) {
            broker.loop.run_one();
        }
        CHECK(number_in_body(*reply, "messages") == 0);
        CHECK(in_body(*reply, "stopped") == wire::Value{"'other' was deleted"});
        broker.settle();
        CHECK(dead.machine().depth() == 3);
        CHECK_FALSE(broker.queues->store().has_failed());
    }

    TEST_CASE("the queue of a subscription that goes meanwhile ends the request") {
        ManagedBroker broker;
        broker::QueueEntry entry;
        entry.subscription = {{"name", "s"}};
        broker::QueueNode& queue = broker.queues->add_subscription(entry);
        for (int i = 0; i < 3; ++i) {
            CHECK(queue.offer(std::make_shared<const Buffer>(1, std::uint8_t{'x'}), {}, {}));
        }
        broker.settle();
        std::optional<Reply> reply;
        bool done = false;
        const mgmt::Request request{.properties = {{"operation", "PURGE"},
                                                   {"type", "org.apache.qpid.dispatch.queue"},
                                                   {"name", queue.name()}},
                                    .body = {}};
        CHECK(broker.agent->run([&] { reply = broker.agent->handle(request); },
                                [&] { done = true; }));
        broker.queues->drop(queue);
        while (!done) {
            broker.loop.run_one();
        }
        CHECK(number_in_body(*reply, "messages") == 0);
        CHECK(in_body(*reply, "stopped") == wire::Value{"the queue was deleted"});
    }
}

}  // namespace weft::broker_mgmt::test
