/// Queues that a rule of their entry forwards to another address.
#include "broker/forwarding/trail.hpp"
#include "broker/node/forwarder.hpp"
#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/forwarding_world.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

/// modified {delivery-failed, undeliverable-here}
constexpr std::array<std::uint8_t, 8> kUndeliverable{0x00, 0x53, 0x27, 0xc0,
                                                     0x03, 0x02, 0x41, 0x41};

/// A router has told that "orders" is forwarded to "central".
struct RuleWorld : ForwardingWorld {
    explicit RuleWorld(wire::Map more = {}) : more_{std::move(more)} { connect_router(); }

    void connect_router() {
        router = made();
        producer = &router->tell("orders", {"b1"}, entry());
        settle();
    }
    wire::Map entry(const std::string& to = "central") const {
        wire::Map rule{{"to", to}};
        rule.insert(rule.end(), more_.begin(), more_.end());
        return {{"forward", rule}};
    }
    const Forward& rule() { return *forwarder->of(orders()); }
    ForwardState state() { return rule().state(); }
    /// The numbers of those that came, in that order.
    std::vector<std::int64_t> numbers() const {
        std::vector<std::int64_t> all;
        for (const Buffer& each : router->messages) {
            const auto message = wire::decode_message(each);
            REQUIRE(message);
            const auto* const value = std::get_if<wire::Value>(&message->body);
            REQUIRE(value != nullptr);
            all.push_back(value->integer().value_or(-1));
        }
        return all;
    }
    /// Those that came are accepted, and those that come thereupon, until none is left.
    void accept_all() {
        run_until([this] {
            for (; settled_ < router->came.size(); ++settled_) {
                router->settle(settled_, wire::kAccepted);
            }
            return orders().machine().depth() == 0;
        });
        settle();
    }
    void note_settled(std::size_t count) { settled_ = count; }

private:
    wire::Map more_;
    std::size_t settled_ = 0;
};

}  // namespace

