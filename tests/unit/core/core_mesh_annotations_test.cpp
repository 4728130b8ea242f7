#include "tests/unit/core/mesh_world.hpp"

#include <string>
#include <vector>

namespace weft::router {

TEST_SUITE_BEGIN("Core: annotations in the mesh");

using Trace = std::vector<std::string>;

TEST_CASE("a client's message gets address, ingress and trace; its own bytes stay as they are") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "orders");
    Peer& producer = world.left.producer("orders");
    const Buffer message = annotated_message("body", /*routers=*/true);
    world.left.send(producer, message);
    REQUIRE(world.to_east.complete() == 1);
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.annotations.to == "orders");
    CHECK(got.annotations.phase == 0);
    CHECK(got.annotations.ingress == "0/B");
    CHECK(got.trace == Trace{"0/B"});
    CHECK(got.bare == as_text(plain_message("body")));
    CHECK(got.users == Dissected(annotated_message("body", false)).users);
    CHECK(world.core.counters().transit == 1);
    world.east.accept_all(world.to_east);
    CHECK(producer.outcome(1) == Outcome::accepted);
}

TEST_CASE("the header stays in front of the annotations") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "orders");
    Peer& producer = world.left.producer("orders");
    world.left.send(producer, urgent_message(7, "body"));
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.facts.priority == 7);
    CHECK(got.bare == as_text(plain_message("body")));
    world.east.accept_all(world.to_east);
}

TEST_CASE("an address that reads otherwise once it was read travels so that it means the same") {
    for (const char* odd :
         {"//a", "/x:/y", "a..", "a//", "queue://a", "a://", "://x", "/q://a/b"}) {
        MeshWorld world;
        const std::string key = parse_address(odd, "B").text;
        world.remote(MeshWorld::kC, std::string_view(key).substr(2));
        Peer& producer = world.left.producer(odd);
        world.left.send(producer, plain_message("x"));
        const Dissected got(world.to_east.got[0].bytes);
        CHECK(parse_address(got.annotations.to, "C").text == key);
        world.east.accept_all(world.to_east);
    }
}

TEST_CASE("routers' annotations do not reach a client, unless it asked for them") {
    MeshWorld world;
    const Buffer message = annotated_message("body", /*routers=*/false);
    const Buffer sent =
        stamped(message, {.to = "orders", .ingress = "0/A", .trace = {"0/A", "0/D"}});
    SUBCASE("one that did not") {
        Peer& consumer = world.right.consumer("orders");
        world.west.send(world.from_west, sent);
        CHECK(consumer.got[0].bytes == message);
        world.right.accept_all(consumer);
    }
    SUBCASE("one that did not, in two frames") {
        Peer& consumer = world.right.consumer("orders");
        const Bytes whole(sent);
        world.west.send(world.from_west, whole.first(20), {.more = true});
        world.west.send(world.from_west, whole.subspan(20), {});
        CHECK(consumer.got[0].bytes == message);
        world.right.accept_all(consumer);
    }
    SUBCASE("one that did") {
        FakePort raw{world.core, world.now, Traits::of_client({.in = true, .out = false})};
        Peer& consumer = raw.consumer("orders");
        world.west.send(world.from_west, sent);
        const Dissected got(consumer.got[0].bytes);
        CHECK(got.trace == Trace{"0/A", "0/D", "0/B"});
        CHECK(got.annotations.ingress == "0/A");
        CHECK(got.bare == as_text(plain_message("body")));
        raw.accept_all(consumer);
        raw.detach(consumer);
        CHECK(raw.faults.empty());
    }
    CHECK(world.from_west.told.back().outcome() == Outcome::accepted);
}

TEST_CASE("a client that asked for annotations gets those of this router too") {
    MeshWorld world;
    FakePort raw{world.core, world.now, Traits::of_client({.in = true, .out = false})};
    Peer& consumer = raw.consumer("orders");
    Peer& producer = world.left.producer("orders");
    world.left.send(producer, plain_message("body"));
    const Dissected got(consumer.got.back().bytes);
    CHECK(got.annotations.ingress == "0/B");
    CHECK(got.trace == Trace{"0/B"});
    CHECK(got.annotations.to.empty());
    raw.accept_all(consumer);
    raw.detach(consumer);
}

