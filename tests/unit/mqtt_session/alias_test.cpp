#include "tests/unit/mqtt_session/world.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t allocated_bytes = 0;

}  // namespace

// All that this binary allocates is counted.
void* operator new(std::size_t size) {
    allocated_bytes += size;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

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

TEST_CASE("the highest alias costs no more than the first, and a long topic may have none") {
    AliasesIn aliases{65'535};
    const std::size_t before = allocated_bytes;
    aliases.set(65'535, "a");
    CHECK(allocated_bytes - before < 200);
    CHECK(aliases.find(65'535) == "a");
    CHECK(aliases.find(65'534).empty());
    World world;
    const PropertyList alias{{PropertyId::topic_alias, 1, {}}};
    const std::string longest(kAliasedTopicBytesMax, 't');
    Client client{world, Version::v5};
    client.join();
    client.publish({.topic = longest, .properties = alias});
    client.publish({.topic = longest + "t"});
    CHECK(client.heard().empty());
    client.publish({.topic = longest + "t", .properties = alias});
    CHECK(client.heard() == "DISCONNECT topic name invalid");
    AliasesOut out{10};
    CHECK(out.use(longest).alias == 1);
    CHECK(out.use(longest + "t").alias == 0);
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

TEST_CASE("a packet that is too large with an alias only goes without") {
    World world;
    Client client{world, Version::v5};
    client.join({.properties = {{PropertyId::topic_alias_maximum, 2, {}},
                                {PropertyId::maximum_packet_size, 60, {}}}});
    client.subscribe(1, {{.filter = "#"}});
    client.heard();
    const std::string payload(54, 'x');  // 2 + 2 + 1 + 1 before it
    client.deliver({.message = message({.payload = payload})});
    CHECK(client.heard() == "PUBLISH a q0 '" + payload + "'");
    CHECK(world.counters.dropped_too_large == 0);
}

TEST_SUITE_END();

}  // namespace weft::session
