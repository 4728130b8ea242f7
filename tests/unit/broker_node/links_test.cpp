#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

Buffer text_message(std::size_t bytes = 1) {
    wire::Message message;
    message.body = wire::Value{std::string(bytes, 'x')};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return encoded;
}

/// A client of a broker, in memory.
class LinkPeer final : public test::EnginePeer {
public:
    explicit LinkPeer(io::Loop& loop, amqp::Options options = {})
        : EnginePeer{loop, with_id(std::move(options))} {}

    amqp::Link& sender(std::string_view address) {
        amqp::Attach attach = named("out");
        attach.target->address = address;
        return EnginePeer::attach(attach);
    }
    amqp::Attach receiving(std::string_view address, std::string_view mode = {}) {
        amqp::Attach attach = named("in");
        attach.receiver = true;
        attach.source->address = address;
        attach.source->distribution_mode = mode;
        return attach;
    }
    /// Sends all of it; more may follow.
    amqp::DeliveryId begin(amqp::Link& link, const Buffer& part, bool more) {
        const amqp::Sent sent = link.send({}, part, more);
        CHECK(sent.complete == !more);
        pump();
        return sent.id;
    }

    std::map<amqp::DeliveryId, Buffer> states;  // of what was sent
    amqp::ReceiverSettleMode receiver_settle_mode{};
    std::vector<amqp::DeliveryId> came;

private:
    static amqp::Options with_id(amqp::Options options) {
        options.server = false;
        options.container_id = "client";
        return options;
    }
    amqp::Attach named(std::string name) {
        names_.push_back(std::make_unique<std::string>(name + std::to_string(names_.size())));
        amqp::Attach attach;
        attach.name = *names_.back();
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.initial_delivery_count = 0;
        return attach;
    }
    void on_attach(amqp::Link&, const amqp::Attach& attach) override {
        receiver_settle_mode = attach.receiver_settle_mode;
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        if (!transfer.more) {
            came.push_back(transfer.id);
        }
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        states[update.id] = Buffer{update.state.begin(), update.state.end()};
    }

    std::vector<std::unique_ptr<std::string>> names_;
};

