#include "broker/node/topics.hpp"

#include "broker/node/filters.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

/// Topics over a store that can be opened again.
struct TopicWorld {
    explicit TopicWorld(std::uint64_t store_max = 0) : used_max{store_max} { open(); }
    void open() {
        topics.reset();
        queues.reset();
        open_queues();
        topics->restore();
    }
    void open_queues(std::shared_ptr<store::Claim> claim = {}) {
        auto opened = Queues::open(
            loop,
            {.store = {.folder = folder.path(), .space = {.free_min = 1024, .used_max = used_max}}},
            [](const Error& error) { FAIL(error.text); }, std::move(claim));
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
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
        wish.request.expiry = expiry;
        if (!selector.empty()) {
            wish.selector = topics->selectors().read(selector).value();
            wish.request.interest.selector = wish.selector->text;
        }
        if (kind != topic::Kind::passing) {
            wish.request.owner = {.container = "client", .name = name};
        }
        wish.request.interest.no_local = no_local;
        wish.lost = [this](const Error&) { ++lost; };
        return topics->attach(std::move(wish));
    }
    /// Its copies; in the turn that is.
    std::size_t publish(std::string_view name, const std::string& container = "other") {
        return begin(name, container).value().value();
    }
    Result<std::optional<std::size_t>> begin(std::string_view name,
                                             const std::string& container = "other",
                                             std::size_t bytes = 1) {
        wire::Message message;
        message.application_properties = wire::Map{{"n", 1}};
        message.body = wire::Value{std::string(bytes, 'b')};
        Buffer encoded;
        wire::encode_message(encoded, message);
        return topics->publish({.topic = std::string{name},
                                .payload = std::make_shared<const Buffer>(std::move(encoded)),
                                .container = container});
    }

