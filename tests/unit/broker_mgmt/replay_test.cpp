#include "broker/mgmt/operations.hpp"
#include "tests/unit/broker_mgmt/managed_broker.hpp"

namespace weft::broker_mgmt::test {
namespace {

using mgmt::Reply;

constexpr std::string_view kDlq = "$dlq";

void put_in(ManagedBroker& broker, broker::QueueNode& queue, int messages) {
    for (int i = 0; i < messages; ++i) {
        CHECK(queue.offer(std::make_shared<const Buffer>(1, std::uint8_t{'x'}), {}, {}));
    }
    broker.settle();
}

/// So many messages come, and a consumer rejects them.
void die_in(ManagedBroker& broker, broker::QueueNode& queue, int messages) {
    put_in(broker, queue, messages);
    Consumer consumer{queue, static_cast<std::uint32_t>(messages)};
    broker.settle();  // it asks the store,
    broker.settle();  // and gets it
    REQUIRE(consumer.has.size() == static_cast<std::size_t>(messages));
    consumer.reject_all();
    broker.settle();
}

std::uint64_t depth(const ManagedBroker& broker, std::string_view queue) {
    return broker.queues->known(queue)->machine().depth();
}

/// What stays: {unknown, gone, full}.
std::vector<std::int64_t> stays(const Reply& reply) {
    return {number_in_body(reply, "leftUnknown"), number_in_body(reply, "leftGone"),
            number_in_body(reply, "leftFull")};
}

using Counts = std::vector<std::int64_t>;

broker::QueueEntry subscribed(std::string_view name) {
    broker::QueueEntry entry;
    entry.subscription = {{"name", std::string{name}}};
    return entry;
}

}  // namespace

TEST_SUITE("replay of dead messages") {
    TEST_CASE("each goes back to the queue that it died in, a restart or not") {
        ManagedBroker broker;
        die_in(broker, broker.queue("orders"), 2);
        die_in(broker, broker.queue("jobs"), 1);
        CHECK(depth(broker, kDlq) == 3);
        SUBCASE("now") {}
        SUBCASE("later") {
            broker.open();
        }
        const Reply reply = broker.ask_queue("REPLAY", std::string{kDlq});
        CHECK(reply.status == mgmt::Status::ok);
        CHECK(number_in_body(reply, "messages") == 3);
        CHECK(number_in_body(reply, "bytes") == 3);
        CHECK(stays(reply) == Counts{0, 0, 0});
        CHECK(in_body(reply, "next").is_null());
        CHECK(depth(broker, kDlq) == 0);
        CHECK(broker.queues->known(kDlq)->machine().counters().moved == 3);
        broker.settle();
        broker.open();
        CHECK(depth(broker, "orders") == 2);
        CHECK(depth(broker, "jobs") == 1);
        CHECK(depth(broker, kDlq) == 0);
    }

    TEST_CASE("what died again after it was replayed goes back again") {
        ManagedBroker broker;
        broker::QueueNode& orders = broker.queue("orders");
        die_in(broker, orders, 1);
        for (int i = 0; i < 2; ++i) {
            CHECK(number_in_body(broker.ask_queue("REPLAY", std::string{kDlq}), "messages") == 1);
            broker.settle();
            Consumer consumer{orders, 1};
            broker.settle();
            broker.settle();
            consumer.reject_all();
            broker.settle();
            CHECK(depth(broker, kDlq) == 1);
        }
    }

    TEST_CASE("PEEK shows where a message died, and of what") {
        ManagedBroker broker;
        die_in(broker, broker.queue("orders"), 1);
        const wire::Value shown = in_body(broker.ask_queue("PEEK", std::string{kDlq}), "messages");
        const auto& message = *shown.as<wire::List>()->front().as<wire::Map>();
        CHECK(*wire::find(message, "origin") == wire::Value{"orders"});
        CHECK(*wire::find(message, "reason") == wire::Value{"rejected"});
    }

    TEST_CASE("what came while its queue was full goes back, too") {
        ManagedBroker broker;
        broker::QueueEntry entry;
        entry.settings.messages_max = 1;
        entry.settings.overflow = queue::Overflow::dead_letter;
        broker::QueueNode& small = *broker.queues->find("small", entry).value();
        put_in(broker, small, 2);
        CHECK(depth(broker, kDlq) == 1);
        CHECK(stays(broker.ask_queue("REPLAY", std::string{kDlq})) == Counts{0, 0, 1});
        CHECK(number_in_body(broker.ask_queue("PURGE", "small"), "messages") == 1);
        CHECK(number_in_body(broker.ask_queue("REPLAY", std::string{kDlq}), "messages") == 1);
        CHECK(depth(broker, "small") == 1);
    }

    TEST_CASE("what can't go back stays and is told; the others go") {
        ManagedBroker broker;
        broker::QueueNode& small = broker.queue("small", 2);
        die_in(broker, small, 2);
        die_in(broker, broker.queue("gone"), 1);
        die_in(broker, broker.queue("orders"), 1);
        put_in(broker, *broker.queues->known(kDlq), 1);  // it did not die
        put_in(broker, small, 1);
        broker.queues->drop(*broker.queues->known("gone"));
        broker.settle();
        const Reply reply = broker.ask_queue("REPLAY", std::string{kDlq}, {{"count", 2}});
        CHECK(number_in_body(reply, "messages") == 2);
        CHECK(stays(reply) == Counts{0, 1, 1});
        CHECK(in_body(reply, "goneQueue") == wire::Value{"gone"});
        CHECK(in_body(reply, "fullQueue") == wire::Value{"small"});
        CHECK(says_more(reply));
        CHECK(number_in_body(reply, "next") == 5);
        const Reply rest = broker.ask_queue("REPLAY", std::string{kDlq}, {{"from", 5}});
        CHECK(number_in_body(rest, "messages") == 0);
        CHECK(stays(rest) == Counts{1, 0, 0});
        CHECK(depth(broker, "small") == 2);
        CHECK(depth(broker, "orders") == 1);
        CHECK(depth(broker, kDlq) == 3);
        CHECK(broker.queues->known(kDlq)->machine().unsettled() == 0);
    }

    TEST_CASE("those that are named go alone") {
        ManagedBroker broker;
        die_in(broker, broker.queue("orders"), 3);
        put_in(broker, *broker.queues->known(kDlq), 1);
        const Reply reply = broker.ask_queue("REPLAY", std::string{kDlq}, {{"ids", "2,4,9"}});
        CHECK(number_in_body(reply, "messages") == 1);
        CHECK(stays(reply) == Counts{1, 0, 0});
        CHECK(in_body(reply, "missing") == wire::Value{"9"});
        CHECK(depth(broker, kDlq) == 3);
    }

    TEST_CASE("what stays in front of others does not hide them") {
        ManagedBroker broker;
        broker.filled(kDlq, static_cast<int>(Removal::kLookedMax));
        die_in(broker, broker.queue("orders"), 1);
        std::int64_t from = 1;
        std::int64_t moved = 0;
        std::int64_t stay = 0;
        int pieces = 0;
        for (bool more = true; more; ++pieces) {  // one ends after so many, or so long
            const Reply reply = broker.ask_queue("REPLAY", std::string{kDlq}, {{"from", from}});
            moved += number_in_body(reply, "messages");
            stay += number_in_body(reply, "leftUnknown");
            more = says_more(reply);
            const std::int64_t next = number_in_body(reply, "next");
            CHECK(next - from <= static_cast<std::int64_t>(Removal::kLookedMax));
            from = next;
        }
        CHECK(pieces > 1);
        CHECK(moved == 1);
        CHECK(stay == static_cast<std::int64_t>(Removal::kLookedMax));
        CHECK(depth(broker, "orders") == 1);
    }

    TEST_CASE("what died in a subscription goes back to it, and not to who subscribes anew") {
        ManagedBroker broker;
        CHECK(broker.queues->find(kDlq, std::nullopt));  // so `first` has the greatest number
        broker::QueueNode& first = broker.queues->add_subscription(subscribed("s"));
        die_in(broker, first, 2);
        CHECK(number_in_body(broker.ask_queue("REPLAY", std::string{kDlq}, {{"count", 1}}),
                             "messages") == 1);
        CHECK(first.machine().depth() == 1);
        const std::string name = first.name();
        broker.queues->drop(first);
        broker.settle();
        broker.open();
        const broker::QueueNode& again = broker.queues->add_subscription(subscribed("s"));
        CHECK(again.name() == name);
        const Reply reply = broker.ask_queue("REPLAY", std::string{kDlq});
        CHECK(stays(reply) == Counts{0, 1, 0});
        CHECK(in_body(reply, "goneQueue") == wire::Value{name});
        CHECK(again.machine().depth() == 0);
    }

    TEST_CASE("an operator's move forgets where a message died") {
        ManagedBroker broker;
        die_in(broker, broker.queue("orders"), 1);
        broker.queue("quarantine");
        CHECK(number_in_body(broker.ask_queue("MOVE", std::string{kDlq}, {{"to", "quarantine"}}),
                             "messages") == 1);
        CHECK(stays(broker.ask_queue("REPLAY", "quarantine")) == Counts{1, 0, 0});
    }

    TEST_CASE("what can't be asked is refused") {
        ManagedBroker broker;
        broker.queue("orders");
        using mgmt::Status;
        CHECK(broker.ask_queue("REPLAY", "nothing").status == Status::not_found);
        CHECK(broker.ask_queue("REPLAY", "orders", {{"count", 0}}).status == Status::bad_request);
        CHECK(broker.ask_queue("REPLAY", "orders", {{"from", 0}}).status == Status::bad_request);
    }
}

}  // namespace weft::broker_mgmt::test