/// A broker and its clients.
struct LinkWorld {
    LinkWorld() {
        auto opened = Queues::open(loop, {.store = {.folder = folder.path()}, .auto_create = true},
                                   [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
        peer = connect();
    }
    ~LinkWorld() { peer.reset(); }

    std::unique_ptr<LinkPeer> connect(amqp::Options options = {}) {
        auto made = std::make_unique<LinkPeer>(loop, std::move(options));
        endpoint::ConnectionProfile profile{.name = "clients"};
        profile.engine.container_id = "b1";
        made->carry(std::make_unique<BrokerConnection>(
            made->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, endings, *forwarder));
        made->open();
        return made;
    }
    void settle(LinkPeer& client) {
        for (int i = 0; i < 3; ++i) {
            bool idle = false;
            queues->finish([&] { idle = true; });
            while (!idle) {
                loop.run_one();
            }
            client.pump();
        }
    }
    const queue::Queue& queue(std::string_view name) {
        return queues->find(name, std::nullopt).value()->machine();
    }
    void put(std::string_view queue, int messages, std::size_t bytes = 1) {
        amqp::Link& link = peer->sender(queue);
        for (int i = 0; i < messages; ++i) {
            peer->send(link, text_message(bytes), /*settled=*/false);
            settle(*peer);
        }
        peer->detach(link);
    }
    /// All that producers may have, in the name of many connections.
    std::vector<std::unique_ptr<Incoming::Message>> take_all_room() {
        std::vector<std::unique_ptr<Incoming::Message>> all;
        while (queues->incoming().bytes() < Incoming::kBytesMax) {
            all.push_back(std::make_unique<Incoming::Message>(
                queues->incoming(), std::make_shared<Incoming::Account>(), nullptr));
            CHECK(all.back()->add(Incoming::kBytesMax / 4));
            all.back()->end();
        }
        return all;
    }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    daemon::Connections connections{loop};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    Endings endings{loop};
    std::optional<Forwarder> forwarder;
    std::unique_ptr<LinkPeer> peer;
};

}  // namespace

TEST_SUITE("links of a connection") {
    TEST_CASE("who is refused in the middle of a message has its credit again") {
        LinkWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        auto full = world.take_all_room();
        // The connection's own part is taken, too, by what waits for the disk.
        for (std::size_t sent = 0; sent <= Incoming::kBytesMax / 1000; sent += 10'000) {
            world.peer->begin(orders, text_message(10'000), /*more=*/false);
        }
        for (std::uint32_t i = 0; i < 2 * ProducerLink::kCapacity; ++i) {
            const auto id = world.peer->begin(orders, text_message(), /*more=*/true);
            CHECK(wire::outcome_of(world.peer->states[id]) == wire::Outcome::rejected);
            world.peer->begin(orders, text_message(), /*more=*/false);  // which is dropped
        }
        full.clear();
        world.settle(*world.peer);
        CHECK(orders.credit() > 0);
        CHECK(world.queues->incoming().bytes() == 0);
    }

    TEST_CASE("a producer that leaves takes nothing back that waits for the disk") {
        LinkWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        world.peer->begin(orders, text_message(1000), /*more=*/false);
        const std::size_t bytes = world.queues->incoming().bytes();
        CHECK(bytes > 1000);
        world.peer->detach(orders);
        CHECK(world.queues->incoming().bytes() == bytes);
        world.settle(*world.peer);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.queue("orders").depth() == 1);
    }

    TEST_CASE("what a peer had that broke the protocol was delivered in vain") {
        LinkWorld world;
        world.put("orders", 2);
        auto other = world.connect();
        other->attach(other->receiving("orders"), 2);
        world.settle(*other);
        CHECK(world.queue("orders").unsettled() == 2);
        other->engine().output().append(as_bytes("this is no frame of any kind"));
        other->pump();
        CHECK(world.queue("orders").unsettled() == 0);
        CHECK(world.queue("orders").counters().failed == 2);
        other.reset();
        world.settle(*world.peer);
    }

    TEST_CASE("a message that is too large for its consumer costs it no credit, and others none") {
        LinkWorld world;
        world.put("orders", 1, 5000);
        world.put("orders", 20);
        amqp::Attach attach = world.peer->receiving("orders");
        attach.max_message_size = 2000;
        world.peer->attach(attach, 10);
        world.settle(*world.peer);
        CHECK(world.peer->came.size() == 10);
        CHECK(world.queue("orders").unsettled() == 10);
    }

    TEST_CASE("a browser has so many copies that it did not settle") {
        LinkWorld world;
        QueueNode& orders = *world.queues->find("orders", QueueEntry{}).value();
        for (std::uint32_t i = 0; i < ConsumerLink::kCopiesMax + 10; ++i) {
            CHECK(orders.offer(std::make_shared<const Buffer>(text_message()), {}, {}));
        }
        world.settle(*world.peer);
        amqp::Attach attach = world.peer->receiving("orders", "copy");
        attach.sender_settle_mode = amqp::SenderSettleMode::unsettled;
        amqp::Link& link = world.peer->attach(attach, 2 * ConsumerLink::kCopiesMax);
        for (int i = 0; i < 200; ++i) {
            world.settle(*world.peer);
        }
        CHECK(world.peer->came.size() == ConsumerLink::kCopiesMax);
        for (int i = 0; i < 3; ++i) {
            link.update(world.peer->came[static_cast<std::size_t>(i)], wire::kAccepted, true);
        }
        world.settle(*world.peer);
        CHECK(world.peer->came.size() == ConsumerLink::kCopiesMax + 3);
    }

    TEST_CASE("the answer says in which mode deliveries are settled") {
        LinkWorld world;
        world.put("orders", 1);
        amqp::Attach attach = world.peer->receiving("orders");
        attach.receiver_settle_mode = amqp::ReceiverSettleMode::second;
        world.peer->attach(attach);
        CHECK(world.peer->receiver_settle_mode == amqp::ReceiverSettleMode::second);
    }

    TEST_CASE("a topic that is a queue already is refused, and none is browsed") {
        LinkWorld world;
        world.put("orders", 1);
        const Buffer topic = [] {
            Buffer bytes;
            wire::encode(bytes, wire::Value{wire::Symbol{"topic"}});
            return bytes;
        }();
        amqp::Attach attach = world.peer->receiving("orders");
        attach.source->capabilities = topic;
        world.peer->attach(attach);
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kNotAllowed));
        attach = world.peer->receiving("prices", "copy");
        attach.source->capabilities = topic;
        world.peer->attach(attach);
        REQUIRE(world.peer->detached().size() == 2);
        CHECK(world.peer->detached()[1].starts_with(kNotImplemented));
    }

