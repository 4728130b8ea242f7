#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt deliver");

namespace {

constexpr SubscriptionNumber kFirst{1};
constexpr SubscriptionNumber kSecond{2};
constexpr DeliveryToken kToken{9};

Client::Options lasting(Version version) {
    Client::Options options{.clean = false};
    if (version == Version::v5) {
        options.properties = {{PropertyId::session_expiry_interval, 60, {}}};
    }
    return options;
}

}  // namespace

TEST_CASE("a message goes out at the lower of its QoS and the granted one") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join();
        client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
        client.heard();
        client.deliver({.message = message({.qos = Qos::at_most_once})});
        CHECK(client.heard() == "PUBLISH a q0 'x'");
        client.deliver({.message = message({.qos = Qos::exactly_once})});
        CHECK(client.heard() == "PUBLISH a q1 #1 'x'");
        CHECK(world.counters.delivered == 2);
    }
}

TEST_CASE("a message that has a packet identifier waits while another one has it") {
    World world;
    Client client{world, Version::v5};
    client.join(lasting(Version::v5));
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.asked();
    client.heard();
    const auto give = [&](const char* payload, std::uint64_t token, mqtt::PacketId id) {
        client.deliver({.message = message({.payload = payload, .qos = Qos::exactly_once}),
                        .token = DeliveryToken{token},
                        .id = id});
    };
    give("1", 1, 40'000);
    CHECK(client.heard() == "PUBLISH a q2 #40000 '1'");
    give("2", 2, 40'000);
    give("3", 3, 40'001);
    CHECK(client.heard() == "");  // each in its turn
    CHECK(client.session().credit() == 0);
    CHECK(world.counters.id_waits == 1);
    client.pubrec(40'000);
    CHECK(client.heard() == "PUBREL 40000");
    client.pubcomp(40'000);
    CHECK(client.heard() == "PUBLISH a q2 #40000 '2'; PUBLISH a q2 #40001 '3'");
}

TEST_CASE("what credit was told for is taken, though its identifier is not free and no room is") {
    World world;
    Client client{world, Version::v5};
    client.join(lasting(Version::v5));
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.asked();
    client.heard();
    const auto give = [&](const char* payload, std::uint64_t token, mqtt::PacketId id) {
        client.deliver({.message = message({.payload = payload, .qos = Qos::exactly_once}),
                        .token = DeliveryToken{token},
                        .id = id});
    };
    give("1", 1, 40'000);
    client.pubrec(40'000);
    client.heard();
    client.asked();
    SUBCASE("of its queue") {
        world.settings.queue_bytes_max = 1;
    }
    SUBCASE("of all queues") {
        world.settings.all_queues_bytes_max = 1;
    }
    CHECK(client.session().credit() > 0);
    give("2", 2, 40'000);
    CHECK(client.asked() == "");  // not released: nobody reads it again
    CHECK(client.session().credit() == 0);
    give("3", 3, 40'001);
    CHECK(client.asked() == "settle 3 released");
    client.pubcomp(40'000);
    CHECK(client.heard() == "PUBLISH a q2 #40000 '2'");
    CHECK(world.counters.dropped_full == 1);
}

TEST_CASE("QoS 1: the mesh hears of it after PUBACK") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.asked();
    SUBCASE("taken") {
        client.deliver({.message = message({.qos = Qos::at_least_once}), .token = kToken});
        CHECK(client.asked().empty());
        client.puback(1);
        CHECK(client.asked() == "settle 9 accepted");
    }
    SUBCASE("refused") {
        client.deliver({.message = message({.qos = Qos::at_least_once}), .token = kToken});
        client.ack(mqtt::PacketType::puback, 1, Reason::not_authorized);
        CHECK(client.asked() == "settle 9 rejected");
        CHECK(world.counters.device_rejected == 1);
    }
    CHECK(client.session().outgoing().in_flight() == 0);
    CHECK(world.counters.queued_bytes == 0);
}

TEST_CASE("QoS 2: the mesh hears of it after PUBREC") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join();
        client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
        client.asked();
        client.heard();
        client.deliver({.message = message({.qos = Qos::exactly_once}), .token = kToken});
        client.pubrec(1);
        CHECK(client.asked() == "settle 9 accepted");
        client.pubrec(1);
        client.pubcomp(1);
        CHECK(client.heard() == "PUBLISH a q2 #1 'x'; PUBREL 1; PUBREL 1");
        CHECK(client.asked().empty());
        CHECK(client.session().outgoing().in_flight() == 0);
    }
    SUBCASE("refused by PUBREC: the id is free") {
        World world;
        Client client{world, Version::v5};
        client.join();
        client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
        client.deliver({.message = message({.qos = Qos::exactly_once}), .token = kToken});
        client.asked();
        client.heard();
        client.ack(mqtt::PacketType::pubrec, 1, Reason::quota_exceeded);
        CHECK(client.asked() == "settle 9 rejected");
        CHECK(client.heard().empty());
        CHECK(client.session().outgoing().in_flight() == 0);
    }
}

TEST_CASE("acknowledgements that fit nothing") {
    World world;
    SUBCASE("of unknown ids") {
        Client client{world, Version::v5};
        client.join();
        client.puback(5);
        client.pubcomp(5);
        client.pubrec(5);
        CHECK(client.heard() == "PUBREL 5 packet identifier not found");
        CHECK(world.counters.acks_unknown == 3);
    }
    SUBCASE("of another QoS, or too early") {
        struct Row {
            Qos qos;
            mqtt::PacketType ack;
        };
        const Row rows[]{{Qos::at_least_once, mqtt::PacketType::pubrec},
                         {Qos::at_least_once, mqtt::PacketType::pubcomp},
                         {Qos::exactly_once, mqtt::PacketType::puback},
                         {Qos::exactly_once, mqtt::PacketType::pubcomp}};
        for (const Row& row : rows) {
            Client client{world, Version::v5};
            client.join();
            client.subscribe(1, {{.filter = "a", .qos = row.qos}});
            client.deliver({.message = message({.qos = row.qos}), .token = kToken});
            client.heard();
            client.asked();
            client.ack(row.ack, 1);
            CHECK(client.heard() == "DISCONNECT protocol error");
            CHECK(client.asked().find("settle 9 released") != std::string::npos);
        }
    }
}

TEST_CASE(
    "several subscriptions that match are one publish, at the highest QoS, with all numbers") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a/+"}}, 11);
    client.subscribe(2, {{.filter = "a/#", .qos = Qos::exactly_once}}, 22);
    client.subscribe(3, {{.filter = "b"}}, 33);
    client.heard();
    SUBCASE("the owner knows which") {
        const SubscriptionNumber both[]{kFirst, kSecond};
        client.deliver({.message = message({.topic = "a/b", .qos = Qos::exactly_once}),
                        .subscriptions = both});
    }
    SUBCASE("the session looks") {
        client.deliver({.message = message({.topic = "a/b", .qos = Qos::exactly_once})});
    }
    CHECK(client.heard() ==
          "PUBLISH a/b q2 #1 'x' [subscription identifier 11] [subscription identifier 22]");
}

TEST_CASE("No Local: what a device published does not come back") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a", .no_local = true}});
    client.heard();
    client.deliver({.message = message({.publisher = "dev"})});
    CHECK(client.heard().empty());
    CHECK(world.counters.unmatched == 1);
    client.deliver({.message = message({.publisher = "other"})});
    CHECK(client.heard() == "PUBLISH a q0 'x'");
    client.subscribe(2, {{.filter = "+"}});
    client.heard();
    client.deliver({.message = message({.publisher = "dev"})});
    CHECK(client.heard() == "PUBLISH a q0 'x'");
}

TEST_CASE("what No Local leaves out is not to come again, and others may have it") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once, .no_local = true}});
    client.heard();
    client.asked();
    const SubscriptionNumber own[]{kFirst};
    const auto mine = message({.qos = Qos::at_least_once, .publisher = "dev"});
    client.deliver({.message = mine, .subscriptions = own, .token = kToken});
    CHECK(client.asked() == "settle 9 unwanted");
    CHECK(client.heard().empty());
}

TEST_CASE("the retain flag: of retained messages, and as published if that is wanted") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.subscribe(2, {{.filter = "b", .retain_as_published = true}});
    client.heard();
    client.deliver({.message = message({.topic = "a", .retain = true})});
    client.deliver({.message = message({.topic = "b", .retain = true})});
    client.deliver({.message = message({.topic = "b"})});
    client.deliver({.message = message({.topic = "a", .retain = true}), .retained = true});
    CHECK(client.heard() ==
          "PUBLISH a q0 'x'; PUBLISH b q0 retain 'x'; PUBLISH b q0 'x'; PUBLISH a q0 retain 'x'");
}