TEST_SUITE("forwarded queues") {
    TEST_CASE("what comes goes on, in order, and is gone once it is accepted there") {
        RuleWorld world;
        CHECK(world.producer->credit() > 0);
        CHECK(world.state() == ForwardState::idle);
        world.fill(5);
        REQUIRE(world.router->taken != nullptr);
        CHECK(world.router->goal == "central");
        CHECK(world.state() == ForwardState::waiting_for_credit);
        CHECK(world.rule().trouble().find("'central' has no consumer") != std::string::npos);
        world.router->credit(100);
        world.settle();
        CHECK(world.state() == ForwardState::forwarding);
        CHECK(world.numbers() == std::vector<std::int64_t>{0, 1, 2, 3, 4});
        CHECK(world.orders().machine().depth() == 5);
        world.accept_all();
        CHECK(world.state() == ForwardState::idle);
        CHECK(world.orders().machine().counters().forwarded == 5);
        CHECK(world.producer->credit() > 0);
        CHECK(world.forwarder->report().queues == 0);  // that is no drain
        CHECK(world.forwarder->forwarded().messages.accepted == 5);
        world.fill(1);  // over the same link
        CHECK(world.router->came.size() == 6);
        CHECK(world.router->asked == 1);
    }

    TEST_CASE("it says where it comes from") {
        RuleWorld world;
        world.fill(1);
        world.router->credit(1);
        world.settle();
        REQUIRE(world.router->messages.size() == 1);
        CHECK(forwarding::trail_of(world.router->messages.front()) ==
              forwarding::Trail{"b1/orders"});
    }

    TEST_CASE("no more are under way than the window") {
        RuleWorld world{{{"window", std::int64_t{3}}}};
        world.fill(10);
        world.router->credit(100);
        world.settle();
        CHECK(world.router->came.size() == 3);
        world.router->settle(0, wire::kAccepted);
        world.settle();
        CHECK(world.router->came.size() == 4);
        world.note_settled(1);
        world.accept_all();
        CHECK(world.numbers() == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    }

    TEST_CASE("so many a second leave, and all in the end") {
        RuleWorld world{{{"messagesPerSecond", std::int64_t{50}}}};
        world.fill(12);
        world.router->credit(100);
        world.settle();
        CHECK(world.router->came.size() < 12);
        world.accept_all();
        CHECK(world.router->came.size() == 12);
    }

    TEST_CASE("after one that came back one goes at a time, the first first, until one is taken") {
        RuleWorld world{{{"delaySeconds", 0.02}}};
        world.fill(4);
        world.router->credit(100);
        world.settle();
        REQUIRE(world.router->came.size() == 4);
        for (std::size_t i = 0; i < 4; ++i) {
            world.router->settle(i, wire::kReleased);
        }
        world.settle_store();
        CHECK(world.state() == ForwardState::backing_off);
        CHECK(world.rule().trouble() == "nobody took it");
        world.run_until([&] { return world.router->came.size() > 4; });
        world.settle();
        CHECK(world.router->came.size() == 5);
        world.note_settled(4);
        world.accept_all();
        CHECK(world.numbers() == std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 2, 3});
        CHECK(world.rule().course().counters().returned == 4);
        CHECK(world.orders().machine().counters().buried == decltype(queue::Counters{}.buried){});
    }

    TEST_CASE("a link that is lost: what was under way goes again, over the next one") {
        RuleWorld world;
        world.fill(3);
        world.router->credit(100);
        world.settle();
        world.router->settle(0, wire::kAccepted);
        world.settle();
        world.connect_router();
        CHECK(world.orders().machine().depth() == 2);
        world.run_until([&] { return world.router->taken != nullptr; });
        world.router->credit(100);
        world.settle();
        CHECK(world.numbers() == std::vector<std::int64_t>{1});  // nobody knows yet how it is
        world.accept_all();
        CHECK(world.numbers() == std::vector<std::int64_t>{1, 2});
    }

    TEST_CASE("it goes on after a restart, without a router's word") {
        RuleWorld world;
        world.fill(2);
        world.open();
        CHECK(world.forwarder->of(world.orders()) != nullptr);
        CHECK(world.state() == ForwardState::no_router);
        CHECK(world.rule().trouble() == "no router is connected");
        world.connect_router();
        REQUIRE(world.router->taken != nullptr);
        world.router->credit(100);
        world.settle();
        world.accept_all();
        CHECK(world.orders().machine().depth() == 0);
    }

    TEST_CASE("what is rejected there is a dead letter that says why") {
        RuleWorld world;
        world.fill(3);
        world.router->credit(100);
        world.settle();
        world.router->settle(0, wire::rejected(kInvalidField, "it is wrong"));
        world.router->settle(1, kUndeliverable);
        world.router->settle(2, wire::rejected(kResourceLimitExceeded, "it is full"));
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
        std::vector<std::string> reasons;
        world.queues->store().read(world.queues->known("$dlq")->number(),
                                   {.from = 1, .through = 100, .messages = 10, .bytes = 10'000},
                                   [&](const store::Reading& reading) {
                                       for (const queue::Record& record : reading.records) {
                                           reasons.push_back(record.provenance->reason);
                                       }
                                   });
        world.settle();
        CHECK(reasons ==
              std::vector<std::string>{"rejected: it is wrong", "rejected: undeliverable there"});
        CHECK(world.rule().course().counters().rejected == 2);
    }

    TEST_CASE("what was here before goes no further, and says so") {
        RuleWorld world;
        wire::Message message;
        message.message_annotations = {
            {wire::Symbol{std::string{forwarding::kTrail}}, wire::List{"b1/orders", "b2/central"}}};
        message.body = wire::Value{"x"};
        Buffer encoded;
        wire::encode_message(encoded, message);
        CHECK(world.orders().offer(std::make_shared<const Buffer>(encoded), {}, {}));
        world.fill(1);
        world.router->credit(100);
        world.settle();
        CHECK(world.router->came.size() == 1);
        CHECK(world.orders().machine().depth() == 1);
        CHECK(world.queues->known("$dlq")->machine().depth() == 1);
        CHECK(world.rule().course().counters().rejected == 1);
        world.accept_all();
    }

    TEST_CASE("where no dead letter queue is, it stays, and keeps no other one back") {
        ForwardingWorld world;
        world.router = world.made();
        world.router->tell("orders", {"b1"},
                           {{"forward", wire::Map{{"to", "central"}}}, {"deadLetter", ""}});
        world.settle();
        world.fill(2);
        world.router->credit(100);
        world.settle();
        REQUIRE(world.router->came.size() == 2);
        world.router->settle(0, wire::rejected(kInvalidField, "it is wrong"));
        world.router->settle(1, wire::kAccepted);
        world.settle();
        CHECK(world.orders().machine().depth() == 1);
        CHECK(world.router->came.size() == 2);
        CHECK(world.forwarder->of(world.orders())->trouble() ==
              "a message stays, for the queue has no deadLetter: rejected: it is wrong");
        CHECK(world.forwarder->of(world.orders())->state() == ForwardState::idle);
    }

    TEST_CASE("one that would be forwarded to itself is not, and says so") {
        ForwardingWorld world;
        world.router = world.made();
        world.router->tell("orders", {"b1"}, {{"forward", wire::Map{{"to", "orders"}}}});
        world.settle();
        world.fill(1);
        CHECK(world.router->asked == 0);
        const Forward& rule = *world.forwarder->of(world.orders());
        CHECK(rule.state() == ForwardState::impossible);
        CHECK(rule.trouble() == "'orders' would be forwarded to itself: name another address");
    }

    TEST_CASE("another address holds for what comes after what is under way") {
        RuleWorld world;
        world.fill(1);
        world.router->credit(100);
        world.settle();
        REQUIRE(world.router->came.size() == 1);
        QueueEntry entry = world.orders().entry();
        entry.forward->to = "elsewhere";
        world.orders().change(entry);
        world.fill(1);
        CHECK(world.router->came.size() == 1);
        CHECK(world.router->goal == "central");
        world.router->settle(0, wire::kAccepted);
        world.settle();
        CHECK(world.router->goal == "elsewhere");
        world.router->credit(100);
        world.settle();
        CHECK(world.router->came.size() == 2);
    }

    TEST_CASE("a rule that goes leaves all as it is, one that comes takes what is there") {
        RuleWorld world;
        QueueEntry entry = world.orders().entry();
        const auto rule = std::exchange(entry.forward, std::nullopt);
        world.orders().change(entry);
        world.settle();
        world.fill(2);
        CHECK(world.router->taken == nullptr);
        entry.forward = rule;
        world.orders().change(entry);
        world.settle();
        REQUIRE(world.router->taken != nullptr);
        world.router->credit(100);
        world.settle();
        CHECK(world.router->came.size() == 2);
    }

    TEST_CASE("a broker that is drained empties it there") {
        RuleWorld world;
        CHECK(world.forwarder->drain({"orders"}));
        world.settle();
        CHECK(world.producer->credit() == 0);
        CHECK(world.forwarder->report().staying == 0);
        CHECK(world.forwarder->report().state == DrainReport::State::drained);
        world.forwarder->cancel();
        world.settle();
        CHECK(world.producer->credit() > 0);
        world.fill(1);
        world.router->credit(100);
        world.settle();
        world.accept_all();
        CHECK(world.state() == ForwardState::idle);
    }

    TEST_CASE("a broker that ends gives no more, and waits for what is under way") {
        RuleWorld world;
        world.fill(2);
        world.router->credit(1);
        world.settle();
        bool ended = false;
        world.forwarder->end([&] { ended = true; });
        world.settle();
        CHECK_FALSE(ended);
        world.router->credit(5);
        world.settle();
        CHECK(world.router->came.size() == 1);
        world.router->settle(0, wire::kAccepted);
        world.settle();
        CHECK(ended);
        CHECK(world.orders().machine().depth() == 1);
    }
}

}  // namespace weft::broker
