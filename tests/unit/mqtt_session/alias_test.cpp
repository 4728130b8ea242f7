#include "tests/unit/mqtt_session/world.hpp"

namespace weft::session {

TEST_SUITE_BEGIN("mqtt topic alias");

TEST_CASE("a client's alias stands for its topic until it is given another") {
    World world;
    Client client{world, Version::v5};
    client.join();
    const PropertyList alias{{PropertyId::topic_alias, 2, {}}};
    client.publish({.topic = "a/b", .properties = alias});
    client.publish({.topic = "", .properties = alias});
    client.publish({.topic = "c", .properties = alias});
    client.publish({.topic = "", .qos = Qos::at_least_once, .id = 1, .properties = alias});
    CHECK(client.asked() ==
          "publish 0 a/b q0 'x' [topic alias 2]; publish 0 a/b q0 'x' [topic alias 2]; "
          "publish 0 c q0 'x' [topic alias 2]; publish 1 c q1 'x' [topic alias 2]");
    CHECK(client.heard() == "PUBACK 1");
}

TEST_CASE("aliases end with the connection") {
    World world;
    const PropertyList alias{{PropertyId::topic_alias, 1, {}}};
    {
        Client first{world, Version::v5};
        first.join();
        first.publish({.topic = "a/b", .properties = alias});
    }
    Client second{world, Version::v5};
    second.join();
    second.publish({.topic = "", .properties = alias});
    CHECK(second.heard() == "DISCONNECT protocol error");
}

TEST_CASE("an alias above the maximum, or 0, or when there are none, is invalid") {
    World world;
    const auto heard = [&](std::uint32_t alias) {
        Client client{world, Version::v5};
        client.join();
        client.publish({.topic = "a", .properties = {{PropertyId::topic_alias, alias, {}}}});
        return client.heard();
    };
    CHECK(heard(16).empty());
    CHECK(heard(17) == "DISCONNECT topic alias invalid");
    CHECK(heard(0) == "DISCONNECT topic alias invalid");
    world.settings.topic_aliases_max = 0;
    CHECK(heard(1) == "DISCONNECT topic alias invalid");
}

TEST_CASE("a device that takes aliases gets each topic's name once") {
    World world;
    Client client{world, Version::v5};
    client.join({.properties = {{PropertyId::topic_alias_maximum, 2, {}}}});
    client.subscribe(1, {{.filter = "#"}});
    client.heard();
    for (const char* topic : {"a", "b", "a", "c", "b"}) {
        client.deliver({.message = message({.topic = topic})});
    }
    CHECK(client.heard() ==
          "PUBLISH a q0 'x' [topic alias 1]; PUBLISH b q0 'x' [topic alias 2]; "
          "PUBLISH - q0 'x' [topic alias 1]; PUBLISH c q0 'x'; PUBLISH - q0 'x' [topic alias 2]");
}

TEST_CASE("what is sent again to a new connection has its name") {
    World world;
    const Client::Options options{.clean = false,
                                  .properties = {{PropertyId::session_expiry_interval, 60, {}},
                                                 {PropertyId::topic_alias_maximum, 2, {}}}};
    {
        Client first{world, Version::v5};
        first.join(options);
        first.subscribe(1, {{.filter = "#", .qos = Qos::at_least_once}});
        first.deliver({.message = message({.qos = Qos::at_least_once})});
        first.deliver({.message = message({.qos = Qos::at_least_once})});
        CHECK(first.heard().ends_with("PUBLISH - q1 #2 'x' [topic alias 1]"));
    }
    Client second{world, Version::v5};
    second.connect(options);
    CHECK(second.heard().ends_with(
        "PUBLISH a q1 #1 dup 'x' [topic alias 1]; PUBLISH - q1 #2 dup 'x' [topic alias 1]"));
}

TEST_CASE("an alias that was not written because the packet was too large is not used") {
    World world;
    Client client{world, Version::v5};
    client.join({.properties = {{PropertyId::topic_alias_maximum, 2, {}},
                                {PropertyId::maximum_packet_size, 60, {}}}});
    client.subscribe(1, {{.filter = "#"}});
    client.heard();
    client.deliver({.message = message({.payload = std::string(60, 'x')})});
    client.deliver({.message = message({})});
    CHECK(client.heard() == "PUBLISH a q0 'x' [topic alias 1]");
}

TEST_SUITE_END();

}  // namespace weft::session