TEST_CASE("what nobody wants is not delivered") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.unsubscribe(2, {"a"});
    client.heard();
    client.asked();
    SUBCASE("others may want it") {
        const SubscriptionNumber gone[]{kFirst};
        client.deliver({.message = message({}), .subscriptions = gone, .token = kToken});
        CHECK(client.asked() == "settle 9 released");
    }
    SUBCASE("nobody else can") {
        client.deliver({.message = message({}), .token = kToken});
        CHECK(client.asked() == "settle 9 accepted");
    }
    CHECK(client.heard().empty());
    CHECK(world.counters.unmatched == 1);
}

TEST_CASE("a message says how long it will live on, and is not delivered after that") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.heard();
    client.asked();
    const Instant expires = world.now + std::chrono::milliseconds{2500};
    client.deliver({.message = message({.expires = expires})});
    CHECK(client.heard() == "PUBLISH a q0 'x' [message expiry interval 3]");
    world.now = expires;
    client.deliver({.message = message({.expires = expires}), .token = kToken});
    CHECK(client.heard().empty());
    CHECK(client.asked() == "settle 9 accepted");
    CHECK(world.counters.dropped_expired == 1);
}

TEST_CASE("all in flight is sent again, with its id, when the client comes back") {
    for (const Version version : kAll) {
        World world;
        const Client::Options options = lasting(version);
        {
            Client first{world, version};
            first.join(options);
            first.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
            first.heard();
            first.deliver({.message = message({.payload = "1", .qos = Qos::at_least_once})});
            first.deliver({.message = message({.payload = "2", .qos = Qos::exactly_once})});
            first.deliver({.message = message({.payload = "3", .qos = Qos::exactly_once})});
            first.pubrec(3);
        }
        Client second{world, version};
        second.connect(options);
        const std::string heard = second.heard();
        CHECK(heard.substr(heard.find(';')) ==
              "; PUBREL 3; PUBLISH a q1 #1 dup '1'; PUBLISH a q2 #2 dup '2'");
        CHECK(world.counters.resent == 2);
        second.puback(1);
        second.pubrec(2);
        second.pubcomp(2);
        second.pubcomp(3);
        CHECK(second.session().outgoing().in_flight() == 0);
        second.deliver({.message = message({.qos = Qos::at_least_once})});
        CHECK(second.heard() == "PUBREL 2; PUBLISH a q1 #4 'x'");
    }
}

