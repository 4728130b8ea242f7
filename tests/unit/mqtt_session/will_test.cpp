#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt will");

namespace {

Client::Options with_will(std::uint32_t delay, std::uint32_t expiry) {
    Client::Options options{.clean = false, .keep_alive = 10, .has_will = true};
    if (delay != 0) {
        options.will_properties = {{PropertyId::will_delay_interval, delay, {}},
                                   {PropertyId::content_type, 0, "text"}};
    }
    if (expiry != 0) {
        options.properties = {{PropertyId::session_expiry_interval, expiry, {}}};
    }
    return options;
}

bool fired(Client& client) {
    return client.asked().find("will will/topic") != std::string::npos;
}

/// The session alone, which has no connection.
bool fired_by_time(World& world) {
    Output out;
    world.sessions.at("dev")->on_time(world.now, out);
    for (const Action& action : out.actions) {
        if (std::holds_alternative<FireWill>(action)) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("a will is published whenever the connection does not end with DISCONNECT") {
    for (const Version version : kAll) {
        World world;
        {
            Client client{world, version};
            client.join({.has_will = true, .will_qos = Qos::at_least_once, .will_retain = true});
            client.lose();
            CHECK(client.asked() == "will will/topic q1 retain; erase session; ended");
        }
        {
            Client silent{world, version};
            silent.join({.keep_alive = 10, .has_will = true});
            world.pass(std::chrono::seconds{15});
            silent.tick();
            CHECK(fired(silent));
        }
        {
            Client wrong{world, version};
            wrong.join({.has_will = true});
            wrong.raw(Buffer{0xff, 0x00});
            CHECK(fired(wrong));
        }
        CHECK(world.counters.wills_fired == 3);
    }
}

TEST_CASE("a will is published when the server ends the connection") {
    for (const Reason reason : {Reason::session_taken_over, Reason::server_shutting_down,
                                Reason::administrative_action}) {
        for (const Version version : kAll) {
            World world;
            Client client{world, version};
            client.join({.clean = false, .has_will = true});
            client.call(
                [&](Output& out) { client.connection().close(reason, {}, world.now, out); });
            CHECK(fired(client));
            client.lose();
            CHECK(world.counters.wills_fired == 1);
        }
    }
}

TEST_CASE("a will is not published after DISCONNECT, or if the client was refused") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join({.has_will = true});
        client.disconnect();
        CHECK(client.asked() == "close: by client; erase session; ended");
        world.opens = false;
        Client refused{world, version};
        refused.connect({.has_will = true});
        refused.lose();
        CHECK(world.counters.wills_fired == 0);
    }
}

TEST_CASE("a client may say DISCONNECT and want its will") {
    World world;
    Client client{world, Version::v5};
    client.join({.has_will = true});
    client.disconnect(Reason::disconnect_with_will_message);
    CHECK(fired(client));
}

TEST_CASE("a will of a client that never heard CONNACK is not published") {
    World world;
    world.stores = false;
    Client client{world, Version::v5};
    client.connect({.has_will = true});
    CHECK(client.heard().empty());
    client.lose();
    CHECK(world.counters.wills_fired == 0);
    CHECK(world.counters.will_bytes == 0);
}

TEST_CASE("wills are counted, and refused where they would take too much") {
    World world;
    Client first{world, Version::v5};
    first.join(with_will(30, 60));
    const std::uint64_t one = world.counters.will_bytes;
    CHECK(one > sizeof(WillMessage));
    world.settings.all_wills_bytes_max = 2 * one - 1;
    Client::Options options = with_will(30, 60);
    options.id = "other";
    {
        Client second{world, Version::v5};
        second.connect(options);
        CHECK(second.heard().starts_with("CONNACK quota exceeded"));
    }
    first.disconnect();
    CHECK(world.counters.will_bytes == 0);
    Client third{world, Version::v5};
    third.connect(options);
    CHECK(third.connection().phase() == Peer::Phase::open);
    CHECK(world.counters.will_bytes == one);
    third.lose();
    CHECK(world.counters.will_bytes == one);  // until it is published
    world.pass(std::chrono::seconds{30});
    Output out;
    world.sessions.at("other")->on_time(world.now, out);
    CHECK(world.counters.wills_fired == 1);
    CHECK(world.counters.will_bytes == 0);
}

TEST_CASE("a will waits for its delay, and is forgotten if the client comes back before") {
    World world;
    {
        Client first{world, Version::v5};
        first.join(with_will(30, 60));
        first.lose();
        CHECK_FALSE(fired(first));
    }
    CHECK(world.sessions.at("dev")->deadline() == world.now + std::chrono::seconds{30});
    SUBCASE("it comes back") {
        world.pass(std::chrono::seconds{29});
        Client second{world, Version::v5};
        second.join({.clean = false});
        CHECK_FALSE(second.session().will().has_value());
        CHECK(world.counters.wills_fired == 0);
    }
    SUBCASE("it comes back, but wants nothing of it") {
        Client second{world, Version::v5};
        second.connect();
        CHECK(fired(second));  // its session has ended
    }
    SUBCASE("it stays away") {
        world.pass(std::chrono::milliseconds{29'999});
        CHECK_FALSE(fired_by_time(world));
        world.pass(std::chrono::milliseconds{1});
        CHECK(fired_by_time(world));
        world.pass(std::chrono::seconds{1});
        CHECK_FALSE(fired_by_time(world));
        CHECK(world.counters.wills_fired == 1);
    }
}

TEST_CASE("a will does not wait longer than its session") {
    World world;
    SUBCASE("which ends with the connection") {
        Client client{world, Version::v5};
        client.join(with_will(30, 0));
        client.lose();
        CHECK(fired(client));
    }
    SUBCASE("which ends before") {
        Client client{world, Version::v5};
        client.join(with_will(30, 5));
        client.lose();
        CHECK_FALSE(fired(client));
        world.pass(std::chrono::seconds{5});
        CHECK(fired_by_time(world));
        CHECK(world.counters.wills_fired == 1);
    }
    SUBCASE("which is told to end") {
        Client client{world, Version::v5};
        client.join(with_will(30, 60));
        client.disconnect(Reason::disconnect_with_will_message,
                          {{PropertyId::session_expiry_interval, 0, {}}});
        CHECK(fired(client));
    }
}

TEST_CASE("a will keeps its properties, without the delay") {
    World world;
    Client client{world, Version::v5};
    client.join(with_will(1, 0));
    client.lose();
    CHECK(client.asked() == "will will/topic q0 [content type text]; erase session; ended");
}

TEST_SUITE_END();

}  // namespace weft::session