    std::uint64_t used_max;
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
    TEST_CASE("the lease is renewed while many subscriptions are taken up") {
        TopicWorld world;
        for (std::size_t i = 0; i < Queues::kTakenUntilRenewal; ++i) {
            world.attach(Kind::durable, "t", std::to_string(i)).value();
        }
        world.settle();
        world.topics.reset();
        world.queues.reset();
        Instant now{std::chrono::hours{1}};
        const std::shared_ptr<store::Claim> claim =
            store::Claim::take({.folder = world.folder.path(),
                                .lease = std::chrono::seconds{8},
                                .now = [&now] { return now += std::chrono::seconds{1}; }})
                .value();
        world.open_queues(claim);
        const std::uint64_t beats = claim->tenure().record().beat;
        world.topics->restore();
        CHECK(claim->tenure().record().beat == beats + 1);
        world.topics.reset();
        world.queues.reset();
    }

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
        const auto blocks = world.topics->learn("blocks", &entry).value();
        entry.settings.overflow = queue::Overflow::reject;
        const auto rejects = world.topics->learn("rejects", &entry).value();
        world.attach(Kind::durable, "blocks", "a").value();
        world.attach(Kind::durable, "rejects", "b").value();
        const auto all = world.attach(Kind::passing, "#").value();
        CHECK(world.topics->takes_credit("blocks", nullptr));
        CHECK(world.publish("blocks") == 2);
        CHECK_FALSE(world.topics->takes_credit("blocks", nullptr));
        CHECK(world.topics->takes_credit("rejects", nullptr));
        CHECK(world.publish("rejects") == 2);
        CHECK_THROWS(world.publish("rejects"));
        CHECK(all.queue->machine().depth() == 2);
        world.settle();
    }

    TEST_CASE("a topic is known while somebody has it, and a durable subscription has its own") {
        TopicWorld world;
        auto link = world.topics->learn("t", nullptr).value();
        CHECK(world.topics->knows("t"));
        link.reset();
        CHECK_FALSE(world.topics->knows("t"));
        for (std::size_t i = 0; i <= TopicEntries::kTopicsMax; ++i) {
            CHECK(world.topics->learn("devices/" + std::to_string(i), nullptr));
        }
        CHECK(world.topics->entries().size() == 0);
        CHECK_FALSE(world.topics->learn(std::string(topic::kNameBytesMax + 1, 'x'), nullptr));
        const auto durable = world.attach(Kind::durable, "t", "x").value();
        world.topics->leave(durable.link, Leaving::detached);
        CHECK(world.topics->knows("t"));
        world.settle();
        world.open();
        CHECK(world.topics->knows("t"));
    }

    TEST_CASE("a change of a topic's entry is one of its subscriptions, whether they are there") {
        TopicWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        entry.settings.messages_max = 1;
        const auto first = world.topics->learn("t", &entry).value();
        const auto joined = world.attach(Kind::durable, "t", "x").value();
        world.topics->leave(joined.link, Leaving::detached);
        CHECK(world.publish("t") == 1);
        CHECK_FALSE(world.topics->takes_credit("t", nullptr));
        entry.settings.messages_max = 2;
        const auto again = world.topics->learn("t", &entry).value();
        CHECK(joined.queue->entry().settings.messages_max == 2);
        world.settle();
        CHECK(world.topics->takes_credit("t", nullptr));
        CHECK(world.publish("t") == 1);
        entry.settings.overflow = queue::Overflow::reject;  // full as before, and blocks no more
        const auto last = world.topics->learn("t", &entry).value();
        world.settle();
        CHECK(world.topics->takes_credit("t", nullptr));
    }

    TEST_CASE("one that does not outlive its links has a bound, and drops the oldest") {
        TopicWorld world;
        const auto passing = world.attach(Kind::passing, "t").value();
        const auto durable = world.attach(Kind::durable, "t", "x").value();
        const queue::Settings& settings = passing.queue->entry().settings;
        CHECK(settings.messages_max == Topics::kPassingMessages);
        CHECK(settings.bytes_max == Topics::kPassingBytes);
        CHECK(settings.overflow == queue::Overflow::drop_oldest);
        CHECK(durable.queue->entry().settings.messages_max == 0);
        CHECK(world.publish("t") == 2);
        CHECK(world.topics->passing_bytes() == passing.queue->machine().stock().bytes());
        world.topics->leave(passing.link, Leaving::detached);
        CHECK(world.topics->passing_bytes() == 0);
        world.settle();
    }

    TEST_CASE("a turn makes so many copies, and the others follow in order") {
        TopicWorld world;
        constexpr std::size_t kMany = Publications::kStepsAtOnce + 100;
        std::vector<Topics::Joined> joined;
        for (std::size_t i = 0; i < kMany; ++i) {
            joined.push_back(world.attach(Kind::passing, "t").value());
        }
        CHECK_FALSE(world.begin("t").value());
        CHECK_FALSE(world.begin("t").value());
        CHECK(world.topics->publications().waiting() == 2);
        std::uint64_t made = 0;
        for (const Topics::Joined& one : joined) {
            made += one.queue->machine().depth();
        }
        CHECK(made > 0);
        CHECK(made <= Publications::kStepsAtOnce);
        QueueNode& left = *joined.back().queue;
        world.topics->leave(joined.back().link, Leaving::detached);
        CHECK(left.machine().depth() == 0);
        joined.pop_back();
        while (world.topics->publications().waiting() > 0) {
            world.loop.run_one();
        }
        for (const Topics::Joined& one : joined) {
            REQUIRE(one.queue->machine().depth() == 2);
        }
        CHECK(world.topics->counters().published == 2);
        CHECK(world.publish("nobody") == 0);
        world.settle();
    }

    TEST_CASE("a turn looks at so many subscriptions, and the others follow") {
        TopicWorld world;
        constexpr std::size_t kMany = 600;
        std::vector<Topics::Joined> joined;
        for (std::size_t i = 0; i < kMany; ++i) {
            std::string selector = "n = 1 AND p IS NULL AND (" + std::to_string(i + 2) + " = n";
            for (int term = 0; term < 60; ++term) {
                selector += " OR n = " + std::to_string(1'000 + term);
            }
            joined.push_back(world.attach(Kind::passing, "t", {}, selector + " OR n = 1)").value());
        }
        CHECK_FALSE(world.begin("t").value());
        CHECK_FALSE(world.begin("t").value());
        const std::uint64_t& judged = world.topics->counters().judged;
        CHECK(judged > 0);
        CHECK(judged < kMany / 2);
        CHECK(world.topics->counters().copies == 0);
        world.topics->leave(joined.back().link, Leaving::detached);
        joined.pop_back();
        const auto late = world.attach(Kind::passing, "t").value();
        std::uint64_t most = 0;
        while (world.topics->publications().waiting() > 0) {
            const std::uint64_t before = judged;
            world.loop.run_one();
            most = std::max(most, judged - before);
        }
        CHECK(most < kMany / 2);
        for (const Topics::Joined& one : joined) {
            REQUIRE(one.queue->machine().depth() == 2);
        }
        CHECK(late.queue->machine().depth() == 1);  // it was there for the second
        CHECK(world.topics->publications().underway() == 0);
        world.settle();
    }

    TEST_CASE("a turn walks through so many filters, and the messages are given in order") {
        TopicWorld world;
        for (unsigned bits = 1; bits <= topic::SubscriptionIndex::kShapesMax; ++bits) {
            std::string filter;
            for (unsigned level = 0; level + 1 < topic::kLevelsMax; ++level) {
                filter += ((bits >> level) & 1U) != 0 ? "*." : "a.";
            }
            world.attach(Kind::passing, filter + "x").value();
        }
        std::string name = "a";
        for (std::size_t level = 1; level < topic::kLevelsMax; ++level) {
            name += ".a";
        }
        const auto nodes = [&] { return world.topics->subscriptions().index().steps(); };
        const std::uint64_t none = nodes();
        CHECK(world.publish(name) == 0);
        const std::uint64_t walk = nodes() - none;
        CHECK(walk > 4'000);
        constexpr std::uint64_t kTurn = Publications::kStepsAtOnce * Choosing::kLooksInStep;
        for (int i = 1; i < 20; ++i) {
            CHECK(world.begin(name));
        }
        CHECK(nodes() - none < kTurn + walk);
        CHECK(world.topics->publications().waiting() > 10);
        while (world.topics->publications().waiting() > 0) {
            const std::uint64_t before = nodes();
            world.loop.run_one();
            REQUIRE(nodes() - before < kTurn + walk);
        }
        CHECK(world.topics->counters().published == 20);
        world.settle();
    }

    TEST_CASE("who asks whether a topic takes credit uses up its turn") {
        TopicWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        entry.settings.messages_max = 1;
        const auto blocks = world.topics->learn("blocks", &entry).value();
        world.attach(Kind::durable, "blocks", "a").value();
        CHECK(world.publish("blocks") == 1);
        for (std::size_t i = 0; i < Publications::kStepsAtOnce; ++i) {
            REQUIRE(world.topics->takes_credit("others", nullptr));
        }
        CHECK_FALSE(world.begin("others").value());
        while (world.topics->publications().waiting() > 0) {
            world.loop.run_one();
        }
        world.settle();
    }

    TEST_CASE("copies wait while those before them are so many bytes that are not durable") {
        TopicWorld world;
        constexpr std::size_t kLarge = std::size_t{1024} * 1024;
        constexpr std::size_t kFit = Publications::kUnwrittenMax / kLarge;
        std::vector<Topics::Joined> joined;
        for (std::size_t i = 0; i < kFit + 5; ++i) {
            joined.push_back(world.attach(Kind::passing, "t").value());
        }
        CHECK_FALSE(world.begin("t", "other", kLarge).value());
        CHECK_FALSE(world.begin("t").value());
        const Publications& all = world.topics->publications();
        std::uint64_t copies = 0;
        for (const Topics::Joined& one : joined) {
            copies += one.queue->machine().depth();
        }
        CHECK(copies == kFit);
        CHECK(all.unwritten() >= Publications::kUnwrittenMax);
        while (all.waiting() > 0) {
            world.loop.run_one();
            REQUIRE(all.unwritten() < Publications::kUnwrittenMax + 2 * kLarge);
        }
        for (const Topics::Joined& one : joined) {
            CHECK(one.queue->machine().depth() == 2);
        }
        while (all.unwritten() > 0) {
            world.loop.run_one();
        }
        CHECK(world.topics->counters().published == 2);
        CHECK(world.publish("t") == joined.size());
        world.settle();
    }

    TEST_CASE("a message of which the store has not room for all copies is for nobody") {
        constexpr std::size_t kLarge = 300'000;
        TopicWorld world{1'000'000};
        std::vector<Topics::Joined> joined;
        for (int i = 0; i < 4; ++i) {
            joined.push_back(world.attach(Kind::durable, "t", std::to_string(i)).value());
        }
        CHECK(world.begin("t", "other", kLarge).error().condition == kResourceLimitExceeded);
        world.settle();
        CHECK(joined.front().queue->machine().depth() == 0);
        CHECK(world.topics->counters().copies == 0);
        CHECK(world.begin("t", "other", kLarge / 10).value() == joined.size());
        world.settle();
    }

    TEST_CASE("what was taken for a topic is given though another one fills its queue meanwhile") {
        TopicWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        entry.settings.messages_max = 1;
        entry.settings.overflow = queue::Overflow::reject;
        const auto known = world.topics->learn("t", &entry).value();
        const auto joined = world.attach(Kind::durable, "t", "x").value();
        CHECK(world.publish("t") == 1);
        CHECK(world.begin("t").error().condition == kResourceLimitExceeded);
        world.topics->give({joined.queue}, {.payload = std::make_shared<const Buffer>(1)});
        CHECK(joined.queue->machine().depth() == 2);
        world.settle();
    }

    TEST_CASE("what was taken for a topic is given though its entry asks for more meanwhile") {
        TopicWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        const auto known = world.topics->learn("t", &entry).value();
        const auto joined = world.attach(Kind::durable, "t", "x").value();
        wire::Message message;
        message.message_id = wire::Value{std::string(300, 'i')};
        Buffer encoded;
        wire::encode_message(encoded, message);
        const auto payload = std::make_shared<const Buffer>(std::move(encoded));
        const Sections sections = read_sections(*payload).value();
        queue::Ahead nothing;
        CHECK(joined.queue->weigh(sections, nothing));
        entry.settings.duplicate_window = 100;
        const auto changed = world.topics->learn("t", &entry).value();
        CHECK_FALSE(joined.queue->weigh(sections, nothing));
        world.topics->give({joined.queue}, {.payload = payload, .sections = sections});
        CHECK(joined.queue->machine().depth() == 1);
        world.settle();
    }

    TEST_CASE("equal selectors judge a message once") {
        TopicWorld world;
        std::vector<Topics::Joined> joined;
        for (int i = 0; i < 100; ++i) {
            joined.push_back(
                world.attach(Kind::passing, "t", {}, i % 2 == 0 ? "n = 1" : "n  =  2").value());
        }
        CHECK(world.publish("t") == 50);
        CHECK(world.topics->counters().judged == 2);
        CHECK(world.topics->selectors().size() == 2);
        world.settle();
    }

    TEST_CASE("of two of one name that a killed broker left the younger one is kept") {
        TopicWorld world;
        const topic::Subscription twice{
            .kind = Kind::durable,
            .owner = {.container = "client", .name = "x"},
            .interest = {.filter = topic::read_filter("t").value(), .selector = {}}};
        QueueEntry entry;
        entry.subscription = subscription_words(twice, "client");
        world.queues->add_subscription(entry);
        const std::string younger = world.queues->add_subscription(entry).name();
        world.settle();
        world.open();
        world.settle();
        CHECK(world.topics->subscriptions().size() == 1);
        REQUIRE(world.queues->all().size() == 1);
        CHECK(world.queues->all().front()->name() == younger);
        CHECK(world.publish("t") == 1);
        world.settle();
    }

    TEST_CASE("a stored subscription that can't be read is a problem of its own") {
        TopicWorld world;
        const topic::Subscription unread{
            .kind = Kind::durable,
            .owner = {.container = "client", .name = "x"},
            .interest = {.filter = topic::read_filter("t").value(), .selector = "n ="}};
        QueueEntry entry;
        entry.subscription = subscription_words(unread, "client");
        world.queues->add_subscription(entry);
        entry.subscription = {{"kind", 9}};
        world.queues->add_subscription(entry);
        world.settle();
        world.open();
        CHECK(world.topics->problems().size() == 2);
        CHECK(world.queues->all().size() == 2);  // with what they hold
        CHECK(world.publish("t") == 0);
        world.settle();
        const auto again = world.attach(Kind::durable, "t", "x").value();
        CHECK(again.made);  // its client asks for none, so another one
        CHECK(world.publish("t") == 1);
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
        for (const char* const text : {"#", "#.#", "*", "a.#", "a/#", "#.*.b"}) {
            CAPTURE(text);
            written.interest.filter = topic::read_filter(text).value();
            const auto again = read_subscription(subscription_words(written, "who"));
            REQUIRE(again);
            CHECK(again->subscription.interest.filter == written.interest.filter);
        }
    }
}

}  // namespace weft::broker
