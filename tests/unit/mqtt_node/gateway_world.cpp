#include "tests/unit/mqtt_node/gateway_world.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/framer.hpp"
#include "mqtt-gateway/mapping/message_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

namespace weft::gateway::test {
namespace {

using mqtt_mapping::AddressType;

mqtt_mapping::AddressSpace world_space() {
    auto made = mqtt_mapping::AddressSpace::make({{"news", AddressType::multicast},
                                                  {"jobs", AddressType::queue},
                                                  {"plants/#", AddressType::multicast},
                                                  {"plants/own/#", AddressType::multicast}},
                                                 {}, {});
    REQUIRE(made);
    return *std::move(made);
}

std::shared_ptr<const endpoint::ConnectionProfile> uplink_profile() {
    auto profile = std::make_shared<endpoint::ConnectionProfile>();
    profile->name = "router";
    profile->engine.server = false;
    profile->engine.container_id = "gw";
    return profile;
}

}  // namespace

// --- the router ----------------------------------------------------------------------------------

amqp::Options Router::options() {
    amqp::Options options;
    options.server = true;
    options.container_id = "router";
    return options;
}

void Router::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (!link.awaits_answer()) {
        return;
    }
    if (link.is_receiver() || takes_links) {
        take(link, attach);
    } else {
        const std::string address{*attach.source->address};
        asked_.emplace_back([this, &link, address] {
            take(link, {.source = amqp::Terminus{.kind = amqp::Terminus::Kind::source,
                                                 .address = address},
                        .target = amqp::Terminus{.kind = amqp::Terminus::Kind::target}});
        });
    }
}

void Router::take(amqp::Link& link, const amqp::Attach& attach) {
    const Buffer offered = amqp::capabilities({"weft.wildcards"});
    amqp::Attach answer = attach;
    answer.offered_capabilities = offered;
    REQUIRE(link.accept(answer));
    if (link.is_receiver()) {
        link.grant(250);
    } else {
        outgoing.push_back(&link);
    }
}

/// Of messages of one frame.
void Router::on_transfer(amqp::Link& link,
                         const amqp::IncomingTransfer& transfer,
                         amqp::Context& context) {
    EnginePeer::on_transfer(link, transfer, context);
    if (transfer.first && !transfer.more) {
        const auto message = wire::decode_message(transfer.payload);
        REQUIRE(message);
        const std::string* id = message->message_id.text();
        names.push_back(id != nullptr ? *id : "");
    }
}

void Router::take_links() {
    takes_links = true;
    for (const auto& answer : std::exchange(asked_, {})) {
        answer();
    }
    pump();
}

void Router::release_all() {
    for (const Received& each : take_deliveries()) {
        each.link->update(each.id, wire::kReleased, /*settled=*/true);
    }
    pump();
}

// --- messages ------------------------------------------------------------------------------------

Buffer from_mesh(const mqtt::Publish& publish, const std::string& client, const std::string& name) {
    const mqtt_mapping::AddressSpace space = world_space();
    std::string path;
    const auto to = space.resolve(publish.topic, path);
    REQUIRE(to);
    mqtt_mapping::MessageWriter writer{space};
    Buffer message;
    REQUIRE_FALSE(writer.append(
        message, {.publish = publish, .to = *to, .client_id = client, .message_id = name}));
    return message;
}

Buffer from_mesh(const std::string& topic,
                 const std::string& client,
                 mqtt::Qos qos,
                 const std::string& name) {
    return from_mesh({.qos = qos,
                      .id = static_cast<mqtt::PacketId>(qos == mqtt::Qos::at_most_once ? 0 : 1),
                      .topic = topic,
                      .payload = as_bytes(std::string_view{"x"})},
                     client, name);
}

// --- a device ------------------------------------------------------------------------------------

Client::Client(World& world, mqtt::Version version)
    : world_{world},
      terms_{.version = version},
      transport_{world.loop},
      connection_{std::make_unique<DeviceConnection>(transport_, world.devices, world.door)} {
    world_.clients.push_back(this);
}

Client::~Client() {
    lose();
    std::erase(world_.clients, this);
}

void Client::send(Bytes bytes) {
    if (connection_) {
        connection_->on_bytes(bytes, world_.loop.now());
    }
    world_.settle();
}

