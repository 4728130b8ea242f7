#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt publish");

TEST_CASE("QoS 0 is passed on, and nobody answers") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join();
        client.publish({.topic = "a/b", .payload = "hello", .retain = true});
        CHECK(client.asked() == "publish 0 a/b q0 retain 'hello'");
        CHECK(client.heard().empty());
        CHECK(world.counters.published == 1);
    }
}

TEST_CASE("QoS 1 is acknowledged once the mesh has the message") {
    for (const Version version : kAll) {
        World world;
        world.publishes = false;
        Client client{world, version};
        client.join();
        client.publish({.qos = Qos::at_least_once, .id = 7});
        client.publish({.qos = Qos::at_least_once, .id = 8});
        CHECK(client.asked() == "publish 1 a q1 'x'; publish 2 a q1 'x'");
        CHECK(client.heard().empty());
        client.published(2, Taken::accepted);
        CHECK(client.heard() == "PUBACK 8");
        client.published(1, Taken::accepted);
        CHECK(client.heard() == "PUBACK 7");
        client.published(1, Taken::accepted);  // nothing twice
        CHECK(client.heard().empty());
    }
}

TEST_CASE("QoS 2 goes through once however often it is sent") {
    for (const Version version : kAll) {
        World world;
        world.publishes = false;
        Client client{world, version};
        client.join();
        client.publish({.qos = Qos::exactly_once, .id = 7});
        client.publish({.qos = Qos::exactly_once, .id = 7, .dup = true});
        CHECK(client.asked() == "publish 1 a q2 'x'");
        CHECK(client.heard().empty());
        client.published(1, Taken::accepted);
        CHECK(client.heard() == "PUBREC 7; PUBREC 7");  // one for each
        client.publish({.qos = Qos::exactly_once, .id = 7, .dup = true});
        CHECK(client.asked().empty());
        CHECK(client.heard() == "PUBREC 7");
        client.pubrel(7);
        CHECK(client.heard() == "PUBCOMP 7");
        client.pubrel(7);
        CHECK(client.heard() ==
              (version == Version::v5 ? "PUBCOMP 7 packet identifier not found" : "PUBCOMP 7"));
        client.publish({.qos = Qos::exactly_once, .id = 7});  // another message
        CHECK(client.asked() == "publish 2 a q2 'x'");
    }
}

TEST_CASE("what is under way when the connection goes: QoS 1 is sent again, QoS 2 goes on") {
    World world;
    world.publishes = false;
    Client::Options options{.clean = false,
                            .properties = {{PropertyId::session_expiry_interval, 60, {}}}};
    {
        Client first{world, Version::v5};
        first.join(options);
        first.publish({.qos = Qos::at_least_once, .id = 1});
        first.publish({.qos = Qos::exactly_once, .id = 2});
        first.publish({.qos = Qos::exactly_once, .id = 3});
        first.asked();
        first.lose();
        CHECK(first.asked() == "abandon 1; store session");
        first.published(3, Taken::accepted);
    }
    Client second{world, Version::v5};
    second.join(options);
    second.publish({.qos = Qos::at_least_once, .id = 1, .dup = true});
    second.publish({.qos = Qos::exactly_once, .id = 2, .dup = true});
    second.publish({.qos = Qos::exactly_once, .id = 3, .dup = true});
    CHECK(second.asked() == "publish 4 a q1 'x'");
    CHECK(second.heard() == "PUBREC 3");
    second.published(2, Taken::accepted);
    CHECK(second.heard() == "PUBREC 2");
    second.published(1, Taken::accepted);  // of the older connection
    CHECK(second.heard().empty());
    second.published(4, Taken::accepted);
    CHECK(second.heard() == "PUBACK 1");
}

TEST_CASE("a packet identifier that is in use can't name another message") {
    World world;
    world.publishes = false;
    SUBCASE("QoS 1 while QoS 2 has it") {
        for (const Version version : kAll) {
            Client client{world, version};
            client.join();
            client.publish({.qos = Qos::exactly_once, .id = 7});
            client.publish({.qos = Qos::at_least_once, .id = 7});
            CHECK(client.heard() ==
                  (version == Version::v5 ? "PUBACK 7 packet identifier in use" : ""));
            CHECK((client.connection().phase() == Peer::Phase::open) == (version == Version::v5));
        }
    }
    SUBCASE("QoS 2 while QoS 1 has it") {
        Client client{world, Version::v5};
        client.join();
        client.publish({.qos = Qos::at_least_once, .id = 7});
        client.publish({.qos = Qos::exactly_once, .id = 7});
        CHECK(client.heard() == "PUBREC 7 packet identifier in use");
    }
    SUBCASE("QoS 1 twice: only what says that it is sent again") {
        for (const Version version : kAll) {
            Client client{world, version};
            client.join();
            client.publish({.qos = Qos::at_least_once, .id = 7});
            client.publish({.qos = Qos::at_least_once, .id = 7, .dup = true});
            CHECK(client.connection().phase() == Peer::Phase::open);
            client.publish({.qos = Qos::at_least_once, .id = 7});
            CHECK(client.heard() == (version == Version::v5 ? "DISCONNECT protocol error" : ""));
            CHECK(client.connection().phase() == Peer::Phase::closed);
        }
    }
}

TEST_CASE("topics that begin with $ are not for clients") {
    World world;
    SUBCASE("refused, or acknowledged where there is no way of saying so") {
        for (const Version version : kAll) {
            Client client{world, version};
            client.join();
            client.publish({.topic = "$SYS/x"});
            client.publish({.topic = "$SYS/x", .qos = Qos::at_least_once, .id = 1});
            client.publish({.topic = "$SYS/x", .qos = Qos::exactly_once, .id = 2});
            client.pubrel(2);
            CHECK(client.heard() == (version == Version::v5
                                         ? "PUBACK 1 topic name invalid; "
                                           "PUBREC 2 topic name invalid; "
                                           "PUBCOMP 2 packet identifier not found"
                                         : "PUBACK 1; PUBREC 2; PUBCOMP 2"));
            CHECK(client.asked().empty());
        }
        CHECK(world.counters.publishes_refused == 9);
        CHECK(world.counters.publishes_dropped == 7);
    }
    SUBCASE("or closed") {
        world.settings.dollar_publish = DollarPublish::close;
        Client client{world, Version::v3_1_1};
        client.join();
        client.publish({.topic = "$SYS/x"});
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
    SUBCASE("or passed on") {
        world.settings.dollar_publish = DollarPublish::pass;
        Client client{world, Version::v3_1};
        client.join();
        client.publish({.topic = "$SYS/x"});
        CHECK(client.asked() == "publish 0 $SYS/x q0 'x'");
    }
}

TEST_SUITE_END();

}  // namespace weft::session
