#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt subscribe");

using mqtt::RetainHandling;

TEST_CASE("SUBACK comes once the mesh has answered for all entries") {
    for (const Version version : kAll) {
        World world;
        world.subscribes = false;
        Client client{world, version};
        client.join();
        client.subscribe(5, {{.filter = "a/+", .qos = Qos::at_least_once},
                             {.filter = "$share/g/b", .qos = Qos::exactly_once}});
        CHECK(client.asked() == "subscribe 1 a/+ q1 +retained; subscribe 2 b group g q2");
        client.subscribed(client.tickets()[1], Reason::granted_qos_2);
        CHECK(client.heard().empty());
        client.subscribed(client.tickets()[0], Reason::granted_qos_0);  // less than was asked
        CHECK(client.heard() == "SUBACK 5: 0 2");
        CHECK(client.session().subscriptions().find(SubscriptionNumber{1})->qos ==
              Qos::at_most_once);
    }
}

TEST_CASE("what the mesh refuses is said in the words of the version") {
    struct Row {
        Reason reason;
        const char* v5;
    };
    const Row rows[]{
        {Reason::unspecified_error, "SUBACK 1: unspecified error"},
        {Reason::not_authorized, "SUBACK 1: not authorized"},
        {Reason::topic_filter_invalid, "SUBACK 1: topic filter invalid"},
        {Reason::quota_exceeded, "SUBACK 1: quota exceeded"},
        {Reason::wildcard_subscriptions_not_supported,
         "SUBACK 1: wildcard subscriptions not supported"},
    };
    for (const Row& row : rows) {
        World world;
        world.granted = row.reason;
        const auto heard = [&](Version version) {
            Client client{world, version};
            client.join();
            client.subscribe(1, {{.filter = "a"}});
            CHECK(client.connection().phase() ==
                  (version == Version::v3_1 ? Peer::Phase::closed : Peer::Phase::open));
            return client.heard();
        };
        CHECK(heard(Version::v5) == row.v5);
        CHECK(heard(Version::v3_1_1) == "SUBACK 1: unspecified error");
        CHECK(heard(Version::v3_1).empty());  // it has no failure
        CHECK(world.counters.subscriptions_refused == 3);
    }
}

TEST_CASE("a refused subscription of MQTT 3.1 may be told as in 3.1.1") {
    World world;
    world.settings.failed_subscribe = FailedSubscribe::code;
    world.granted = Reason::not_authorized;
    Client client{world, Version::v3_1};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    CHECK(client.connection().phase() == Peer::Phase::open);
    CHECK(client.heard().starts_with("FAULT SUBACK"));  // to a strict decoder
}

TEST_CASE("what is switched off is refused without asking the mesh") {
    struct Row {
        const char* filter;
        std::uint32_t identifier;
        const char* heard;
    };
    const Row rows[]{{"a/#", 0, "SUBACK 1: wildcard subscriptions not supported"},
                     {"$share/g/a", 0, "SUBACK 1: shared subscriptions not supported"},
                     {"a", 5, "SUBACK 1: subscription identifiers not supported"},
                     {"a", 0, "SUBACK 1: 0"}};
    for (const Row& row : rows) {
        World world;
        world.settings.wildcards_available = false;
        world.settings.shared_available = false;
        world.settings.subscription_identifiers_available = false;
        Client client{world, Version::v5};
        client.join();
        client.subscribe(1, {{.filter = row.filter}}, row.identifier);
        CHECK(client.heard() == row.heard);
    }
}

TEST_CASE("a session has so many subscriptions and no more, but may change those it has") {
    World world;
    world.settings.subscriptions_max = 2;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}, {.filter = "b"}, {.filter = "c"}});
    client.subscribe(2, {{.filter = "a", .qos = Qos::at_least_once}});
    CHECK(client.heard() == "SUBACK 1: 0 0 quota exceeded; SUBACK 2: 1");
}

TEST_CASE("of one packet so many entries are looked at, and the others refused") {
    World world;
    world.settings.request_entries_max = 2;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}, {.filter = "a"}, {.filter = "a"}, {.filter = "b"}});
    CHECK(client.heard() == "SUBACK 1: 0 0 quota exceeded quota exceeded");
    CHECK(client.tickets().size() == 2);
}

TEST_CASE("subscriptions are found by filter and number whatever came and went before") {
    SubscriptionTable table;
    for (const char* filter : {"m", "c", "x", "a", "$share/g/a"}) {
        table.add({.filter = filter});
    }
    table.remove(SubscriptionNumber{2});
    table.remove(SubscriptionNumber{2});  // nothing twice
    table.add({.filter = "b"});
    table.remove(SubscriptionNumber{1});
    CHECK(table.find("c") == nullptr);
    CHECK(table.find("m") == nullptr);
    CHECK(table.find(SubscriptionNumber{1}) == nullptr);
    CHECK(table.size() == 4);
    for (const SubscriptionEntry& entry : table.all()) {
        CHECK(table.find(entry.filter) == &entry);
        CHECK(table.find(entry.number) == &entry);
    }
    CHECK(table.find("b")->number == SubscriptionNumber{6});
    CHECK(table.find("$share/g/a")->is_shared());
}

