#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt session store");

namespace {

const Client::Options kStored{.clean = false,
                              .properties = {{PropertyId::session_expiry_interval, 60, {}}}};

}  // namespace

TEST_CASE("CONNACK waits until the store knows the session, or its will") {
    World world;
    world.stores = false;
    Client client{world, Version::v5};
    SUBCASE("a session that lives on") {
        client.connect(kStored);
        CHECK(client.asked() == "authenticate dev; open dev; store session");
    }
    SUBCASE("a will") {
        client.connect({.has_will = true});
        CHECK(client.asked() ==
              "authenticate dev; open dev clean will will/topic; erase session; store session");
    }
    CHECK(client.heard().empty());
    CHECK_FALSE(client.connection().is_reading());
    client.stored(1);
    CHECK(client.heard().starts_with("CONNACK"));
    CHECK(client.connection().is_reading());
}

TEST_CASE("a session that ends with its connection asks nothing of the store") {
    World world;
    world.stores = false;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.publish({.qos = Qos::exactly_once, .id = 1});
    client.pubrel(1);
    client.deliver({.message = message({.qos = Qos::exactly_once})});
    client.pubrec(1);
    client.pubcomp(1);
    client.unsubscribe(2, {"a"});
    CHECK(client.asked().find("store") == std::string::npos);
    client.disconnect();
    CHECK(client.asked() == "close: by client; ended");
}

TEST_CASE("SUBACK and UNSUBACK wait for the store") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    world.stores = false;
    client.subscribe(1, {{.filter = "a"}, {.filter = "$share/g/b"}});
    CHECK(client.asked() ==
          "subscribe 1 a q0 +retained; subscribe 2 b group g q0; store subscription 1; store "
          "subscription 2");
    client.stored(2);
    CHECK(client.heard().empty());
    client.stored(3);
    CHECK(client.heard() == "SUBACK 1: 0 0");
    client.unsubscribe(2, {"$share/g/b"});
    CHECK(client.asked() == "unsubscribe 2; forget subscription $share/g/b");
    CHECK(client.heard().empty());
    client.stored(4);
    CHECK(client.heard() == "UNSUBACK 2: 0");
}

TEST_CASE("PUBREC waits until the id is stored, PUBCOMP until it is forgotten") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    world.stores = false;
    client.publish({.qos = Qos::exactly_once, .id = 7});
    CHECK(client.asked() == "publish 1 a q2 'x'; store incoming 7");
    client.publish({.qos = Qos::exactly_once, .id = 7, .dup = true});
    CHECK(client.heard().empty());
    client.stored(2);
    CHECK(client.heard() == "PUBREC 7; PUBREC 7");
    client.pubrel(7);
    CHECK(client.asked() == "forget incoming 7");
    client.pubrel(7);
    CHECK(client.asked().empty());
    CHECK(client.heard().empty());
    client.stored(3);
    CHECK(client.heard() == "PUBCOMP 7");
}

TEST_CASE("a PUBREC that says why the mesh refused waits until the id is free in the store") {
    World world;
    world.taken = Taken::unauthorized;
    Client client{world, Version::v5};
    client.join(kStored);
    world.stores = false;
    client.publish({.qos = Qos::exactly_once, .id = 7});
    CHECK(client.asked() == "publish 1 a q2 'x'; forget incoming 7");
    CHECK(client.heard().empty());
    client.stored(2);
    CHECK(client.heard() == "PUBREC 7 not authorized");
    CHECK(client.session().incoming().unfinished() == 0);
    client.publish({.qos = Qos::at_least_once, .id = 7});
    CHECK(client.heard() == "PUBACK 7 not authorized");
}

