#include "broker/node/broker_connection.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "common/wire/reader.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

using namespace std::chrono_literals;
using transaction::Id;
using wire::Outcome;

Buffer message_with(wire::Value body) {
    wire::Message message;
    message.body = std::move(body);
    Buffer bytes;
    wire::encode_message(bytes, message);
    return bytes;
}

Buffer control(std::uint64_t code, wire::List fields) {
    return message_with(wire::Described{std::make_shared<const wire::Value>(code),
                                        std::make_shared<const wire::Value>(std::move(fields))});
}

/// A client of a broker, in memory.
class TransactionPeer final : public test::EnginePeer {
public:
    TransactionPeer(io::Loop& loop)
        : EnginePeer{loop, {.server = false, .container_id = "client"}} {}

    amqp::Link& coordinator(Buffer outcomes = {}) {
        amqp::Attach attach = base("control");
        attach.target->kind = amqp::Terminus::Kind::coordinator;
        attach.source->outcomes = outcomes;
        return EnginePeer::attach(attach);
    }
    amqp::Link& sender(std::string_view address, std::string_view capability = {}) {
        const Buffer capabilities = capability.empty() ? Buffer{} : symbol(capability);
        amqp::Attach attach = base("out " + std::string{address});
        attach.target->address = address;
        attach.target->capabilities = capabilities;
        return EnginePeer::attach(attach);
    }
    amqp::Link& receiver(std::string_view address,
                         std::uint32_t credit,
                         std::string_view capability = {},
                         std::string_view mode = {}) {
        const Buffer capabilities = capability.empty() ? Buffer{} : symbol(capability);
        amqp::Attach attach = base("in " + std::string{address});
        attach.receiver = true;
        attach.source->address = address;
        attach.source->capabilities = capabilities;
        attach.source->distribution_mode = mode;
        attach.sender_settle_mode = amqp::SenderSettleMode::unsettled;
        return EnginePeer::attach(attach, credit);
    }
    /// What became of a delivery that was sent, so far.
    struct Answer {
        Buffer state;
        bool settled = false;
        Outcome outcome() const { return wire::outcome_of(state); }
        std::string_view condition() const {
            std::uint64_t descriptor = 0;
            wire::Reader fields = wire::Reader{state}.described_list(descriptor);
            return fields.described_list(descriptor).symbol().value_or("");
        }
    };
    amqp::DeliveryId send(amqp::Link& link,
                          const Buffer& message,
                          Bytes state = {},
                          bool settled = false) {
        const amqp::Sent sent = link.send({.settled = settled, .state = state}, message, false);
        CHECK(sent.complete);
        pump();
        return sent.id;
    }
    const Answer& answer(amqp::DeliveryId id) { return answers[id]; }
    /// The deliveries that came since the last call.
    std::vector<amqp::DeliveryId> take() { return std::exchange(came, {}); }
    void say(amqp::Link& link, amqp::DeliveryId id, Bytes state, bool settled = false) {
        link.update(id, state, settled);
        pump();
    }

    std::map<amqp::DeliveryId, Answer> answers;
    std::map<amqp::DeliveryId, Answer> verdicts;  // on what came in
    std::vector<amqp::DeliveryId> came;
    Buffer offered;  // by the coordinator

private:
    static Buffer symbol(std::string_view text) {
        Buffer bytes;
        wire::encode(bytes, wire::Value{wire::Symbol{std::string{text}}});
        return bytes;
    }
    amqp::Attach base(const std::string& name) {
        names_.push_back(std::make_unique<std::string>(name + std::to_string(names_.size())));
        amqp::Attach attach;
        attach.name = *names_.back();
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.initial_delivery_count = 0;
        return attach;
    }
    void on_attach(amqp::Link&, const amqp::Attach& attach) override {
        if (attach.target && attach.target->kind == amqp::Terminus::Kind::coordinator) {
            offered.assign(attach.target->capabilities.begin(), attach.target->capabilities.end());
        }
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        if (!transfer.more) {
            came.push_back(transfer.id);
        }
    }
    void on_update(amqp::Link& link, const amqp::DeliveryUpdate& update, amqp::Context) override {
        auto& all = link.is_receiver() ? verdicts : answers;
        all[update.id] = {{update.state.begin(), update.state.end()}, update.settled};
    }

    std::vector<std::unique_ptr<std::string>> names_;
};

