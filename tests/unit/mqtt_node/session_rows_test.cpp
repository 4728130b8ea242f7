#include "mqtt-gateway/node/session_rows.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/mqtt_node/gateway_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace weft;
using namespace weft::gateway;
using namespace weft::gateway::test;
using mqtt::Version;
using mqtt_mapping::SharedRow;

namespace {

/// What a queue says of a row whose fence is passed.
Buffer barred_at(std::uint64_t epoch) {
    Buffer info;
    wire::encode(info, wire::Map{{wire::Symbol{"epoch"}, epoch}});
    Buffer out;
    wire::Writer writer{out};
    const auto list = writer.begin_described_list(0x25);
    wire::write_error(writer, kPreconditionFailed, "passed", info);
    writer.end_shortest(list);
    return out;
}

/// The session of a device that was connected, with a will.
Buffer session_of(std::string_view client, std::uint32_t will_delay) {
    const mqtt::Publish will{.qos = mqtt::Qos::at_least_once,
                             .id = 1,
                             .topic = "news/will",
                             .payload = as_bytes(std::string_view{"gone"})};
    mqtt_store::SessionRecord record;
    record.row = {
        .client_id = std::string{client}, .birth = 0xab, .epoch = 5, .expiry_seconds = 100};
    record.row.will = mqtt_store::StoredWill{
        .message = std::make_shared<const mqtt_mapping::KeptMessage>(
            *mqtt_mapping::KeptMessage::from(will, client, mqtt_mapping::kForever)),
        .delay_seconds = will_delay};
    Buffer out;
    mqtt_store::append_record(out, record);
    return out;
}

/// A queue without room for one more.
Buffer refused_for_room() {
    Buffer out;
    wire::Writer writer{out};
    const auto list = writer.begin_described_list(0x25);
    wire::write_error(writer, kResourceLimitExceeded, "maxKeys", {});
    writer.end_shortest(list);
    return out;
}

const SessionRows::Options kShort{.address = "$s",
                                  .gateway = "gw",
                                  .boot = 1,
                                  .beat = std::chrono::milliseconds{100},
                                  .lease = std::chrono::milliseconds{1000}};

/// A gateway that shares its sessions, and the queue's side of it.
struct Sharing {
    explicit Sharing(std::size_t row_max = 1 << 20)
        : Sharing{{.address = "$s", .gateway = "gw", .row_max = row_max, .boot = 1},
                  wire::kAccepted} {}
    /// `lives`: what the queue says to the first word that it lives.
    Sharing(SessionRows::Options options, Bytes lives) {
        world.devices.entrance().share_sessions(std::move(options));
        world.settle();
        REQUIRE(world.router->outgoing.size() == 2);  // the first one asked for keys
        end_look();
        answer(lives);
    }
    amqp::Link& link() { return *world.router->outgoing.at(1); }
    void end_look() {
        REQUIRE(link().drain());
        link().drained();
        world.settle();
    }
    /// Of all that came.
    void answer(Bytes state) {
        idle();
        for (const auto& came : world.router->take_deliveries()) {
            came.link->update(came.id, state, /*settled=*/true);
        }
        world.settle();
        idle();
    }
    void read(std::string_view key, std::uint64_t version, std::string_view owner, Bytes body) {
        Buffer message;
        mqtt_mapping::append_shared_row(
            message, "$s", {.key = key, .version = version, .owner = owner, .body = body});
        world.router->send(link(), message, /*settled=*/true);
        world.settle();
        idle();
    }
    /// Takes whatever comes for so many beats, or until it holds.
    bool take_until(const std::function<bool()>& holds, std::size_t beats_max = 100) {
        std::size_t beats = 0;
        const io::Timer timer = world.loop.every(kShort.beat, [&] { ++beats; });
        world.run_until([&] {
            for (const auto& came : world.router->take_deliveries()) {
                came.link->update(came.id, wire::kAccepted, /*settled=*/true);
                came.link->grant(200);
            }
            world.settle();
            return holds() || beats == beats_max;
        });
        return holds();
    }
    /// Whatever was put off has run.
    void idle() {
        bool over = false;
        const io::Timer timer = world.loop.after(Duration::zero(), [&] { over = true; });
        world.run_until([&] { return over; });
    }
    std::size_t wills() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            world.router->names, [](const std::string& name) { return name.ends_with("/5/w"); }));
    }
    const SessionRows& rows() const { return *world.devices.entrance().rows(); }

    World world{};
};

const Client::Options kLasting{.clean = false, .expiry = 100};

}  // namespace