TEST_CASE("the trace that a client sent itself is kept and goes on, where nothing is stripped") {
    MeshWorld world;
    FakePort raw{world.core, world.now, Traits::of_client({.in = false, .out = false})};
    const Buffer sent = stamped(annotated_message("body", false), {.trace = {"0/X", "0/Y", ""}});
    const Trace whole{"0/X", "0/Y", "0/B"};
    Peer& producer = raw.producer("orders");
    SUBCASE("to a consumer here") {
        Peer& consumer = raw.consumer("orders");
        raw.send(producer, sent);
        const Dissected got(consumer.got.back().bytes);
        CHECK(got.trace == whole);
        CHECK(got.annotations.ingress == "0/B");
        raw.accept_all(consumer);
        raw.detach(consumer);
    }
    SUBCASE("to another router") {
        world.remote(MeshWorld::kC, "orders");
        raw.send(producer, sent);
        CHECK(Dissected(world.to_east.got[0].bytes).trace == whole);
        world.east.accept_all(world.to_east);
    }
    SUBCASE("to an address of another router") {
        Peer& targeted = raw.producer("_topo/0/C/reply");
        raw.send(targeted, sent);
        const Dissected got(world.to_east.got[0].bytes);
        CHECK(got.trace == whole);
        CHECK(got.annotations.to == "_topo/0/C/reply");
        world.east.accept_all(world.to_east);
        raw.detach(targeted);
    }
    raw.detach(producer);
    CHECK(raw.faults.empty());
}

TEST_CASE(
    "what a router brings as a client keeps its trace alone, and so does what its container gets") {
    MeshWorld world;
    FakePort beyond{world.core, world.now, Traits::of_client().beyond_mesh()};
    const Buffer sent = stamped(annotated_message("body", false),
                                {.to = "else", .ingress = "0/X", .trace = {"0/X"}});
    Peer& producer = beyond.producer("orders");
    SUBCASE("to a router of the mesh") {
        world.remote(MeshWorld::kC, "orders");
        beyond.send(producer, sent);
        const Dissected got(world.to_east.got[0].bytes);
        CHECK(got.trace == Trace{"0/X", "0/B"});
        CHECK(got.annotations.to == "orders");
        CHECK(got.annotations.ingress == "0/B");
        world.east.accept_all(world.to_east);
    }
    SUBCASE("to another beyond it, a container") {
        FakePort container{world.core, world.now, Traits::of_container().beyond_mesh()};
        Peer& consumer = container.consumer("orders");
        beyond.send(producer, sent);
        const Dissected got(consumer.got.back().bytes);
        CHECK(got.trace == Trace{"0/X", "0/B"});
        CHECK(got.annotations.to.empty());
        container.accept_all(consumer);
        container.detach(consumer);
        CHECK(container.faults.empty());
    }
    SUBCASE("to another beyond it, a client, whose link may be passed on whole there") {
        Peer& consumer = beyond.consumer("orders");
        beyond.send(producer, sent);
        CHECK(consumer.got.back().bytes == annotated_message("body", false));
        beyond.accept_all(consumer);
        beyond.detach(consumer);
    }
    SUBCASE("to another beyond it, a client that asks for the trace") {
        Peer& consumer =
            beyond.attach({.direction = Direction::out, .address = "orders", .wants_trace = true});
        beyond.give_credit(consumer, 1);
        beyond.send(producer, sent);
        const Dissected got(consumer.got.back().bytes);
        CHECK(got.trace == Trace{"0/X", "0/B"});
        CHECK(got.annotations.to.empty());
        beyond.accept_all(consumer);
        beyond.detach(consumer);
    }
    SUBCASE("to a client that is no router, whatever it asks for") {
        Peer& consumer = world.right.attach(
            {.direction = Direction::out, .address = "orders", .wants_trace = true});
        world.right.give_credit(consumer, 1);
        beyond.send(producer, sent);
        CHECK(consumer.got.back().bytes == annotated_message("body", false));
        world.right.accept_all(consumer);
    }
    SUBCASE("to a client") {
        Peer& consumer = world.right.consumer("orders");
        beyond.send(producer, sent);
        CHECK(consumer.got.back().bytes == annotated_message("body", false));
        world.right.accept_all(consumer);
    }
    beyond.detach(producer);
    CHECK(beyond.faults.empty());
}

