#include "mqtt-gateway/mapping/message_writer.hpp"
#include "tests/unit/mqtt_node/gateway_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using namespace weft::gateway::test;
using mqtt::Version;
using node::test::TemporaryFolder;

namespace {

/// What a publish of that client is on the mesh.
Buffer from_mesh(const std::string& topic, const std::string& client, mqtt::Qos qos) {
    const auto space =
        mqtt_mapping::AddressSpace::make({{"news", mqtt_mapping::AddressType::multicast},
                                          {"jobs", mqtt_mapping::AddressType::queue}},
                                         {}, {});
    REQUIRE(space);
    std::string path;
    const auto to = space->resolve(topic, path);
    REQUIRE(to);
    mqtt_mapping::MessageWriter writer{*space};
    Buffer message;
    const mqtt::Publish publish{
        .qos = qos,
        .id = static_cast<mqtt::PacketId>(qos == mqtt::Qos::at_most_once ? 0 : 1),
        .topic = topic,
        .payload = as_bytes(std::string_view{"x"})};
    REQUIRE_FALSE(writer.append(message, {.publish = publish, .to = *to, .client_id = client}));
    return message;
}

mqtt::Publish publish_to(std::string_view topic, mqtt::PacketId id, bool retain = false) {
    return {.qos = id == 0 ? mqtt::Qos::at_most_once : mqtt::Qos::at_least_once,
            .retain = retain,
            .id = id,
            .topic = topic,
            .payload = as_bytes(std::string_view{"x"})};
}

mqtt::Publish publish_once(std::string_view topic, mqtt::PacketId id, bool dup = false) {
    return {.dup = dup,
            .qos = mqtt::Qos::exactly_once,
            .id = id,
            .topic = topic,
            .payload = as_bytes(std::string_view{"x"})};
}

constexpr auto kQos1 = mqtt::Qos::at_least_once;

}  // namespace

