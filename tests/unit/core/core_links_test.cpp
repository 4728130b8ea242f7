#include "common/base/conditions.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/core/world.hpp"

#include <array>
#include <set>
#include <stdexcept>
#include <string>

namespace weft::router {
namespace {

/// Refuses what goes to "secret", or is of "eve".
class Doorman final : public Admission {
public:
    std::optional<Error> refuses(const MessageFacts& message) override {
        const bool refuses = message.to == "secret" || as_text(message.user_id) == "eve";
        return refuses ? std::optional{Error{"amqp:unauthorized-access", "not yours"}}
                       : std::nullopt;
    }
    bool judges_user_ids() const override { return judges; }
    bool judges = true;
};

/// The properties of a message of that user.
Buffer message_of(std::string_view user_id) {
    Buffer message;
    wire::Writer out{message};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::properties));
    out.null();
    out.binary(as_bytes(user_id));
    out.end(list);
    return message;
}

std::string_view condition(World& world, const AttachRequest& request) {
    const auto attached = world.core.attach(world.left.connection(), request);
    REQUIRE_FALSE(attached);
    return attached.error().condition;
}

}  // namespace

TEST_SUITE_BEGIN("Core: links");

TEST_CASE("an attach that leads nowhere is refused with the condition that says why") {
    World world;
    world.rule("closed", {.distribution = Distribution::unavailable});
    CHECK(condition(world, {.direction = Direction::out}) == "qd:no-route-to-dest");
    CHECK(condition(world, {.address = "/"}) == "amqp:invalid-field");
    CHECK(condition(world, {.address = "closed"}) == "amqp:not-found");
    CHECK(condition(world, {.address = "_weft/r2"}) == "amqp:not-allowed");
    for (const char* own : {"$management", "_local/$management", "_topo/0/r1/$management"}) {
        CHECK(condition(world, {.direction = Direction::out, .address = own}) ==
              "amqp:not-allowed");  // who receives there could answer others' requests
    }
    CHECK(condition(world, {.address = "_topo/0/elsewhere/x"}) == "qd:no-route-to-dest");
    CHECK(condition(world, {.address = "x", .coordinator = true}) == "amqp:precondition-failed");
    CHECK(world.core.links().size() == 0);
}

TEST_CASE("a dynamic source gets an address that leads to it alone") {
    World world;
    Peer& first = world.right.attach({.direction = Direction::out, .dynamic = true});
    Peer& second = world.right.attach({.direction = Direction::out, .dynamic = true});
    CHECK(first.address.starts_with("amqp:/_topo/0/r1/temp."));
    CHECK(first.address.size() == std::string_view("amqp:/_topo/0/r1/temp.").size() + 22);
    CHECK(first.address != second.address);
    world.right.give_credit(first, 5);
    world.right.give_credit(second, 5);
    Peer& producer = world.left.producer(first.address);
    world.left.send(producer, "reply");
    CHECK(first.texts() == "reply");
    CHECK(second.texts() == "");
    world.right.accept_all(first);
}

TEST_CASE("a dynamic target is a mobile address that others can receive from") {
    World world;
    Peer& producer = world.left.attach({.direction = Direction::in, .dynamic = true});
    CHECK(producer.address.starts_with("amqp:/_$temp."));
    Peer& consumer = world.right.consumer(producer.address);
    world.left.send(producer, "x");
    CHECK(consumer.texts() == "x");
}

