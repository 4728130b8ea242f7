#include "router/core/explain.hpp"
#include "tests/unit/core/mesh_world.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router {
namespace {

/// With multicast addresses "s/…".
struct WildWorld : World {
    WildWorld() { rule("s/#", kMulticast); }

    /// What was put off is done.
    void settle() {
        while (core.work(now)) {
        }
    }
};

/// What the consumer was told of the address of a message.
std::string address_in(const Got& got) {
    const Bytes message = got.bytes;
    const wire::Facts facts = wire::scan(message, true, wire::Until::bare_message);
    const std::string_view section = as_text(facts.message_annotations.of(message));
    const std::size_t at = section.find(annotations::kAddress);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view value = section.substr(at + annotations::kAddress.size());
    return std::string(value.substr(2, static_cast<std::uint8_t>(value[1])));
}

std::string body_of(const Got& got) {
    const Bytes message = got.bytes;
    const wire::Facts facts = wire::scan(message, true, wire::Until::bare_message);
    return std::string(as_text(message.subspan(facts.bare_message_at)));
}

}  // namespace

TEST_SUITE_BEGIN("Core: wildcards");

TEST_CASE("a subscription gets what is sent to each address that it means, and hears which") {
    WildWorld world;
    Peer& wild = world.right.consumer("s/+/temp");
    Peer& exact = world.right.consumer("s/a/temp");
    Peer& producer = world.left.producer("s/a/temp");
    Peer& other = world.left.producer("s/a/hum");
    CHECK(producer.may_send > 0);
    CHECK(other.may_send == 0);
    const Buffer message = annotated_message("1", /*routers=*/false);
    const DeliveryId id = world.left.send(producer, message);
    REQUIRE(wild.complete() == 1);
    REQUIRE(exact.complete() == 1);
    CHECK(exact.got[0].bytes == message);
    CHECK(address_in(wild.got[0]) == "s/a/temp");
    CHECK(body_of(wild.got[0]) == as_text(plain_message("1")));
    world.right.accept_all(exact);
    CHECK(producer.outcome(id) == Outcome::none);
    world.right.accept_all(wild);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("producers have credit while a subscription means their address") {
    WildWorld world;
    Peer& producer = world.left.producer("s/a");
    CHECK(producer.may_send == 0);
    Peer& wild = world.right.consumer("s/#");
    world.settle();
    CHECK(producer.may_send == 250);
    Peer& another = world.right.consumer("s/+");
    world.settle();
    world.right.detach(wild);
    world.settle();
    CHECK_FALSE(producer.asked_to_drain);
    world.right.detach(another);
    world.settle();
    CHECK(producer.asked_to_drain);
    world.left.give_back(producer);
}

TEST_CASE("one that comes while others are told of a subscription hears, too, that it is gone") {
    WildWorld world;
    Peer& first = world.left.producer("s/a");
    world.settle();
    Peer& wild = world.right.consumer("s/+");
    Peer& second = world.left.producer("s/a");
    world.right.detach(wild);
    world.settle();
    for (const Peer* each : {&first, &second}) {
        CHECK_FALSE(each->link->granted);
    }
    world.right.consumer("s/+");
    world.settle();
    for (const Peer* each : {&first, &second}) {
        CHECK(each->link->granted);
    }
}

TEST_CASE("each link gets one copy, however many subscriptions mean the address") {
    WildWorld world;
    std::vector<Peer*> all;
    for (const char* name : {"s/+/b", "s/a/+", "s/#", "s/a/b", "s/+/b", "s/*/b"}) {
        all.push_back(&world.right.consumer(name));
    }
    Peer& left_out = world.right.consumer("s/+/c");
    Peer& producer = world.left.producer("s/a/b");
    SUBCASE("presettled") {
        world.left.send(producer, plain_message("x"), {.settled = true});
    }
    SUBCASE("unsettled") {
        world.left.send(producer, plain_message("x"));
    }
    SUBCASE("in pieces") {
        const Buffer message = plain_message("xyz");
        world.left.send(producer, Bytes(message).first(5), {.more = true});
        world.left.send(producer, Bytes(message).subspan(5));
    }
    for (const Peer* each : all) {
        CHECK(each->got.size() == 1);
        CHECK(each->complete() == 1);
        CHECK(body_of(each->got[0]).starts_with(as_text(plain_message("")).substr(0, 3)));
    }
    CHECK(left_out.got.empty());
    for (Peer* each : all) {
        world.right.accept_all(*each);
    }
}

TEST_CASE("a message for no link's address goes to who subscribed to that") {
    WildWorld world;
    Peer& wild = world.right.consumer("s/+");
    Peer& producer = world.left.producer("");
    world.left.send(producer, addressed_message("s/a", "1"));
    CHECK(wild.complete() == 1);
    CHECK(address_in(wild.got[0]) == "s/a");
    const DeliveryId nowhere = world.left.send(producer, addressed_message("s/a/b", "2"));
    CHECK(producer.outcome(nowhere) == Outcome::released);
    world.right.accept_all(wild);
    CHECK(wild.complete() == 1);
    CHECK(world.core.addresses().find("M0s/a") != nullptr);
    world.tick();
    CHECK(world.core.addresses().find("M0s/a") == nullptr);
}

TEST_CASE("who claims another address in the annotation is not believed") {
    WildWorld world;
    Peer& wild = world.right.consumer("s/+");
    Peer& producer = world.left.producer("s/a");
    Buffer forged;
    annotations::write_address(forged, {}, "s/secret");
    append(forged, plain_message("1"));
    world.left.send(producer, forged, {.settled = true});
    CHECK(address_in(wild.got[0]) == "s/a");
}

TEST_CASE("what is sent to a name with wildcards is for those alone who subscribed to that") {
    WildWorld world;
    Peer& wild = world.right.consumer("s/+");
    Peer& all = world.right.consumer("s/#");
    Peer& producer = world.left.producer("s/+");
    world.left.send(producer, plain_message("1"), {.settled = true});
    CHECK(wild.complete() == 1);
    CHECK(all.got.empty());
}

TEST_CASE(
    "a subscription that can't be read is refused; addresses that are not multicast have none") {
    WildWorld world;
    const auto refused = world.core.attach(world.right.connection(),
                                           {.direction = Direction::out, .address = "s/#/a"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == "amqp:invalid-field");
    Peer& other = world.right.consumer("jobs/+");
    Peer& producer = world.left.producer("jobs/a");
    CHECK(producer.may_send == 0);
    CHECK(other.got.empty());
}

TEST_CASE("what a subscription is told counts for what its consumer takes at most") {
    WildWorld world;
    const Buffer message = plain_message(std::string(100, 'x'));
    Peer& narrow = world.right.attach(
        {.direction = Direction::out, .address = "s/+", .max_message_size = message.size()});
    Peer& wide = world.right.attach(
        {.direction = Direction::out, .address = "s/+", .max_message_size = message.size() + 60});
    Peer& exact = world.right.attach(
        {.direction = Direction::out, .address = "s/a", .max_message_size = message.size()});
    for (Peer* each : {&narrow, &wide, &exact}) {
        world.right.give_credit(*each, 5);
    }
    Peer& producer = world.left.producer("s/a");
    world.left.send(producer, message, {.settled = true});
    CHECK(narrow.got.empty());
    CHECK(wide.complete() == 1);
    CHECK(wide.got[0].bytes.size() <= message.size() + 60);
    CHECK(exact.complete() == 1);
    CHECK(world.dropped(DropReason::too_large) == 1);
}

TEST_CASE("very many subscriptions that mean an address are given their copies in slices") {
    WildWorld world;
    std::vector<Peer*> many;
    for (int i = 0; i < 1'300; ++i) {
        const std::string level = "l" + std::to_string(i);
        many.push_back(&world.right.consumer("s/+/" + level));
    }
    for (int i = 0; i < 1'300; ++i) {  // a link to each of two subscriptions
        many.push_back(&world.right.consumer(i % 2 == 0 ? "s/a/#" : "s/#"));
    }
    Peer& producer = world.left.producer("s/a/l7");
    world.left.send(producer, plain_message("1"));
    std::size_t at_once = 0;
    for (const Peer* each : many) {
        at_once += each->complete();
    }
    CHECK(at_once < 1'001);
    world.settle();
    std::size_t all = 0;
    for (Peer* each : many) {
        all += each->complete();
        world.right.accept_all(*each);
    }
    CHECK(all == 1'301);
    CHECK(producer.outcome(1) == Outcome::accepted);
}

TEST_CASE("a subscription with very many links is given its copies in slices") {
    WildWorld world;
    std::vector<Peer*> many;
    for (int i = 0; i < 2'500; ++i) {
        many.push_back(&world.right.consumer("s/+"));
    }
    Peer& few = world.right.consumer("s/#");
    Peer& exact = world.right.consumer("s/a");
    Peer& producer = world.left.producer("s/a");
    world.left.send(producer, plain_message("1"));
    world.left.send(producer, plain_message("2"));
    CHECK(few.complete() == 2);
    CHECK(exact.complete() == 2);
    // What stands for the many is at the expense of who sends.
    CHECK(world.left.connection().share->deliveries == 4);
    world.settle();
    CHECK(world.left.connection().share->deliveries == 2);
    for (Peer* each : many) {
        CHECK(each->complete() == 2);
        world.right.accept_all(*each);
    }
    world.right.accept_all(few);
    world.right.accept_all(exact);
    CHECK(producer.outcome(2) == Outcome::accepted);
}

TEST_CASE("another loop gets one copy for all that it has, with the address") {
    WildWorld world;
    FakePort other{world.core, world.now, Traits::of_loop()};
    std::vector<Peer*> first;
    for (const char* name : {"s/a", "s/+", "s/#"}) {
        first.push_back(&other.relay(Direction::out, name, kMulticast, kNoRouter, 1));
        other.give_credit(*first.back(), 10);
    }
    Peer& second = other.relay(Direction::out, "s/+", kMulticast, kNoRouter, 2);
    other.give_credit(second, 10);
    Peer& here = world.right.consumer("s/#");
    Peer& producer = world.left.producer("s/a");
    world.left.send(producer, plain_message("1"));
    CHECK(first[0]->complete() == 1);
    CHECK(first[1]->got.empty());
    CHECK(first[2]->got.empty());
    CHECK(first[0]->got[0].sent_to == "s/a");
    CHECK(second.complete() == 1);
    CHECK(second.got[0].sent_to == "s/a");
    CHECK(here.complete() == 1);
    other.accept_all(*first[0]);
    other.accept_all(second);
    world.right.accept_all(here);
}

TEST_CASE(
    "what another loop brought with an address is for all here who mean it, and for no loop") {
    WildWorld world;
    FakePort other{world.core, world.now, Traits::of_loop()};
    Peer& inlet = other.relay(Direction::in, "s/#", kMulticast);
    Peer& outlet = other.relay(Direction::out, "s/+", kMulticast, kNoRouter, 1);
    other.give_credit(outlet, 10);
    Peer& wild = world.right.consumer("s/+");
    Peer& all = world.right.consumer("s/#");
    Peer& exact = world.right.consumer("s/a");
    SUBCASE("whole") {
        other.send(inlet, plain_message("1"), {.settled = true, .sent_to = "s/a"});
    }
    SUBCASE("its head comes in pieces") {
        const Buffer message = annotated_message("1", /*routers=*/false);
        other.send(inlet, Bytes(message).first(4), {.more = true, .sent_to = "s/a"});
        other.send(inlet, Bytes(message).subspan(4), {.settled = true});
    }
    for (const Peer* each : {&wild, &all, &exact}) {
        CHECK(each->complete() == 1);
    }
    CHECK(outlet.got.empty());
    CHECK(address_in(wild.got[0]) == "s/a");
    other.send(inlet, plain_message("2"), {.settled = true});  // by that subscription alone
    CHECK(all.complete() == 2);
    CHECK(wild.complete() == 1);
}

TEST_CASE("a copy for all that waits at an exit that goes leaves by another one") {
    WildWorld world;
    FakePort other{world.core, world.now, Traits::of_loop()};
    Peer& exact = other.relay(Direction::out, "s/a", kMulticast, kNoRouter, 1);
    Peer& elsewhere = other.relay(Direction::out, "s/#", kMulticast, kNoRouter, 2);
    Peer& here = world.right.consumer("s/a");
    Peer& producer = world.left.producer("s/a");
    SUBCASE("of that loop") {
        Peer& wild = other.relay(Direction::out, "s/+", kMulticast, kNoRouter, 1);
        other.give_credit(wild, 10);
        other.give_credit(elsewhere, 10);
        world.left.send(producer, plain_message("1"));
        world.left.send(producer, plain_message("2"));
        CHECK(exact.got.empty());
        CHECK(wild.got.empty());
        SUBCASE("at once") {}
        SUBCASE("it rested before") {
            world.core.deactivate(*exact.link, world.now);
            CHECK(wild.got.empty());
        }
        other.detach(exact);
        REQUIRE(wild.complete() == 2);
        CHECK(wild.got[0].sent_to == "s/a");
        CHECK(body_of(wild.got[0]) == as_text(plain_message("1")));
        CHECK(elsewhere.complete() == 2);
        CHECK(world.dropped(DropReason::consumer_lost) == 0);
        other.accept_all(wild);
        other.accept_all(elsewhere);
    }
    SUBCASE("but for that of another loop") {
        other.give_credit(elsewhere, 10);
        world.left.send(producer, plain_message("1"));
        CHECK(elsewhere.complete() == 1);
        other.detach(exact);
        CHECK(elsewhere.complete() == 1);
        CHECK(world.dropped(DropReason::consumer_lost) == 1);
        other.accept_all(elsewhere);
    }
    world.right.accept_all(here);
    CHECK(producer.outcome(1) == Outcome::accepted);
}

namespace {

/// "s/a/+/…/z": on `levels` levels a wildcard where the bit is set.
std::string with_wildcards_at(unsigned bits, unsigned levels) {
    std::string name = "s";
    for (unsigned level = 0; level < levels; ++level) {
        name += ((bits >> level) & 1U) != 0 ? "/+" : "/a";
    }
    return name + "/z";
}

/// 63 subscriptions that mean the same addresses: to find them costs at least 126 nodes.
struct DenseWorld : WildWorld {
    DenseWorld() {
        for (unsigned bits = 1; bits < 64; ++bits) {
            right.consumer(with_wildcards_at(bits, 6));
        }
        settle();
    }
    std::uint64_t nodes() const { return core.addresses().wildcards().nodes(); }
};

constexpr std::string_view kDense = "s/a/a/a/a/a/a/z";

}  // namespace

TEST_CASE("who comes and goes with a subscription pays for the addresses that are looked at") {
    WildWorld world;
    for (int i = 0; i < 800; ++i) {
        world.right.consumer("a/" + std::to_string(i));
    }
    world.settle();
    world.left.spent = 0;
    Peer& consumer = world.left.consumer("s/x/+");
    CHECK(world.left.spent >= 100);
    world.settle();
    world.left.spent = 0;
    Peer& second = world.left.consumer("s/x/+");
    world.left.detach(second);
    CHECK(world.left.spent < 100);
    world.left.detach(consumer);
    CHECK(world.left.spent >= 100);
}

TEST_CASE("what it costs to find the subscriptions is spent by who sends or attaches") {
    DenseWorld world;
    const auto spent = [&](auto&& act) {
        const std::uint64_t nodes = world.nodes();
        world.left.spent = 0;
        act();
        const std::uint64_t looked_at = world.nodes() - nodes;
        CHECK(world.left.spent >= looked_at / Wildcards::kNodesOfStep);
        return looked_at;
    };
    CHECK(spent([&] { world.left.producer(kDense); }) > 126);
    Peer& anonymous = world.left.producer("");
    Peer& all = world.right.consumer("s/+/+/+/+/+/#");
    CHECK(spent([&] {
              world.left.send(anonymous, addressed_message(kDense, "1"), {.settled = true});
          }) > 126);
    CHECK(all.complete() == 1);
    CHECK(world.left.spent > 64 * 2);  // each of them is looked at for the copies, too
}

TEST_CASE("addresses follow a subscription in slices of what it costs to match them") {
    DenseWorld world;
    for (int i = 0; i < 200; ++i) {
        world.left.producer("s/a/a/a/a/a/a/" + std::to_string(i));
    }
    world.settle();
    Peer& wild = world.right.consumer("s/a/#");
    const std::uint64_t before = world.nodes();
    std::uint64_t most = 0;
    for (bool more = true; more;) {
        const std::uint64_t then = world.nodes();
        more = world.core.work(world.now);
        most = std::max(most, world.nodes() - then);
    }
    CHECK(world.nodes() - before > 200 * 100);
    CHECK(most < (Limits{}.slice + 100) * Wildcards::kNodesOfStep);
    world.right.detach(wild);
    world.settle();
}

TEST_CASE("a client that brings too many shapes of subscriptions is refused more of them") {
    WildWorld world;
    for (unsigned bits = 1; bits <= 128; ++bits) {
        world.right.consumer(with_wildcards_at(bits, 9));
    }
    const std::string another = with_wildcards_at(129, 9);
    const auto refused = world.core.attach(world.right.connection(),
                                           {.direction = Direction::out, .address = another});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().condition == "amqp:resource-limit-exceeded");
    CHECK(world.core.counters().links_refused == 1);
    CHECK(world.core.addresses().find("M0" + another) == nullptr);
    world.right.consumer("s/b/+");
    world.left.consumer(another);
    world.right.consumer(another);  // somebody has it
}

TEST_CASE("the explanation of an address names the subscriptions that mean it") {
    WildWorld world;
    CHECK(explain(world.core, "s/a", kThisRouter).decision.kind == Decision::Kind::nobody);
    world.right.consumer("s/+");
    world.right.consumer("s/b/#");
    for (const bool used : {false, true}) {
        if (used) {
            world.left.producer("s/a");
        }
        const Explanation about = explain(world.core, "s/a", kThisRouter);
        CHECK(about.decision.kind == Decision::Kind::everyone);
        CHECK(about.wildcards == std::vector<std::string>{"s/+"});
        CHECK(about.wildcard_count == 1);
    }
    CHECK(explain(world.core, "s/+", kThisRouter).wildcards.empty());
}

namespace {

/// Router B of MeshWorld, between neighbours that know subscriptions with wildcards, or not.
struct WildMesh : MeshWorld {
    explicit WildMesh(bool west_expands = true, bool east_expands = true) {
        rule("s/#", kMulticast);
        west.trunk().expands = west_expands;
        east.trunk().expands = east_expands;
    }
    ~WildMesh() {
        for (Peer* each : {&to_west, &to_east}) {
            (each == &to_west ? west : east).accept_all(*each);
        }
    }
};

/// "address" of each message that a neighbour got, "+address" of those for all who mean it.
std::vector<std::string> addresses_of(const Peer& to) {
    std::vector<std::string> all;
    for (const Got& got : to.got) {
        const auto read = Dissected(got.bytes).annotations;
        all.push_back((read.wildcards ? "+" : "") + std::string(read.to));
    }
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a neighbour gets one copy for all behind it who mean the address") {
    WildMesh world;
    world.remote(MeshWorld::kA, "s/+");
    world.remote(MeshWorld::kA, "s/#");
    world.remote(MeshWorld::kD, "s/+");
    world.remote(MeshWorld::kC, "s/a");
    Peer& producer = world.left.producer("s/a");
    CHECK(producer.may_send == 250);
    world.left.send(producer, plain_message("1"));
    CHECK(addresses_of(world.to_west) == Names{"+s/a"});
    CHECK(addresses_of(world.to_east) == Names{"+s/a"});
    CHECK(address_in(world.to_west.got[0]).empty());
    CHECK(Dissected(world.to_west.got[0].bytes).bare == as_text(plain_message("1")));
}

TEST_CASE("one that does not know wildcards gets one for each, as addresses that it knows") {
    WildMesh world{false, true};
    for (const char* name : {"s/+", "s/#", "s/a"}) {
        world.remote(MeshWorld::kA, name);
        world.remote(MeshWorld::kC, name);
    }
    Peer& producer = world.left.producer("");
    world.left.send(producer, addressed_message("s/a", "1"));
    Names got = addresses_of(world.to_west);
    std::ranges::sort(got);
    CHECK(got == Names{"s/#", "s/+", "s/a"});
    CHECK(addresses_of(world.to_east) == Names{"+s/a"});
    for (const Got& each : world.to_west.got) {
        const bool exact = Dissected(each.bytes).annotations.to == "s/a";
        CHECK(address_in(each) == (exact ? "" : "s/a"));
    }
}

TEST_CASE("what another router sent for all who mean the address goes to them, and on") {
    WildMesh world;
    Peer& wild = world.right.consumer("s/+");
    world.remote(MeshWorld::kC, "s/#");
    const Buffer plain = from_a("s/a", "1");
    annotations::RouterAnnotations ours;
    ours.to = "s/a";
    ours.ingress = "0/A";
    ours.wildcards = true;
    Buffer marked;
    annotations::write_router_annotations(marked, {}, ours, "0/A");
    append(marked, plain_message("2"));
    world.west.send(world.from_west, plain);
    CHECK(wild.got.empty());  // it was for receivers of that address
    CHECK(world.to_east.got.empty());
    world.west.send(world.from_west, marked);
    CHECK(wild.complete() == 1);
    CHECK(address_in(wild.got[0]) == "s/a");
    CHECK(addresses_of(world.to_east) == Names{"+s/a"});
    CHECK(Dissected(world.to_east.got[0].bytes).trace == Names{"0/A", "0/B"});
    world.right.accept_all(wild);
    world.tick();
}

TEST_CASE("what came for a subscription as for an address is for that alone") {
    WildMesh world;
    Peer& wild = world.right.consumer("s/+");
    Peer& all = world.right.consumer("s/#");
    world.remote(MeshWorld::kC, "s/+");
    world.west.send(world.from_west, from_a("s/+", "1"));
    CHECK(wild.complete() == 1);
    CHECK(all.got.empty());
    CHECK(addresses_of(world.to_east) == Names{"s/+"});
    world.right.accept_all(wild);
}

TEST_CASE("copies that have not left take the ways that there are when a neighbour is lost") {
    WildMesh world;
    world.remote(MeshWorld::kA, "s/+");
    world.remote(MeshWorld::kA, "s/#");
    world.remote(MeshWorld::kC, "s/#");
    world.west.give_credit(world.to_west, 0);
    world.east.give_credit(world.to_east, 0);
    Peer& producer = world.left.producer("s/a");
    world.left.send(producer, plain_message("1"));
    CHECK(world.to_west.got.empty());
    world.path(MeshWorld::kA, "A", &world.east, 3);
    world.path(MeshWorld::kD, "D", &world.east, 3);
    world.west.give_credit(world.to_west, 10);
    world.east.give_credit(world.to_east, 10);
    world.tick();
    CHECK(world.to_west.got.empty());
    CHECK(addresses_of(world.to_east) == Names{"+s/a"});
}

TEST_CASE("a subscription that there was no room for is one once there is") {
    WildMesh world;
    for (unsigned bits = 1; bits <= Wildcards::kShapesToldMax + 1; ++bits) {
        world.remote(MeshWorld::kA, with_wildcards_at(bits, 11));
    }
    const std::string late = with_wildcards_at(Wildcards::kShapesToldMax + 1, 11);
    const std::string meant = with_wildcards_at(0, 11);
    CHECK(world.core.addresses().find("M0" + late)->wildcard == nullptr);
    world.remote(MeshWorld::kA, with_wildcards_at(1, 11), false);
    while (world.core.work(world.now)) {
    }
    CHECK(world.core.addresses().find("M0" + late)->wildcard != nullptr);
    for (unsigned bits = 2; bits <= Wildcards::kShapesToldMax; ++bits) {
        world.remote(MeshWorld::kA, with_wildcards_at(bits, 11), false);
    }
    while (world.core.work(world.now)) {
    }
    Peer& producer = world.left.producer(meant);
    CHECK(producer.may_send == 250);
    world.left.send(producer, plain_message("1"));
    CHECK(addresses_of(world.to_west) == Names{"+" + meant});
}

TEST_CASE("copies that have not left keep their ways when the last subscription goes") {
    WildMesh world;
    world.remote(MeshWorld::kA, "s/a");
    Peer& wild = world.right.consumer("s/#");
    world.west.give_credit(world.to_west, 0);
    world.east.give_credit(world.to_east, 0);
    Peer& producer = world.left.producer("s/a");
    const DeliveryId id = world.left.send(producer, plain_message("1"));
    world.left.send(producer, plain_message("2"), {.settled = true});
    CHECK(wild.complete() == 2);
    world.right.accept_all(wild);
    world.right.detach(wild);
    while (world.core.work(world.now)) {
    }
    CHECK(world.core.addresses().wildcards().empty());
    bool moves = false;
    SUBCASE("what waits there is looked through") {
        world.path(MeshWorld::kD, "D", &world.east, 3);
    }
    SUBCASE("they go over another neighbour") {
        moves = true;
        world.path(MeshWorld::kA, "A", &world.east, 3);
    }
    world.tick();
    CHECK(producer.outcome(id) == Outcome::none);
    world.west.give_credit(world.to_west, 10);
    world.east.give_credit(world.to_east, 10);
    Peer& to = moves ? world.to_east : world.to_west;
    CHECK(addresses_of(to) == Names{"+s/a", "+s/a"});
    (moves ? world.east : world.west).accept_all(to);
    CHECK(producer.outcome(id) == Outcome::accepted);
    CHECK(world.dropped(DropReason::no_path) == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
