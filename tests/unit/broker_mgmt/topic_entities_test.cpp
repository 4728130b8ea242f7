#include "broker/mgmt/topic_entities.hpp"

#include "tests/unit/broker_mgmt/managed_broker.hpp"

namespace weft::broker_mgmt::test {
namespace {

using mgmt::Status;

/// A durable subscription "s" of the container "c" to prices/#, and what its link hears.
struct Subscribed {
    Subscribed() {
        const broker::QueueEntry entry;
        known = broker.topics->learn("prices/eu", &entry).value();
        broker::Topics::Wish wish{
            .request = {.kind = topic::Kind::durable,
                        .owner = {.container = "c", .name = "s"},
                        .interest = {.filter = topic::read_filter("prices/#").value()}},
            .address = "prices/#",
            .container = "c",
            .lost = [this](const Error& error) { lost = error.condition; }};
        const auto attached = broker.topics->attach(std::move(wish));
        REQUIRE(attached);
        joined = *attached;
    }

    mgmt::Reply ask(std::string operation, wire::Map more = {}) {
        more.emplace_back("operation", std::move(operation));
        more.emplace_back("type", "org.apache.qpid.dispatch.subscription");
        more.emplace_back("name", "s");
        return broker.ask(std::move(more));
    }

    ManagedBroker broker;
    broker::TopicEntries::Hold known;
    broker::Topics::Joined joined;
    std::string lost;
};

}  // namespace

TEST_SUITE("topics and subscriptions in management") {
    TEST_CASE_FIXTURE(Subscribed, "a topic and who subscribed are shown") {
        CHECK(joined.queue->offer(std::make_shared<const Buffer>(1, std::uint8_t{'x'}), {}, {}));
        const mgmt::Reply topic = broker.ask({{"operation", "READ"},
                                              {"type", "org.apache.qpid.dispatch.topic"},
                                              {"name", "prices/eu"}});
        CHECK(number_in_body(topic, "subscriptions") == 1);
        CHECK(number_in_body(topic, "messages") == 1);
        const mgmt::Reply subscription = ask("READ");
        CHECK(in_body(subscription, "filter") == wire::Value{"prices/#"});
        CHECK(in_body(subscription, "owner") == wire::Value{"c"});
        CHECK(in_body(subscription, "state") == wire::Value{"attached"});
        CHECK(number_in_body(subscription, "messages") == 1);
        CHECK(in_body(subscription, "queue") == wire::Value{joined.queue->name()});
    }

    TEST_CASE_FIXTURE(Subscribed,
                      "a subscription with links is deleted by force, and they are told") {
        CHECK(ask("DELETE").status == Status::forbidden);
        CHECK(lost.empty());
        CHECK(ask("DELETE", {{"force", true}}).status == Status::no_content);
        CHECK(lost == kResourceDeleted);
        CHECK(broker.topics->subscriptions().size() == 0);
        CHECK(broker.topics->subscriptions().counters().removed == 1);
        broker.settle();
        known.reset();
        broker.open();
        CHECK(broker.topics->subscriptions().size() == 0);
    }

    TEST_CASE_FIXTURE(Subscribed, "one that has neither messages nor links goes without force") {
        broker.topics->leave(joined.link, topic::Leaving::detached);
        CHECK(ask("DELETE").status == Status::no_content);
        CHECK(ask("DELETE").status == Status::not_found);
    }
}

}  // namespace weft::broker_mgmt::test