TEST_CASE("the name of a dynamic address tells each bit of its source, and follows from it alone") {
    using Bytes16 = std::array<std::uint8_t, 16>;
    Bytes16 bytes{};
    World world{{.router_id = "r1", .names = [&bytes] { return bytes; }}};
    const auto name = [&](const Bytes16& source) {
        bytes = source;
        Peer& peer = world.right.attach({.direction = Direction::out, .dynamic = true});
        const std::string address = peer.address;
        world.right.detach(peer);
        return address;
    };
    const std::string none = name({});
    CHECK(name({}) == none);
    std::set<std::string> names{none};
    for (std::size_t bit = 0; bit < 128; ++bit) {
        Bytes16 source{};
        source[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
        names.insert(name(source));
    }
    CHECK(names.size() == 129);
    Bytes16 all{};
    all.fill(0xff);
    CHECK(name(all) == "amqp:/_topo/0/r1/temp." + std::string(21, '_') + "w");
}

TEST_CASE("what the rules for a connection refuse of its messages is rejected") {
    Doorman doorman;
    World world;
    Peer& consumer = world.right.consumer("orders");
    Peer& targeted = world.left.producer("orders");
    Peer& anonymous = world.left.producer("");
    world.left.connection().admission = &doorman;
    world.left.send(anonymous, addressed_message("orders", "x"));
    world.left.send(targeted, message_of("ann"));
    CHECK(consumer.complete() == 2);
    const DeliveryId refused = world.left.send(anonymous, addressed_message("secret", "x"));
    CHECK(anonymous.outcome(refused) == Outcome::rejected);
    const DeliveryId of_eve = world.left.send(targeted, message_of("eve"));
    CHECK(targeted.outcome(of_eve) == Outcome::rejected);
    CHECK(world.dropped(DropReason::refused) == 2);
    const Buffer eves = message_of("eve");  // opaque, and one of sections as a rule
    const DeliveryId opaque = world.left.send(targeted, eves, {.message_format = 7});
    CHECK(targeted.outcome(opaque) == Outcome::rejected);
    const DeliveryId parts =
        world.left.send(targeted, Bytes(eves).first(4), {.more = true, .message_format = 7});
    world.left.send(targeted, Bytes(eves).subspan(4), {});
    CHECK(targeted.outcome(parts) == Outcome::rejected);
    world.left.send(targeted, Buffer{0x00, 0x53}, {.message_format = 7});  // of nobody
    CHECK(consumer.complete() == 3);
    CHECK(consumer.got.back().bytes == Buffer{0x00, 0x53});
    doorman.judges = false;
    world.left.send(targeted, message_of("eve"));
    CHECK(consumer.complete() == 4);
    world.left.connection().admission = nullptr;
}

TEST_CASE(
    "an address lives as long as somebody uses it, and is made anew with the rule of the day") {
    World world;
    Peer& producer = world.left.producer("a");
    CHECK(world.core.addresses().size() == 1);
    world.rule("a", {.distribution = Distribution::multicast});
    const Address* before = world.core.addresses().find("M0a");
    REQUIRE(before != nullptr);
    CHECK(before->treatment.distribution == Distribution::balanced);
    world.left.detach(producer);
    CHECK(world.core.addresses().size() == 0);
    world.left.producer("a");
    CHECK(world.core.addresses().find("M0a")->treatment.distribution == Distribution::multicast);
}

TEST_CASE("an attach of the router's own may say how its address is treated") {
    World world;
    world.right.attach({.direction = Direction::out,
                        .address = "own",
                        .treatment = Treatment{.distribution = Distribution::closest}});
    CHECK(world.core.addresses().find("M0own")->treatment.distribution == Distribution::closest);
}

TEST_CASE("consumers in process stand first, whoever comes and goes") {
    World world;
    FakePort inside{world.core, world.now, Traits::of_service()};
    std::vector<std::pair<FakePort*, Peer*>> there;
    const auto check = [&] {
        const Address& address = *world.core.addresses().find("M0a");
        REQUIRE(address.outlets.size() == there.size());
        std::size_t in_process = 0;
        for (std::uint32_t i = 0; i < address.outlets.size(); ++i) {
            CHECK(address.consumers()[i].position == i);
            CHECK(address.outlets[i] == &address.consumers()[i].outlet);
            in_process += address.outlets[i]->in_process ? 1U : 0U;
            CHECK(address.outlets[i]->in_process == (i < address.in_process));
        }
        CHECK(in_process == address.in_process);
    };
    for (int i = 0; i < 12; ++i) {
        FakePort* port = i % 3 == 0 ? &inside : &world.right;
        there.emplace_back(port, &port->consumer("a"));
        check();
    }
    for (std::size_t i = 5; there.size() > 1; i += 7) {
        const auto at = there.begin() + static_cast<std::ptrdiff_t>(i % there.size());
        at->first->detach(*at->second);
        there.erase(at);
        check();
    }
    there[0].first->detach(*there[0].second);
}

TEST_CASE("a slot is used again, with another generation") {
    World world;
    Peer& first = world.left.producer("a");
    const LinkRef before = first.link->self;
    const std::uint64_t id = first.link->id;
    world.left.detach(first);
    Peer& second = world.left.producer("a");
    CHECK(second.link->self.index == before.index);
    CHECK(second.link->self.generation != before.generation);
    CHECK(second.link->id != id);
}

TEST_CASE("a link that took a gone producer's slot is told nothing of its deliveries") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& first = world.left.producer("a");
    world.left.send(first, "x");
    world.left.detach(first);
    Peer& second = world.left.producer("a");
    const std::uint32_t granted = second.may_send;
    world.right.accept_all(consumer);
    CHECK(second.told.empty());
    CHECK(second.may_send == granted);
    CHECK(second.link->account.outstanding() == 0);
}

TEST_CASE("links are visited in order of their slots") {
    World world;
    Peer& a = world.left.producer("a");
    Peer& b = world.left.producer("b");
    Peer& c = world.left.producer("c");
    world.left.detach(b);
    const Link* first = world.core.links().next(0);
    CHECK(first == a.link);
    const Link* second = world.core.links().next(first->self.index + 1);
    CHECK(second == c.link);
    CHECK(world.core.links().next(second->self.index + 1) == nullptr);
}

TEST_CASE("one connection has its share of all links, and others find room") {
    World world{{.router_id = "r1", .limits = {.links_max = 100}}};
    const AttachRequest request{.direction = Direction::out, .address = "a"};
    std::size_t greedy = 0;
    for (; world.core.counters().links_refused == 0; ++greedy) {
        try {
            world.left.attach(request);
        } catch (const std::runtime_error&) {
            break;
        }
    }
    CHECK(greedy == 50);
    const auto refused = world.core.attach(world.left.connection(), request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == kResourceLimitExceeded);
    CHECK(world.core.counters().links_refused == 2);
    for (int i = 0; i < 10; ++i) {
        world.right.attach(request);
    }
    CHECK(world.core.addresses().size() == 1);
}

TEST_SUITE_END();

}  // namespace weft::router