/// A broker and one client of it.
struct TransactionWorld {
    explicit TransactionWorld(transaction::Limits limits = {}, std::uint64_t store_max = 0) {
        auto opened = Queues::open(
            loop,
            {.store = {.folder = folder.path(), .space = {.free_min = 1024, .used_max = store_max}},
             .auto_create = true,
             .transactions = limits},
            [](const Error& error) { FAIL(error.text); });
        if (!opened) {
            FAIL(opened.error().text);
        }
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        peer = connect();
        control_link = &peer->coordinator();
    }
    std::unique_ptr<TransactionPeer> connect() {
        auto made = std::make_unique<TransactionPeer>(loop);
        endpoint::ConnectionProfile profile{.name = "clients"};
        profile.engine.container_id = "b1";
        made->carry(std::make_unique<BrokerConnection>(
            made->transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics));
        made->open();
        return made;
    }
    ~TransactionWorld() { peer.reset(); }

    /// All that was asked is durable, what that brings, too, and the client has heard of it.
    void settle() {
        for (int round = 0; round < 4; ++round) {
            bool idle = false;
            queues->finish([&] { idle = true; });
            while (!idle) {
                loop.run_one();
            }
            peer->pump();
        }
    }
    Id declare() {
        const auto delivery = peer->send(*control_link, control(0x31, {wire::Value{}}));
        const auto& answer = peer->answer(delivery);
        REQUIRE(answer.outcome() == Outcome::declared);
        CHECK(answer.settled);
        std::uint64_t descriptor = 0;
        const Bytes bytes =
            wire::Reader{answer.state}.described_list(descriptor).binary().value_or(Bytes{});
        Id id{};
        REQUIRE(bytes.size() == id.size());
        std::copy(bytes.begin(), bytes.end(), id.begin());
        return id;
    }
    amqp::DeliveryId discharge(const Id& id, bool fail = false) {
        return peer->send(*control_link,
                          control(0x32, {wire::Binary{{id.begin(), id.end()}}, fail}));
    }
    /// True: it was.
    bool commit(const Id& id) {
        const auto delivery = discharge(id);
        settle();
        return peer->answer(delivery).outcome() == Outcome::accepted;
    }
    amqp::DeliveryId send(amqp::Link& link, const Id& id, bool settled = false) {
        return peer->send(link, message_with("m"), transaction::state_of(id, {}), settled);
    }
    void put(std::string_view queue, int messages) {
        amqp::Link& link = peer->sender(queue);
        for (int i = 0; i < messages; ++i) {
            peer->send(link, message_with(i));
        }
        settle();
        peer->detach(link);
    }
    const queue::Queue& queue(std::string_view name) {
        return queues->find(name, std::nullopt).value()->machine();
    }
    const transaction::Counters& counters() const { return queues->transactions().counters; }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    daemon::Connections connections{loop};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    std::unique_ptr<TransactionPeer> peer;
    amqp::Link* control_link = nullptr;
};

QueueEntry rejecting(std::uint64_t messages_max) {
    QueueEntry entry;
    entry.settings.messages_max = messages_max;
    entry.settings.overflow = queue::Overflow::reject;
    return entry;
}

}  // namespace

