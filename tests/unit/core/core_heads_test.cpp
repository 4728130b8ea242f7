#include "tests/unit/core/world.hpp"

#include <memory>
#include <string>

namespace weft::router {
namespace {

/// Sends a message in frames of `size` bytes.
DeliveryId send_in_frames(FakePort& port, Peer& producer, Bytes message, std::size_t size) {
    while (message.size() > size) {
        port.send(producer, message.first(size), {.more = true});
        message = message.subspan(size);
    }
    return port.send(producer, message, FakePort::Frame{.more = false});
}

Buffer one_annotation(std::string_view body) {
    return annotated_message(body, false);
}

}  // namespace

TEST_SUITE_BEGIN("Core: heads of messages");

TEST_CASE("an exchange gets a message as it came in, what routers wrote included") {
    World world;
    FakePort trusted{world.core, world.now, Traits::of_client({.in = false})};
    FakePort exchange{world.core, world.now, Traits::of_exchanges()};
    Peer& inlet = exchange.consumer("x", 10);
    const Buffer marked = annotated_message("marked", /*routers=*/true);
    trusted.send(trusted.producer("x"), marked);
    world.left.send(world.left.producer("x"), one_annotation("plain"));
    REQUIRE(inlet.complete() == 2);
    CHECK(inlet.got[0].bytes == marked);
    CHECK(inlet.got[0].provenance.annotated);
    CHECK(inlet.got[1].bytes == one_annotation("plain"));
    CHECK_FALSE(inlet.got[1].provenance.annotated);
    exchange.accept_all(inlet);
}

TEST_CASE("an anonymous producer's message goes where its `to` says") {
    World world;
    Peer& a = world.right.consumer("a");
    Peer& b = world.right.consumer("b");
    Peer& producer = world.left.producer("");
    const Buffer message = addressed_message("amqp:/b", "x");
    const DeliveryId id = world.left.send(producer, message);
    CHECK(a.got.empty());
    REQUIRE(b.complete() == 1);
    CHECK(b.got[0].bytes == message);
    world.right.accept_all(b);
    CHECK(producer.outcome(id) == Outcome::accepted);
}

TEST_CASE("a `to` may be cut anywhere") {
    const Buffer message = addressed_message("somewhere", "body", 300);
    for (std::size_t size = 1; size < message.size(); size += size < 20 ? 1 : 37) {
        CAPTURE(size);
        World world;
        Peer& consumer = world.right.consumer("somewhere");
        Peer& producer = world.left.producer("", 3);
        const DeliveryId id = send_in_frames(world.left, producer, message, size);
        REQUIRE(consumer.complete() == 1);
        CHECK(consumer.got[0].bytes == message);
        world.right.accept_all(consumer);
        CHECK(producer.outcome(id) == Outcome::accepted);
        CHECK(producer.may_send == 3);
        CHECK(producer.held == 0);
    }
}

TEST_CASE("a message that begins with nothing keeps nobody else waiting") {
    World world;
    Peer& one = world.right.consumer("a", 9);
    Peer& two = world.right.consumer("a", 9);
    Peer& slow = world.left.producer("a");
    Peer& other = world.left.producer("a");
    const Buffer payload = annotated_message("x", /*routers=*/false);
    world.left.send(slow, Bytes{}, {.more = true, .message_format = 7});
    world.left.send(other, payload, {});
    CHECK(one.complete() + two.complete() == 1);
    world.left.send(slow, payload, {.message_format = 7});
    CHECK(one.complete() + two.complete() == 2);
}

TEST_CASE("one that waits and has nothing yet keeps nobody else waiting, and begins in its turn") {
    World world;
    Peer& one = world.right.consumer("a", 0);
    Peer& two = world.right.consumer("a", 0);
    Peer& slow = world.left.producer("a");
    Peer& other = world.left.producer("a");
    const Buffer payload = annotated_message("x", /*routers=*/false);
    world.left.send(slow, Bytes{}, {.more = true, .message_format = 7});
    world.left.send(other, payload, {});
    world.right.give_credit(one, 1);
    world.right.give_credit(two, 1);
    CHECK(one.got.size() == 1);
    CHECK(two.complete() == 1);
    world.left.send(slow, payload, {.message_format = 7});
    REQUIRE(one.complete() == 1);
    CHECK(one.got[0].bytes == payload);
}

TEST_CASE("a message of another format is opaque: any bytes pass, with the number") {
    const Buffer annotated = annotated_message("x", /*routers=*/true);
    const Buffer cut_off(annotated.begin(), annotated.begin() + 9);
    for (const Buffer& payload :
         {Buffer{0x00}, Buffer{0x00, 0x53, 0x70, 0xc0, 0x05}, Buffer{},
          Buffer{0x00, 0x53, 0x72, 0x40}, Buffer{0xff, 0x01}, cut_off, annotated}) {
        World world;
        world.rule("m", {.distribution = Distribution::multicast});
        FakePort shown{world.core, world.now, Traits::of_client({.in = true, .out = false})};
        for (const char* to : {"a", "m"}) {
            Peer& consumer = world.right.consumer(to, to[0] == 'a' ? 2 : 9);
            Peer& producer = world.left.producer(to);
            Peer* const annotates = to[0] == 'm' ? &shown.consumer(to) : nullptr;
            world.left.send(producer, payload, {.message_format = 7});
            world.left.send(producer, payload, {.settled = true, .message_format = 7});
            world.left.send(producer, Bytes(payload).first(payload.size() / 2),
                            {.more = true, .message_format = 7});
            world.left.send(producer, Bytes(payload).subspan(payload.size() / 2), {});
            world.left.send(producer, payload, {.message_format = 7});
            if (annotates == nullptr) {
                world.right.give_credit(consumer, 9);  // the last two have waited for it
            }
            REQUIRE(consumer.complete() == 4);
            CHECK((annotates == nullptr || annotates->complete() == 4));
            for (const Peer* peer : {&consumer, annotates}) {
                for (std::size_t i = 0; peer != nullptr && i < peer->got.size(); ++i) {
                    CHECK(peer->got[i].bytes == payload);
                    CHECK(peer->got[i].message_format == 7);
                }
            }
            world.right.accept_all(consumer);
            if (annotates != nullptr) {
                shown.accept_all(*annotates);
                shown.detach(*annotates);
            }
        }
        CHECK(world.dropped(DropReason::malformed) == 0);
        CHECK(shown.faults.empty());
    }
}

TEST_CASE("of an opaque message as much is read as an anonymous sender's `to` needs") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("");
    const Buffer message = addressed_message("a", "x");
    world.left.send(producer, message, {.message_format = 7});
    CHECK(consumer.got[0].bytes == message);
    CHECK(consumer.got[0].message_format == 7);
    world.right.accept_all(consumer);
    const DeliveryId nowhere = world.left.send(producer, Buffer{0xff}, {.message_format = 7});
    const DeliveryId broken = world.left.send(producer, Buffer{0x00}, {.message_format = 7});
    CHECK(producer.outcome(nowhere) == Outcome::rejected);
    CHECK(producer.outcome(broken) == Outcome::rejected);
}

