#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt outcomes");

static Client::Options explained() {
    return {.properties = {{PropertyId::request_problem_information, 1, {}}}};
}

/// What a device of that version hears of a QoS 1 and of a QoS 2 publish; "closed" if it was.
static std::string outcome(World& world, Version version, Taken taken) {
    world.publishes = false;
    std::string all;
    for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
        Client client{world, version};
        client.join(explained());
        client.publish({.qos = qos, .id = 1});
        client.published(1, taken, "because");
        const bool closed = client.connection().phase() == Peer::Phase::closed;
        all += (all.empty() ? "" : " | ") + client.heard() + (closed ? "closed" : "");
    }
    return all;
}

TEST_CASE("each final outcome has its reason code, or closes where there is none") {
    struct Row {
        Taken taken;
        const char* reason;
    };
    const Row rows[]{
        {Taken::undeliverable, "implementation specific error"},
        {Taken::refused, "implementation specific error"},
        {Taken::unauthorized, "not authorized"},
        {Taken::not_found, "topic name invalid"},
        {Taken::too_large, "quota exceeded"},
        {Taken::resource_limit, "quota exceeded"},
        {Taken::invalid, "payload format invalid"},
    };
    for (const Row& row : rows) {
        World world;
        const std::string why = std::string{row.reason} + " [reason string because]";
        CHECK(outcome(world, Version::v5, row.taken) ==
              "PUBACK 1 " + why + " | " + "PUBREC 1 " + why);
        for (const Version version : kOld) {
            CHECK(outcome(world, version, row.taken) == "closed | closed");
        }
        CHECK(world.counters.publishes_refused == 6);
        world.settings.on_reject = Rejected::ack;
        for (const Version version : kOld) {
            CHECK(outcome(world, version, row.taken) == "PUBACK 1 | PUBREC 1");
        }
        CHECK(world.counters.publishes_dropped == 4);
    }
}

TEST_CASE("QoS 2 that somebody holds for too long is waited for, and not published a second time") {
    for (const Version version : {Version::v3_1_1, Version::v5}) {
        World world;
        world.publishes = false;
        Client::Options stays{.clean = false};
        if (version == Version::v5) {
            stays.properties = {{PropertyId::session_expiry_interval, 60, {}}};
        }
        Client first{world, version};
        first.join(stays);
        first.publish({.qos = Qos::exactly_once, .id = 1});
        first.published(1, Taken::late, "because");
        CHECK(first.connection().phase() == Peer::Phase::closed);
        Client second{world, version};
        second.join(stays);
        second.publish({.qos = Qos::exactly_once, .id = 1, .dup = true});
        CHECK(second.asked() == "");
        CHECK(second.heard() == "");
        second.published(1, Taken::accepted);
        CHECK(second.heard() == "PUBREC 1");
    }
}

TEST_CASE("nobody subscribed is a success of its own") {
    World world;
    CHECK(outcome(world, Version::v5, Taken::no_subscribers) ==
          "PUBACK 1 no matching subscribers | PUBREC 1 no matching subscribers");
    for (const Version version : kOld) {
        CHECK(outcome(world, version, Taken::no_subscribers) == "PUBACK 1 | PUBREC 1");
    }
}

TEST_CASE("a reason string is only for those that ask for problem information") {
    const PropertyList lists[]{{}, {{PropertyId::request_problem_information, 0, {}}}};
    for (const PropertyList& properties : lists) {
        World world;
        world.publishes = false;
        Client client{world, Version::v5};
        client.join({.properties = properties});
        client.publish({.qos = Qos::at_least_once, .id = 1});
        client.published(1, Taken::refused, "because");
        client.publish({.topic = "$a", .qos = Qos::exactly_once, .id = 2});
        CHECK(client.heard() ==
              "PUBACK 1 implementation specific error; PUBREC 2 topic name invalid");
    }
}

TEST_CASE("without a consumer a publish is tried again, ever more slowly, until the time is up") {
    for (const Version version : kAll) {
        World world;
        world.taken = Taken::no_consumer;
        Client client{world, version};
        client.join(explained());
        client.publish({.qos = Qos::at_least_once, .id = 1});
        CHECK(client.asked() == "publish 1 a q1 'x'");
        CHECK(client.session().deadline() == world.now + kRetryFirst);
        int tries = 0;
        const Instant end = world.now + world.settings.publish_timeout;
        while (client.connection().phase() == Peer::Phase::open && client.heard().empty() &&
               client.session().deadline() < end) {
            world.now = client.session().deadline();
            client.tick();
            CHECK(client.asked() == "republish 1");
            ++tries;
        }
        CHECK(tries == 9);  // 50, 100, … 1,600, then every 2,000 ms
        world.now = end;
        client.tick();
        if (version == Version::v5) {
            CHECK(client.heard().starts_with("PUBACK 1 quota exceeded [reason string nobody"));
            CHECK(client.asked() == "abandon 1");
            CHECK(client.connection().phase() == Peer::Phase::open);
        } else {
            CHECK(client.heard().empty());
            CHECK(client.connection().phase() == Peer::Phase::closed);
        }
        CHECK(world.counters.publish_timeouts == 1);
        CHECK(world.counters.publish_retries == 9);
    }
}

TEST_CASE("a consumer that comes in time gets what was held") {
    World world;
    world.taken = Taken::no_consumer;
    Client client{world, Version::v3_1_1};
    client.join();
    client.publish({.qos = Qos::exactly_once, .id = 1});
    world.taken = Taken::accepted;
    world.pass(kRetryFirst);
    client.tick();
    CHECK(client.heard() == "PUBREC 1");
    CHECK(client.session().deadline() == kNever);
}

TEST_CASE("without a consumer: closed at once, or acknowledged, if that is wanted") {
    World world;
    world.settings.on_no_consumer = NoConsumer::close;
    CHECK(outcome(world, Version::v3_1_1, Taken::no_consumer) == "closed | closed");
    CHECK(outcome(world, Version::v5, Taken::no_consumer)
              .starts_with("PUBACK 1 quota exceeded [reason string nobody"));
    world.settings.on_no_consumer = NoConsumer::ack;
    CHECK(outcome(world, Version::v3_1_1, Taken::no_consumer) == "PUBACK 1 | PUBREC 1");
    CHECK(outcome(world, Version::v5, Taken::no_consumer) ==
          "PUBACK 1 no matching subscribers | PUBREC 1 no matching subscribers");
    CHECK(world.counters.publishes_dropped == 4);
}

TEST_CASE("a lost link only delays, until the time is up") {
    for (const Version version : kAll) {
        World world;
        world.taken = Taken::unknown;
        world.settings.on_no_consumer = NoConsumer::ack;  // says nothing about that
        Client client{world, version};
        client.join();
        client.publish({.qos = Qos::at_least_once, .id = 1});
        CHECK(client.heard().empty());
        world.pass(world.settings.publish_timeout);
        client.tick();
        CHECK(client.heard() == (version == Version::v5 ? "DISCONNECT server busy" : ""));
        CHECK(client.connection().phase() == Peer::Phase::closed);
    }
}

TEST_CASE("one publish that is held does not hold up another") {
    World world;
    world.publishes = false;
    Client client{world, Version::v3_1_1};
    client.join();
    client.publish({.topic = "dead", .qos = Qos::at_least_once, .id = 1});
    client.published(1, Taken::no_consumer);
    client.publish({.topic = "live", .qos = Qos::at_least_once, .id = 2});
    client.published(2, Taken::accepted);
    CHECK(client.heard() == "PUBACK 2");
}

TEST_SUITE_END();

}  // namespace weft::session
