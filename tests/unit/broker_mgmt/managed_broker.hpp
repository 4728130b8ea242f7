#pragma once

#include "broker/mgmt/operations.hpp"
#include "broker/mgmt/queue_entities.hpp"
#include "broker/mgmt/topic_entities.hpp"
#include "broker/node/forwarder.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/base/bytes.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker_mgmt::test {

/// Takes what it gets and keeps it.
class Consumer final : public broker::Taker {
public:
    Consumer(broker::QueueNode& queue, std::uint32_t credit)
        : queue_{queue}, id_{queue.add_consumer(*this, {})} {
        queue.set_credit(id_, credit, /*drain=*/false);
    }
    ~Consumer() {
        if (!deleted) {
            queue_.remove_consumer(id_, /*failed=*/false);
        }
    }

    void deliver(const queue::Deliver& deliver) override { has.push_back(deliver.id); }
    void on_drained() override {}
    void on_settled(wire::DeliveryId, Bytes) override {}
    void on_deleted() override {
        queue_.remove_consumer(id_, /*failed=*/false);
        deleted = true;
    }

    void reject_all() {
        for (const queue::MessageId id : std::exchange(has, {})) {
            CHECK(queue_.settle(id_, id, {.kind = queue::Outcome::Kind::rejected}));
        }
    }

    std::vector<queue::MessageId> has;
    bool deleted = false;

private:
    broker::QueueNode& queue_;
    queue::ConsumerId id_;
};

/// Queues and topics in a folder that can be opened again, and their management.
struct ManagedBroker {
    ManagedBroker() { open(); }
    explicit ManagedBroker(std::uint64_t store_max) : used_max{store_max} { open(); }
    void open() {
        operations.reset();
        subscriptions.reset();
        topic_source.reset();
        queue_source.reset();
        agent.reset();
        forwarder.reset();
        topics.reset();
        queues.reset();
        auto opened = broker::Queues::open(
            loop,
            {.store = {.folder = folder.path(), .space = {.free_min = 1024, .used_max = used_max}}},
            [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
        mgmt::Catalogue catalogue;
        catalogue.add(queue_type(), "operationalEntity");
        catalogue.add(topic_type(), "operationalEntity");
        catalogue.add(subscription_type(), "operationalEntity");
        agent.emplace(std::move(catalogue));
        queue_source.emplace(*queues, *forwarder, *agent);
        topic_source.emplace(*topics);
        subscriptions.emplace(*topics, *agent);
        agent->serve("queue", *queue_source);
        agent->serve("topic", *topic_source);
        agent->serve("subscription", *subscriptions);
        operations.emplace(loop, *queues, *agent);
    }

    broker::QueueNode& queue(std::string_view name, std::uint64_t messages_max = 0) {
        broker::QueueEntry entry;
        entry.settings.messages_max = messages_max;
        return *queues->find(name, entry).value();
    }
    /// A queue with so many messages, of one byte each.
    broker::QueueNode& filled(std::string_view name, int messages) {
        broker::QueueNode& made = queue(name);
        for (int i = 0; i < messages; ++i) {
            CHECK(made.offer(std::make_shared<const Buffer>(1, std::uint8_t{'x'}), {}, {}));
        }
        settle();
        return made;
    }
    /// What was asked of the store is done.
    void settle() {
        bool idle = false;
        queues->finish([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }

    mgmt::Reply ask(wire::Map properties, wire::Value body = {}) {
        std::optional<mgmt::Reply> reply;
        const mgmt::Request request{std::move(properties), std::move(body), {.user = "a test"}};
        bool done = false;
        CHECK(agent->run([&] { reply = agent->handle(request); }, [&] { done = true; }));
        while (!done) {
            loop.run_one();
        }
        return std::move(*reply);
    }
    mgmt::Reply ask_queue(std::string operation, std::string name, wire::Map more = {}) {
        more.emplace_back("operation", std::move(operation));
        more.emplace_back("type", "org.apache.qpid.dispatch.queue");
        more.emplace_back("name", std::move(name));
        return ask(std::move(more));
    }

    std::uint64_t used_max = 0;
    node::test::TemporaryFolder folder;
    io::Loop loop;
    std::unique_ptr<broker::Queues> queues;
    std::optional<broker::Topics> topics;
    std::optional<broker::Forwarder> forwarder;
    std::optional<mgmt::Agent> agent;
    std::optional<QueueSource> queue_source;
    std::optional<TopicSource> topic_source;
    std::optional<SubscriptionSource> subscriptions;
    std::optional<Operations> operations;
};

/// Of the body of a reply; null: it is not there.
inline wire::Value in_body(const mgmt::Reply& reply, std::string_view key) {
    const auto* map = reply.body.as<wire::Map>();
    const wire::Value* value = map == nullptr ? nullptr : wire::find(*map, key);
    return value == nullptr ? wire::Value{} : *value;
}

inline std::int64_t number_in_body(const mgmt::Reply& reply, std::string_view key) {
    return in_body(reply, key).integer().value_or(-1);
}

inline bool says_more(const mgmt::Reply& reply) {
    return in_body(reply, "more") == wire::Value{true};
}

}  // namespace weft::broker_mgmt::test
