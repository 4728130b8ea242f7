#pragma once

#include "common/daemon/connections.hpp"
#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/node/devices.hpp"
#include "mqtt-gateway/node/uplink_connection.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// All devices of a gateway with a router and clients in memory: no socket, no second process.
namespace weft::gateway::test {

/// The router: takes every link, unless it is told to wait.
class Router final : public weft::test::EnginePeer {
public:
    explicit Router(io::Loop& loop) : EnginePeer{loop, options()} {}

    bool takes_links = true;
    std::vector<amqp::Link*> outgoing{};  // to the gateway
    std::vector<std::string> names{};     // the message-id of each message that came; "": none

    /// Answers those that wait.
    void take_links();
    /// Nobody takes what came.
    void release_all();

private:
    static amqp::Options options();
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void take(amqp::Link& link, const amqp::Attach& attach);

    std::vector<std::function<void()>> asked_{};
};

struct World;

/// A device: its end of a connection.
class Client {
public:
    Client(World& world, mqtt::Version version);
    ~Client();

    struct Options {
        std::string id = "d";
        bool clean = true;         // begins anew
        std::uint32_t expiry = 0;  // seconds; before MQTT 5 it means nothing
        std::string will_topic{};  // empty: none
        std::string will = "gone";
        std::uint32_t will_delay = 0;
    };
    void connect(const Options& options);
    void publish(const mqtt::Publish& publish);
    void subscribe(const std::vector<mqtt::Subscription>& entries, mqtt::PacketId id = 1);
    void ack(mqtt::PacketType type, mqtt::PacketId id);
    void ping();
    /// Its connection breaks.
    void lose();
    /// Packets that came since, as "PUBLISH a", "PUBACK", "SUBACK", …
    std::vector<std::string> heard();
    std::size_t heard_of(std::string_view packet);
    std::vector<mqtt::PacketId> ids{};  // of each PUBLISH that was heard
    /// Is it read from no more?
    bool is_closed() const { return connection_ == nullptr || connection_->finished(); }
    std::size_t unread() { return connection_->output().size(); }
    bool takes_output = true;
    /// Takes what is written.
    void pump();
    void send(Bytes bytes);

private:
    World& world_;
    mqtt::Terms terms_;
    weft::test::MemoryTransport transport_;
    std::unique_ptr<DeviceConnection> connection_;
    Buffer in_{};
};

/// What a publish of that client is on the mesh.
Buffer from_mesh(const mqtt::Publish& publish,
                 const std::string& client,
                 const std::string& name = {});
Buffer from_mesh(const std::string& topic,
                 const std::string& client,
                 mqtt::Qos qos,
                 const std::string& name = {});

struct World {
    explicit World(DeviceLimits limits = {}, session::Settings settings = {});
    ~World();

    /// A router comes; the one before is gone.
    void new_router();
    void lose_router();
    /// Until nothing is left to exchange.
    void settle();
    /// Runs the loop until it holds.
    void run_until(const std::function<bool()>& holds);
    void open_store(const std::string& folder, std::uint64_t bytes_max = 0);
    /// All that was asked of the store is durable.
    void flush();

    bool router_takes_links = true;  // the next one

    io::Loop loop{};
    /// Anybody may come, until a test says otherwise.
    std::shared_ptr<daemon::Gate> gate = std::make_shared<daemon::Gate>(loop, daemon::UserFile{});
    std::shared_ptr<const Door> door = std::make_shared<const Door>(gate, daemon::ListenerConfig{});
    Devices devices;
    daemon::Connections connections{loop};
    std::unique_ptr<Router> router{};
    std::vector<Client*> clients{};
};

}  // namespace weft::gateway::test
