#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt session expiry");

namespace {

Client::Options for_seconds(std::uint32_t seconds) {
    return {.clean = false, .properties = {{PropertyId::session_expiry_interval, seconds, {}}}};
}

}  // namespace

TEST_CASE("a session lives on as long as its version and the administrator say") {
    struct Row {
        Version version;
        bool clean;
        std::uint32_t asked;
        std::uint32_t max;
        std::uint32_t lives;
    };
    const Row rows[]{{Version::v3_1, true, 0, kNeverExpires, 0},
                     {Version::v3_1_1, true, 0, kNeverExpires, 0},
                     {Version::v3_1_1, false, 0, kNeverExpires, 7 * 24 * 3600},
                     {Version::v3_1_1, false, 0, 100, 100},
                     {Version::v5, false, 0, kNeverExpires, 0},
                     {Version::v5, true, 60, kNeverExpires, 60},
                     {Version::v5, false, 60, 50, 50},
                     {Version::v5, false, kNeverExpires, kNeverExpires, kNeverExpires},
                     {Version::v5, false, kNeverExpires, 1000, 1000}};
    for (const Row& row : rows) {
        World world;
        world.settings.session_expiry_max = row.max;
        Client client{world, row.version};
        Client::Options options{.clean = row.clean};
        if (row.asked != 0) {
            options.properties = {{PropertyId::session_expiry_interval, row.asked, {}}};
        }
        client.join(options);
        CHECK(client.session().life().expiry_seconds == row.lives);
        client.lose();
        REQUIRE(world.sessions.contains("dev") == (row.lives != 0));
        if (row.lives != 0) {
            CHECK(world.sessions["dev"]->deadline() ==
                  (row.lives == kNeverExpires ? kNever
                                              : world.now + std::chrono::seconds{row.lives}));
        }
    }
}

TEST_CASE("when its time is up a session and all it has are gone") {
    World world;
    Client client{world, Version::v5};
    client.join(for_seconds(60));
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    client.deliver({.message = message({.qos = Qos::at_least_once}), .token = DeliveryToken{9}});
    client.lose();
    client.asked();
    Session& session = *world.sessions.at("dev");
    world.pass(std::chrono::milliseconds{59'999});
    client.call([&](Output& out) { session.on_time(world.now, out); });
    CHECK(client.asked().empty());
    world.pass(std::chrono::milliseconds{1});
    client.call([&](Output& out) { session.on_time(world.now, out); });
    CHECK(client.asked() == "unsubscribe 1; settle 9 released; erase session; ended");
    CHECK(world.counters.queued_bytes == 0);
    CHECK(world.counters.ended == 1);
}

TEST_CASE("DISCONNECT may change how long the session lives") {
    World world;
    SUBCASE("longer, but not longer than is allowed") {
        world.settings.session_expiry_max = 100;
        Client client{world, Version::v5};
        client.join(for_seconds(60));
        client.disconnect(Reason::success, {{PropertyId::session_expiry_interval, 1000, {}}});
        CHECK(world.sessions.at("dev")->life().expiry_seconds == 100);
    }
    SUBCASE("not at all") {
        Client client{world, Version::v5};
        client.join(for_seconds(60));
        client.disconnect(Reason::success, {{PropertyId::session_expiry_interval, 0, {}}});
        CHECK(client.asked() == "close: by client; erase session; ended");
    }
    SUBCASE("but not from nothing") {
        Client client{world, Version::v5};
        client.join();
        client.disconnect(Reason::success, {{PropertyId::session_expiry_interval, 10, {}}});
        CHECK(client.heard() == "DISCONNECT protocol error");
        CHECK(world.sessions.empty());
    }
    SUBCASE("0 stays 0") {
        Client client{world, Version::v5};
        client.join();
        client.disconnect(Reason::success, {{PropertyId::session_expiry_interval, 0, {}}});
        CHECK(client.heard().empty());
    }
}

TEST_CASE("an administrator ends a session") {
    World world;
    Client client{world, Version::v5};
    client.join(for_seconds(60));
    client.subscribe(1, {{.filter = "a"}});
    client.call([&](Output& out) {
        client.connection().close(Reason::administrative_action, "removed", world.now, out);
    });
    CHECK(client.heard().ends_with("DISCONNECT administrative action"));
    client.asked();
    Session& session = *world.sessions.at("dev");
    client.call([&](Output& out) { session.end(world.now, out); });
    CHECK(client.asked() == "unsubscribe 1; erase session; ended");
    CHECK(world.sessions.empty());
}

TEST_SUITE_END();

}  // namespace weft::session