TEST_CASE("routers whose waypoints feed each other are named, and the message comes back") {
    MeshWorld world;
    FakePort beyond{world.core, world.now, Traits::of_client().beyond_mesh()};
    Peer& consumer = world.right.consumer("orders");
    Peer& producer = beyond.producer("orders");
    Trace trace{"0/X", "0/B", "0/X", "0/B", "0/X", "0/B", "0/Y", "0/X"};
    beyond.send(producer, stamped(plain_message("body"), {.trace = trace}));
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
    trace.insert(trace.end(), {"0/B", "0/X"});
    beyond.send(producer, stamped(plain_message("body"), {.trace = trace}));
    CHECK(consumer.complete() == 1);
    CHECK(producer.told.back().outcome() == Outcome::rejected);
    CHECK(
        as_text(producer.told.back().state).find("waypoints of the routers B, X feed each other") !=
        std::string_view::npos);
    CHECK(world.core.counters().dropped[static_cast<int>(DropReason::looped)] == 1);
    // Of a client's own trace nothing is believed.
    world.left.send(world.left.producer("orders"),
                    stamped(plain_message("body"), {.trace = trace}));
    CHECK(consumer.complete() == 2);
    world.right.accept_all(consumer);
    beyond.detach(producer);
    CHECK(beyond.faults.empty());
}

TEST_CASE("an opaque message passes between routers behind what they say of it") {
    const Buffer annotated = annotated_message("x", /*routers=*/true);
    for (const Buffer& payload :
         {Buffer{0x00}, Buffer{0x00, 0x53, 0x70, 0xc0, 0x05}, Buffer{}, annotated}) {
        MeshWorld world;
        world.remote(MeshWorld::kC, "far");
        const auto facts_of = [](const Got& got) {
            return wire::scan(got.bytes, /*complete=*/true, wire::Until::routers);
        };
        const auto check = [&](const Got& got, std::string_view to, std::string_view ingress) {
            const wire::Facts facts = facts_of(got);
            const auto told =
                annotations::read_router_annotations(facts.message_annotations.of(got.bytes));
            REQUIRE(told);
            CHECK(told->to == to);
            CHECK(told->ingress == ingress);
            CHECK(annotations::trace_lists(told->trace, "0/B"));
            CHECK(as_text(Bytes(got.bytes).subspan(facts.bare_message_at)) == as_text(payload));
            CHECK(got.message_format == 7);
        };
        Peer& producer = world.left.producer("far");
        world.left.send(producer, payload, {.message_format = 7});
        world.left.send(world.left.producer("_topo/0/C/reply"), payload, {.message_format = 7});
        REQUIRE(world.to_east.complete() == 2);
        check(world.to_east.got[0], "far", "0/B");
        check(world.to_east.got[1], "_topo/0/C/reply", "0/B");

        // What a router passes on is passed on, or to a consumer as its sender wrote it.
        Peer& consumer = world.right.consumer("here");
        for (const char* to : {"far", "here"}) {
            Buffer passed_on;
            annotations::RouterAnnotations theirs;
            theirs.to = to;
            annotations::write_router_annotations(passed_on, {}, theirs, "0/A");
            const std::size_t cut = passed_on.size() - 3;
            append(passed_on, payload);
            world.west.send(world.from_west, Bytes(passed_on).first(cut),
                            {.more = true, .message_format = 7});
            world.west.send(world.from_west, Bytes(passed_on).subspan(cut), {});
        }
        REQUIRE(world.to_east.complete() == 3);
        check(world.to_east.got[2], "far", "0/A");
        REQUIRE(consumer.complete() == 1);
        CHECK(consumer.got[0].bytes == payload);
        CHECK(consumer.got[0].message_format == 7);
        world.east.accept_all(world.to_east);
        world.right.accept_all(consumer);
    }
}

