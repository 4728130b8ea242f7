#include "broker/mgmt/queue_entities.hpp"

#include "tests/unit/broker_mgmt/managed_broker.hpp"

namespace weft::broker_mgmt::test {
namespace {

using mgmt::Status;

mgmt::Reply create_queue(ManagedBroker& broker, const std::string& name, wire::Map body) {
    return broker.ask(
        {{"operation", "CREATE"}, {"type", "org.apache.qpid.dispatch.queue"}, {"name", name}},
        std::move(body));
}

mgmt::Reply update_queue(ManagedBroker& broker, const std::string& name, wire::Map body) {
    return broker.ask(
        {{"operation", "UPDATE"}, {"type", "org.apache.qpid.dispatch.queue"}, {"name", name}},
        std::move(body));
}

}  // namespace

TEST_SUITE("queues in management") {
    TEST_CASE("an operator makes a queue, and it is there again later") {
        ManagedBroker broker;
        const mgmt::Reply made = create_queue(
            broker, "orders",
            {{"maxMessages", 5}, {"overflow", "reject"}, {"ttlSeconds", wire::Map{{"max", 60}}}});
        REQUIRE(made.status == Status::created);
        CHECK(in_body(made, "authority") == wire::Value{"operators"});
        broker.settle();
        broker.open();
        const mgmt::Reply read = broker.ask_queue("READ", "orders");
        CHECK(number_in_body(read, "maxMessages") == 5);
        CHECK(in_body(read, "overflow") == wire::Value{"reject"});
        CHECK(number_in_body(read, "ttlMaxMilliseconds") == 60'000);
        CHECK(in_body(read, "authority") == wire::Value{"operators"});
        CHECK(create_queue(broker, "orders", {}).status == Status::bad_request);
        CHECK(create_queue(broker, "$subscription/9", {}).status == Status::forbidden);
        CHECK(create_queue(broker, "x", {{"ttlSeconds", wire::Map{{"least", 1}}}}).status ==
              Status::not_implemented);
    }

    TEST_CASE("an operator changes a queue that no router tells, and keeps the rest") {
        ManagedBroker broker;
        broker.queue("orders", 5);
        mgmt::Reply changed = update_queue(broker, "orders", {{"maxDeliveries", 2}});
        REQUIRE(changed.status == Status::ok);
        CHECK(number_in_body(changed, "maxMessages") == 5);
        CHECK(number_in_body(changed, "maxDeliveries") == 2);
        changed = update_queue(broker, "orders",
                               {{"exclusiveConsumer", true},
                                {"messageGroups", false},
                                {"lastValueKey", "stock"},
                                {"duplicateWindow", 3},
                                {"fenced", true},
                                {"maxKeys", 7},
                                {"deadLetter", ""}});
        CHECK(in_body(changed, "exclusiveConsumer") == wire::Value{true});
        CHECK(in_body(changed, "messageGroups") == wire::Value{false});
        CHECK(in_body(changed, "lastValueKey") == wire::Value{"stock"});
        CHECK(number_in_body(changed, "duplicateWindow") == 3);
        CHECK(in_body(changed, "fenced") == wire::Value{true});
        CHECK(number_in_body(changed, "maxKeys") == 7);
        CHECK(in_body(changed, "deadLetter") == wire::Value{""});
        CHECK(number_in_body(changed, "maxMessages") == 5);
        CHECK(in_body(changed, "authority") == wire::Value{"operators"});
        broker::QueueEntry told;
        told.authority = broker::Authority::routers;
        REQUIRE(broker.queues->find("orders", told));
        changed = update_queue(broker, "orders", {{"maxDeliveries", 3}});
        CHECK(changed.status == Status::forbidden);
        CHECK(changed.description.find("weft address update") != std::string::npos);
    }

    TEST_CASE("a queue that has something is deleted by force alone") {
        ManagedBroker broker;
        broker::QueueNode& orders = broker.filled("orders", 3);
        Consumer consumer{orders, 1};
        const mgmt::Reply refused = broker.ask_queue("DELETE", "orders");
        CHECK(refused.status == Status::forbidden);
        CHECK(refused.description.find("3 messages, 1 consumers and 0 producers") !=
              std::string::npos);
        CHECK(broker.ask_queue("DELETE", "orders", {{"force", "maybe"}}).status ==
              Status::bad_request);
        CHECK(broker.ask_queue("DELETE", "orders", {{"force", true}}).status == Status::no_content);
        CHECK(consumer.deleted);
        CHECK(broker.queues->known("orders") == nullptr);
        const auto while_it_goes = broker.queues->find("orders", broker::QueueEntry{});
        REQUIRE_FALSE(while_it_goes);
        CHECK(while_it_goes.error().condition == kResourceLocked);
        broker.settle();
        CHECK(broker.queue("orders").machine().depth() == 0);
        broker.settle();
        broker.open();
        CHECK(broker.queues->known("orders")->machine().depth() == 0);
    }

    TEST_CASE(
        "an empty queue is deleted, the dead letter queue and those of subscriptions are not") {
        ManagedBroker broker;
        broker.queue("orders");
        CHECK(broker.ask_queue("DELETE", "orders").status == Status::no_content);
        broker.queue(broker::kDeadLetters);
        CHECK(broker.ask_queue("DELETE", "$dlq").status == Status::forbidden);
        broker::QueueEntry entry;
        entry.subscription = {{"name", "s"}};
        const std::string name = broker.queues->add_subscription(entry).name();
        CHECK(broker.ask_queue("DELETE", name).status == Status::forbidden);
        CHECK(update_queue(broker, name, {{"maxMessages", 1}}).status == Status::forbidden);
    }

    TEST_CASE("metrics name so many queues, and sum the others") {
        ManagedBroker broker;
        for (std::size_t i = 0; i < kNamedMax; ++i) {
            broker.queue("q" + std::to_string(i));
        }
        broker.filled("x", 2);
        broker.filled("y", 3);
        daemon::MetricsWriter out;
        write_queue_metrics(*broker.queues, *broker.topics, out);
        const std::string text = out.take();
        CHECK(text.find("weft_queue_messages{queue=\"q999\"} 0\n") != std::string::npos);
        CHECK(text.find("weft_queue_messages{queue=\"other\"} 5\n") != std::string::npos);
        CHECK(text.find("queue=\"x\"") == std::string::npos);
    }

    TEST_CASE("metrics do not name the queues of passing subscriptions, and count what they did") {
        ManagedBroker broker;
        const auto joined = broker.topics->attach(
            {.request = {.interest = {.filter = topic::read_filter("prices/#").value()}},
             .address = "prices/#",
             .container = "c",
             .lost = [](const Error&) {}});
        REQUIRE(joined);
        broker::QueueNode& passing = *joined->queue;
        CHECK(passing.offer(std::make_shared<const Buffer>(1, std::uint8_t{'x'}), {}, {}));
        const auto metrics = [&broker] {
            daemon::MetricsWriter out;
            write_queue_metrics(*broker.queues, *broker.topics, out);
            return out.take();
        };
        const auto has = [](const std::string& text, const char* line) {
            return text.find(line) != std::string::npos;
        };
        CHECK(has(metrics(), "weft_queue_messages{queue=\"other\"} 1\n"));
        CHECK_FALSE(has(metrics(), "$subscription"));
        broker.settle();
        broker.topics->leave(joined->link, topic::Leaving::detached);
        CHECK(has(metrics(), "weft_queue_messages{queue=\"other\"} 0\n"));
        CHECK(has(metrics(), "weft_queue_events_total{queue=\"other\",event=\"in\"} 1\n"));
    }

    TEST_CASE("dead messages of a queue whose dead letter queue is being deleted are in $dlq") {
        ManagedBroker broker;
        broker::QueueEntry entry;
        entry.dead_letter = "graves";
        broker::QueueNode& orders = *broker.queues->find("orders", entry).value();
        broker.queue("graves");
        CHECK(broker.ask_queue("DELETE", "graves").status == Status::no_content);
        CHECK(broker.queues->dead_letters_of(orders).name() == broker::kDeadLetters);
        broker.settle();
        CHECK(broker.queues->dead_letters_of(orders).name() == "graves");
    }
}

}  // namespace weft::broker_mgmt::test
