#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt flow");

namespace {

constexpr DeliveryToken kFlowToken{9};

std::size_t count_of(const std::string& text, std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("more publishes than the receive maximum end a connection of MQTT 5") {
    for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
        World world;
        world.publishes = qos == Qos::exactly_once;  // those wait for PUBREL
        world.settings.receive_maximum = 3;
        Client client{world, Version::v5};
        client.join();
        for (mqtt::PacketId id = 1; id <= 3; ++id) {
            client.publish({.qos = qos, .id = id});
        }
        CHECK(client.connection().phase() == Peer::Phase::open);
        client.publish({.qos = qos, .id = 3, .dup = true});  // no further one
        client.publish({});
        CHECK(client.connection().phase() == Peer::Phase::open);
        client.heard();
        client.publish({.qos = qos, .id = 4});
        CHECK(client.heard() == "DISCONNECT receive maximum exceeded");
    }
}

TEST_CASE("what is acknowledged makes room, whatever it was acknowledged with") {
    World world;
    world.publishes = false;
    world.settings.receive_maximum = 1;
    Client client{world, Version::v5};
    client.join();
    client.publish({.qos = Qos::at_least_once, .id = 1});
    client.published(1, Taken::accepted);
    client.publish({.qos = Qos::exactly_once, .id = 1});
    client.published(2, Taken::refused);
    client.publish({.qos = Qos::exactly_once, .id = 1});
    client.published(3, Taken::accepted);
    client.pubrel(1);
    client.publish({.qos = Qos::exactly_once, .id = 1});
    CHECK(client.connection().phase() == Peer::Phase::open);
}

TEST_CASE("a new connection counts anew") {
    World world;
    world.settings.receive_maximum = 2;
    const Client::Options options{.clean = false,
                                  .properties = {{PropertyId::session_expiry_interval, 60, {}}}};
    {
        Client first{world, Version::v5};
        first.join(options);
        first.publish({.qos = Qos::exactly_once, .id = 1});
        first.publish({.qos = Qos::exactly_once, .id = 2});
    }
    Client second{world, Version::v5};
    second.join(options);
    second.publish({.qos = Qos::exactly_once, .id = 3});
    second.publish({.qos = Qos::exactly_once, .id = 1, .dup = true});
    CHECK(second.heard() == "PUBREC 3; PUBREC 1");
    second.pubrel(2);  // which was not counted
    second.pubrel(3);
    second.publish({.qos = Qos::exactly_once, .id = 4});
    CHECK(second.heard() == "PUBCOMP 2; PUBCOMP 3; PUBREC 4");
    second.publish({.qos = Qos::exactly_once, .id = 5});
    CHECK(second.heard() == "DISCONNECT receive maximum exceeded");
}

TEST_CASE("older clients are not read while so many publishes wait for the mesh") {
    for (const Version version : kOld) {
        World world;
        world.publishes = false;
        world.settings.receive_maximum = 2;
        Client client{world, version};
        client.join();
        for (mqtt::PacketId id = 1; id <= 4; ++id) {
            client.publish({.qos = Qos::at_least_once, .id = id});
        }
        CHECK(client.asked() == "publish 1 a q1 'x'; publish 2 a q1 'x'");
        CHECK_FALSE(client.connection().is_reading());
        client.published(1, Taken::accepted);
        CHECK(client.asked() == "publish 3 a q1 'x'");
        client.published(2, Taken::accepted);
        client.published(3, Taken::accepted);
        client.published(4, Taken::accepted);
        CHECK(client.heard() == "PUBACK 1; PUBACK 2; PUBACK 3; PUBACK 4");
        CHECK(client.connection().is_reading());
    }
}

TEST_CASE("QoS 2 that waits for PUBREL does not stop the reading, but has its limit") {
    World world;
    world.settings.receive_maximum = 2;
    world.settings.incoming_ids_max = 5;
    Client client{world, Version::v3_1_1};
    client.join();
    for (mqtt::PacketId id = 1; id <= 5; ++id) {
        client.publish({.qos = Qos::exactly_once, .id = id});
    }
    CHECK(client.session().incoming().received() == 5);
    CHECK(client.connection().is_reading());
    client.pubrel(1);
    client.publish({.qos = Qos::exactly_once, .id = 6});
    CHECK(client.connection().phase() == Peer::Phase::open);
    client.publish({.qos = Qos::exactly_once, .id = 7});
    CHECK(client.connection().phase() == Peer::Phase::closed);
}

TEST_CASE("to a device no more is in flight than it takes, or than we send") {
    struct Row {
        Version version;
        std::uint32_t takes;
        std::uint16_t ours;
        std::uint32_t window;
    };
    const Row rows[]{{Version::v5, 3, 100, 3},
                     {Version::v5, 1000, 5, 5},
                     {Version::v3_1_1, 0, 4, 4},
                     {Version::v3_1, 0, 4, 4}};
    for (const Row& row : rows) {
        World world;
        world.settings.in_flight_max = row.ours;
        Client client{world, row.version};
        Client::Options options;
        if (row.takes != 0) {
            options.properties = {{PropertyId::receive_maximum, row.takes, {}}};
        }
        client.join(options);
        client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
        client.heard();
        CHECK(client.session().credit() == row.window);
        for (int i = 0; i < 10; ++i) {
            client.deliver({.message = message({.qos = Qos::at_least_once})});
        }
        CHECK(client.session().credit() == 0);
        CHECK(count_of(client.heard(), "PUBLISH") == row.window);
        client.puback(2);
        CHECK(count_of(client.heard(), "PUBLISH") == 1);
        CHECK(client.session().outgoing().in_flight() == row.window);
        CHECK(client.session().outgoing().waiting() == 9 - row.window);
    }
}

TEST_CASE("a client that comes back with a smaller receive maximum is not sent more than that") {
    World world;
    Client::Options options{.clean = false,
                            .properties = {{PropertyId::session_expiry_interval, 60, {}}}};
    {
        Client first{world, Version::v5};
        first.join(options);
        first.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
        for (int i = 0; i < 5; ++i) {
            first.deliver({.message = message({.qos = Qos::at_least_once})});
        }
    }
    options.properties.push_back({PropertyId::receive_maximum, 2, {}});
    Client second{world, Version::v5};
    second.connect(options);
    CHECK(count_of(second.heard(), "PUBLISH") == 2);
    CHECK(second.session().credit() == 0);
    second.puback(1);
    CHECK(second.heard() == "PUBLISH a q1 #3 dup 'x'");
    for (mqtt::PacketId id = 2; id <= 5; ++id) {
        second.puback(id);
    }
    CHECK(second.session().outgoing().in_flight() == 0);
    CHECK(second.session().credit() == 2);
}

TEST_CASE("what an older connection had sent may be acknowledged before it is sent again") {
    for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
        World world;
        Client::Options options{.clean = false,
                                .properties = {{PropertyId::session_expiry_interval, 60, {}}}};
        {
            Client first{world, Version::v5};
            first.join(options);
            first.subscribe(1, {{.filter = "a", .qos = qos}});
            for (int i = 0; i < 3; ++i) {
                first.deliver({.message = message({.qos = qos})});
            }
        }
        options.properties.push_back({PropertyId::receive_maximum, 1, {}});
        Client second{world, Version::v5};
        second.connect(options);
        CHECK(count_of(second.heard(), "PUBLISH") == 1);
        const bool once = qos == Qos::exactly_once;
        second.ack(once ? mqtt::PacketType::pubrec : mqtt::PacketType::puback, 3);
        CHECK(second.heard() == (once ? "PUBREL 3" : ""));
        second.ack(once ? mqtt::PacketType::pubcomp : mqtt::PacketType::puback, once ? 3 : 1);
        CHECK(second.connection().phase() == Peer::Phase::open);
        CHECK(second.session().outgoing().in_flight() == (once ? 2 : 1));
    }
}

TEST_CASE("packet identifiers go round and are used again, but not while they are in use") {
    World world;
    world.settings.in_flight_max = 2;
    Client client{world, Version::v3_1_1};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    client.heard();
    const MessagePtr one = message({.qos = Qos::at_least_once});
    client.deliver({.message = one});
    for (mqtt::PacketId id = 2; id <= kGivenIdMax; ++id) {
        client.deliver({.message = one});
        client.puback(id);
    }
    CHECK(client.session().outgoing().in_flight() == 1);
    client.heard();
    client.deliver({.message = one});
    CHECK(client.heard() ==
          "PUBLISH a q1 #2 'x'");  // neither 0 nor 1, nor one that a message may have
}

TEST_CASE("the link's credit is what could be sent; without connection there is none") {
    World world;
    world.settings.in_flight_max = 3;
    Client client{world, Version::v3_1_1};
    client.join({.clean = false});
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    Session& session = client.session();
    client.deliver({.message = message({.qos = Qos::at_least_once}), .token = kFlowToken});
    CHECK(session.credit() == 2);
    client.lose();
    CHECK(session.credit() == 0);
    CHECK(session.outgoing().in_flight() == 1);  // still the client's, if it comes back
}

TEST_SUITE_END();

}  // namespace weft::session