    TEST_CASE("who sends to a topic that somebody subscribed to needs no word for it") {
        LinkWorld world;
        amqp::Attach attach = world.peer->receiving("prices");
        Buffer topic;
        wire::encode(topic, wire::Value{wire::Symbol{"topic"}});
        attach.source->capabilities = topic;
        amqp::Link& subscriber = world.peer->attach(attach, 10);
        world.put("prices", 1);
        CHECK(world.peer->came.size() == 1);
        CHECK(world.queues->known("prices") == nullptr);
        world.peer->detach(subscriber);
        CHECK_FALSE(world.topics->knows("prices"));
    }

    TEST_CASE(
        "a message is accepted when all subscriptions have it, however many turns that takes") {
        LinkWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        const auto known = world.topics->learn("prices", &entry).value();
        for (std::size_t i = 0; i < Publications::kStepsAtOnce; ++i) {
            Topics::Wish wish{.address = "prices", .container = "other"};
            wish.request.interest.filter = topic::read_filter("prices").value();
            wish.lost = [](const Error&) {};
            CHECK(world.topics->attach(std::move(wish)));
        }
        amqp::Link& prices = world.peer->sender("prices");
        const auto first = world.peer->begin(prices, text_message(), /*more=*/false);
        const auto second = world.peer->begin(prices, text_message(), /*more=*/false);
        CHECK(world.topics->publications().waiting() == 2);
        CHECK(world.peer->states.empty());
        while (world.topics->publications().waiting() > 0) {
            world.loop.run_one();
        }
        world.settle(*world.peer);
        CHECK(wire::outcome_of(world.peer->states[first]) == wire::Outcome::accepted);
        CHECK(wire::outcome_of(world.peer->states[second]) == wire::Outcome::accepted);
        CHECK(world.topics->counters().copies == 2 * Publications::kStepsAtOnce);
        CHECK(world.queues->incoming().bytes() == 0);
    }

    TEST_CASE("a producer that waits for a full subscription is asked for once it has room") {
        LinkWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        entry.settings.messages_max = 1;
        const auto known = world.topics->learn("prices", &entry).value();
        Topics::Wish wish{.address = "prices", .container = "other"};
        wish.request.interest.filter = topic::read_filter("prices").value();
        wish.lost = [](const Error&) {};
        const auto joined = world.topics->attach(std::move(wish)).value();
        amqp::Link& prices = world.peer->sender("prices");
        world.peer->begin(prices, text_message(), /*more=*/false);
        const std::uint64_t before = world.topics->subscriptions().index().steps();
        std::vector<topic::Subscription*> matched;
        world.topics->subscriptions().match("prices", matched);
        const std::uint64_t walk = world.topics->subscriptions().index().steps() - before;
        constexpr std::uint64_t kSent = 200;  // it has credit for these
        for (std::uint64_t i = 0; i < kSent; ++i) {
            world.peer->begin(prices, text_message(), /*more=*/false);
        }
        world.settle(*world.peer);
        CHECK(joined.queue->machine().depth() == 1 + kSent);
        CHECK(world.topics->subscriptions().index().steps() - before == (1 + kSent) * walk);
        const auto left = prices.credit();
        world.topics->leave(joined.link, topic::Leaving::closed);
        world.settle(*world.peer);
        CHECK(prices.credit() > left);
    }

