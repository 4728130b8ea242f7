#include "tests/unit/mqtt_node/gateway_world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using namespace weft::gateway::test;
using mqtt::Version;
using node::test::TemporaryFolder;

TEST_SUITE("device limits") {
    TEST_CASE("a will that was fired is among the wills of all until the mesh has spoken") {
        World world{{}, {.all_wills_bytes_max = 5000}};
        const std::string large(3000, 'x');
        for (int i = 0; i < 2; ++i) {
            Client client{world, Version::v5};
            client.connect({.will_topic = "jobs", .will = large});
            REQUIRE_FALSE(client.is_closed());
            client.lose();
            CHECK(world.router->received() == 1);
            CHECK(world.devices.counters().will_bytes > large.size());
            CHECK(world.devices.uplink().publications().bytes() == 0);
            Client other{world, Version::v5};
            other.connect({.id = "other", .will_topic = "jobs", .will = large});
            CHECK(other.is_closed());
            world.router->accept_all();
            world.settle();
            CHECK(world.devices.counters().will_bytes == 0);
        }
    }

    TEST_CASE("wills that nobody takes are given up; those of an address that is served are not") {
        using std::chrono::milliseconds;
        DeviceLimits limits;
        limits.uplink.publications = {.in_flight_max = 1, .wait_max = milliseconds{20}};
        World world{limits, {.publish_timeout = milliseconds{100}}};
        for (int i = 0; i < 5; ++i) {
            Client client{world, Version::v3_1_1};
            client.connect({.id = std::to_string(i), .will_topic = "jobs"});
            client.lose();
        }
        const auto& publications = world.devices.uplink().publications();
        REQUIRE(publications.size() == 5);
        const auto& counters = world.devices.publisher().counters();
        const Instant later = world.loop.now() + milliseconds{500};
        const auto is_over = [&] { return world.loop.now() >= later; };
        SUBCASE("nobody") {
            world.run_until([&] { return counters.wills_lost == 4 || is_over(); });
            CHECK(counters.wills_lost == 4);
            CHECK(publications.size() == 1);  // in flight
        }
        SUBCASE("somebody who is slow") {
            world.router->accept_all();
            world.run_until(is_over);
            CHECK(counters.wills_lost == 0);
            CHECK(publications.size() == 4);
        }
        SUBCASE("the time without a router does not count") {
            world.lose_router();
            world.run_until(is_over);
            CHECK(publications.size() == 5);
            world.new_router();
            for (int i = 0; i < 5; ++i) {
                CHECK(world.router->received() == 1);
                world.router->accept_all();
                world.settle();
            }
            CHECK(counters.wills_lost == 0);
        }
    }

    TEST_CASE("a file that is full takes no subscription and no will, and does not fail") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path(), 1024 * 1024);
        const auto has = [&](Client& client, const Client::Options& options) {
            client.connect(options);
            world.flush();
            return !client.is_closed();
        };
        Client device{world, Version::v5};
        REQUIRE(has(device, {.id = "d", .clean = false, .expiry = 3600}));
        device.subscribe({{.filter = "news/a", .qos = mqtt::Qos::at_least_once}});
        world.flush();
        mqtt_store::Store& store = *world.devices.keeper().store();
        constexpr std::uint64_t kRow = 3000;
        for (int i = 0; store.has_room(mqtt_store::Store::Room::session, kRow); ++i) {
            (void)store.add_session({.client_id = std::to_string(i) + std::string(900, 'd')});
            world.flush();
        }
        device.subscribe({{.filter = "news/b", .qos = mqtt::Qos::at_least_once},
                          {.filter = "news/b", .qos = mqtt::Qos::at_least_once}},
                         2);
        world.flush();
        CHECK(world.devices.counters().subscriptions_refused == 2);
        CHECK(world.devices.subscriptions().size() == 1);
        device.subscribe({{.filter = "news/a", .qos = mqtt::Qos::exactly_once}}, 3);  // was there
        world.flush();
        CHECK(world.devices.counters().subscriptions_refused == 2);
        Client again{world, Version::v5};
        CHECK_FALSE(has(again, {.id = "d",
                                .clean = false,
                                .expiry = 3600,
                                .will_topic = "news/gone",
                                .will = std::string(50'000, 'x')}));
        CHECK_FALSE(device.is_closed());
        Client other{world, Version::v5};
        CHECK_FALSE(has(other, {.id = std::string(900, 'o'), .expiry = 3600}));
        Client back{world, Version::v5};
        CHECK(has(back, {.id = "d", .clean = false, .expiry = 3600}));
        CHECK(device.is_closed());
        CHECK_FALSE(store.has_failed());
    }

    TEST_CASE("of one read so many messages are looked at as their steps allow") {
        World world;
        Client client{world, Version::v5};
        client.connect({});
        std::string tail;
        for (int level = 0; level < 50; ++level) {
            tail += "/a";
        }
        std::vector<std::string> filters;
        for (unsigned bits = 1; bits <= 127; ++bits) {
            std::string filter = "news";
            for (unsigned level = 0; level < 7; ++level) {
                filter += ((bits >> level) & 1U) != 0 ? "/+" : "/a";
            }
            filters.push_back(filter + tail + "/x");
        }
        for (const std::string& filter : filters) {
            client.subscribe({{.filter = filter}});
        }
        REQUIRE(world.devices.subscriptions().size() == 127);
        const Buffer message = from_mesh("news/a/a/a/a/a/a/a" + tail + "/a", "o", {});
        constexpr std::uint64_t kSent = 100;
        for (std::uint64_t i = 0; i < kSent; ++i) {
            REQUIRE(world.router->outgoing[0]->send({.settled = true}, message, false).complete);
        }
        const auto& user = static_cast<const UplinkUser&>(world.devices);
        const std::uint64_t before = user.steps();
        world.router->pump();
        const std::uint64_t received = world.devices.uplink().counters().received;
        const std::uint64_t each = (user.steps() - before) / received;
        CHECK(each > 700);
        CHECK(received >= amqp::kInputStepsMax / (each + 2));
        CHECK(received <= 1 + amqp::kInputStepsMax / each);
        CHECK(world.devices.own_counters().unwanted == received);
    }

    TEST_CASE("what comes for many sessions of a store is on disk once") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path(), 1024 * 1024);
        constexpr std::size_t kMany = 20;
        for (std::size_t i = 0; i < kMany; ++i) {
            Client client{world, Version::v5};
            client.connect({.id = std::to_string(i), .clean = false, .expiry = 3600});
            world.flush();
            client.subscribe({{.filter = "news/#", .qos = mqtt::Qos::at_least_once}});
            world.flush();
        }
        const std::string payload(300'000, 'x');
        const Buffer message = from_mesh({.qos = mqtt::Qos::at_least_once,
                                          .id = 1,
                                          .topic = "news/a",
                                          .payload = as_bytes(payload)},
                                         "p");
        world.router->send(*world.router->outgoing[0], message, false);
        world.flush();
        CHECK(world.devices.own_counters().queue_full == 0);
        CHECK(world.devices.keeper().store()->queued().messages == kMany);
        CHECK_FALSE(world.devices.keeper().has_failed());
        for (std::size_t i = 0; i < kMany; ++i) {
            Client client{world, Version::v5};
            client.connect({.id = std::to_string(i), .clean = false, .expiry = 3600});
            world.flush();
            CHECK(client.heard_of("PUBLISH news/a") == 1);
            client.ack(mqtt::PacketType::puback, client.ids.back());
            world.flush();
        }
        CHECK(world.devices.keeper().store()->queued().messages == 0);
        CHECK(world.devices.keeper().store()->has_room(mqtt_store::Store::Room::queue, 500'000));
    }

    TEST_CASE("retained messages that wait for the disk don't fill its file") {
        const TemporaryFolder folder;
        World world;
        world.open_store(folder.path(), 2 * 1024 * 1024);
        Client client{world, Version::v5};
        client.connect({});
        world.flush();
        const std::string payload(5000, 'x');
        for (int i = 0; i < 1000; ++i) {
            client.publish({.retain = true,
                            .topic = "news/" + std::to_string(i),
                            .payload = as_bytes(payload)});
        }
        world.flush();
        CHECK_FALSE(world.devices.keeper().has_failed());
        CHECK(world.devices.retention().all().size() > 100);
        CHECK(world.devices.publisher().counters().retained_full > 500);
    }
}