TEST_CASE("an original gets an opaque message as one of sections, if that is what it is") {
    MeshWorld world{/*west_is_weft=*/false, /*east_is_weft=*/false};
    world.remote(MeshWorld::kC, "a");
    Buffer message = urgent_message(7, "body");
    Peer& producer = world.left.producer("a");
    world.left.send(producer, message, {.message_format = 7});
    world.left.send(producer, Buffer{0x00}, {.message_format = 7});
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.facts.priority == 7);
    CHECK(got.annotations.to == "a");
    CHECK(got.bare == as_text(plain_message("body")));
    CHECK(world.to_east.got[1].bytes.back() == 0x00);
    world.east.accept_all(world.to_east);
    // And what it passes on comes out as it was written.
    world.remote(MeshWorld::kC, "a", false);
    Peer& consumer = world.right.consumer("a");
    world.west.send(world.from_west,
                    stamped(message, {.to = "a", .ingress = "0/A", .trace = {"0/A"}}),
                    {.message_format = 7});
    REQUIRE(consumer.complete() == 1);
    CHECK(consumer.got[0].bytes == message);
    world.right.accept_all(consumer);
}

TEST_CASE("in transit the trace grows, and nothing else changes") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "orders");
    const Buffer message = annotated_message("body", /*routers=*/false);
    world.west.send(world.from_west,
                    stamped(message, {.to = "orders", .ingress = "0/A", .trace = {"0/A", "0/D"}}));
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.annotations.to == "orders");
    CHECK(got.annotations.ingress == "0/A");
    CHECK(got.trace == Trace{"0/A", "0/D", "0/B"});
    CHECK(got.users == Dissected(message).users);
    CHECK(got.bare == as_text(plain_message("body")));
    CHECK(world.core.counters().transit == 1);
    CHECK(world.core.addresses().find("M0orders")->transit == 1);
    CHECK(world.core.counters().ingress == 0);
    world.east.accept_all(world.to_east);
    CHECK(world.from_west.outcome(1) == Outcome::accepted);
}

TEST_CASE("a transit message that came in frame by frame keeps its origin and annotations") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "orders");
    world.topology.valid[MeshWorld::kA] = Destinations(16, true);
    world.topology.valid[kThisRouter] = Destinations(16, false);
    const Buffer message = stamped(plain_message(std::string(300, 'x')),
                                   {.to = "orders", .ingress = "0/A", .trace = {"0/A"}});
    for (std::size_t at = 0; at < message.size(); at += 50) {
        const std::size_t size = std::min<std::size_t>(50, message.size() - at);
        world.west.send(world.from_west, Bytes(message).subspan(at, size),
                        {.more = at + size < message.size()});
    }
    REQUIRE(world.to_east.complete() == 1);
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.trace == Trace{"0/A", "0/B"});
    CHECK(got.annotations.ingress == "0/A");
    CHECK(got.bare == as_text(plain_message(std::string(300, 'x'))));
    world.east.accept_all(world.to_east);
}

TEST_CASE("a message that was here already is released") {
    MeshWorld world;
    world.remote(MeshWorld::kC, "orders");
    Peer& consumer = world.right.consumer("orders");
    const DeliveryId id = world.west.send(
        world.from_west,
        stamped(plain_message("x"), {.to = "orders", .ingress = "0/A", .trace = {"0/B", "0/A"}}));
    CHECK(world.from_west.outcome(id) == Outcome::released);
    CHECK(consumer.got.empty());
    CHECK(world.to_east.got.empty());
    CHECK(world.dropped(DropReason::looped) == 1);
}