TEST_CASE("PUBREL, and settling, wait until the id is stored") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.heard();
    client.asked();
    world.stores = false;
    client.deliver(
        {.message = message({.qos = Qos::exactly_once}), .token = DeliveryToken{9}, .id = 40'000});
    client.stored(3);
    client.pubrec(40'000);
    client.pubrec(40'000);
    CHECK(client.asked() == "await store; store outgoing 40000");
    CHECK(client.heard() == "PUBLISH a q2 #40000 'x'");
    client.stored(4);
    CHECK(client.heard() == "PUBREL 40000");
    CHECK(client.asked() == "settle 9 accepted");
    client.pubcomp(40'000);
    CHECK(client.asked() == "forget outgoing 40000");
}

TEST_CASE("an identifier that nothing on disk gives is stored before PUBLISH, in order") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.heard();
    client.asked();
    world.stores = false;
    const auto give = [&](const char* payload, Qos qos) {
        client.deliver({.message = message({.payload = payload, .qos = qos})});
    };
    give("1", Qos::exactly_once);
    give("2", Qos::at_least_once);
    give("3", Qos::exactly_once);
    CHECK(client.asked() == "store outgoing 1; store outgoing 3");
    CHECK(client.heard() == "");
    CHECK(client.session().credit() > 0);
    SUBCASE("and goes out when it is there") {
        client.stored(3);
        CHECK(client.heard() == "PUBLISH a q2 #1 '1'; PUBLISH a q1 #2 '2'");
        client.stored(4);
        CHECK(client.heard() == "PUBLISH a q2 #3 '3'");
        client.pubrec(1);
        CHECK(client.asked() == "");  // it is there
        CHECK(client.heard() == "PUBREL 1");
        client.pubcomp(1);
        CHECK(client.asked() == "forget outgoing 1");
        client.ack(mqtt::PacketType::pubrec, 3, Reason::quota_exceeded);
        CHECK(client.asked() == "forget outgoing 3");
    }
    SUBCASE("for the first time, if the client was away meanwhile") {
        client.lose();
        client.stored(4);
        world.stores = true;
        Client second{world, Version::v5};
        second.connect(kStored);
        const std::string heard = second.heard();
        CHECK(heard.substr(heard.find(';')) ==
              "; PUBLISH a q2 #1 '1'; PUBLISH a q1 #2 '2'; PUBLISH a q2 #3 '3'");
    }
    SUBCASE("no client knows it before") {
        client.pubrec(1);
        CHECK(client.heard() == "DISCONNECT protocol error");
    }
}

TEST_CASE("QoS 2 with an identifier of its own waits for what was asked before, QoS 1 does not") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.heard();
    client.asked();
    world.stores = false;
    const auto give = [&](Qos qos, mqtt::PacketId id) {
        client.deliver({.message = message({.qos = qos}), .token = DeliveryToken{id}, .id = id});
    };
    give(Qos::at_least_once, 40'000);
    CHECK(client.heard() == "PUBLISH a q1 #40000 'x'");
    give(Qos::exactly_once, 40'001);
    CHECK(client.asked() == "await store");
    CHECK(client.heard() == "");
    client.stored(3);
    CHECK(client.heard() == "PUBLISH a q2 #40001 'x'");
    client.pubrec(40'001);
    CHECK(client.asked() == "store outgoing 40001");
}

TEST_CASE("what the store answers while the client is away is told when it is back") {
    World world;
    Client first{world, Version::v5};
    first.join(kStored);
    first.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    world.stores = false;
    first.deliver(
        {.message = message({.qos = Qos::exactly_once}), .token = DeliveryToken{9}, .id = 40'000});
    first.stored(3);
    first.publish({.qos = Qos::exactly_once, .id = 7});
    first.pubrec(40'000);
    first.lose();
    first.asked();
    world.stores = true;
    first.stored(100);
    CHECK(first.asked() == "settle 9 accepted");
    Client second{world, Version::v5};
    second.connect(kStored);
    const std::string heard = second.heard();
    CHECK(heard.substr(heard.find(';')) == "; PUBREL 40000");
    second.publish({.qos = Qos::exactly_once, .id = 7, .dup = true});
    CHECK(second.heard() == "PUBREC 7");
}

TEST_CASE("a message that another gateway had sent goes out again under its id") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.heard();
    client.asked();
    client.deliver({.message = message({.qos = Qos::exactly_once}),
                    .token = DeliveryToken{9},
                    .id = 40,
                    .again = true});
    CHECK(client.asked() == "await store");
    CHECK(client.heard() == "PUBLISH a q2 #40 dup 'x'");
    client.deliver({.message = message({.qos = Qos::at_least_once}), .token = DeliveryToken{10}});
    CHECK(client.heard() == "PUBLISH a q1 #1 'x'");
    client.pubrec(40);
    client.pubcomp(40);
    CHECK(client.session().outgoing().in_flight() == 1);
}

TEST_CASE(
    "of a message that another gateway may have sent, and that expired, the id is forgotten") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    client.heard();
    client.asked();
    for (const bool again : {false, true}) {
        client.deliver({.message = message({.qos = Qos::exactly_once, .expires = world.now}),
                        .token = DeliveryToken{9},
                        .id = 40'000,
                        .again = again});
    }
    CHECK(client.asked() == "settle 9 accepted; store outgoing 40000; settle 9 accepted");
    CHECK(client.heard() == "PUBREL 40000");
    client.pubcomp(40'000);
    CHECK(client.asked() == "forget outgoing 40000");
}

TEST_CASE("nor is such an id free when its message expires as it waits, or nobody wants it now") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
    const auto give = [&](std::uint64_t token, const Draft& draft, mqtt::PacketId id) {
        client.deliver(
            {.message = message(draft), .token = DeliveryToken{token}, .id = id, .again = true});
    };
    const Instant soon = world.now + std::chrono::seconds{1};
    SUBCASE("it expires") {
        give(8, {.qos = Qos::exactly_once}, 40'001);
        give(7, {.qos = Qos::exactly_once}, 40'001);  // waits for the id, and all others for it
        give(9, {.qos = Qos::exactly_once, .expires = soon}, 40'000);
        world.pass(std::chrono::seconds{1});
        client.pubrec(40'001);
        client.heard();
        client.asked();
        client.pubcomp(40'001);
        CHECK(client.asked() ==
              "forget outgoing 40001; await store; store outgoing 40000; settle 9 accepted");
        CHECK(client.heard() == "PUBLISH a q2 #40001 dup 'x'; PUBREL 40000");
    }
    SUBCASE("nobody wants it") {
        client.heard();
        client.asked();
        give(9, {.topic = "b", .qos = Qos::exactly_once}, 40'000);
        CHECK(client.asked() == "store outgoing 40000; settle 9 accepted");
        CHECK(client.heard() == "PUBREL 40000");
        give(10, {.topic = "b", .qos = Qos::at_least_once}, 40'002);
        CHECK(client.asked() == "settle 10 accepted");
    }
}

TEST_CASE("an id that the store tells of late is released at once") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.deliver({.id = 5});
    CHECK(client.heard() == "PUBREL 5");
    client.deliver({.id = 5});
    CHECK(client.heard().empty());
    client.pubcomp(5);
    CHECK(client.asked() == "forget outgoing 5");
    CHECK(client.session().outgoing().in_flight() == 0);
}

TEST_CASE("what the store has done answers those that wait for it, and looks at no others") {
    World world;
    Client client{world, Version::v3_1_1};
    client.join({.clean = false});
    client.publish({.qos = Qos::exactly_once, .id = 1});
    client.publish({.qos = Qos::exactly_once, .id = 2});
    client.publish({.qos = Qos::exactly_once, .id = 3});
    client.heard();
    world.stores = false;
    client.pubrel(3);
    client.publish({.qos = Qos::exactly_once, .id = 4});
    client.pubrel(1);
    client.stored(5);  // 1 the session, 2 … 4 the ids
    CHECK(client.heard() == "PUBCOMP 3");
    client.stored(7);
    CHECK(client.heard() == "PUBREC 4; PUBCOMP 1");
    CHECK(client.session().incoming().received() == 2);
}

TEST_CASE("a session made from the store goes on where another gateway's ended") {
    World world;
    SessionRow row{.life = {.birth = 17, .epoch = 5, .expiry_seconds = 60}};
    row.subscriptions = {{.filter = "a/#", .qos = Qos::exactly_once, .identifier = 3},
                         {.filter = "$share/g/b", .qos = Qos::at_least_once}};
    row.incoming = {{.use = {.id = 7, .serial = 2}, .taken = true}};
    row.outgoing = {1, 2};
    world.sessions["dev"] =
        std::make_unique<Session>("dev", world.settings, world.counters, std::move(row), world.now);
    CHECK(world.sessions["dev"]->deadline() == world.now + std::chrono::seconds{60});
    Client client{world, Version::v5};
    world.subscribes = false;
    client.connect(kStored);
    CHECK(client.session().life().birth == 17);
    CHECK(client.session().life().epoch == 6);
    CHECK(client.asked() ==
          "authenticate dev; open dev; store session; subscribe 1 a/# q2 existing; subscribe 2 b "
          "group g q1 existing");
    const std::string heard = client.heard();
    CHECK(heard.starts_with("CONNACK present"));
    CHECK(heard.substr(heard.find(';')) == "; PUBREL 1; PUBREL 2");
    client.publish({.qos = Qos::exactly_once, .id = 7, .dup = true});
    CHECK(client.heard() == "PUBREC 7");
    CHECK(client.asked().empty());
    client.pubcomp(1);
    client.deliver({.message = message({.topic = "a/b", .qos = Qos::at_least_once})});
    CHECK(client.heard() == "PUBLISH a/b q1 #1 'x' [subscription identifier 3]");
    client.asked();
    SUBCASE("the mesh takes its subscriptions again") {
        client.subscribed(client.tickets()[0], Reason::granted_qos_2);
        CHECK(client.asked().empty());
    }
    SUBCASE("or refuses one") {
        client.subscribed(client.tickets()[0], Reason::not_authorized);
        CHECK(client.asked() == "forget subscription a/#");
        CHECK(client.session().subscriptions().size() == 1);
        CHECK(world.counters.subscriptions_lost == 1);
    }
}

TEST_CASE("retained messages are due until the device has acknowledged them") {
    World world;
    Client client{world, Version::v5};
    client.join(kStored);
    client.subscribe(1, {{.filter = "a", .qos = Qos::at_least_once}});
    const SubscriptionEntry& entry = client.session().subscriptions().all().front();
    CHECK(entry.retained == Retained::due);
    const std::vector numbers{entry.number};
    const auto give = [&] {
        client.deliver({.message = message({.qos = Qos::at_least_once}),
                        .subscriptions = numbers,
                        .retained = true});
    };
    const auto given = [&] {
        client.call(
            [&](Output& out) { client.session().on_retained_given(entry.number, world.now, out); });
    };
    give();
    give();
    client.asked();
    given();
    client.puback(1);
    CHECK(client.asked().empty());
    SUBCASE("the last of them") {
        client.puback(2);
        CHECK(client.asked() == "store subscription 1");
        CHECK(entry.retained == Retained::none);
    }
    SUBCASE("and what is its queue's is no matter") {
        client.deliver({.message = message({.qos = Qos::at_least_once}),
                        .subscriptions = numbers,
                        .token = DeliveryToken{9}});
        client.puback(2);
        CHECK(client.asked() == "store subscription 1");
    }
    SUBCASE("they are due again if it subscribes again") {
        client.subscribe(2, {{.filter = "a", .qos = Qos::at_least_once}});
        client.puback(2);
        CHECK(entry.retained == Retained::due);
        given();
        CHECK(entry.retained == Retained::none);
    }
}

TEST_CASE("a session made from the store asks for the retained messages that are due") {
    World world;
    SessionRow row{.life = {.birth = 17, .epoch = 5, .expiry_seconds = 60}};
    row.subscriptions = {{.filter = "a/#", .retained = Retained::due}, {.filter = "b"}};
    world.sessions["dev"] =
        std::make_unique<Session>("dev", world.settings, world.counters, std::move(row), world.now);
    Client client{world, Version::v5};
    client.connect(kStored);
    CHECK(client.asked() ==
          "authenticate dev; open dev; store session; subscribe 1 a/# q0 existing +retained; "
          "subscribe 2 b q0 existing");
}

TEST_CASE("a session made from the store may have a will to fire") {
    World world;
    SessionRow row{.life = {.epoch = 3, .expiry_seconds = 60}};
    row.will.emplace();
    row.will->topic = "will/topic";
    row.will->delay_seconds = 10;
    Session session{"dev", world.settings, world.counters, std::move(row), world.now};
    CHECK(session.deadline() == world.now + std::chrono::seconds{10});
    Output out;
    session.on_time(world.now + std::chrono::seconds{10}, out);
    REQUIRE(out.actions.size() == 2);
    CHECK(shown(out.actions[0]) == "will will/topic q0");
    CHECK(std::get<FireWill>(out.actions[0]).epoch == 3);
    CHECK(shown(out.actions[1]) == "store session");  // without it
}

TEST_SUITE_END();

}  // namespace weft::session