TEST_CASE("retained messages come as the retain handling says") {
    struct Row {
        RetainHandling handling;
        const char* filter;
        bool first;
        bool second;
    };
    const Row rows[]{{RetainHandling::send, "a", true, true},
                     {RetainHandling::send_if_new, "a", true, false},
                     {RetainHandling::none, "a", false, false},
                     {RetainHandling::send, "$share/g/a", false, false}};
    for (const Row& row : rows) {
        World world;
        Client client{world, Version::v5};
        client.join();
        const auto asked = [&] {
            client.subscribe(1, {{.filter = row.filter, .retain_handling = row.handling}});
            return client.asked().find("+retained") != std::string::npos;
        };
        CHECK(asked() == row.first);
        CHECK(asked() == row.second);
        CHECK(client.session().subscriptions().size() == 1);
    }
}

TEST_CASE("a subscription that is made again is changed, without a gap") {
    World world;
    world.subscribes = false;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.subscribed(client.tickets()[0], Reason::granted_qos_0);
    client.heard();
    client.asked();
    client.subscribe(2, {{.filter = "a", .qos = Qos::at_least_once}}, 5);
    CHECK(client.asked() == "subscribe 1 a q1 existing +retained");
    client.deliver({.message = message({.qos = Qos::at_least_once})});
    CHECK(client.heard() == "PUBLISH a q1 #1 'x' [subscription identifier 5]");
    SUBCASE("refused now: it stays") {
        client.subscribed(client.tickets()[1], Reason::not_authorized);
        CHECK(client.heard() == "SUBACK 2: not authorized");
        CHECK(client.session().subscriptions().size() == 1);
    }
    SUBCASE("granted") {
        client.subscribed(client.tickets()[1], Reason::granted_qos_1);
        CHECK(client.heard() == "SUBACK 2: 1");
    }
}

TEST_CASE("nothing is delivered for what was not granted") {
    World world;
    world.subscribes = false;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.deliver({.message = message({})});
    CHECK(client.heard().empty());
    client.subscribed(client.tickets()[0], Reason::not_authorized);
    CHECK(client.session().subscriptions().size() == 0);
}

TEST_CASE("UNSUBACK comes once the mesh has detached") {
    for (const Version version : kAll) {
        World world;
        Client client{world, version};
        client.join();
        client.subscribe(1, {{.filter = "a"}, {.filter = "b"}});
        client.heard();
        client.asked();
        world.subscribes = false;
        client.unsubscribe(2, {"a", "c", "b"});
        CHECK(client.asked() == "unsubscribe 1; unsubscribe 2");
        client.unsubscribed(client.tickets()[2]);
        CHECK(client.heard().empty());
        client.unsubscribed(client.tickets()[3]);
        CHECK(client.heard() ==
              (version == Version::v5 ? "UNSUBACK 2: 0 no subscription existed 0" : "UNSUBACK 2"));
        CHECK(client.session().subscriptions().size() == 0);
    }
}

TEST_CASE("unsubscribing before the mesh has answered") {
    World world;
    world.subscribes = false;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.unsubscribe(2, {"a"});
    client.subscribed(client.tickets()[0], Reason::granted_qos_0);
    client.unsubscribed(client.tickets()[1]);
    CHECK(client.heard() == "SUBACK 1: 0; UNSUBACK 2: 0");
    CHECK(client.session().subscriptions().size() == 0);
}

TEST_CASE("a packet identifier of a request that has no answer is in use") {
    World world;
    world.subscribes = false;
    SUBCASE("MQTT 5 says so") {
        Client client{world, Version::v5};
        client.join();
        client.subscribe(1, {{.filter = "a"}});
        client.subscribe(1, {{.filter = "b"}, {.filter = "c"}});
        client.unsubscribe(1, {"b"});
        CHECK(client.heard() ==
              "SUBACK 1: packet identifier in use packet identifier in use; UNSUBACK 1: packet "
              "identifier in use");
        CHECK(client.session().subscriptions().size() == 1);
    }
    SUBCASE("older versions are closed") {
        Client client{world, Version::v3_1_1};
        client.join();
        client.subscribe(1, {{.filter = "a"}});
        client.subscribe(1, {{.filter = "b"}});
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("so many requests may wait, then the client is not read") {
    World world;
    world.subscribes = false;
    world.settings.requests_max = 2;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1, {{.filter = "a"}});
    client.subscribe(2, {{.filter = "b"}});
    client.subscribe(3, {{.filter = "c"}});
    CHECK_FALSE(client.connection().is_reading());
    CHECK(client.tickets().size() == 2);
    client.subscribed(client.tickets()[0], Reason::granted_qos_0);
    CHECK(client.heard() == "SUBACK 1: 0");
    CHECK(client.tickets().size() == 3);
}

TEST_CASE("an answer that comes after the connection is kept in the session") {
    World world;
    world.subscribes = false;
    Client client{world, Version::v3_1_1};
    client.join({.clean = false});
    client.subscribe(1, {{.filter = "a"}});
    client.lose();
    client.asked();
    client.subscribed(client.tickets()[0], Reason::granted_qos_0);
    CHECK(client.asked() == "store subscription 1");
    CHECK(world.sessions.at("dev")->subscriptions().all()[0].granted);
}

TEST_CASE("the levels of a session's filters are bounded, together") {
    World world;
    world.settings.subscription_levels_max = 5;
    Client client{world, Version::v5};
    client.join();
    client.subscribe(1,
                     {{.filter = "a/b/c"}, {.filter = "d/e"}, {.filter = "f"}, {.filter = "d/e"}});
    CHECK(client.heard() == "SUBACK 1: 0 0 quota exceeded 0");
    client.unsubscribe(2, {"d/e"});
    client.subscribe(3, {{.filter = "f"}});
    CHECK(client.heard().ends_with("SUBACK 3: 0"));
}

TEST_SUITE_END();

}  // namespace weft::session