TEST_CASE("a neighbour's message with unusable annotations is rejected") {
    MeshWorld world;
    Buffer message;
    SUBCASE("without an address") {
        message = stamped(plain_message("x"), {.ingress = "0/A", .trace = {"0/A"}});
    }
    SUBCASE("with an address that means nothing") {
        message = stamped(plain_message("x"), {.to = "/", .ingress = "0/A", .trace = {"0/A"}});
    }
    SUBCASE("that can't be read") {
        message = {0x00, 0x53, 0x72, 0xc1, 0x03, 0x02, 0xa3, 0x09};
    }
    const DeliveryId id = world.west.send(world.from_west, message);
    CHECK(world.from_west.outcome(id) == Outcome::rejected);
    CHECK(world.from_west.may_send == 250);
}

TEST_CASE("a targeted sender's address travels as it was written") {
    MeshWorld world;
    Peer& producer = world.left.producer("_topo/0/C/reply");
    CHECK(producer.may_send == 250);
    world.left.send(producer, annotated_message("body", false));
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.annotations.to == "_topo/0/C/reply");
    CHECK(got.annotations.ingress == "0/B");
    CHECK(got.trace == Trace{"0/B"});
    CHECK(got.users == Dissected(annotated_message("body", false)).users);
    world.east.accept_all(world.to_east);
    CHECK(producer.outcome(1) == Outcome::accepted);
}

TEST_CASE("an anonymous sender reaches another router by `to`") {
    MeshWorld world;
    Peer& producer = world.left.producer("");
    const Buffer message = addressed_message("amqp:/_topo/0/A/$management", "query");
    world.left.send(producer, message);
    const Dissected got(world.to_west.got[0].bytes);
    CHECK(got.annotations.to == "amqp:/_topo/0/A/$management");
    CHECK(got.trace == Trace{"0/B"});
    CHECK(got.bare == as_text(message));
    world.west.accept_all(world.to_west);
}

TEST_CASE("a transit message for another router, addressed by its own `to`, passes on as it is") {
    MeshWorld world;
    const Buffer message = addressed_message("amqp:/_topo/0/C/$management", "query");
    world.west.send(world.from_west, stamped(message, {.ingress = "0/A", .trace = {"0/A"}}));
    REQUIRE(world.to_east.complete() == 1);
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.annotations.to.empty());
    CHECK(got.trace == Trace{"0/A", "0/B"});
    CHECK(got.bare == as_text(message));
    world.east.accept_all(world.to_east);
}

TEST_CASE("a reply finds its way back to a dynamic address of this router") {
    MeshWorld world;
    Peer& requester = world.right.attach({.direction = Direction::out, .dynamic = true});
    world.right.give_credit(requester, 10);
    CHECK(requester.address.starts_with("amqp:/_topo/0/B/temp."));
    const Buffer reply = addressed_message(requester.address, "answer");
    SUBCASE("by the annotation") {
        world.east.send(
            world.from_east,
            stamped(reply, {.to = requester.address, .ingress = "0/C", .trace = {"0/C"}}));
    }
    SUBCASE("by `to` alone") {
        world.east.send(world.from_east, stamped(reply, {.ingress = "0/C", .trace = {"0/C"}}));
    }
    REQUIRE(requester.complete() == 1);
    CHECK(requester.got[0].bytes == reply);
    world.right.accept_all(requester);
}

TEST_CASE("a sender to another router is refused only where no router knows of a mesh") {
    World alone;
    CHECK_THROWS(alone.left.producer("_topo/0/C/reply"));
    MeshWorld world;
    CHECK_NOTHROW(world.left.producer("_topo/0/C/reply"));
    CHECK_THROWS(world.right.consumer("_topo/0/C/reply"));
}

TEST_CASE("the phase stays with the address") {
    MeshWorld world;
    world.core.reach().set_remote(MeshWorld::kC, "M1orders", true, {}, world.now);
    world.west.send(world.from_west,
                    stamped(plain_message("x"),
                            {.to = "orders", .ingress = "0/A", .trace = {"0/A"}, .phase = 1}));
    const Dissected got(world.to_east.got[0].bytes);
    CHECK(got.annotations.phase == 1);
    CHECK(got.annotations.to == "orders");
    world.east.accept_all(world.to_east);
    world.core.reach().set_remote(MeshWorld::kC, "M1orders", false, {}, world.now);
}

TEST_SUITE_END();

}  // namespace weft::router