TEST_CASE("without connection QoS 1 and 2 are kept, up to a limit, and QoS 0 is not") {
    World world;
    world.settings.queue_messages_max = 2;
    const Client::Options options = lasting(Version::v5);
    Client first{world, Version::v5};
    first.join(options);
    first.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    first.lose();
    first.asked();
    first.deliver({.message = message({.qos = Qos::at_most_once})});
    CHECK(world.counters.dropped_offline == 1);
    for (const char* payload : {"1", "2", "3"}) {
        first.deliver({.message = message({.payload = payload, .qos = Qos::at_least_once})});
    }
    CHECK(world.counters.dropped_full == 1);
    CHECK(world.counters.queued_bytes > 0);
    first.deliver({.message = message({.qos = Qos::at_least_once}), .token = kToken});
    CHECK(first.asked() == "settle 9 released");  // the mesh keeps it
    Client second{world, Version::v5};
    second.connect(options);
    const std::string heard = second.heard();
    CHECK(heard.substr(heard.find(';')) == "; PUBLISH a q1 #1 '1'; PUBLISH a q1 #2 '2'");
    second.puback(1);
    second.puback(2);
    CHECK(world.counters.queued_bytes == 0);
}

TEST_CASE("a packet larger than the client takes is dropped, and the mesh hears it") {
    World world;
    Client client{world, Version::v5};
    client.join({.properties = {{PropertyId::maximum_packet_size, 60, {}}}});
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    client.heard();
    client.asked();
    const std::string large(60, 'x');
    client.deliver({.message = message({.payload = large}), .token = kToken});
    CHECK(client.asked() == "settle 9 rejected");
    client.deliver(
        {.message = message({.payload = large, .qos = Qos::at_least_once}), .token = kToken});
    CHECK(client.asked() == "settle 9 rejected");
    CHECK(client.heard().empty());
    CHECK(world.counters.dropped_too_large == 2);
    CHECK(client.session().outgoing().in_flight() == 0);
}

