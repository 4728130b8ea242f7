#include "broker/node/topics.hpp"

#include "broker/node/filters.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

namespace weft::broker {
namespace {

/// Topics over a store that can be opened again.
struct TopicWorld {
    TopicWorld() { open(); }
    void open() {
        topics.reset();
        queues.reset();
        auto opened = Queues::open(loop, {.store = {.folder = folder.path()}},
                                   [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        CHECK(topics->restore());
    }
    void settle() {
        bool idle = false;
        queues->finish([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }
    Result<Topics::Joined> attach(topic::Kind kind,
                                  std::string_view filter,
                                  const std::string& name = {},
                                  std::string_view selector = {}) {
        Topics::Wish wish{.address = std::string{filter}, .container = "client"};
        wish.request.kind = kind;
        wish.request.interest.filter = topic::read_filter(filter).value();
        wish.request.interest.selector = selector;
        wish.request.expiry = expiry;
        if (!selector.empty()) {
            wish.choose = read_selector(selector).value();
        }
        if (kind != topic::Kind::passing) {
            wish.request.owner = {.container = "client", .name = name};
        }
        wish.request.interest.no_local = no_local;
        wish.lost = [this] { ++lost; };
        return topics->attach(std::move(wish));
    }
    std::size_t publish(std::string_view name, std::string_view container = "other") {
        wire::Message message;
        message.application_properties = wire::Map{{"n", 1}};
        message.body = wire::Value{"b"};
        Buffer encoded;
        wire::encode_message(encoded, message);
        return topics
            ->publish(name, std::make_shared<const Buffer>(std::move(encoded)), 0, container,
                      nullptr, 0)
            .value();
    }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    topic::Expiry expiry{};
    bool no_local = false;
    int lost = 0;
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
};

using topic::Kind;
using topic::Leaving;

}  // namespace

TEST_SUITE("topics") {
    TEST_CASE("each subscription that wants a message has a copy of its own") {
        TopicWorld world;
        const auto all = world.attach(Kind::passing, "prices/#").value();
        const auto one = world.attach(Kind::durable, "prices/eu", "one").value();
        world.attach(Kind::shared, "orders", "other").value();
        CHECK(world.publish("prices/eu") == 2);
        CHECK(world.publish("prices/us") == 1);
        CHECK(world.publish("nobody") == 0);
        CHECK(all.queue->machine().depth() == 2);
        CHECK(one.queue->machine().depth() == 1);
        CHECK(world.topics->counters().published == 3);
        CHECK(world.topics->counters().copies == 3);
        CHECK(world.topics->counters().unwanted == 1);
        world.settle();
    }

    TEST_CASE("selectors and no-local are asked when a message is published") {
        TopicWorld world;
        world.attach(Kind::durable, "t", "a", "n = 1").value();
        world.attach(Kind::durable, "t", "b", "n = 2").value();
        world.no_local = true;
        world.attach(Kind::passing, "t").value();
        CHECK(world.publish("t") == 2);
        CHECK(world.publish("t", "client") == 1);
        world.settle();
    }

    TEST_CASE("durable ones are there after a restart, with what they held; the others are gone") {
        TopicWorld world;
        world.attach(Kind::durable, "t", "kept", "n = 1").value();
        world.attach(Kind::shared_durable, "t", "with others").value();
        world.attach(Kind::shared, "t", "gone").value();
        world.attach(Kind::passing, "t").value();
        CHECK(world.publish("t") == 4);
        world.settle();
        world.open();
        world.settle();
        CHECK(world.topics->subscriptions().size() == 2);
        CHECK(world.queues->all().size() == 2);
        const auto again = world.attach(Kind::durable, "t", "kept", "n = 1").value();
        CHECK_FALSE(again.made);
        CHECK(again.queue->machine().depth() == 1);
        CHECK(world.publish("t") == 2);
        world.settle();
    }

    TEST_CASE("one that is closed is gone with what it held, also after a restart") {
        TopicWorld world;
        const auto first = world.attach(Kind::durable, "t", "x").value();
        world.publish("t");
        world.topics->leave(first.link, Leaving::detached);
        CHECK(world.publish("t") == 1);
        const auto again = world.attach(Kind::durable, "t", "x").value();
        CHECK(again.queue->machine().depth() == 2);
        world.topics->leave(again.link, Leaving::closed);
        CHECK(world.publish("t") == 0);
        CHECK(world.queues->all().empty());
        world.settle();
        world.open();
        CHECK(world.topics->subscriptions().size() == 0);
        CHECK(world.attach(Kind::durable, "t", "x").value().queue->machine().depth() == 0);
        world.settle();
    }

    TEST_CASE("one whose time is over is gone") {
        TopicWorld world;
        world.expiry = 0;
        const auto joined = world.attach(Kind::durable, "t", "x").value();
        world.topics->leave(joined.link, Leaving::lost);
        while (world.topics->subscriptions().size() > 0) {
            world.loop.run_one();
        }
        CHECK(world.publish("t") == 0);
        world.settle();
    }

    TEST_CASE("another interest is another subscription, and the link that had it hears of it") {
        TopicWorld world;
        world.attach(Kind::durable, "t", "x").value();
        world.publish("t");
        const auto other = world.attach(Kind::durable, "u", "x").value();
        CHECK(world.lost == 1);
        CHECK(other.made);
        CHECK(other.queue->machine().depth() == 0);
        CHECK(world.publish("t") == 0);
        CHECK(world.publish("u") == 1);
        world.settle();
    }

    TEST_CASE("a topic's entry is that of its subscriptions; one that is full rejects for all") {
        TopicWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        entry.settings.messages_max = 1;
        CHECK(world.topics->learn("blocks", entry));
        entry.settings.overflow = queue::Overflow::reject;
        CHECK(world.topics->learn("rejects", entry));
        world.attach(Kind::durable, "blocks", "a").value();
        world.attach(Kind::durable, "rejects", "b").value();
        const auto all = world.attach(Kind::passing, "#").value();
        CHECK(world.topics->takes_credit("blocks"));
        CHECK(world.publish("blocks") == 2);
        CHECK_FALSE(world.topics->takes_credit("blocks"));
        CHECK(world.topics->takes_credit("rejects"));
        CHECK(world.publish("rejects") == 2);
        CHECK_THROWS(world.publish("rejects"));
        CHECK(all.queue->machine().depth() == 2);
        world.settle();
    }

    TEST_CASE("no link finds a subscription's queue by its name") {
        TopicWorld world;
        const auto joined = world.attach(Kind::passing, "t").value();
        const auto found = world.queues->find(joined.queue->name(), QueueEntry{});
        REQUIRE_FALSE(found);
        CHECK(found.error().condition == kNotAllowed);
        world.settle();
    }

    TEST_CASE("a stored subscription is read as it was written") {
        topic::Subscription written{.kind = Kind::shared_durable,
                                    .owner = {.container = "c", .name = "n"},
                                    .interest = {.filter = topic::read_filter("a/+").value(),
                                                 .selector = "n = 1",
                                                 .no_local = true},
                                    .expiry = 7};
        const auto read = read_subscription(subscription_words(written, "who"));
        REQUIRE(read);
        CHECK(read->container == "who");
        CHECK(read->subscription.kind == written.kind);
        CHECK(read->subscription.owner == written.owner);
        CHECK(read->subscription.interest == written.interest);
        CHECK(read->subscription.expiry == written.expiry);
        CHECK_FALSE(read_subscription({{"kind", 9}}));
    }
}

}  // namespace weft::broker