void Client::connect(const Options& options) {
    Buffer memory;
    mqtt::PropertyWriter writer{memory};
    const bool v5 = terms_.version == mqtt::Version::v5;
    if (v5 && options.expiry != 0) {
        writer.number(mqtt::PropertyId::session_expiry_interval, options.expiry);
    }
    mqtt::Connect connect{.version = terms_.version,
                          .clean_start = options.clean,
                          .properties = writer.written(),
                          .client_id = options.id};
    Buffer will_memory;
    mqtt::PropertyWriter will_writer{will_memory};
    if (options.will_delay != 0) {
        will_writer.number(mqtt::PropertyId::will_delay_interval, options.will_delay);
    }
    if (!options.will_topic.empty()) {
        connect.will = mqtt::Will{.qos = mqtt::Qos::at_least_once,
                                  .properties = will_writer.written(),
                                  .topic = options.will_topic,
                                  .payload = as_bytes(std::string_view{options.will})};
    }
    Buffer bytes;
    REQUIRE(encode(bytes, connect, terms_) == mqtt::Encoded::written);
    send(bytes);
}

void Client::publish(const mqtt::Publish& publish) {
    Buffer bytes;
    REQUIRE(encode(bytes, publish, terms_) == mqtt::Encoded::written);
    send(bytes);
}

void Client::subscribe(const std::vector<mqtt::Subscription>& entries, mqtt::PacketId id) {
    Buffer body{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
    if (terms_.version == mqtt::Version::v5) {
        body.push_back(0);
    }
    for (const mqtt::Subscription& entry : entries) {
        body.push_back(static_cast<std::uint8_t>(entry.filter.size() >> 8));
        body.push_back(static_cast<std::uint8_t>(entry.filter.size()));
        append(body, as_bytes(entry.filter));
        body.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(entry.qos) |
                                                 (entry.no_local ? 4U : 0U)));
    }
    REQUIRE(body.size() < 128);
    Buffer bytes{0x82, static_cast<std::uint8_t>(body.size())};
    append(bytes, body);
    send(bytes);
}

void Client::ack(mqtt::PacketType type, mqtt::PacketId id) {
    Buffer bytes;
    REQUIRE(encode(bytes, mqtt::Ack{.type = type, .id = id}, terms_) == mqtt::Encoded::written);
    send(bytes);
}

void Client::ping() {
    send(Buffer{0xc0, 0});
}

void Client::lose() {
    if (connection_) {
        connection_->on_lost("the test wants it");
        connection_.reset();
        world_.settle();
    }
}

void Client::pump() {
    if (connection_ && takes_output) {
        append(in_, connection_->output().pending());
        connection_->output().consume(connection_->output().size());
        connection_->on_written();
    }
}

std::vector<std::string> Client::heard() {
    std::vector<std::string> all;
    mqtt::Framer framer{1 << 20};
    framer.speak(terms_.version, 1 << 28);
    Bytes in{in_};
    for (Bytes packet = framer.next(in); !packet.empty(); packet = framer.next(in)) {
        const auto type = static_cast<mqtt::PacketType>(packet[0] >> 4);
        std::string text{name_of(type)};
        if (type == mqtt::PacketType::publish) {
            const mqtt::Packet read =
                mqtt::decode(packet, {.version = terms_.version, .from = mqtt::Sender::server});
            REQUIRE(std::holds_alternative<mqtt::Publish>(read));
            const auto& publish = std::get<mqtt::Publish>(read);
            text += " " + std::string{publish.topic} + (publish.dup ? " dup" : "");
            ids.push_back(publish.id);
        }
        all.push_back(std::move(text));
    }
    in_.clear();
    return all;
}

std::size_t Client::heard_of(std::string_view packet) {
    return static_cast<std::size_t>(std::ranges::count(heard(), packet));
}

// --- all of it -----------------------------------------------------------------------------------

World::World(DeviceLimits limits, session::Settings settings)
    : devices{loop, std::move(settings), world_space(), limits} {
    new_router();
}

World::~World() {
    lose_router();
    devices.orphan_all();
}

void World::new_router() {
    lose_router();
    router = std::make_unique<Router>(loop);
    router->takes_links = router_takes_links;
    router->carry(std::make_unique<UplinkConnection>(router->transport(), uplink_profile(),
                                                     connections, devices.uplink()));
    router->open();
    settle();
}

void World::lose_router() {
    if (router) {
        router->drop();
        router.reset();
    }
}

void World::settle() {
    if (router) {
        router->pump();
    }
    for (Client* client : std::vector<Client*>{clients}) {
        client->pump();
    }
    if (router) {
        router->pump();
    }
}

void World::run_until(const std::function<bool()>& holds) {
    settle();
    while (!holds()) {
        loop.run_one();
        settle();
    }
}

void World::open_store(const std::string& folder, std::uint64_t bytes_max) {
    const auto opened = devices.restore({.folder = folder, .bytes_max = bytes_max});
    if (!opened) {
        FAIL(opened.error().text);
    }
}

void World::flush() {
    bool idle = false;
    devices.keeper().when_idle([&] { idle = true; });
    run_until([&] { return idle; });
}

}  // namespace weft::gateway::test