TEST_SUITE("session rows") {
    TEST_CASE("CONNACK waits until the queue is read, and has the session's row") {
        Sharing shared;
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        CHECK(shared.world.router->received() == 0);
        shared.end_look();
        shared.idle();
        CHECK(shared.world.router->received() == 1);
        CHECK(client.heard().empty());
        shared.answer(wire::kAccepted);
        CHECK(client.heard_of("CONNACK") == 1);
        CHECK(shared.rows().own() == 1);
    }

    TEST_CASE("whose session another gateway has is closed, and nobody hears of a will") {
        Sharing shared;
        Client client{shared.world, Version::v5};
        Client::Options options = kLasting;
        options.will_topic = "news/will";
        client.connect(options);
        shared.end_look();
        SUBCASE("its row is read") {
            shared.answer(wire::kAccepted);
            CHECK(client.heard_of("CONNACK") == 1);
            shared.read("s/d", 2, "other/1", session_of("d", 0));
            CHECK(client.heard_of("DISCONNECT") == 1);
        }
        SUBCASE("its row bars the next one") {
            shared.answer(barred_at(1));
        }
        CHECK(client.is_closed());
        CHECK(shared.world.devices.all().empty());
        CHECK(shared.rows().own() == 0);
        CHECK(shared.rows().counters().lost == 1);
        CHECK(shared.world.router->received() == 0);
    }

    TEST_CASE("a session is claimed before anything is done for it: its will, and its device") {
        Sharing shared;
        shared.read("s/d", 7, "other/1", session_of("d", 0));
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.idle();
        CHECK(shared.world.router->received() == 1);
        CHECK(shared.wills() == 0);
        SUBCASE("it is faster than others") {
            shared.answer(wire::kAccepted);  // the claim
            CHECK(shared.wills() == 1);
            CHECK(client.heard_of("CONNACK") == 0);
            shared.answer(wire::kAccepted);  // the will, and the row of the connection
            CHECK(client.heard_of("CONNACK") == 1);
            shared.answer(wire::kAccepted);
            CHECK(shared.wills() == 1);
            CHECK(shared.rows().counters().claimed == 1);
        }
        SUBCASE("another one is, and is again") {
            for (std::size_t claims = 1; claims < SessionRows::kClaimsMax; ++claims) {
                shared.answer(barred_at(8));
                shared.world.run_until([&] { return shared.link().drain(); });
                shared.end_look();
            }
            CHECK_FALSE(client.is_closed());
            shared.answer(barred_at(8));
            CHECK(client.is_closed());
            CHECK(shared.wills() == 0);
            CHECK(shared.world.devices.all().empty());
        }
    }

    TEST_CASE("a client that is back before its will is due has none") {
        Sharing shared;
        shared.read("s/d", 7, "other/1", session_of("d", 50));
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.answer(wire::kAccepted);
        shared.answer(wire::kAccepted);
        CHECK(client.heard_of("CONNACK") == 1);
        CHECK(shared.wills() == 0);
    }

    TEST_CASE("a session that grows too large goes on as the queue has it") {
        Sharing shared{1024 + 100};
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.answer(wire::kAccepted);
        CHECK(client.heard_of("CONNACK") == 1);
        const std::string filter = "news/" + std::string(100, 'x');
        client.subscribe({{.filter = filter, .qos = mqtt::Qos::at_least_once}});
        shared.idle();
        CHECK(client.is_closed());
        CHECK(shared.rows().counters().refused == 1);
        CHECK(shared.rows().own() == 0);
        CHECK(shared.world.router->received() == 0);
    }

    TEST_CASE("what a session has asked for while its row is on its way goes with the next one") {
        Sharing shared;
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.answer(wire::kAccepted);
        client.subscribe({{.filter = "jobs", .qos = mqtt::Qos::at_least_once}}, 1);
        shared.idle();
        CHECK(shared.world.router->received() == 1);
        client.heard();
        client.subscribe({{.filter = "news/a", .qos = mqtt::Qos::at_least_once}}, 2);
        shared.idle();
        CHECK(shared.world.router->received() == 1);
        CHECK(client.heard().empty());
        shared.answer(wire::kAccepted);
        CHECK(client.heard_of("SUBACK") == 1);
        shared.answer(wire::kAccepted);
        CHECK(client.heard_of("SUBACK") == 1);
    }

    TEST_CASE("a gateway takes no devices while the queue refuses that it lives") {
        Buffer why;
        std::string problem;
        SUBCASE("for want of room") {
            why = refused_for_room();
            problem = "amqp:resource-limit-exceeded";
        }
        SUBCASE("for another one has its id, and leaves later") {
            why = barred_at(2);
            problem = "another gateway has the id 'gw'";
        }
        Sharing shared{kShort, why};
        CHECK(shared.rows().problem().find(problem) != std::string::npos);
        CHECK_FALSE(shared.rows().may_serve());
        Client early{shared.world, Version::v5};
        early.connect(kLasting);
        CHECK(early.is_closed());
        CHECK_FALSE(shared.link().drain());
        REQUIRE(shared.take_until([&] { return shared.rows().may_serve(); }));
        CHECK(shared.rows().problem().empty());
        Client late{shared.world, Version::v5};
        late.connect(kLasting);
        CHECK_FALSE(late.is_closed());
        CHECK(shared.link().drain());
        shared.answer(why);
        shared.world.run_until([&] { return shared.world.router->received() != 0; });
        shared.answer(why);  // the next one, that it lives
        CHECK_FALSE(shared.rows().may_serve());
    }

    TEST_CASE("what others had is claimed after a whole lease in which the queue was well") {
        Sharing shared{kShort, wire::kAccepted};
        shared.read("s/a", 7, "other/1", session_of("a", 50));
        shared.world.run_until([&] { return shared.world.router->received() != 0; });
        shared.answer(refused_for_room());
        const Instant well = shared.world.loop.now();
        CHECK(shared.take_until([&] { return shared.rows().counters().claimed == 1; }));
        CHECK(shared.world.loop.now() - well >= kShort.lease);
    }

    TEST_CASE("a session that it gave up and nobody else took is claimed again") {
        Sharing shared{kShort, wire::kAccepted};
        shared.read("s/a", 7, "gw/1", session_of("a", 50));
        CHECK(shared.take_until([&] { return shared.rows().counters().claimed == 1; }));
        CHECK(shared.rows().own() == 1);
    }

    TEST_CASE("a claim that the queue refuses is made again with a later beat") {
        Sharing shared{kShort, wire::kAccepted};
        shared.read("s/a", 7, "gw/1", session_of("a", 50));
        std::size_t beats = 0;
        std::size_t answers = 0;
        const io::Timer timer = shared.world.loop.every(kShort.beat, [&] { ++beats; });
        shared.world.run_until([&] {
            for (const auto& came : shared.world.router->take_deliveries()) {
                const bool is_claim = shared.rows().own() != 0;
                const Buffer refused = refused_for_room();
                came.link->update(came.id, is_claim ? Bytes{refused} : Bytes{wire::kAccepted},
                                  /*settled=*/true);
                ++answers;
            }
            shared.world.settle();
            return shared.rows().counters().refused >= 3 || beats == 100;
        });
        CHECK(shared.rows().counters().refused >= 3);
        CHECK(answers <= 2 * (beats + 2));
        CHECK(shared.rows().own() == 0);
    }

    TEST_CASE(
        "a row that another gateway began anew is met, though an older one had a higher version") {
        Sharing shared;
        shared.read("s/d", 7, "other/1", {});
        shared.read("s/d", 1, "third/1", session_of("d", 0));
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.answer(wire::kAccepted);
        CHECK(shared.rows().counters().claimed == 1);
        CHECK(shared.wills() == 1);
    }

    TEST_CASE("an older version of its own row that is read late changes nothing") {
        Sharing shared;
        Client client{shared.world, Version::v5};
        client.connect(kLasting);
        shared.end_look();
        shared.answer(wire::kAccepted);
        client.subscribe({{.filter = "news/a", .qos = mqtt::Qos::at_least_once}});
        shared.answer(wire::kAccepted);
        shared.read("s/d", 1, "gw/1", session_of("d", 0));
        CHECK(shared.rows().own() == 1);
        CHECK_FALSE(client.is_closed());
    }

    TEST_CASE("sessions without a gateway are claimed in turns") {
        Sharing shared;
        constexpr std::size_t kSessions = SessionRows::kWritesMax + 100;
        for (std::size_t at = 0; at < kSessions; ++at) {
            const std::string id = "d" + std::to_string(at);
            shared.read("s/" + id, 1, "gw/0", session_of(id, 50));
        }
        const auto claimed = [&] { return shared.rows().counters().claimed; };
        REQUIRE(shared.take_until([&] { return claimed() != 0; }));
        CHECK(claimed() <= SessionRows::kWritesMax);
        CHECK(shared.take_until([&] { return claimed() == kSessions; }));
    }

    TEST_CASE("gateways begin at different sessions of one that is gone") {
        std::set<std::string> first;
        for (const std::string gateway : {"gw1", "gw2", "gw3", "gw4"}) {
            SessionRows::Options options = kShort;
            options.gateway = gateway;
            Sharing shared{options, wire::kAccepted};
            for (std::size_t at = 0; at < 2 * SessionRows::kWritesMax; ++at) {
                const std::string id = "d" + std::to_string(at);
                shared.read("s/" + id, 1, "other/1", session_of(id, 50));
            }
            REQUIRE(shared.take_until([&] { return shared.rows().counters().claimed != 0; }));
            std::string taken;
            for (std::size_t at = 0; at < 2 * SessionRows::kWritesMax; ++at) {
                taken += shared.rows().record("d" + std::to_string(at)) != nullptr ? '1' : '0';
            }
            first.insert(taken);
        }
        CHECK(first.size() > 1);
    }
}
