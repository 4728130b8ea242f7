#include "tests/unit/mqtt_session/world.hpp"
#include "tests/unit/wire/hex.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt violations");

using wire::hex;

TEST_CASE("each violation of an open connection has its reason; older versions are just closed") {
    struct Row {
        const char* what;
        const char* bytes;
        Reason reason;
    };
    const Row rows[]{
        {"a reserved type", "00 00", Reason::malformed_packet},
        {"reserved flags", "c1 00", Reason::malformed_packet},
        {"a length that does not end", "30 ff ff ff ff", Reason::malformed_packet},
        {"a packet that is too large", "30 ff ff ff 7f", Reason::packet_too_large},
        {"QoS 3", "36 05 0001 61 0001", Reason::malformed_packet},
        {"a wildcard in a topic name", "30 04 0001 2b 00", Reason::malformed_packet},
        {"only servers send CONNACK", "20 03 00 00 00", Reason::protocol_error},
        {"only servers send PINGRESP", "d0 00", Reason::protocol_error},
        {"packet identifier 0", "82 07 0000 00 0001 61 00", Reason::protocol_error},
        {"no entry", "82 03 0001 00", Reason::protocol_error},
        {"No Local, shared", "82 15 0001 00 000f 2473686172652f672f616263646566 04",
         Reason::protocol_error},
        {"subscription identifier 0", "82 09 0001 02 0b00 0001 61 00", Reason::protocol_error},
        {"a subscription identifier from a client", "30 06 0001 61 02 0b01",
         Reason::protocol_error},
        {"neither topic nor alias", "30 03 0000 00", Reason::protocol_error},
        {"AUTH", "f0 00", Reason::protocol_error},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        World world;
        Client client{world, Version::v5};
        client.join();
        client.raw(hex(row.bytes));
        CHECK(client.heard() == "DISCONNECT " + std::string{name_of(row.reason)});
        CHECK(client.connection().phase() == Peer::Phase::closed);
        CHECK(client.connection().session() == nullptr);
        CHECK(world.sessions.empty());
        CHECK(world.counters.faults == 1);
    }
    for (const Version version : kOld) {
        World world;
        Client client{world, version};
        client.join();
        client.raw(hex("d0 00"));
        CHECK(client.heard().empty());
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("what the server does not support") {
    World world;
    world.settings.qos_max = Qos::at_least_once;
    world.settings.retain_available = false;
    for (const Version version : kAll) {
        Client high{world, version};
        high.join();
        high.publish({.qos = Qos::exactly_once, .id = 1});
        CHECK(high.heard() == (version == Version::v5 ? "DISCONNECT QoS not supported" : ""));
        CHECK(high.connection().phase() == Peer::Phase::closed);
        Client kept{world, version};
        kept.join();
        kept.publish({.retain = true});
        CHECK(kept.heard() == (version == Version::v5 ? "DISCONNECT retain not supported" : ""));
        CHECK(kept.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("a second CONNECT, well-formed or not, is a protocol error") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join();
        client.connect();
        CHECK(client.heard() == (version == Version::v5 ? "DISCONNECT protocol error" : ""));
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
    World world;
    Client client{world, Version::v5};
    client.join();
    client.raw(hex("10 02 0000"));
    CHECK(client.heard() == "DISCONNECT protocol error");
}

TEST_CASE("what comes first is CONNECT, or the connection is closed without a word") {
    for (const char* bytes :
         {"c0 00", "30 03 0001 61", "d0 00", "00 00", "82 06 0001 0001 61 00"}) {
        CAPTURE(bytes);
        World world;
        Client client{world, Version::v5};
        client.raw(hex(bytes));
        CHECK(client.heard().empty());
        CHECK(client.connection().phase() == Peer::Phase::closed);
        CHECK(world.counters.faults == 1);
    }
}

TEST_CASE("a CONNECT that is wrong hears CONNACK where there is one for it") {
    World world;
    SUBCASE("another protocol level") {
        Client client{world, Version::v3_1_1};
        client.raw(hex("10 0c 0004 4d515454 02 02 0000 0000"));
        CHECK(client.heard() == "CONNACK unsupported protocol version");
    }
    SUBCASE("a reserved flag") {
        Client client{world, Version::v5};
        client.raw(hex("10 0d 0004 4d515454 05 03 0000 00 0000"));
        CHECK(client.heard().starts_with("CONNACK malformed packet"));
    }
    SUBCASE("larger than is taken before it is known") {
        world.settings.connect_bytes_max = 100;
        Client client{world, Version::v5};
        client.raw(hex("10 64"));
        CHECK(client.heard().empty());
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("a packet may be as large as is said, and no larger") {
    World world;
    world.settings.packet_bytes_max = 100;
    Client client{world, Version::v5};
    client.join();
    client.publish({.payload = std::string(94, 'x')});  // 2 + 2 + 1 + 1 before it
    CHECK(client.connection().phase() == Peer::Phase::open);
    client.publish({.payload = std::string(95, 'x')});
    CHECK(client.heard() == "DISCONNECT packet too large");
}

TEST_CASE("nothing is read, and nothing said, after the end") {
    World world;
    Client client{world, Version::v5};
    client.join();
    client.disconnect();
    client.ping();
    client.tick();
    client.lose();
    CHECK(client.heard().empty());
    CHECK_FALSE(client.connection().is_reading());
    CHECK(client.connection().deadline() == kNever);
}

TEST_SUITE_END();

}  // namespace weft::session
