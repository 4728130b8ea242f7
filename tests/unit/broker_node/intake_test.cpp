#include "broker/node/intake.hpp"

#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weft::broker {
namespace {

constexpr std::uint64_t kFreeMin = 1000;
constexpr std::uint64_t kPlenty = 10'000;
constexpr std::uint64_t kLittle = 900;
constexpr std::uint64_t kNothing = 100;

Buffer message_for(std::string_view address) {
    wire::Message message;
    message.to = std::string{address};
    message.body = wire::Value{std::string{"x"}};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return encoded;
}

/// A client that sends.
class IntakePeer final : public test::EnginePeer {
public:
    explicit IntakePeer(io::Loop& loop)
        : EnginePeer{loop, {.server = false, .container_id = "client"}} {}

    /// Empty: its messages name their queues.
    amqp::Link& sender(std::string_view address) {
        amqp::Attach attach;
        attach.name = address.empty() ? "anonymous" : address;
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        if (!address.empty()) {
            attach.target->address = address;
        }
        attach.initial_delivery_count = 0;
        return EnginePeer::attach(attach);
    }

    std::map<amqp::DeliveryId, Buffer> states;  // of what was sent

private:
    void on_attach(amqp::Link&, const amqp::Attach&) override {}
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        states[update.id] = Buffer{update.state.begin(), update.state.end()};
    }
};

/// A broker whose disk has what the test says, and a client of it.
struct IntakeWorld {
    explicit IntakeWorld(std::uint64_t free_at_first = kPlenty) : free{free_at_first} {
        auto opened = Queues::open(loop,
                                   {.store = {.folder = folder.path(),
                                              .space = {.free_min = kFreeMin},
                                              .free_bytes = [this] { return free; }},
                                    .auto_create = true},
                                   [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
        endpoint::ConnectionProfile profile{.name = "clients"};
        profile.engine.container_id = "b1";
        peer = std::make_unique<IntakePeer>(loop);
        peer->carry(std::make_unique<BrokerConnection>(
            peer->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, endings, *forwarder));
        peer->open();
    }
    ~IntakeWorld() { peer.reset(); }

    /// The store looks at its disk, and the broker hears of it; its clients hear nothing yet.
    void look_at(std::uint64_t bytes_free) {
        free = bytes_free;
        queues->store().wait([] {});
        bool idle = false;
        queues->finish([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
        bool told = false;
        loop.post([&] { told = true; });
        while (!told) {
            loop.run_one();
        }
    }
    void look_and_tell(std::uint64_t bytes_free) {
        look_at(bytes_free);
        peer->pump();
    }
    wire::Outcome send(amqp::Link& link) {
        const amqp::Sent sent = link.send({}, message_for("orders"), /*more=*/false);
        REQUIRE(sent.complete);
        peer->pump();
        look_and_tell(free);
        return wire::outcome_of(peer->states[sent.id]);
    }
    Intake& intake() { return queues->intake(); }

    std::uint64_t free;  // the writer's, while it is at work
    node::test::TemporaryFolder folder;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    daemon::Connections connections{loop};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    Endings endings{loop};
    std::optional<Forwarder> forwarder;
    std::unique_ptr<IntakePeer> peer;
};

}  // namespace

TEST_SUITE("intake") {
    TEST_CASE("all producers lose their credit while there is little room, and have it again") {
        IntakeWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& anonymous = world.peer->sender({});
        CHECK(orders.credit() == ProducerLink::kCapacity);
        CHECK(anonymous.credit() == ProducerLink::kCapacity);
        CHECK(world.intake().takes_credit());
        world.look_and_tell(kLittle);
        CHECK_FALSE(world.intake().takes_credit());
        CHECK(orders.credit() == 0);
        CHECK(anonymous.credit() == 0);
        CHECK(world.peer->sender("other").credit() == 0);
        world.look_and_tell(kPlenty);
        CHECK(orders.credit() == ProducerLink::kCapacity);
        CHECK(anonymous.credit() == ProducerLink::kCapacity);
        CHECK(world.intake().rejected() == 0);
    }

    TEST_CASE("what crosses on the way is taken while there is little, and rejected without room") {
        IntakeWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        world.look_at(kLittle);
        CHECK(world.send(orders) == wire::Outcome::accepted);
        world.look_and_tell(kPlenty);
        world.look_at(kNothing);
        CHECK(world.send(orders) == wire::Outcome::rejected);
        CHECK(world.intake().rejected() == 1);
        CHECK(world.intake().refused() == 1);
        CHECK(world.queues->known("orders")->machine().depth() == 1);
        world.look_and_tell(kPlenty);
        CHECK(world.send(orders) == wire::Outcome::accepted);
        CHECK(world.intake().rejected() == 1);
    }

    TEST_CASE("a message is admitted by its size beside what waits") {
        IntakeWorld world;
        CHECK(world.intake().admit(kPlenty - kFreeMin));
        const auto refused = world.intake().admit(kPlenty - kNothing);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == kResourceLimitExceeded);
        CHECK(refused.error().text.find("/store/maxBytes") != std::string::npos);
        CHECK(world.intake().rejected() == 1);
        CHECK(world.intake().takes_credit());  // for smaller ones
    }

    TEST_CASE("a broker that begins with little room gives no credit until there is more") {
        IntakeWorld world{kLittle};
        amqp::Link& orders = world.peer->sender("orders");
        CHECK(orders.credit() == 0);
        world.look_and_tell(kPlenty);
        CHECK(orders.credit() == ProducerLink::kCapacity);
    }

    TEST_CASE("a producer that is gone hears nothing") {
        IntakeWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& stays = world.peer->sender("stays");
        world.peer->detach(orders);
        world.look_and_tell(kLittle);
        CHECK(stays.credit() == 0);
    }

    TEST_CASE("how much room there is, in words") {
        IntakeWorld world;
        const auto says = [&](std::uint64_t bytes_free, std::string_view words) {
            world.look_at(bytes_free);
            return words_of(world.queues->store()).find(words) != std::string::npos;
        };
        CHECK(says(kPlenty, "the store has room: the file system has 10000 bytes free"));
        CHECK(says(kLittle, "the store has little room, producers get no credit: "));
        CHECK(says(kNothing, "the store is full, messages are rejected: "));
    }
}

}  // namespace weft::broker