TEST_CASE("a client that reads slowly: QoS 0 is dropped, all else waits") {
    World world;
    Client client{world, Version::v3_1_1};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    client.heard();
    client.call([&](Output& out) { client.connection().set_congested(true, world.now, out); });
    CHECK(client.session().credit() == 0);
    client.deliver({.message = message({})});
    client.deliver({.message = message({.qos = Qos::at_least_once})});
    CHECK(client.heard().empty());
    CHECK(world.counters.dropped_congested == 1);
    client.call([&](Output& out) { client.connection().set_congested(false, world.now, out); });
    CHECK(client.heard() == "PUBLISH a q1 #1 'x'");
}

TEST_CASE("bytes that wait are bounded, for a session and for all") {
    World world;
    world.settings.in_flight_max = 1;
    const auto one = message({.payload = std::string(1000, 'x'), .qos = Qos::at_least_once});
    SUBCASE("a session") {
        world.settings.queue_bytes_max = 3 * one->bytes();
    }
    SUBCASE("all") {  // of which one session has half
        world.settings.all_queues_bytes_max = 6 * one->bytes();
    }
    Client client{world, Version::v3_1_1};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    for (int i = 0; i < 10; ++i) {
        client.deliver({.message = one});
    }
    CHECK(client.session().outgoing().bytes() == 3 * one->bytes());
    CHECK(world.counters.queued_bytes == 3 * one->bytes());
    CHECK(world.counters.dropped_full == 7);
}

TEST_CASE("what is in flight is bounded for all: beyond it everybody has one message") {
    World world;
    const auto one = message({.payload = std::string(1000, 'x'), .qos = Qos::at_least_once});
    world.settings.all_queues_bytes_max = 8 * one->bytes();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        Client& client = *clients.emplace_back(std::make_unique<Client>(world, Version::v3_1_1));
        client.join({.id = "c" + std::to_string(i)});
        client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
        client.heard();
        for (int k = 0; k < 5; ++k) {
            client.deliver({.message = one});
        }
        CHECK(client.session().outgoing().in_flight() >= 1);
    }
    CHECK(world.counters.queued_bytes <= (8 + 20) * one->bytes());
    Client& last = *clients.back();
    CHECK(last.session().outgoing().in_flight() == 1);
    CHECK(last.session().credit() == 0);
    last.asked();
    last.deliver({.message = one, .token = kToken});
    CHECK(last.asked() == "settle 9 released");  // the mesh keeps it
    last.puback(1);
    CHECK(last.session().credit() > 0);  // it has nothing: one more is its
    last.deliver({.message = one, .token = kToken});
    CHECK(last.session().outgoing().in_flight() == 1);
}

TEST_CASE("what some never acknowledge leaves room for what others wait for a moment") {
    World world;
    world.settings.in_flight_max = 1;
    world.settings.all_queues_bytes_max = 8 << 20;
    const auto large = message({.payload = std::string(50'000, 'x'), .qos = Qos::at_least_once});
    const auto small = message({.qos = Qos::at_least_once});
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; ++i) {
        Client& client = *clients.emplace_back(std::make_unique<Client>(world, Version::v3_1_1));
        client.join({.id = "c" + std::to_string(i)});
        client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
        for (int k = 0; k < 20; ++k) {
            client.deliver({.message = large});
        }
    }
    CHECK(world.counters.queued_bytes > world.settings.all_queues_bytes_max);
    CHECK(world.counters.queued_bytes < (8 << 20) + 200 * large->bytes());
    const std::uint64_t dropped = world.counters.dropped_full;
    Client other{world, Version::v3_1_1};
    other.join({.id = "other"});
    other.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    for (int k = 0; k < 10; ++k) {
        other.deliver({.message = small});
    }
    CHECK(world.counters.dropped_full == dropped);
    CHECK(other.session().outgoing().waiting() == 9);
}

TEST_SUITE_END();

}  // namespace weft::session