TEST_CASE("a head waits for up to 64 KiB, not more") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("");
    const Buffer fits = addressed_message("a", "x", 60'000);
    send_in_frames(world.left, producer, fits, 1000);
    CHECK(consumer.complete() == 1);
    const Buffer too_long = addressed_message("a", "x", 70'000);
    const DeliveryId id = send_in_frames(world.left, producer, too_long, 1000);
    CHECK(consumer.complete() == 1);
    CHECK(producer.outcome(id) == Outcome::rejected);
    CHECK(producer.held == 0);
    CHECK(world.dropped(DropReason::malformed) == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a message that says nowhere to go is rejected, one that nobody awaits is released") {
    World world;
    world.right.consumer("a");
    Peer& producer = world.left.producer("", 5);
    CHECK(producer.outcome(world.left.send(producer, plain_message("x"))) == Outcome::rejected);
    CHECK(producer.outcome(world.left.send(producer, addressed_message("/", "x"))) ==
          Outcome::rejected);
    CHECK(producer.outcome(world.left.send(producer, addressed_message("b", "x"))) ==
          Outcome::released);
    CHECK(world.dropped(DropReason::no_address) == 2);
    CHECK(world.dropped(DropReason::no_consumer) == 1);
    world.left.send(producer, addressed_message("b", "x"), {.settled = true});
    CHECK(producer.link->counters.dropped_presettled == 1);
    CHECK(producer.may_send == 5);
}

TEST_CASE("a message for an address that only the default makes unavailable is rejected") {
    World world{{.router_id = "r1", .default_distribution = Distribution::unavailable}};
    world.rule("open", {});
    Peer& producer = world.left.producer("");
    const DeliveryId closed = world.left.send(producer, addressed_message("closed", "x"));
    CHECK(producer.outcome(closed) == Outcome::rejected);
    CHECK(as_text(producer.told.back().state).find("Node not found") != std::string_view::npos);
    const DeliveryId open = world.left.send(producer, addressed_message("open", "x"));
    CHECK(producer.outcome(open) == Outcome::released);
    CHECK(world.dropped(DropReason::refused) == 1);
}

TEST_CASE(
    "a message without a link to where links are passed on is rejected, unless somebody is there") {
    World world;
    REQUIRE(world.core.rules().add(
        {.name = {},
         .pattern = *AddressPattern::parse(AddressPattern::Grammar::address, "prices/#"),
         .treatment = {},
         .storage = std::make_shared<Storage>(Storage{.passes_links = true})}));
    Peer& producer = world.left.producer("");
    const DeliveryId lost = world.left.send(producer, addressed_message("prices/eu", "x"));
    CHECK(producer.outcome(lost) == Outcome::rejected);
    CHECK(as_text(producer.told.back().state).find("are passed on to a broker") !=
          std::string_view::npos);
    CHECK(world.dropped(DropReason::refused) == 1);
    Peer& consumer = world.right.consumer("prices/eu");
    world.left.send(producer, addressed_message("prices/eu", "x"));
    CHECK(consumer.complete() == 1);
    world.right.accept_all(consumer);
}

TEST_CASE("a message of a transaction without a link to its address is rejected") {
    World world;
    Peer& consumer = world.right.consumer("orders");
    const Buffer state{0x00, 0x53, 0x34, 0xc0, 0x05, 0x01, 0xa0, 0x02, 't', 'x'};
    Peer& producer = world.left.producer("");
    const DeliveryId lost =
        world.left.send(producer, addressed_message("orders", "x"), {.state = state});
    CHECK(producer.outcome(lost) == Outcome::rejected);
    CHECK(as_text(producer.told.back().state).find("a message of a transaction") !=
          std::string_view::npos);
    CHECK(consumer.got.empty());
}

TEST_CASE("a message in pieces that nobody awaits is released with its head") {
    World world;
    Peer& producer = world.left.producer("");
    const DeliveryId id = world.left.send(producer, addressed_message("b", "x"), {.more = true});
    CHECK(producer.outcome(id) == Outcome::released);
    world.left.send(producer, as_bytes("rest"), {});
    world.left.send(producer, addressed_message("b", "x"), {.settled = true, .more = true});
    world.left.send(producer, as_bytes("rest"), {.settled = true});
    CHECK(world.dropped(DropReason::no_consumer) == 2);
    CHECK(producer.link->account.outstanding() == 0);
}

TEST_CASE("a message whose sections can't be read is rejected") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    const DeliveryId id = world.left.send(producer, Buffer{0x00, 0x53, 0x72, 0x40});
    CHECK(producer.outcome(id) == Outcome::rejected);
    CHECK(as_text(producer.told[0].state).find("amqp:decode-error") != std::string::npos);
    CHECK(consumer.got.empty());
    CHECK(world.dropped(DropReason::malformed) == 1);
}

TEST_CASE("annotations of routers are stripped, all else is left as it is") {
    World world;
    Peer& consumer = world.right.consumer("a");
    Peer& producer = world.left.producer("a");
    SUBCASE("of a message in one frame") {
        world.left.send(producer, annotated_message("x", true), {.settled = true});
    }
    SUBCASE("of one in pieces") {
        for (const std::size_t size : {1U, 4U, 9U, 20U}) {
            send_in_frames(world.left, producer, annotated_message("x", true), size);
        }
    }
    SUBCASE("of one that waits") {
        world.right.give_credit(consumer, 0);
        send_in_frames(world.left, producer, annotated_message("x", true), 30);
        CHECK(static_cast<std::size_t>(producer.held) == one_annotation("x").size());
        world.right.give_credit(consumer, 5);
    }
    SUBCASE("and a message without such is not touched") {
        world.left.send(producer, one_annotation("x"), {.settled = true});
    }
    for (const Got& got : consumer.got) {
        CHECK(got.complete);
        CHECK(got.bytes == one_annotation("x"));
    }
    CHECK_FALSE(consumer.got.empty());
    CHECK(producer.held == 0);
    world.right.accept_all(consumer);
}

TEST_CASE("a header in front of the annotations does not hide them, nor does one alone matter") {
    for (const Buffer& header : {Buffer{0x00, 0x53, 0x70, 0x45},                    // empty
                                 Buffer{0x00, 0x53, 0x70, 0xc0, 0x02, 0x01, 0x41},  // durable
                                 Buffer{0x00, 0x53, 0x70, 0xd0, 0, 0, 0, 5, 0, 0, 0, 1, 0x41}}) {
        World world;
        Peer& consumer = world.right.consumer("a");
        Peer& producer = world.left.producer("a");
        Buffer with = header;
        append(with, annotated_message("x", true));
        Buffer without = header;
        append(without, one_annotation("x"));
        world.left.send(producer, with, {.settled = true});
        CHECK(consumer.got[0].bytes == without);
        Buffer plain = header;
        append(plain, plain_message("x"));
        world.left.send(producer, plain, {.settled = true});
        CHECK(consumer.got[1].bytes == plain);
    }
}

TEST_CASE("what a listener lets in goes to clients whose listener lets it out, and to no others") {
    World world;
    FakePort raw{world.core, world.now, Traits::of_client({.in = false, .out = false})};
    Peer& producer = raw.producer("a");
    const Buffer message = annotated_message("x", true);
    const auto ends_with_body = [](const Got& got) {
        return got.text().ends_with(as_text(plain_message("x")));
    };
    SUBCASE("lets it out") {
        Peer& consumer = raw.consumer("a");
        raw.send(producer, message, {.settled = true});
        CHECK(consumer.got[0].text().find("0/elsewhere") != std::string_view::npos);
        CHECK(ends_with_body(consumer.got[0]));
        raw.detach(consumer);
    }
    SUBCASE("does not") {
        Peer& consumer = world.right.consumer("a");
        raw.send(producer, message, {.settled = true});
        CHECK(consumer.got[0].bytes == annotated_message("x", false));
    }
    raw.detach(producer);
    CHECK(raw.faults.empty());
}

TEST_SUITE_END();

}  // namespace weft::router
