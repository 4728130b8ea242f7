#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt keep alive");

TEST_CASE("the keep alive in force is what client, version and administrator say") {
    struct Row {
        Version version;
        std::uint16_t asked;
        std::uint16_t by_default;
        std::uint16_t max;
        std::uint16_t seconds;
    };
    const Row rows[]{{Version::v3_1_1, 0, 0, 0, 0},       {Version::v3_1_1, 0, 30, 0, 30},
                     {Version::v3_1_1, 120, 30, 60, 120}, {Version::v3_1, 0, 30, 60, 30},
                     {Version::v5, 0, 0, 0, 0},           {Version::v5, 0, 30, 0, 30},
                     {Version::v5, 0, 0, 60, 60},         {Version::v5, 120, 0, 60, 60},
                     {Version::v5, 50, 30, 60, 50},       {Version::v5, 0, 90, 60, 60}};
    for (const Row& row : rows) {
        World world;
        world.settings.keep_alive_default = row.by_default;
        world.settings.keep_alive_max = row.max;
        Client client{world, row.version};
        client.connect({.keep_alive = row.asked});
        CHECK(client.connection().keep_alive_seconds() == row.seconds);
        const std::string told = "[server keep alive " + std::to_string(row.seconds) + "]";
        CHECK((client.heard().find(told) != std::string::npos) ==
              (row.version == Version::v5 && row.seconds != row.asked));
        CHECK(client.connection().deadline() ==
              (row.seconds == 0
                   ? kNever
                   : world.now + std::chrono::milliseconds{1500} * std::int64_t{row.seconds}));
    }
}

TEST_CASE("a client that is silent for one and a half times the keep alive is closed") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join({.keep_alive = 3});
        world.pass(std::chrono::milliseconds{4499});
        client.tick();
        CHECK(client.connection().phase() == Peer::Phase::open);
        client.ping();
        CHECK(client.heard() == "PINGRESP");
        world.pass(std::chrono::milliseconds{4499});
        client.tick();
        CHECK(client.connection().phase() == Peer::Phase::open);
        world.pass(std::chrono::milliseconds{1});
        client.tick();
        CHECK(client.heard() == (version == Version::v5 ? "DISCONNECT keep alive timeout" : ""));
        CHECK(client.connection().phase() == Peer::Phase::closed);
        CHECK(world.counters.timed_out == 1);
    }
}

TEST_CASE("any packet is a sign of life, and what is sent to the client is none") {
    World world;
    Client client{world, Version::v5};
    client.join({.keep_alive = 2});
    client.subscribe(1, {{.filter = "a"}});
    world.pass(std::chrono::seconds{2});
    client.publish({});
    const Instant deadline = world.now + std::chrono::seconds{3};
    CHECK(client.connection().deadline() == deadline);
    world.pass(std::chrono::seconds{2});
    client.deliver({.message = message({})});
    CHECK(client.connection().deadline() == deadline);
}

TEST_CASE("a client that is not read can't be heard: that time does not count") {
    World world;
    world.publishes = false;
    world.settings.receive_maximum = 1;
    Client client{world, Version::v3_1_1};
    client.join({.keep_alive = 2});
    client.publish({.qos = Qos::at_least_once, .id = 1});
    CHECK_FALSE(client.connection().is_reading());
    world.pass(std::chrono::seconds{3});
    client.tick();
    CHECK(client.connection().phase() == Peer::Phase::open);
    world.pass(std::chrono::milliseconds{2900});
    client.published(1, Taken::accepted);
    world.pass(std::chrono::milliseconds{2999});
    client.tick();
    CHECK(client.connection().phase() == Peer::Phase::open);
    world.pass(std::chrono::milliseconds{1});
    client.tick();
    CHECK(client.connection().phase() == Peer::Phase::closed);
}

TEST_CASE("a large packet on a slow line is a sign of life as it grows") {
    World world;
    Client client{world, Version::v3_1_1};
    client.join({.keep_alive = 2});
    Buffer start{0x30, 0x80, 0x80, 0x04, 0x00, 0x01, 'a'};  // 64 KiB
    client.raw(start);
    world.pass(std::chrono::milliseconds{2999});
    client.raw(Buffer(100, 'x'));
    CHECK(client.connection().deadline() == world.now + std::chrono::milliseconds{1});
    client.raw(Buffer(4096, 'x'));
    CHECK(client.connection().deadline() == world.now + std::chrono::seconds{3});
}

TEST_CASE("CONNECT has to come in time") {
    World world;
    Client client{world, Version::v5};
    client.raw(Buffer{0x10});
    world.pass(world.settings.connect_timeout);
    CHECK(client.connection().deadline() == world.now);
    client.tick();
    CHECK(client.heard().empty());
    CHECK(client.asked() == "close: keep alive timeout");
    CHECK(world.counters.timed_out == 1);
}

TEST_CASE("answers to the owner's questions have no time limit here") {
    World world;
    world.authenticates = false;
    Client client{world, Version::v5};
    client.connect({.keep_alive = 1});
    CHECK(client.connection().deadline() == kNever);
}

TEST_SUITE_END();

}  // namespace weft::session
