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
        CHECK(world.devices.entrance().admits());
        Client second{world, Version::v5};
        CHECK_FALSE(world.devices.entrance().admits());
        second.lose();
        CHECK(world.devices.entrance().admits());
        CHECK_FALSE(world.devices.entrance().admits());  // in this second
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
        CHECK(world.devices.retention().all().size() == kMessages);
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
        CHECK(world.devices.retention().all().size() == 1);
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

    TEST_CASE("a message that comes a second time is its device's once, also over a kill -9") {
        const TemporaryFolder folder;
        const auto send = [](World& world, const std::string& name) {
            world.router->send(*world.router->outgoing[0],
                               from_mesh("news/x", "o", mqtt::Qos::exactly_once, name), false);
            world.settle();
        };
        {
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = mqtt::Qos::exactly_once}});
            world.flush();
            const auto settled = [&] { return world.router->outgoing[0]->unsettled() == 0; };
            send(world, "b/1/0");
            send(world, "b/1/0");
            CHECK_FALSE(settled());  // the second, too, waits for the disk
            world.flush();
            CHECK(settled());
            send(world, "b/1/0");
            CHECK(settled());
            CHECK(client.heard_of("PUBLISH news/x") == 1);
            CHECK(world.devices.keeper().store()->queued().messages == 1);
            CHECK(world.devices.own_counters().duplicates == 2);
        }
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .clean = false, .expiry = 3600});
        Client fresh{world, Version::v5};
        fresh.connect({.id = "fresh"});
        fresh.subscribe({{.filter = "news/#", .qos = mqtt::Qos::exactly_once}});
        world.flush();
        CHECK(client.heard_of("PUBLISH news/x dup") == 1);
        send(world, "b/1/0");
        world.flush();
        CHECK(client.heard().empty());
        send(world, "b/1/1");
        world.flush();
        CHECK(client.heard_of("PUBLISH news/x") == 1);
        CHECK(fresh.heard_of("PUBLISH news/x") == 1);
    }

    TEST_CASE("what has no name, or nobody got, or comes again from a queue, is no second copy") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        client.subscribe({{.filter = "jobs", .qos = kQos1}, {.filter = "news/a", .qos = kQos1}});
        client.heard();
        REQUIRE(world.router->outgoing.size() == 2);
        const auto sent = [&](std::size_t link, const std::string& topic, const std::string& name) {
            for (int i = 0; i < 2; ++i) {
                world.router->send(*world.router->outgoing[link],
                                   from_mesh(topic, "o", kQos1, name), false);
            }
            world.settle();
            return client.heard_of("PUBLISH " + topic);
        };
        CHECK(sent(0, "jobs", "b/1/0") == 2);
        CHECK(sent(1, "news/a", "") == 2);
        CHECK(sent(1, "news/b", "b/2/0") == 0);
        CHECK(world.devices.own_counters().duplicates == 0);
        client.subscribe({{.filter = "news/b", .qos = kQos1}});
        CHECK(sent(1, "news/b", "b/2/0") == 1);
        CHECK(world.devices.own_counters().duplicates == 1);
    }

    TEST_CASE("what only the second of two links brings is given, unless the first one did") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        client.subscribe({{.filter = "plants/#", .qos = mqtt::Qos::exactly_once}});
        client.heard();
        REQUIRE(world.router->outgoing.size() == 2);  // plants/#, plants/own/#
        const auto sent = [&](std::size_t link, const std::string& name) {
            world.router->send(*world.router->outgoing[link],
                               from_mesh("plants/own/x", "o", mqtt::Qos::exactly_once, name),
                               false);
            world.settle();
            return client.heard_of("PUBLISH plants/own/x");
        };
        CHECK(sent(0, "b/1/0") == 1);
        CHECK(sent(1, "b/1/1") == 0);
        CHECK(world.devices.own_counters().unwanted == 1);
        world.router->detach(*world.router->outgoing[0]);
        CHECK(sent(1, "b/1/0") == 0);
        CHECK(world.devices.own_counters().duplicates == 1);
        CHECK(sent(1, "b/1/1") == 1);
        CHECK(sent(1, "b/1/2") == 1);
        CHECK(world.devices.own_counters().unwanted == 1);
    }

    TEST_CASE("a retained message that comes a second time is not kept over a younger one") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        client.subscribe({{.filter = "news/#", .qos = kQos1}});
        const auto send = [&](const std::string& name, std::string_view payload) {
            const Buffer message = from_mesh({.qos = kQos1,
                                              .retain = true,
                                              .id = 1,
                                              .topic = "news/x",
                                              .payload = as_bytes(payload)},
                                             "o", name);
            world.router->send(*world.router->outgoing[0], message, false);
            world.settle();
        };
        send("b/1/w", "old");
        send("", "young");
        send("b/1/w", "old");
        const auto kept = world.devices.retention().all().find("news/x");
        REQUIRE(kept != nullptr);
        CHECK(as_text(kept->publish().payload) == "young");
        client.heard();
        send("b/1/w", "forged");  // another message, whoever made it
        CHECK(client.heard_of("PUBLISH news/x") == 1);
        CHECK(world.devices.own_counters().duplicates == 1);
    }

    TEST_CASE("a will that two gateways sent is a device's once, with QoS 0, too") {
        const TemporaryFolder folder;
        const auto will = from_mesh("news/gone", "o", mqtt::Qos::at_most_once, "b/1/w");
        for (const std::size_t wanted : {1U, 0U}) {
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .clean = false, .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = kQos1}});
            world.flush();
            client.heard();
            world.router->send(*world.router->outgoing[0], will, false);
            world.settle();
            CHECK(client.heard_of("PUBLISH news/gone") == wanted);
            world.flush();
        }
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

    TEST_CASE("a session that outlives the gateway gets messages of a queue with QoS 1 at most") {
        for (const bool stays : {true, false}) {
            const TemporaryFolder folder;
            World world;
            world.open_store(folder.path());
            Client client{world, Version::v5};
            client.connect({.id = "d", .expiry = stays ? 3600U : 0U});
            world.flush();
            client.subscribe({{.filter = "jobs", .qos = mqtt::Qos::exactly_once}});
            world.flush();
            const session::Session& session = world.devices.all().begin()->second->session;
            CHECK(session.subscriptions().all().front().qos ==
                  (stays ? kQos1 : mqtt::Qos::exactly_once));
            world.router->send(*world.router->outgoing[0],
                               from_mesh("jobs", "o", mqtt::Qos::exactly_once), false);
            world.settle();
            CHECK(client.heard_of("PUBLISH jobs") == 1);
            client.ack(stays ? mqtt::PacketType::puback : mqtt::PacketType::pubrec,
                       client.ids.back());
            CHECK(world.router->outgoing[0]->unsettled() == 0);  // nothing waits for the disk
        }
    }

    TEST_CASE("a device sees a message of QoS 2 once it is on disk, and one of QoS 1 before") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path());
        Client client{world, Version::v5};
        client.connect({.id = "d", .expiry = 3600});
        world.flush();
        client.subscribe({{.filter = "news/#", .qos = mqtt::Qos::exactly_once}});
        world.flush();
        client.heard();
        world.router->send(*world.router->outgoing[0], from_mesh("news/a", "o", kQos1), false);
        world.settle();
        CHECK(client.heard_of("PUBLISH news/a") == 1);
        world.router->send(*world.router->outgoing[0],
                           from_mesh("news/b", "o", mqtt::Qos::exactly_once), false);
        world.settle();
        CHECK(client.heard().empty());
        world.flush();
        CHECK(client.heard_of("PUBLISH news/b") == 1);
        CHECK(client.ids.back() > session::kGivenIdMax);
    }

    TEST_CASE("kill -9: the identifier of a retained message of QoS 2 is forgotten, then free") {
        const TemporaryFolder folder;
        const auto open = [](World& world, bool clean) {
            auto client = std::make_unique<Client>(world, Version::v5);
            client->connect({.id = "d", .clean = clean, .expiry = 3600});
            world.flush();
            return client;
        };
        std::vector<std::string> heard;
        const auto hear_one = [&heard](World& world, Client& client) {
            client.ids.clear();
            world.run_until([&] {
                for (std::string& each : client.heard()) {
                    heard.push_back(std::move(each));
                }
                return client.ids.size() == 1;
            });
            return client.ids[0];
        };
        mqtt::PacketId first = 0;
        {
            World world;
            world.open_store(folder.path());
            Client publisher{world, Version::v5};
            publisher.connect({.id = "publisher"});
            mqtt::Publish retained = publish_once("news/a", 1);
            retained.retain = true;
            publisher.publish(retained);
            world.router->accept_all();
            world.flush();
            const auto client = open(world, true);
            client->subscribe({{.filter = "news/+", .qos = mqtt::Qos::exactly_once}});
            first = hear_one(world, *client);
            CHECK(first <= session::kGivenIdMax);
        }
        heard.clear();
        {
            World world;
            world.open_store(folder.path());
            const auto client = open(world, false);
            const mqtt::PacketId second = hear_one(world, *client);
            CHECK(second != first);
            CHECK(std::ranges::count(heard, "PUBREL") == 1);
            client->ack(mqtt::PacketType::pubcomp, first);
            client->ack(mqtt::PacketType::pubrec, second);
            CHECK(client->heard_of("PUBREL") == 1);
            client->ack(mqtt::PacketType::pubcomp, second);
            world.flush();
        }
        World world;
        world.open_store(folder.path());
        CHECK(open(world, false)->heard_of("PUBREL") == 0);
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