TEST_SUITE("devices") {
    TEST_CASE("who publishes is answered when the mesh has it") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        CHECK(client.heard() == std::vector<std::string>{"CONNACK"});
        client.publish(publish_to("news/x", 1));
        CHECK(world.router->received() == 1);
        CHECK(client.heard().empty());
        world.router->accept_all();
        world.settle();
        CHECK(client.heard() == std::vector<std::string>{"PUBACK"});
    }

    TEST_CASE("too many connections, or too fast, are closed unheard, and counted") {
        World world{{.connections_max = 1, .accepts_per_second = 2, .refused_max = 1}};
        Client first{world, Version::v5};
        CHECK(world.devices.admits());
        Client second{world, Version::v5};
        CHECK_FALSE(world.devices.admits());
        second.lose();
        CHECK(world.devices.admits());
        CHECK_FALSE(world.devices.admits());  // in this second
        CHECK(world.devices.own_counters().shed_connections == 2);
    }

    TEST_CASE("what nobody waits for any more takes none of the router's credit") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        client.publish(publish_to("news/x", 1));
        CHECK(world.router->received() == 1);
        CHECK(world.router->deliveries()[0].link->unsettled() == 1);
        client.lose();
        CHECK(world.router->deliveries()[0].link->unsettled() == 0);
    }

    TEST_CASE("however many wait for one link, they are answered one after the other") {
        constexpr int kDevices = 3000;
        constexpr mqtt::PacketId kRequests = 20;  // more than are read before the first is answered
        World world;
        world.router->takes_links = false;
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < kDevices; ++i) {
            auto& client = clients.emplace_back(std::make_unique<Client>(world, Version::v3_1_1));
            world.clients.clear();  // they need no turns of their own yet
            client->connect({.id = "d" + std::to_string(i)});
            for (mqtt::PacketId id = 1; id <= kRequests; ++id) {
                client->subscribe({{.filter = "news/x", .qos = kQos1}}, id);
            }
        }
        world.router->take_links();
        for (const auto& client : clients) {
            client->pump();
            CHECK(client->heard_of("SUBACK") == kRequests);
        }
    }

    TEST_CASE("retained messages wait for a device that reads slowly, and all come") {
        constexpr int kMessages = 60;
        World world;
        Client publisher{world, Version::v5};
        publisher.connect({.id = "publisher"});
        const std::string large(200'000, 'x');
        for (int i = 0; i < kMessages; ++i) {
            const std::string topic = "news/" + std::to_string(i);
            publisher.publish({.retain = true, .topic = topic, .payload = as_bytes(large)});
        }
        CHECK(world.devices.retained().size() == kMessages);
        Client reader{world, Version::v5};
        reader.connect({.id = "reader"});
        CHECK(reader.heard_of("CONNACK") == 1);
        reader.subscribe({{.filter = "news/+"}});
        reader.takes_output = false;
        for (int i = 0; i < 20; ++i) {
            world.loop.post([] {});
            world.loop.run_one();
            world.settle();
        }
        CHECK(reader.unread() < 1'000'000);
        reader.takes_output = true;
        std::size_t came = 0;
        world.run_until([&] {
            for (const std::string& each : reader.heard()) {
                came += each.starts_with("PUBLISH") ? 1U : 0U;
            }
            return came >= kMessages;
        });
        CHECK(came == kMessages);
        CHECK(world.devices.counters().dropped_congested == 0);
        CHECK_FALSE(reader.is_closed());
    }

    TEST_CASE("its own message, not wanted, does not stop the queue of a session") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .expiry = 3600});
        world.flush();
        client.subscribe({{.filter = "news/#", .qos = kQos1, .no_local = true}});
        world.flush();
        REQUIRE(world.router->outgoing.size() == 1);
        world.router->send(*world.router->outgoing[0], from_mesh("news/x", "d", kQos1), false);
        world.router->send(*world.router->outgoing[0], from_mesh("news/y", "other", kQos1), false);
        world.settle();
        world.flush();
        CHECK(client.heard_of("PUBLISH news/y") == 1);
        CHECK(world.devices.keeper().store()->queued().messages == 1);
    }

    TEST_CASE("what is retained is acknowledged once it is on disk") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({});
        client.publish(publish_to("news/x", 1, /*retain=*/true));
        world.router->accept_all();
        world.settle();
        CHECK(client.heard_of("PUBACK") == 0);
        world.flush();
        CHECK(client.heard_of("PUBACK") == 1);
    }

    TEST_CASE("retained messages of one topic don't pile up before the disk") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({});
        for (int i = 0; i < 1000; ++i) {
            client.publish(publish_to("news/x", 0, /*retain=*/true));
        }
        CHECK(world.devices.keeper().store()->asked() < 10);
        world.flush();
        CHECK(world.devices.retained().size() == 1);
    }

    TEST_CASE("a will is the store's until the mesh has spoken, whoever dies") {
        const TemporaryFolder folder;
        {
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600, .will_topic = "news/gone"});
            world.flush();
            CHECK(client.heard_of("CONNACK") == 1);
            client.lose();
            CHECK(world.router->received() == 1);
            world.flush();
        }
        {
            World world;
            world.open_store(folder.path());
            world.settle();
            CHECK(world.router->received() == 1);
            world.router->accept_all();
            world.flush();
        }
        World world;
        world.open_store(folder.path());
        world.settle();
        CHECK(world.router->received() == 0);
    }

    TEST_CASE("no two messages have one name: what a device has is born anew, and so are they") {
        World world;
        for (int i = 0; i < 2; ++i) {
            Client client{world, Version::v3_1_1};
            client.connect({.will_topic = "news/gone"});
            client.publish(publish_once("news/x", 1));
            client.publish(publish_once("news/x", 2));
        }
        std::vector<std::string> names = world.router->names;
        CHECK(names.size() == 6);  // the wills, too
        std::ranges::sort(names);
        CHECK(std::ranges::adjacent_find(names) == names.end());
    }

    TEST_CASE("a will that waited, and that of the connection which ends it, have two names") {
        World world;
        for (const std::uint32_t delay : {1800U, 0U}) {
            Client client{world, Version::v5};
            client.connect({.expiry = 3600, .will_topic = "news/gone", .will_delay = delay});
        }
        REQUIRE(world.router->names.size() == 2);
        CHECK(world.router->names[0] != world.router->names[1]);
    }

    TEST_CASE("the name of a message is short, whatever its device is called") {
        World world;
        Client client{world, Version::v5};
        client.connect({.id = std::string(1000, 'd')});
        client.publish(publish_once("jobs", 65'535));
        REQUIRE(world.router->names.size() == 1);
        CHECK_FALSE(world.router->names[0].empty());
        CHECK(world.router->names[0].size() <= 43);
    }

    TEST_CASE("kill -9: a subscription still gets the retained messages that its device lacks") {
        const TemporaryFolder folder;
        const auto open = [](World& world, bool clean) {
            auto client = std::make_unique<Client>(world, Version::v5);
            client->connect({.id = "d", .clean = clean, .expiry = 3600});
            world.flush();
            return client;
        };
        {
            World world;
            world.open_store(folder.path());
            Client publisher{world, Version::v5};
            publisher.connect({.id = "publisher"});
            publisher.publish(publish_to("news/a", 1, /*retain=*/true));
            publisher.publish(publish_to("news/b", 2, /*retain=*/true));
            world.router->accept_all();
            world.flush();
            const auto client = open(world, true);
            client->subscribe({{.filter = "news/+", .qos = kQos1}});
            world.run_until([&] {
                client->heard();
                return client->ids.size() == 2;
            });
            client->ack(mqtt::PacketType::puback, client->ids[0]);
            world.flush();
        }
        {
            World world;
            world.open_store(folder.path());
            const auto client = open(world, false);
            world.run_until([&] {
                client->heard();
                return client->ids.size() == 2;
            });
            client->ack(mqtt::PacketType::puback, client->ids[0]);
            client->ack(mqtt::PacketType::puback, client->ids[1]);
            world.flush();
        }
        World world;
        world.open_store(folder.path());
        const auto client = open(world, false);
        world.router->send(*world.router->outgoing[0], from_mesh("news/c", "o", kQos1), false);
        world.settle();
        world.flush();
        world.loop.post([] {});
        world.loop.run_one();
        world.settle();
        std::vector<std::string> heard = client->heard();
        CHECK(std::ranges::count(heard, "PUBLISH news/a") == 0);
        CHECK(std::ranges::count(heard, "PUBLISH news/c") == 1);
    }

    TEST_CASE("kill -9: a publish of QoS 2 that comes again is the same message, and no other is") {
        const TemporaryFolder folder;
        std::string name;
        {
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600});
            world.flush();
            client.publish(publish_once("jobs", 49));
            REQUIRE(world.router->names.size() == 1);
            name = world.router->names[0];
            world.router->accept_all();
            world.settle();  // PUBREC waits for the disk
            CHECK(client.heard_of("PUBREC") == 0);
        }
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .clean = false, .expiry = 3600});
        world.flush();
        client.publish(publish_once("jobs", 49, /*dup=*/true));
        CHECK(world.router->names == std::vector{name});
        world.router->accept_all();
        world.flush();
        client.ack(mqtt::PacketType::pubrel, 49);
        world.flush();
        CHECK(client.heard_of("PUBCOMP") == 1);
        client.publish(publish_once("jobs", 49));
        REQUIRE(world.router->names.size() == 2);
        CHECK(world.router->names[1] != name);
    }

    TEST_CASE("wills wait for credit, for a router, and for a consumer") {
        World world;
        Client client{world, Version::v3_1_1};
        client.connect({.will_topic = "jobs"});
        world.lose_router();
        client.lose();
        CHECK(world.devices.uplink().publications().size() == 1);
        world.new_router();
        CHECK(world.router->received() == 1);
        CHECK(world.devices.publisher().counters().wills_lost == 0);
        world.router->release_all();
        CHECK(world.devices.uplink().publications().size() == 1);
        world.run_until([&] { return world.router->received() == 1; });
        world.router->accept_all();
        world.settle();
        CHECK(world.devices.uplink().publications().size() == 0);
        CHECK(world.devices.publisher().counters().wills_lost == 0);
    }

    TEST_CASE("a clean start gets nothing that was read for the session before") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        {
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = kQos1}});
            world.flush();
        }
        for (int i = 0; i < 3; ++i) {
            world.router->send(*world.router->outgoing[0], from_mesh("news/x", "o", kQos1), false);
        }
        world.settle();
        world.flush();
        CHECK(world.devices.keeper().store()->queued().messages == 3);
        Client old{world, Version::v5};
        old.connect({.id = "d", .clean = false, .expiry = 3600});
        world.run_until([&] { return old.heard_of("CONNACK") == 1; });  // its queue is being read
        Client fresh{world, Version::v5};
        fresh.connect({.id = "d", .expiry = 3600});
        fresh.subscribe({{.filter = "news/#", .qos = kQos1}});
        world.flush();
        CHECK(fresh.heard_of("PUBLISH news/x") == 0);
        world.router->send(*world.router->outgoing.back(), from_mesh("news/y", "o", kQos1), false);
        world.settle();
        world.flush();
        CHECK(fresh.heard_of("PUBLISH news/y") == 1);
    }

    TEST_CASE(
        "kill -9: a message of QoS 2 comes again under the same identifier, and no other does") {
        const TemporaryFolder folder;
        std::vector<mqtt::PacketId> before;
        {
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = mqtt::Qos::exactly_once}});
            world.flush();
            for (const char* topic : {"news/a", "news/b"}) {
                world.router->send(*world.router->outgoing[0],
                                   from_mesh(topic, "o", mqtt::Qos::exactly_once), false);
            }
            world.flush();  // the messages are on disk, and nothing after it
            CHECK(client.heard().size() == 4);
            before = client.ids;
            client.ack(mqtt::PacketType::pubrec, before[0]);
            world.flush();
            client.ack(mqtt::PacketType::pubcomp, before[0]);
            world.flush();
        }
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .clean = false, .expiry = 3600});
        world.flush();
        world.flush();
        CHECK(client.heard_of("PUBLISH news/b dup") == 1);
        CHECK(client.ids == std::vector{before[1]});
        world.router->send(*world.router->outgoing[0],
                           from_mesh("news/c", "o", mqtt::Qos::exactly_once), false);
        world.flush();
        CHECK(client.heard_of("PUBLISH news/c") == 1);
        CHECK(client.ids.back() != before[1]);
    }

    TEST_CASE("a message from a queue has no row in the store, and nothing waits for one") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .expiry = 3600});
        world.flush();
        client.subscribe({{.filter = "jobs", .qos = mqtt::Qos::exactly_once}});
        world.flush();
        world.router->send(*world.router->outgoing[0],
                           from_mesh("jobs", "o", mqtt::Qos::exactly_once), false);
        world.settle();
        CHECK(client.heard_of("PUBLISH jobs") == 1);
        client.ack(mqtt::PacketType::pubrec, client.ids.back());
        world.settle();
        CHECK(client.heard_of("PUBREL") == 1);
    }

    TEST_CASE("nothing is published before the links of all subscriptions stand again") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        client.subscribe({{.filter = "news/#", .qos = kQos1}});
        CHECK(client.heard_of("SUBACK") == 1);
        world.lose_router();
        client.publish(publish_to("news/x", 1));
        world.router_takes_links = false;
        world.new_router();
        CHECK(world.router->received() == 0);
        world.router->take_links();
        world.run_until([&] { return world.router->received() == 1; });
    }

    TEST_CASE("a session that is to end with its connection still gets what waits for it") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        {
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = kQos1}});
            world.flush();
        }
        world.router->send(*world.router->outgoing[0], from_mesh("news/x", "o", kQos1), false);
        world.settle();
        world.flush();
        Client client{world, Version::v5};
        client.connect({.id = "d", .clean = false});
        world.flush();
        world.flush();
        CHECK(client.heard_of("PUBLISH news/x") == 1);
    }
}
