#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt connect");

TEST_CASE("a client is authenticated, its session opened, and only then it hears CONNACK") {
    for (const Version version : kAll) {
        World world;
        world.authenticates = false;
        world.opens = false;
        Client client{world, version};
        client.connect();
        CHECK(client.asked() == "authenticate dev");
        CHECK(client.heard().empty());
        CHECK_FALSE(client.connection().is_reading());
        client.authenticated(Reason::success);
        CHECK(client.asked() == "open dev clean");
        CHECK(client.heard().empty());
        client.open_session();
        CHECK(client.asked() == "erase session");  // nobody looked whether there is one
        CHECK(client.heard().starts_with("CONNACK"));
        CHECK(client.connection().is_reading());
        CHECK(world.counters.connected == 1);
    }
}

TEST_CASE("CONNACK of MQTT 5 says what is granted and what there is") {
    World world;
    SUBCASE("by default") {
        Client client{world, Version::v5};
        client.connect();
        CHECK(
            client.heard() ==
            "CONNACK [receive maximum 20] [maximum packet size 1048576] [topic alias maximum 16]");
    }
    SUBCASE("what there is not") {
        world.settings.qos_max = Qos::at_least_once;
        world.settings.retain_available = false;
        world.settings.wildcards_available = false;
        world.settings.subscription_identifiers_available = false;
        world.settings.shared_available = false;
        Client client{world, Version::v5};
        client.connect();
        CHECK(client.heard() ==
              "CONNACK [receive maximum 20] [maximum QoS 1] [retain available 0] [maximum packet "
              "size 1048576] [topic alias maximum 16] [wildcard subscription available 0] "
              "[subscription identifier available 0] [shared subscription available 0]");
    }
    SUBCASE("what differs from what was asked") {
        world.settings.session_expiry_max = 100;
        world.settings.keep_alive_max = 60;
        world.settings.response_information = "replies/";
        Client client{world, Version::v5};
        client.connect({.id = "",
                        .keep_alive = 120,
                        .properties = {{PropertyId::session_expiry_interval, 1000, {}},
                                       {PropertyId::request_response_information, 1, {}}}});
        CHECK(client.heard() ==
              "CONNACK [session expiry interval 100] [receive maximum 20] [maximum packet size "
              "1048576] [assigned client identifier weft-0000000000001234] [topic alias maximum "
              "16] [server keep alive 60] [response information replies/]");
    }
    SUBCASE("response information only to those that ask") {
        world.settings.response_information = "replies/";
        Client client{world, Version::v5};
        client.connect();
        CHECK(client.heard().find("replies") == std::string::npos);
    }
}

TEST_CASE("a client without a name gets one") {
    for (const Version version : {Version::v3_1_1, Version::v5}) {
        World world;
        Client client{world, version};
        client.connect({.id = ""});
        CHECK(client.asked().starts_with("authenticate weft-0000000000001234 (ours)"));
        CHECK(client.heard().starts_with("CONNACK"));
    }
    SUBCASE("but not without a clean session, before MQTT 5") {
        World world;
        Client client{world, Version::v3_1_1};
        client.connect({.id = "", .clean = false});
        CHECK(client.heard() == "CONNACK client identifier not valid");
        CHECK(client.asked() == "close: client identifier not valid");
    }
}

TEST_CASE("who is refused hears why, in the words of its version") {
    struct Row {
        Reason reason;
        const char* v5;
        const char* old;
    };
    const Row rows[]{
        {Reason::bad_user_name_or_password, "CONNACK bad user name or password [reason string no]",
         "CONNACK bad user name or password"},
        {Reason::not_authorized, "CONNACK not authorized [reason string no]",
         "CONNACK not authorized"},
        {Reason::banned, "CONNACK banned [reason string no]", "CONNACK not authorized"},
        {Reason::server_unavailable, "CONNACK server unavailable [reason string no]",
         "CONNACK server unavailable"},
        {Reason::quota_exceeded, "CONNACK quota exceeded [reason string no]",
         "CONNACK server unavailable"},
        {Reason::connection_rate_exceeded, "CONNACK connection rate exceeded [reason string no]",
         "CONNACK server unavailable"},
        {Reason::use_another_server,
         "CONNACK use another server [reason string no] [server reference other:1883]",
         "CONNACK server unavailable"},
    };
    for (const Row& row : rows) {
        for (const Version version : kAll) {
            World world;
            world.settings.server_reference = "other:1883";
            world.authenticates = false;
            Client client{world, version};
            client.connect();
            client.authenticated(row.reason, "no");
            CHECK(client.heard() == (version == Version::v5 ? row.v5 : row.old));
            CHECK(client.connection().phase() == Peer::Phase::closed);
            CHECK(world.counters.refused == 1);
            CHECK(world.counters.connected == 0);
        }
    }
}

