#include "mqtt-gateway/node/retained_queue.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/mqtt_node/gateway_world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using namespace weft::gateway::test;
using mqtt::Version;

namespace {

mqtt::Publish retain_at(std::string_view topic, mqtt::PacketId id, std::string_view payload) {
    return {.qos = mqtt::Qos::at_least_once,
            .retain = true,
            .id = id,
            .topic = topic,
            .payload = as_bytes(payload)};
}

/// What a queue says of a row whose fence is passed.
Buffer barred(std::uint64_t epoch) {
    Buffer info;
    wire::encode(info, wire::Map{{wire::Symbol{"epoch"}, epoch}});
    Buffer out;
    wire::Writer writer{out};
    const auto list = writer.begin_described_list(0x25);
    wire::write_error(writer, kPreconditionFailed, "passed", info);
    writer.end_shortest(list);
    return out;
}

/// A gateway that shares its retained messages, and the queue's side of it.
struct Shared {
    Shared() {
        world.devices.retention().share({.address = "$q", .owner = "gw"});
        world.settle();
        REQUIRE(world.router->outgoing.size() == 2);  // the first one asked for keys
    }
    amqp::Link& link() { return *world.router->outgoing.at(looks); }
    void end_look() {
        REQUIRE(link().drain());
        link().drained();
        world.settle();
    }
    std::string value(std::string_view topic) const {
        const auto kept = world.devices.retention().all().find(topic);
        return kept == nullptr ? "" : std::string{as_text(kept->publish().payload)};
    }
    /// Tells what becomes of the only message that came.
    void say(Bytes state) {
        world.run_until([&] { return world.router->received() > 0; });
        const auto came = world.router->take_deliveries();
        REQUIRE(came.size() == 1);
        came[0].link->update(came[0].id, state, /*settled=*/true);
        world.settle();
    }
    const RetainedQueue& queue() const { return *world.devices.retention().queue(); }
    /// Whatever was put off has run.
    void idle() {
        bool over = false;
        const io::Timer timer = world.loop.after(Duration::zero(), [&] { over = true; });
        world.run_until([&] { return over; });
    }

    World world{};
    std::size_t looks = 1;  // which of the links to the gateway reads the queue
};

}  // namespace

TEST_SUITE("retained queue") {
    TEST_CASE("a publish is acknowledged once the queue has its row") {
        Shared shared;
        shared.end_look();
        Client client{shared.world, Version::v5};
        client.connect({});
        client.publish(retain_at("news/x", 1, "1"));
        shared.say(wire::kAccepted);  // the message
        CHECK(shared.value("news/x").empty());
        shared.idle();
        CHECK(client.heard_of("PUBACK") == 0);
        shared.say(wire::kAccepted);  // the row
        CHECK(shared.value("news/x") == "1");
        shared.idle();
        CHECK(client.heard_of("PUBACK") == 1);
    }

    TEST_CASE("a row that another gateway passed is written with a higher epoch") {
        Shared shared;
        shared.end_look();
        Client client{shared.world, Version::v5};
        client.connect({});
        client.publish(retain_at("news/x", 1, "1"));
        shared.say(wire::kAccepted);
        shared.say(barred(std::uint64_t{1} << 60));
        CHECK(shared.queue().counters().fenced == 1);
        shared.idle();
        CHECK(client.heard_of("PUBACK") == 0);
        shared.say(wire::kAccepted);
        shared.idle();
        CHECK(client.heard_of("PUBACK") == 1);
        CHECK(shared.value("news/x") == "1");
    }

    TEST_CASE("what the queue refuses is not retained, and counted, and nobody waits") {
        Shared shared;
        shared.end_look();
        Client client{shared.world, Version::v5};
        client.connect({});
        client.publish(retain_at("news/x", 1, "1"));
        shared.say(wire::kAccepted);
        SUBCASE("it is full") {
            shared.say(wire::rejected(kResourceLimitExceeded, "maxKeys"));
        }
        SUBCASE("nobody can pass that fence") {
            shared.say(barred(~std::uint64_t{0}));
        }
        shared.idle();
        CHECK(shared.queue().counters().rows_refused == 1);
        CHECK(shared.queue().under_way() == 0);
        CHECK(client.heard_of("PUBACK") == 1);
        CHECK(shared.value("news/x").empty());
    }

    TEST_CASE("a topic has one row under way, and then the last one") {
        Shared shared;
        shared.end_look();
        Client client{shared.world, Version::v5};
        client.connect({});
        for (mqtt::PacketId id = 1; id <= 5; ++id) {
            const std::string payload = std::to_string(id);
            client.publish(retain_at("news/x", id, payload));
            shared.say(wire::kAccepted);
            if (id > 1) {
                CHECK(shared.queue().under_way() == 1);
            } else {
                shared.world.run_until([&] { return shared.world.router->received() == 1; });
                CHECK(shared.world.router->take_deliveries().size() == 1);  // kept back
            }
        }
        CHECK(shared.world.router->received() == 0);
    }

    TEST_CASE("a subscription gets what is retained once the queue is read to its end") {
        Shared shared;
        CHECK(shared.queue().browser().problem().find("read to its end") != std::string::npos);
        shared.end_look();
        CHECK(shared.queue().browser().problem().empty());
        Client client{shared.world, Version::v5};
        client.connect({});
        client.publish(retain_at("news/x", 1, "1"));
        shared.say(wire::kAccepted);
        shared.say(wire::kAccepted);
        shared.idle();
        client.subscribe({{.filter = "news/#", .qos = mqtt::Qos::at_most_once}});
        shared.idle();
        shared.idle();
        CHECK(client.heard_of("PUBLISH news/x") == 0);
        shared.end_look();
        shared.idle();
        shared.idle();
        CHECK(client.heard_of("PUBLISH news/x") == 1);
    }

    TEST_CASE("a queue that goes and comes is read anew") {
        Shared shared;
        shared.end_look();
        Client client{shared.world, Version::v5};
        client.connect({});
        client.publish(retain_at("news/x", 1, "1"));
        shared.say(wire::kAccepted);
        shared.say(wire::kAccepted);
        shared.idle();
        CHECK(shared.value("news/x") == "1");
        shared.world.lose_router();
        CHECK_FALSE(shared.queue().browser().problem().empty());
        CHECK(shared.value("news/x") == "1");
        shared.world.new_router();
        shared.looks = 0;
        shared.end_look();  // it is empty now
        CHECK(shared.queue().browser().problem().empty());
        CHECK(shared.value("news/x").empty());
    }
}