    TEST_CASE("a producer for which a turn has no steps left is asked for in another one") {
        LinkWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        const auto others = world.topics->learn("others", &entry).value();
        entry.settings.messages_max = 1;
        const auto known = world.topics->learn("prices", &entry).value();
        Topics::Wish wish{.address = "prices", .container = "other"};
        wish.request.interest.filter = topic::read_filter("prices").value();
        wish.lost = [](const Error&) {};
        CHECK(world.topics->attach(std::move(wish)));
        world.peer->begin(world.peer->sender("prices"), text_message(), /*more=*/false);
        for (std::size_t i = 0; i < Publications::kStepsAtOnce; ++i) {
            REQUIRE(world.topics->takes_credit("others", nullptr));
        }
        std::vector<amqp::Link*> links;
        for (int i = 0; i < 3; ++i) {
            links.push_back(&world.peer->sender("others"));
        }
        const auto served = [&] {
            return std::ranges::count_if(links,
                                         [](const amqp::Link* link) { return link->credit() > 0; });
        };
        CHECK(served() == 0);
        while (served() < 3) {
            world.loop.run_one();
            world.settle(*world.peer);
        }
    }

    TEST_CASE("of many messages of topics that wait it is known of so many who gets them") {
        LinkWorld world;
        QueueEntry entry;
        entry.is_topic = true;
        const auto known = world.topics->learn("prices", &entry).value();
        std::vector<Topics::Joined> joined;
        for (std::size_t i = 0; i < Publications::kSlice * 3 / 2; ++i) {
            Topics::Wish wish{.address = "prices", .container = "other"};
            wish.request.interest.filter = topic::read_filter("prices").value();
            wish.lost = [](const Error&) {};
            joined.push_back(world.topics->attach(std::move(wish)).value());
        }
        constexpr std::size_t kProducers = Publications::kUnderwayMax + 20;
        for (std::size_t i = 0; i < kProducers; ++i) {
            amqp::Link& prices = world.peer->sender("prices");
            world.peer->begin(prices, text_message(), /*more=*/false);
            world.peer->begin(prices, text_message(), /*more=*/false);
        }
        const Publications& publications = world.topics->publications();
        CHECK(publications.waiting() > Publications::kUnderwayMax);
        std::size_t most = 0;
        while (publications.waiting() > 0) {
            most = std::max(most, publications.underway());
            world.loop.run_one();
        }
        CHECK(most > 1);
        CHECK(most <= Publications::kUnderwayMax);
        CHECK(publications.underway() == 0);
        CHECK(joined.back().queue->machine().depth() == 2 * kProducers);
        world.settle(*world.peer);
        CHECK(world.peer->states.size() == 2 * kProducers);
        CHECK(world.queues->incoming().bytes() == 0);
    }

    TEST_CASE("a queue that is deleted ends its links, and they are nobody's afterwards") {
        LinkWorld world;
        amqp::Link& sender = world.peer->sender("orders");
        (void)sender;
        world.peer->attach(world.peer->receiving("orders"), 10);
        world.queues->drop(*world.queues->known("orders"));
        world.settle(*world.peer);
        CHECK(world.peer->detached().size() == 2);
        world.put("parts", 1);
        world.peer->attach(world.peer->receiving("parts"), 1);
        world.settle(*world.peer);
        CHECK(world.peer->came.size() == 1);
    }
}

}  // namespace weft::broker