TEST_CASE("a session that can't be opened refuses the client") {
    World world;
    world.opens = false;
    Client client{world, Version::v5};
    client.connect();
    client.call([&](Output& out) {
        client.connection().refuse(Reason::server_unavailable, "the mesh is away", out);
    });
    CHECK(client.heard() == "CONNACK server unavailable [reason string the mesh is away]");
    client.open_session();  // too late
    CHECK(client.connection().session() == nullptr);
}

TEST_CASE("enhanced authentication is refused") {
    World world;
    Client client{world, Version::v5};
    client.connect({.properties = {{PropertyId::authentication_method, 0, "SCRAM"}}});
    CHECK(client.heard().starts_with("CONNACK bad authentication method"));
    CHECK(client.asked() == "close: bad authentication method");
}

TEST_CASE("names that go with each message are not endless") {
    World world;
    const std::string longest(world.settings.name_bytes_max, 'n');
    for (const Version version : kAll) {
        Client fits{world, version};
        fits.connect({.id = longest});
        CHECK(fits.heard().starts_with("CONNACK"));
        CHECK(fits.connection().phase() == Peer::Phase::open);
        Client id{world, version};
        id.connect({.id = longest + "n"});
        CHECK(id.heard().starts_with("CONNACK client identifier not valid"));
        Client user{world, version};
        user.connect({.user = longest + "n"});
        CHECK(user.heard().starts_with("CONNACK bad user name or password"));
        CHECK(user.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("a will that could not be published refuses the client") {
    World world;
    world.settings.qos_max = Qos::at_least_once;
    world.settings.retain_available = false;
    const auto heard = [&](const Client::Options& options) {
        Client client{world, Version::v5};
        client.connect(options);
        return client.heard();
    };
    CHECK(heard({.has_will = true, .will_qos = Qos::exactly_once})
              .starts_with("CONNACK QoS not supported"));
    CHECK(
        heard({.has_will = true, .will_retain = true}).starts_with("CONNACK retain not supported"));
    CHECK(heard({.has_will = true, .will_topic = "$SYS/x"})
              .starts_with("CONNACK topic name invalid"));
    CHECK(
        heard({.has_will = true, .will_qos = Qos::at_least_once}).starts_with("CONNACK [receive"));
}

TEST_CASE("a session is found again by those who want it") {
    for (const Version version : kAll) {
        World world;
        {
            Client first{world, version};
            first.join(
                {.clean = false,
                 .properties = version == Version::v5
                                   ? PropertyList{{PropertyId::session_expiry_interval, 60, {}}}
                                   : PropertyList{}});
            first.disconnect();
        }
        CHECK(world.sessions.size() == 1);
        Client second{world, version};
        second.connect({.clean = false});
        CHECK(second.heard().starts_with(version == Version::v3_1 ? "CONNACK" : "CONNACK present"));
        CHECK(world.counters.resumed == 1);
        CHECK(second.session().life().epoch == 2);
    }
    SUBCASE("and thrown away for those who don't") {
        World world;
        {
            Client first{world, Version::v3_1_1};
            first.join({.clean = false});
            first.subscribe(1, {{.filter = "a"}});
        }
        Client second{world, Version::v3_1_1};
        second.connect();
        CHECK(second.heard() == "CONNACK");
        CHECK(second.asked() ==
              "authenticate dev; open dev clean; unsubscribe 1; erase session; await store");
        CHECK(second.session().subscriptions().size() == 0);
    }
}

TEST_CASE("who takes a session over closes the connection that has it") {
    for (const Version version : kAll) {
        World world;
        Client first{world, version};
        first.join({.clean = false});
        first.call([&](Output& out) {
            first.connection().close(Reason::session_taken_over, "another connection", world.now,
                                     out);
        });
        CHECK(first.heard() == (version == Version::v5 ? "DISCONNECT session taken over" : ""));
        CHECK(first.asked().find("close: session taken over") != std::string::npos);
        CHECK(first.connection().session() == nullptr);
        CHECK(world.counters.taken_over == 1);
        Client second{world, version};
        second.connect({.clean = false});
        CHECK(second.heard().starts_with("CONNACK"));
        first.lose();  // its socket goes later
        CHECK(second.connection().session() != nullptr);
    }
}

TEST_CASE("a client may send on before it hears CONNACK") {
    World world;
    world.authenticates = false;
    Client client{world, Version::v3_1_1};
    client.connect();
    client.publish({.qos = Qos::at_least_once, .id = 1});
    client.ping();
    CHECK(client.heard().empty());
    client.authenticated(Reason::success);
    CHECK(client.heard() == "CONNACK; PUBACK 1; PINGRESP");
}

TEST_CASE("a client that takes only tiny packets is closed rather than sent a larger one") {
    World world;
    Client client{world, Version::v5};
    client.connect({.properties = {{PropertyId::maximum_packet_size, 5, {}}}});
    CHECK(client.heard().empty());
    CHECK(client.connection().phase() == Peer::Phase::closed);
    CHECK(world.sessions.empty());
}

TEST_SUITE_END();

}  // namespace weft::session
