#include "broker/selector/filter_set.hpp"
#include "common/base/conditions.hpp"
#include "tests/unit/broker_node/transaction_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::broker {
namespace {

using transaction::Id;
using wire::Outcome;

Buffer row(const std::string& key, const queue::Fence& fence, const std::string& name = {}) {
    wire::Message message;
    if (!name.empty()) {
        message.message_id = wire::Value{name};
    }
    message.message_annotations = {
        {wire::Symbol{"x-opt-fence"}, wire::List{fence.epoch, fence.owner, fence.sequence}}};
    message.application_properties = {{"key", key}};
    message.body = wire::Value{"row"};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return encoded;
}

Buffer asking_for(const wire::List& keys) {
    Buffer encoded;
    wire::encode(
        encoded,
        wire::Value{wire::Map{{wire::Symbol{"last"},
                               wire::Described{std::make_shared<const wire::Value>(wire::Symbol{
                                                   std::string{selector::kLastValueFilterSymbol}}),
                                               std::make_shared<const wire::Value>(keys)}}}});
    return encoded;
}

/// What the info of a rejection says.
wire::Map info_of(const TransactionPeer::Answer& answer) {
    std::uint64_t descriptor = 0;
    wire::Reader error =
        wire::Reader{answer.state}.described_list(descriptor).described_list(descriptor);
    (void)error.symbol();
    (void)error.string();
    Bytes info = error.raw();
    const auto value = wire::decode(info);
    REQUIRE(value);
    return *value->as<wire::Map>();
}

/// A broker with the fenced queue "rows".
struct FencedWorld : TransactionWorld {
    FencedWorld() {
        QueueEntry entry;
        entry.settings.last_value_key = "key";
        entry.settings.fenced = true;
        entry.settings.duplicate_window = 10;
        REQUIRE(queues->find("rows", entry));
        sender = &peer->sender("rows");
    }
    const TransactionPeer::Answer& write(const std::string& key, const queue::Fence& fence) {
        const auto delivery = peer->send(*sender, row(key, fence));
        settle();
        return peer->answer(delivery);
    }
    /// How many rows came.
    std::size_t read(const wire::List& keys) {
        peer->take();
        amqp::Link& reader = peer->receiver("rows", 0, {}, "copy", asking_for(keys));
        reader.grant(static_cast<std::uint32_t>(keys.size()), /*drain=*/true);
        peer->pump();
        settle();
        peer->detach(reader);
        return peer->take().size();
    }

    amqp::Link* sender = nullptr;
};

}  // namespace

TEST_SUITE("fences: links") {
    TEST_CASE("what is barred is rejected, with the fence that the key has") {
        FencedWorld world;
        CHECK(world.write("a", {5, "life", 7}).outcome() == Outcome::accepted);
        CHECK(world.write("a", {5, "life", 7}).outcome() == Outcome::accepted);
        const auto& barred = world.write("a", {4, "old", 99});
        CHECK(barred.outcome() == Outcome::rejected);
        CHECK(barred.condition() == kPreconditionFailed);
        CHECK(info_of(barred) == wire::Map{{wire::Symbol{"epoch"}, std::uint64_t{5}},
                                           {wire::Symbol{"owner"}, "life"},
                                           {wire::Symbol{"sequence"}, std::uint64_t{7}}});
        CHECK(world.write("a", {6, "new", 1}).outcome() == Outcome::accepted);
        CHECK(world.queue("rows").depth() == 1);
        CHECK(world.queue("rows").counters().fenced == 1);
        CHECK(world.queue("rows").counters().duplicates == 1);
        const auto plain = world.peer->send(*world.sender, message_with("m"));
        CHECK(world.peer->answer(plain).condition() == kInvalidField);
    }

    TEST_CASE("a key is read: a copy of its message or nothing, and then it is drained") {
        FencedWorld world;
        world.write("a", {1, "life", 1});
        world.write("b", {1, "life", 1});
        world.write("a", {1, "life", 2});
        CHECK(world.read({"a"}) == 1);
        CHECK(world.read({"nothing"}) == 0);
        CHECK(world.read({"b", "nothing", "a"}) == 2);
        CHECK(world.peer->drained == 3);
        CHECK(world.queue("rows").depth() == 2);
        CHECK(world.queue("rows").attached().all() == 0);
    }

    TEST_CASE("who may not read keys is refused") {
        FencedWorld world;
        world.peer->receiver("rows", 0, {}, {}, asking_for({"a"}));
        world.peer->receiver("plain", 0, {}, "copy", asking_for({"a"}));
        world.peer->receiver("rows", 0, {}, "copy", asking_for({}));
        const auto& detached = world.peer->detached();
        REQUIRE(detached.size() == 3);
        CHECK(detached[0].starts_with(kNotImplemented));
        CHECK(detached[0].find("distribution-mode copy") != std::string::npos);
        CHECK(detached[1].starts_with(kNotImplemented));
        CHECK(detached[1].find("lastValueKey") != std::string::npos);
        CHECK(detached[2].starts_with(kInvalidField));
    }

    TEST_CASE("in a transaction fences are asked at the commit, in the order of what is sent") {
        FencedWorld world;
        const auto sends = [&](const Id& id, const queue::Fence& fence) {
            return world.peer->send(*world.sender, row("a", fence), transaction::state_of(id, {}));
        };
        const Id first = world.declare();
        sends(first, {1, "life", 1});
        sends(first, {1, "life", 2});
        const Id second = world.declare();
        sends(second, {1, "life", 3});
        CHECK(world.write("a", {2, "other", 1}).outcome() == Outcome::accepted);
        const auto discharged = world.discharge(second);
        world.settle();
        CHECK(world.peer->answer(discharged).condition() == kTransactionRollback);
        CHECK_FALSE(world.commit(first));
        const Id third = world.declare();
        sends(third, {3, "life", 2});
        sends(third, {3, "life", 1});
        CHECK_FALSE(world.commit(third));
        const Id fourth = world.declare();
        sends(fourth, {3, "life", 1});
        sends(fourth, {3, "life", 2});
        CHECK(world.commit(fourth));
        CHECK(world.queue("rows").depth() == 1);
        CHECK(world.write("a", {3, "life", 2}).outcome() == Outcome::accepted);
        CHECK(world.queue("rows").counters().duplicates == 1);
    }

    TEST_CASE("what is known by its name opens no way past the fence to what comes behind it") {
        FencedWorld world;
        const Buffer named = row("a", {3, "old", 10}, "n");
        world.peer->send(*world.sender, named);
        world.settle();
        CHECK(world.write("a", {4, "new", 1}).outcome() == Outcome::accepted);
        const Id id = world.declare();
        world.peer->send(*world.sender, named, transaction::state_of(id, {}));
        world.peer->send(*world.sender, row("a", {3, "old", 11}), transaction::state_of(id, {}));
        CHECK_FALSE(world.commit(id));
        CHECK(world.queue("rows").depth() == 1);
        const auto& barred = world.write("a", {3, "old", 12});
        CHECK(barred.condition() == kPreconditionFailed);
        CHECK(info_of(barred).front().second == wire::Value{std::uint64_t{4}});
    }
}

}  // namespace weft::broker
