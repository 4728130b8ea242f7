#include "broker/node/queues.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace weft::broker {
namespace {

/// Queues in a folder that can be opened again.
struct Broker {
    Broker() { open(); }
    void open() {
        queues.reset();
        auto opened =
            Queues::open(loop, {.store = {.folder = folder.path()}, .auto_create = auto_create},
                         [](const Error& error) { FAIL(error.text); });
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
    std::unique_ptr<Queues> queues;
};

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
    }

    TEST_CASE("names have a size") {
        Broker broker;
        CHECK(broker.refusal("", limited(5)) == kInvalidField);
        CHECK(broker.refusal(std::string(kQueueNameMax + 1, 'x'), limited(5)) == kInvalidField);
        CHECK(broker.refusal(std::string(kQueueNameMax, 'x'), limited(5)).empty());
    }

    TEST_CASE("what producers have in memory is bounded") {
        Broker broker;
        CHECK(broker.queues->hold(Queues::kHeldMax - 1));
        CHECK_FALSE(broker.queues->hold(2));
        CHECK(broker.queues->hold(1));
        broker.queues->release(Queues::kHeldMax);
        CHECK(broker.queues->held() == 0);
    }
}

}  // namespace weft::broker