TEST_SUITE("transactions of a connection") {
    TEST_CASE("what is sent in one is nowhere before its commit, and then in one commit") {
        TransactionWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& parts = world.peer->sender("parts");
        world.settle();
        const Id id = world.declare();
        for (int i = 0; i < 3; ++i) {
            const auto delivery = world.send(i == 1 ? parts : orders, id);
            const auto& answer = world.peer->answer(delivery);
            CHECK(answer.settled);
            const auto state = transaction::read_state(answer.state);
            REQUIRE(state);
            CHECK(state->id == id);
            CHECK(wire::outcome_of(state->outcome) == Outcome::accepted);
        }
        CHECK(world.queues->transactions().bytes > 0);
        CHECK(world.queues->incoming().bytes() == world.queues->transactions().bytes);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
        const std::uint64_t commits = world.queues->store().commits();
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).outcome() == Outcome::none);
        world.settle();
        CHECK(world.peer->answer(discharged).outcome() == Outcome::accepted);
        CHECK(world.peer->answer(discharged).settled);
        CHECK(world.queues->store().commits() == commits + 1);
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("parts").depth() == 1);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.queues->transactions().bytes == 0);
        CHECK(world.counters().committed == 1);
        CHECK_FALSE(world.commit(id));
        CHECK(world.counters().declared == 1);
    }

    TEST_CASE("what is rolled back was never sent") {
        TransactionWorld world;
        amqp::Link& orders = world.peer->sender("orders");
        const Id id = world.declare();
        world.send(orders, id);
        const auto discharged = world.discharge(id, /*fail=*/true);
        CHECK(world.peer->answer(discharged).outcome() == Outcome::accepted);
        world.settle();
        CHECK(world.queue("orders").counters().taken == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().rolled_back == 1);
    }

    TEST_CASE("outcomes hold with the commit, sends and outcomes together") {
        TransactionWorld world;
        world.put("orders", 4);
        amqp::Link& receiver = world.peer->receiver("orders", 10);
        amqp::Link& done = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 4);
        const Id id = world.declare();
        const Buffer rejected = wire::rejected("weft:test", "no");
        const std::vector<Bytes> outcomes{wire::kAccepted, wire::kAccepted, wire::kReleased,
                                          rejected};
        for (std::size_t i = 0; i < 4; ++i) {
            world.peer->say(receiver, came[i], transaction::state_of(id, outcomes[i]),
                            /*settled=*/i == 0);
        }
        world.send(done, id);
        world.settle();
        CHECK(world.queue("orders").depth() == 4);
        CHECK(world.queue("orders").unsettled() == 4);
        const std::uint64_t commits = world.queues->store().commits();
        CHECK(world.commit(id));
        CHECK(world.queues->store().commits() >= commits + 1);
        CHECK(world.queue("done").depth() == 1);
        CHECK(world.queue("orders").counters().acknowledged == 2);
        CHECK(world.queue("$dlq").depth() == 1);
        CHECK(world.peer->verdicts[came[1]].outcome() == Outcome::accepted);
        CHECK(world.peer->verdicts[came[1]].settled);
        CHECK(world.peer->verdicts[came[3]].settled);
        CHECK_FALSE(world.peer->verdicts.contains(came[0]));
        CHECK(world.peer->take().size() == 1);  // the released one comes again
    }

    TEST_CASE("rolled back, what is not settled is acquired still, and what is settled failed") {
        TransactionWorld world;
        world.put("orders", 3);
        amqp::Link& receiver = world.peer->receiver("orders", 3);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 3);
        const Id id = world.declare();
        for (std::size_t i = 0; i < 3; ++i) {
            world.peer->say(receiver, came[i], transaction::state_of(id, wire::kAccepted),
                            /*settled=*/i == 0);
        }
        world.peer->say(receiver, came[1], {}, /*settled=*/true);
        world.discharge(id, /*fail=*/true);
        world.settle();
        CHECK(world.queue("orders").depth() == 3);
        CHECK(world.queue("orders").unsettled() == 1);
        CHECK(world.queue("orders").counters().failed == 2);
        CHECK(world.peer->verdicts.empty());
        // In the next one it is processed.
        const Id next = world.declare();
        world.peer->say(receiver, came[2], transaction::state_of(next, wire::kAccepted));
        CHECK(world.commit(next));
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.peer->verdicts[came[2]].settled);
    }

    TEST_CASE("the last thing that is said of a message in its transaction holds") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kReleased));
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 0);
    }

    TEST_CASE("a message has a part in one transaction only") {
        TransactionWorld world;
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        const Id other = world.declare();
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        SUBCASE("in another one") {
            world.peer->say(receiver, came[0], transaction::state_of(other, wire::kAccepted));
        }
        SUBCASE("outside of any") {
            world.peer->say(receiver, came[0], wire::kAccepted);
        }
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kNotAllowed));
        // It is the transaction's, though its link is gone.
        world.settle();
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("orders").unsettled() == 1);
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 1);
    }

    TEST_CASE("a link may go before the commit; its connection may not") {
        TransactionWorld world;
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        amqp::Link& sender = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        world.send(sender, id);
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        world.peer->detach(receiver);
        world.peer->detach(sender);
        world.settle();
        CHECK(world.queue("orders").unsettled() == 1);
        SUBCASE("and it commits") {
            CHECK(world.commit(id));
            CHECK(world.queue("orders").depth() == 1);
            CHECK(world.queue("done").depth() == 1);
        }
        SUBCASE("and its coordinator's link goes, too") {
            world.peer->detach(*world.control_link);
            CHECK(world.queue("orders").counters().failed == 0);
        }
        SUBCASE("and its connection is lost") {
            world.peer->drop();
            CHECK(world.queue("orders").counters().failed == 1);
        }
        if (world.counters().committed == 0) {
            world.settle();
            CHECK(world.queue("orders").depth() == 2);
            CHECK(world.queue("orders").unsettled() == 0);
            CHECK(world.queue("done").counters().taken == 0);
            CHECK(world.queues->incoming().bytes() == 0);
            CHECK(world.counters().abandoned == 1);
            CHECK(world.queues->transactions().open == 0);
        }
    }

    TEST_CASE("a queue that has no room for all of it has none of it") {
        TransactionWorld world;
        CHECK(world.queues->find("orders", rejecting(2)));
        amqp::Link& orders = world.peer->sender("orders");
        amqp::Link& other = world.peer->sender("other");
        const Id id = world.declare();
        world.send(other, id);
        for (int i = 0; i < 3; ++i) {
            world.send(orders, id);
        }
        const auto discharged = world.discharge(id);
        const auto& answer = world.peer->answer(discharged);
        CHECK(answer.outcome() == Outcome::rejected);
        CHECK(answer.condition() == kTransactionRollback);
        CHECK(as_text(answer.state).find("'orders' is full") != std::string_view::npos);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
        CHECK(world.queue("other").depth() == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().failed == 1);

        const Id two = world.declare();
        world.send(orders, two);
        world.send(orders, two);
        CHECK(world.commit(two));
        CHECK(world.queue("orders").depth() == 2);
    }

    TEST_CASE("what a transaction itself moves to a queue does not keep out what it sends there") {
        TransactionWorld world;
        QueueEntry entry;
        entry.dead_letter = "few";
        CHECK(world.queues->find("few", rejecting(2)));
        CHECK(world.queues->find("orders", entry));
        world.put("few", 1);
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        amqp::Link& few = world.peer->sender("few");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        const Buffer rejected = wire::rejected("weft:test", "no");
        world.peer->say(receiver, came[0], transaction::state_of(id, rejected), /*settled=*/true);
        world.send(few, id);
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 0);
        CHECK(world.queue("few").depth() == 3);
    }

    TEST_CASE("a store that has no room for all of it has none of it") {
        TransactionWorld world{{}, 400 * 1024};
        amqp::Link& orders = world.peer->sender("orders");
        const Id id = world.declare();
        const Buffer large = message_with(std::string(100 * 1024, 'x'));
        for (int i = 0; i < 5; ++i) {
            const auto delivery = world.peer->send(orders, large, transaction::state_of(id, {}));
            CHECK(world.peer->answer(delivery).outcome() == Outcome::transactional);
        }
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionRollback);
        world.settle();
        CHECK(world.queue("orders").depth() == 0);
    }

    TEST_CASE("topics get what is sent to them, as they are at the commit") {
        TransactionWorld world;
        amqp::Link& sender = world.peer->sender("prices", "topic");
        world.peer->receiver("prices", 5, "topic");
        const Id id = world.declare();
        world.send(sender, id);
        world.peer->receiver("prices", 5, "topic");
        world.settle();
        CHECK(world.topics->counters().published == 0);
        CHECK(world.commit(id));
        world.settle();
        CHECK(world.topics->counters().published == 1);
        CHECK(world.topics->counters().copies == 2);
        CHECK(world.peer->take().size() == 2);
    }

    TEST_CASE("a part that can't be done spoils it") {
        TransactionWorld world{{.work_max = 2}};
        amqp::Link& anonymous = world.peer->sender("");
        const Id id = world.declare();
        const auto refused = world.send(anonymous, id);  // it names no queue
        CHECK(world.peer->answer(refused).outcome() == Outcome::rejected);
        CHECK(world.peer->answer(refused).condition() == kInvalidField);
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionRollback);

        amqp::Link& orders = world.peer->sender("orders");
        const Id many = world.declare();
        for (int i = 0; i < 3; ++i) {
            const auto sent = world.send(orders, many, /*settled=*/true);
            CHECK_FALSE(world.peer->answers.contains(sent));
        }
        const auto over = world.discharge(many);
        CHECK(world.peer->answer(over).condition() == kTransactionRollback);
        world.settle();
        CHECK(world.queue("orders").counters().taken == 0);
        CHECK(world.queues->incoming().bytes() == 0);
        CHECK(world.counters().failed == 2);
    }

    TEST_CASE("nobody knows a transaction that was not declared") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& receiver = world.peer->receiver("orders", 1);
        amqp::Link& orders = world.peer->sender("orders");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id nobody{1, 2, 3};
        const auto sent = world.send(orders, nobody);
        CHECK(world.peer->answer(sent).condition() == kTransactionUnknownId);
        const auto discharged = world.discharge(nobody);
        CHECK(world.peer->answer(discharged).condition() == kTransactionUnknownId);
        CHECK(world.peer->detached().empty());
        world.send(orders, nobody, /*settled=*/true);
        CHECK(world.peer->detached().size() == 1);
        world.peer->say(receiver, came[0], transaction::state_of(nobody, wire::kAccepted));
        REQUIRE(world.peer->detached().size() == 2);
        CHECK(world.peer->detached()[1].starts_with(kTransactionUnknownId));
        world.settle();
        CHECK(world.queue("orders").depth() == 1);
        CHECK(world.queue("orders").unsettled() == 0);
        // Nor that of another connection.
        const Id id = world.declare();
        const auto other = world.connect();
        const auto stranger =
            other->send(other->sender("orders"), message_with("m"), transaction::state_of(id, {}));
        CHECK(other->answer(stranger).condition() == kTransactionUnknownId);
    }

    TEST_CASE("one that is open for too long is rolled back") {
        TransactionWorld world{{.open_max = 1ms}};
        world.put("orders", 2);
        amqp::Link& receiver = world.peer->receiver("orders", 2);
        amqp::Link& done = world.peer->sender("done");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 2);
        const Id id = world.declare();
        world.send(done, id);
        world.peer->say(receiver, came[0], transaction::state_of(id, wire::kAccepted));
        while (world.counters().timed_out == 0) {
            world.loop.run_one();
        }
        CHECK(world.queues->incoming().bytes() == 0);
        const auto late = world.send(done, id);
        CHECK(world.peer->answer(late).condition() == kTransactionTimeout);
        world.peer->say(receiver, came[1], transaction::state_of(id, wire::kAccepted),
                        /*settled=*/true);
        const auto discharged = world.discharge(id);
        CHECK(world.peer->answer(discharged).condition() == kTransactionTimeout);
        world.settle();
        CHECK(world.queue("done").counters().taken == 0);
        CHECK(world.queue("orders").depth() == 2);
        CHECK(world.queue("orders").counters().failed == 1);
        CHECK(world.queue("orders").unsettled() == 1);
    }

    TEST_CASE("what the coordinator can do is said, and what it can't is refused") {
        TransactionWorld world;
        CHECK(as_text(world.peer->offered).find("amqp:local-transactions") !=
              std::string_view::npos);
        CHECK(as_text(world.peer->offered).find("amqp:multi-txns-per-ssn") !=
              std::string_view::npos);
        CHECK(as_text(world.peer->offered).find("distributed") == std::string_view::npos);
        const auto distributed = world.peer->send(
            *world.control_link, control(0x31, {wire::Value{wire::Binary{{1, 2, 3}}}}));
        CHECK(world.peer->answer(distributed).condition() == kNotImplemented);
        const auto nonsense = world.peer->send(*world.control_link, message_with("declare"));
        CHECK(world.peer->answer(nonsense).condition() == kDecodeError);
        CHECK(world.peer->detached().empty());
        world.peer->send(*world.control_link, control(0x31, {}), {}, /*settled=*/true);
        REQUIRE(world.peer->detached().size() == 1);
        CHECK(world.peer->detached()[0].starts_with(kInvalidField));

        // Who takes no rejections hears it by the link's end.
        Buffer accepted;
        wire::encode(accepted, wire::Value{wire::Symbol{"amqp:accepted:list"}});
        amqp::Link& mild = world.peer->coordinator(accepted);
        world.peer->send(mild, message_with("declare"));
        REQUIRE(world.peer->detached().size() == 2);
        CHECK(world.peer->detached()[1].starts_with(kDecodeError));
    }

    TEST_CASE("a browser's copies may be in a transaction, which has nothing of them") {
        TransactionWorld world;
        world.put("orders", 1);
        amqp::Link& browser = world.peer->receiver("orders", 1, {}, "copy");
        world.settle();
        const auto came = world.peer->take();
        REQUIRE(came.size() == 1);
        const Id id = world.declare();
        world.peer->say(browser, came[0], transaction::state_of(id, wire::kAccepted));
        CHECK(world.commit(id));
        CHECK(world.queue("orders").depth() == 1);
        CHECK(browser.unsettled() == 0);
    }
}

}  // namespace weft::broker
