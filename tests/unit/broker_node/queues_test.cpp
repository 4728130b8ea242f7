#include "broker/node/queues.hpp"

#include "broker/node/taker.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

/// Queues in a folder that can be opened again.
struct Broker {
    Broker() { open(); }
    void open() {
        queues.reset();
        auto opened = Queues::open(
            loop,
            {.store = {.folder = folder.path()},
             .auto_create = auto_create,
             .idle_max = idle_max,
             .read = read},
            [](const Error& error) { FAIL(error.text); }, claim);
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
    }
    /// What was asked of the store is done.
    void settle() {
        bool idle = false;
        queues->finish([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }
    std::string_view refusal(std::string_view name, const std::optional<QueueEntry>& told = {}) {
        const auto found = queues->find(name, told);
        return found ? std::string_view{} : found.error().condition;
    }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    bool auto_create = false;
    Duration idle_max{};
    ReadAhead::Limits read{};
    std::shared_ptr<store::Claim> claim;
    std::unique_ptr<Queues> queues;
};

struct NoTaker final : Taker {
    void deliver(const queue::Deliver&) override {}
    void on_drained() override {}
    void on_settled(wire::DeliveryId, Bytes) override {}
    void on_deleted() override {}
};

Buffer fenced_message(const std::string& key,
                      std::uint64_t epoch,
                      const std::string& owner,
                      std::uint64_t sequence) {
    wire::Message message;
    message.message_annotations = {
        {wire::Symbol{"x-opt-fence"}, wire::List{epoch, owner, sequence}}};
    message.application_properties = {{"key", key}};
    message.body = wire::Value{"row"};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return encoded;
}

auto offer(QueueNode& queue, Buffer message) {
    const auto payload = std::make_shared<const Buffer>(std::move(message));
    return queue.offer(payload, read_sections(*payload).value(), {});
}

QueueEntry limited(std::uint64_t messages_max) {
    QueueEntry entry;
    entry.settings.messages_max = messages_max;
    return entry;
}

}  // namespace

TEST_SUITE("queues") {
    TEST_CASE("a queue is made by its entry, changed by another one, and there again later") {
        Broker broker;
        CHECK(broker.refusal("orders") == kNotFound);
        QueueNode* const made = broker.queues->find("orders", limited(5)).value();
        CHECK(broker.queues->find("orders", std::nullopt).value() == made);
        CHECK(made->entry() == limited(5));
        CHECK(broker.queues->find("orders", limited(7)).value() == made);
        broker.settle();
        broker.open();
        CHECK(broker.queues->find("orders", std::nullopt).value()->entry() == limited(7));
        CHECK(broker.queues->all().size() == 1);
    }

    TEST_CASE("links make queues where the configuration says so") {
        Broker broker;
        broker.auto_create = true;
        broker.open();
        CHECK(broker.queues->find("orders", std::nullopt).value()->entry() == QueueEntry{});
    }

    TEST_CASE("the dead letter queue is there for whoever asks, and is its own") {
        Broker broker;
        QueueNode& dead = *broker.queues->find(kDeadLetters, std::nullopt).value();
        CHECK(&broker.queues->dead_letters_of(dead) == &dead);
        QueueNode& orders = *broker.queues->find("orders", limited(5)).value();
        CHECK(&broker.queues->dead_letters_of(orders) == &dead);
        CHECK(dead.machine().settings().last_resort);
        CHECK_FALSE(orders.machine().settings().last_resort);
        CHECK(dead.machine().settings().bytes_max == kDeadLetterBytes);
        CHECK(dead.machine().settings().ttl_default == kDeadLetterMilliseconds);
        CHECK(dead.machine().settings().overflow == queue::Overflow::drop_oldest);
        CHECK(broker.queues->find(kDeadLetters, limited(5)).value() == &dead);
        CHECK(dead.machine().settings().bytes_max == 0);
        CHECK(dead.machine().settings().messages_max == 5);
    }

    TEST_CASE("a queue may have no dead letters: they stay, and what expires goes") {
        Broker broker;
        QueueEntry entry;
        entry.dead_letter.clear();
        QueueNode& rows = *broker.queues->find("rows", entry).value();
        CHECK(rows.machine().settings().last_resort);
        broker.settle();
        broker.open();
        CHECK(broker.queues->known("rows")->entry().dead_letter.empty());
        CHECK(broker.queues->known("rows")->machine().settings().last_resort);
        CHECK(broker.queues->all().size() == 1);
    }

    TEST_CASE("the fences of a queue are read when the broker starts, before anybody comes") {
        Broker broker;
        QueueEntry fenced;
        fenced.settings.last_value_key = "key";
        fenced.settings.fenced = true;
        QueueNode& rows = *broker.queues->find("rows", fenced).value();
        CHECK(rows.credit_share() > 0);
        REQUIRE(offer(rows, fenced_message("a", 3, "life", 5)));
        broker.settle();
        broker.open();
        QueueNode& again = *broker.queues->known("rows");
        CHECK(again.credit_share() == 0);
        const auto early = offer(again, fenced_message("a", 3, "life", 6));
        REQUIRE_FALSE(early);
        CHECK(early.error().error.condition == kTryAgain);
        while (again.credit_share() == 0) {
            broker.loop.run_one();
        }
        const auto late = offer(again, fenced_message("a", 3, "life", 4));
        REQUIRE_FALSE(late);
        CHECK(late.error().error.condition == kPreconditionFailed);
        CHECK(offer(again, fenced_message("a", 3, "life", 6)).value() == 1);
        broker.settle();
    }

    TEST_CASE("names have a size") {
        Broker broker;
        CHECK(broker.refusal("", limited(5)) == kInvalidField);
        CHECK(broker.refusal(std::string(kQueueNameMax + 1, 'x'), limited(5)) == kInvalidField);
        CHECK(broker.refusal(std::string(kQueueNameMax, 'x'), limited(5)).empty());
    }

    TEST_CASE("a queue that goes is shown no more, others are as they were") {
        Broker broker;
        for (const char* const name : {"a", "b", "c"}) {
            CHECK(broker.refusal(name, limited(5)).empty());
        }
        broker.queues->drop(*broker.queues->known("b"));
        REQUIRE(broker.queues->all().size() == 2);
        CHECK(broker.queues->all()[0]->name() == "a");
        CHECK(broker.queues->all()[1]->name() == "c");
        broker.settle();
        CHECK(broker.queues->all().size() == 2);
    }

    TEST_CASE("what is read counts until it is gone, and what waits until it is durable") {
        Broker broker;
        QueueNode& orders = *broker.queues->find("orders", limited(5)).value();
        const auto account = std::make_shared<Incoming::Account>();
        auto message =
            std::make_shared<Incoming::Message>(broker.queues->incoming(), account, nullptr);
        CHECK(message->add(7));
        message->end();
        CHECK(orders.offer(std::make_shared<const Buffer>(7), {}, {.message = std::move(message)}));
        CHECK(broker.queues->incoming().bytes() == 7);
        broker.settle();
        CHECK(broker.queues->incoming().bytes() == 0);
        CHECK(account->bytes == 0);
        bool read = false;
        broker.queues->read(orders.number(), {.from = 1, .through = 1, .messages = 1, .bytes = 1},
                            7, [&](const store::Reading& reading) {
                                read = true;
                                CHECK(reading.records.size() == 1);
                                CHECK(broker.queues->read_ahead().bytes() == 7);
                            });
        while (!read) {
            broker.loop.run_one();
        }
        CHECK(broker.queues->read_ahead().bytes() == 0);
    }

    TEST_CASE("what is read is bounded by what it has, however large messages are") {
        constexpr std::size_t kBody = 400'000;
        constexpr std::size_t kReads = 20;
        Broker broker;
        broker.read.bytes_max = 1'000'000;
        broker.open();
        QueueNode& orders = *broker.queues->find("orders", QueueEntry{}).value();
        for (std::size_t i = 0; i < kReads; ++i) {
            CHECK(orders.offer(std::make_shared<const Buffer>(kBody), {}, {}));
        }
        broker.settle();
        std::vector<queue::Payload> held;
        std::size_t read = 0;
        for (queue::MessageId id = 1; id <= kReads; ++id) {
            broker.queues->read(orders.number(),
                                {.from = id, .through = kReads, .messages = 9, .bytes = 1000}, 1000,
                                [&, id](const store::Reading& reading) {
                                    REQUIRE(reading.records.size() == 1);
                                    CHECK(reading.records[0].id == id);
                                    held.push_back(reading.records[0].payload);
                                    ++read;
                                });
        }
        const ReadAhead& ahead = broker.queues->read_ahead();
        broker.settle();
        CHECK(ahead.in_line() > 0);
        while (read < kReads) {
            CHECK(ahead.bytes() < ReadAhead::kOverMax * broker.read.bytes_max + kBody);
            held.clear();
            broker.loop.run_one();
        }
        CHECK(ahead.waited() >= kReads - 3);
        held.clear();
        CHECK(ahead.bytes() == 0);
        CHECK(ahead.in_line() == 0);
    }

    TEST_CASE("the lease is renewed while many queues are taken up") {
        Broker broker;
        for (std::size_t i = 0; i < 2 * Queues::kTakenUntilRenewal; ++i) {
            CHECK(broker.refusal("q" + std::to_string(i), limited(5)).empty());
        }
        broker.settle();
        broker.queues.reset();
        Instant now{std::chrono::hours{1}};
        const auto claim = [&]() -> std::shared_ptr<store::Claim> {
            return store::Claim::take({.folder = broker.folder.path(),
                                       .lease = std::chrono::seconds{8},
                                       .now = [&now] { return now += std::chrono::seconds{1}; }})
                .value();
        };
        std::uint64_t of_the_store = 0;
        {
            const auto its = claim();
            const auto store =
                store::Store::open(broker.loop, {.folder = broker.folder.path()}, {}, its);
            of_the_store = its->tenure().record().beat;
        }
        broker.claim = claim();
        broker.open();
        CHECK(broker.claim->tenure().record().beat == of_the_store + 2);
        broker.queues.reset();
        broker.claim.reset();
    }

    TEST_CASE("a queue that clients named goes when nobody uses it, and others stay") {
        NoTaker reader;
        Broker broker;
        broker.idle_max = std::chrono::milliseconds{1};
        broker.open();
        QueueEntry many = limited(5);
        many.is_pattern = true;
        QueueNode& read = *broker.queues->find("q/read", many).value();
        const queue::ConsumerId id =
            broker.queues->find("q/read", many).value()->add_consumer(reader, {});
        QueueNode& full = *broker.queues->find("q/full", many).value();
        CHECK(full.offer(std::make_shared<const Buffer>(1), {}, {}));
        CHECK(broker.refusal("orders", limited(5)).empty());
        broker.queues->stir(*broker.queues->find("q/empty", many).value());
        while (broker.queues->known("q/empty") != nullptr) {
            broker.loop.run_one();
        }
        broker.settle();
        CHECK(broker.queues->idle_dropped() == 1);
        CHECK(broker.queues->known("q/read") == &read);
        read.remove_consumer(id, /*failed=*/false);
        while (broker.queues->known("q/read") != nullptr) {
            broker.loop.run_one();
        }
        broker.settle();
        broker.open();  // and what is there when the broker starts
        CHECK(broker.queues->known("orders") != nullptr);
        CHECK(broker.queues->known("q/full") != nullptr);
        CHECK(broker.queues->known("q/full")->entry().is_pattern);
        CHECK(broker.refusal("q/empty", many).empty());
        broker.settle();
        broker.open();
        while (broker.queues->known("q/empty") != nullptr) {
            broker.loop.run_one();
        }
        broker.settle();
    }

    TEST_CASE("a queue that is another one's dead letter queue is not idle while it is") {
        Broker broker;
        broker.idle_max = std::chrono::milliseconds{1};
        broker.open();
        QueueEntry many = limited(5);
        many.is_pattern = true;
        QueueEntry orders = limited(5);
        orders.dead_letter = "q/dead";
        broker.queues->stir(*broker.queues->find("q/dead", many).value());
        CHECK(broker.refusal("orders", orders).empty());
        CHECK(broker.refusal("parts", orders).empty());
        const auto wait_for_another = [&] {
            broker.queues->stir(*broker.queues->find("q/later", many).value());
            while (broker.queues->known("q/later") != nullptr) {
                broker.loop.run_one();
            }
            broker.settle();
        };
        wait_for_another();
        REQUIRE(broker.queues->known("q/dead") != nullptr);
        broker.open();  // and what is there when the broker starts
        wait_for_another();
        REQUIRE(broker.queues->known("q/dead") != nullptr);
        CHECK(broker.refusal("orders", limited(5)).empty());
        broker.queues->drop(*broker.queues->known("parts"));
        while (broker.queues->known("q/dead") != nullptr) {
            broker.loop.run_one();
        }
        broker.settle();
    }

    TEST_CASE("what queues remember of messages is bounded for all, and a refusal says of what") {
        Broker broker;
        QueueEntry named = limited(0);
        named.settings.duplicate_window = 1000;
        QueueNode& orders = *broker.queues->find("orders", named).value();
        const std::string id = "\xa1\x03one";
        const Sections sections{.message_id = as_bytes(id)};
        queue::Ahead nothing;
        CHECK(orders.weigh(sections, nothing));
        broker.queues->words().bytes = queue::WordBudget::kBytesMax;
        CHECK(orders.offer(std::make_shared<const Buffer>(1), sections, {}));
        CHECK(broker.queues->words().bytes > queue::WordBudget::kBytesMax);
        broker.queues->words().bytes_max = 0;
        const std::string other = "\xa1\x03two";
        const Error refused = orders.weigh({.message_id = as_bytes(other)}, nothing).error();
        CHECK(refused.condition == kResourceLimitExceeded);
        CHECK(refused.text.find("duplicateWindow") != std::string::npos);
        CHECK(orders.offer(std::make_shared<const Buffer>(1), sections, {}));  // it is known
        CHECK_FALSE(
            orders.offer(std::make_shared<const Buffer>(1), {.message_id = as_bytes(other)}, {}));
        CHECK(broker.queues->words().refused == 2);
        CHECK(orders.machine().depth() == 1);
        broker.settle();
    }

    TEST_CASE("a queue has so many consumers, and so many that select") {
        NoTaker idle;
        Broker broker;
        QueueNode& orders = *broker.queues->find("orders", limited(5)).value();
        const queue::Joining picks{
            .choose = [](const queue::Record&) { return queue::Choice::wanted; }};
        for (std::size_t i = 0; i < QueueNode::kPickersMax; ++i) {
            REQUIRE(admit(orders, picks));
            orders.add_consumer(idle, picks);
        }
        CHECK(admit(orders, picks).error().condition == kResourceLimitExceeded);
        CHECK(admit(orders, {.choose = picks.choose, .browses = true}));
        while (orders.machine().attached().all() < QueueNode::kConsumersMax) {
            orders.add_consumer(idle, {});
        }
        CHECK(admit(orders, {}).error().text.find("as many as a queue may have") !=
              std::string::npos);
        broker.settle();
    }

    TEST_CASE("what is free in a queue that blocks is divided among its producers") {
        Broker broker;
        QueueNode& orders = *broker.queues->find("orders", limited(5)).value();
        CHECK(orders.credit_share() == 5);
        CHECK(orders.offer(std::make_shared<const Buffer>(1), {}, {}));
        CHECK(orders.credit_share() == 4);
        for (int i = 0; i < 4; ++i) {
            CHECK(orders.offer(std::make_shared<const Buffer>(1), {}, {}));
        }
        CHECK(orders.credit_share() == 0);
        CHECK(broker.queues->find("any", QueueEntry{}).value()->credit_share() > 1'000'000);
        broker.settle();
    }
}

}  // namespace weft::broker
