#include "mqtt-gateway/gateway.hpp"

#include "common/base/assert.hpp"
#include "common/daemon/catalogue.hpp"
#include "common/daemon/process_metrics.hpp"
#include "common/io/open.hpp"
#include "mqtt-gateway/mgmt/management_connection.hpp"
#include "mqtt-gateway/node/device_connection.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/uplink_connection.hpp"

#include <utility>

namespace weft {
namespace {

using gateway_config::GatewayConfig;

/// For devices to read why they are disconnected.
constexpr Duration kGoodbyeMax = std::chrono::seconds{1};
constexpr Duration kGoodbyePeriod = std::chrono::milliseconds{20};

mgmt::Catalogue gateway_catalogue() {
    mgmt::Catalogue catalogue = daemon::common_catalogue(gateway_config::gateway_table());
    for (auto type : {gateway_mgmt::client_type(), gateway_mgmt::session_type(),
                      gateway_mgmt::subscription_type(), gateway_mgmt::retained_type()}) {
        catalogue.add(std::move(type), "operationalEntity");
    }
    return catalogue;
}

/// The configuration was checked: it is made once more.
mqtt_mapping::AddressSpace space_of(const GatewayConfig& config) {
    auto space = mqtt_mapping::AddressSpace::make(config.addresses, config.maps, config.mapping);
    WEFT_CHECK(space.has_value());
    return *std::move(space);
}

gateway::Devices::Limits limits_of(const GatewayConfig& config) {
    gateway::Devices::Limits limits;
    limits.connections_max = config.connections_max;
    limits.connects_per_second = config.connects_per_second;
    limits.accepts_per_second = config.accepts_per_second;
    limits.sessions_max = config.sessions_max;
    limits.retained.messages_max = config.retained_max;
    limits.retained.bytes_max = config.retained_bytes_max;
    limits.access = config.access;
    limits.uplink.message_max = config.mqtt.packet_bytes_max;
    limits.uplink.publications.bytes_max = config.publish_bytes_max;
    limits.uplink.publications.flight_max = config.mqtt.publish_timeout;
    return limits;
}

mqtt_store::Store::Options store_of(const GatewayConfig& config) {
    mqtt_store::Store::Options options;
    options.folder = config.store_path;
    options.bytes_max = config.store_bytes_max;
    options.limits.session = {.messages = config.mqtt.queue_messages_max,
                              .bytes = config.mqtt.queue_bytes_max};
    options.limits.all.bytes = config.mqtt.all_queues_bytes_max;
    return options;
}

}  // namespace

/// Of a listener for devices.
class Gateway::DeviceService final : public daemon::Service {
public:
    DeviceService(Gateway& gateway, const daemon::ListenerConfig& listener)
        : gateway_{gateway},
          door_{std::make_shared<const gateway::Door>(gateway.gate_, listener)} {}

    /// A socket that is not taken is closed.
    void accept(io::Socket socket, const io::Security& security) override {
        if (gateway_.devices_.entrance().admits()) {
            io::open(gateway_.loop_, std::move(socket), security, speaker());
        }
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector>) override {
        return std::make_unique<gateway::DeviceConnection>(transport, gateway_.devices_, door_);
    }
    std::string_view spoken() const override { return daemon::kSpeaksMqtt; }
    void show(mgmt::Attributes& row) const override { row.set("protocol", "mqtt"); }

private:
    Gateway& gateway_;
    std::shared_ptr<const gateway::Door> door_;
};

/// Of a connector to a router.
class Gateway::UplinkService final : public daemon::Service {
public:
    UplinkService(Gateway& gateway, endpoint::ConnectionProfile profile)
        : gateway_{gateway},
          profile_{std::make_shared<endpoint::ConnectionProfile>(std::move(profile))} {}

    void accept(io::Socket, const io::Security&) override {}  // connectors accept nothing
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector> dialler) override {
        auto connection = std::make_unique<gateway::UplinkConnection>(
            transport, profile_, gateway_.connections_, gateway_.devices_.uplink());
        connection->dialled_by(std::move(dialler));
        return connection;
    }
    void show(mgmt::Attributes&) const override {}

private:
    Gateway& gateway_;
    std::shared_ptr<const endpoint::ConnectionProfile> profile_;
};

/// Of a listener for clients of AMQP.
class Gateway::ManagementService final : public daemon::Service {
public:
    ManagementService(Gateway& gateway, endpoint::ConnectionProfile profile)
        : gateway_{gateway},
          profile_{std::make_shared<endpoint::ConnectionProfile>(std::move(profile))} {}

    void accept(io::Socket socket, const io::Security& security) override {
        io::open(gateway_.loop_, std::move(socket), security, speaker());
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector>) override {
        return std::make_unique<gateway_mgmt::ManagementConnection>(
            transport, profile_, gateway_.connections_, gateway_.agent_);
    }
    io::Claim claim() const override { return io::Claim::management; }
    void show(mgmt::Attributes& row) const override { row.set("protocol", "amqp"); }

private:
    Gateway& gateway_;
    std::shared_ptr<const endpoint::ConnectionProfile> profile_;
};

Gateway::Gateway(const GatewayConfig& config, io::Loop& loop)
    : config_{config},
      loop_{loop},
      product_{.container = config_.id, .name = kGatewayName, .version = kGatewayVersion},
      started_at_{loop.now()},
      gate_{std::make_shared<daemon::Gate>(loop, config_.common.users)},
      devices_{loop, config_.mqtt, space_of(config_), limits_of(config_)},
      agent_{gateway_catalogue()},
      clients_{devices_, loop},
      sessions_{devices_, loop},
      subscriptions_{devices_},
      retained_{devices_},
      web_{loop,
           {.agent = agent_,
            .gate = gate_,
            .health = {{"gateway", config_.id}},
            .problems = [this] { return problems(); },
            .unready = [this] { return obstacles(); },
            .websocket = "MQTT",
            .subprotocols = {"mqtt", "mqttv3.1"},
            .metrics = [this](const daemon::TakePage& take) { take(metrics()); }}},
      listeners_{loop, [this](const daemon::OpenListener& from,
                              io::Socket socket) { web_.accept(from, std::move(socket)); }},
      connectors_{loop},
      connections_{loop},
      entities_{agent_, listeners_, web_, connectors_, connections_, config_.common.ssl_profiles,
                *gate_, {}},
      renewal_{loop, {config_.common.ssl_profiles, listeners_, connectors_, *gate_}} {
    agent_.limit_access(daemon::judge_by(*gate_));
    agent_.serve("mqttClient", clients_);
    agent_.serve("mqttSession", sessions_);
    agent_.serve("mqttSubscription", subscriptions_);
    agent_.serve("mqttRetained", retained_);
}

Gateway::~Gateway() {
    devices_.orphan_all();  // the caller's loop may run on
    connections_.orphan_all();
}

Result<void> Gateway::start() {
    if (!config_.retained_address.empty()) {
        devices_.retention().share({.address = config_.retained_address, .owner = config_.id});
    }
    if (!config_.session_address.empty()) {
        devices_.entrance().share_sessions(
            {.address = config_.session_address,
             .gateway = config_.id,
             .row_max = config_.mqtt.packet_bytes_max,
             .boot = static_cast<std::uint64_t>(gateway::Moment::at(loop_.now()).wall)});
    }
    if (!config_.store_path.empty()) {
        if (auto restored = devices_.restore(store_of(config_)); !restored) {
            return restored;
        }
    }
    for (const daemon::ConnectionConfig& connector : config_.common.connectors) {
        auto profile = daemon::connector_profile(connector, product_);
        daemon::warn_of_long_open(profile);
        WEFT_TRY([[maybe_unused]] const daemon::OpenConnector* open,
                 connectors_.open(connector,
                                  std::make_shared<UplinkService>(*this, std::move(profile))));
    }
    for (std::size_t i = 0; i < config_.common.listeners.size(); ++i) {
        const daemon::ListenerConfig& listener = config_.common.listeners[i];
        WEFT_TRY([[maybe_unused]] const daemon::OpenListener* open,
                 listeners_.open(listener, service(listener, config_.speaks[i])));
    }
    return {};
}

std::shared_ptr<daemon::Service> Gateway::service(const daemon::ListenerConfig& listener,
                                                  gateway_config::Speaks speaks) {
    if (speaks == gateway_config::Speaks::mqtt) {
        return std::make_shared<DeviceService>(*this, listener);
    }
    auto profile = daemon::listener_profile(listener, product_);
    profile.authenticate_by(gate_->authenticator(listener));
    daemon::warn_of_long_open(profile);
    return std::make_shared<ManagementService>(*this, std::move(profile));
}

/// Devices first: what they have sent goes out while they hear the end.
void Gateway::stop(std::function<void()> stopped) {
    listeners_.close_all();
    devices_.close_all();
    const Instant give_up = loop_.now() + kGoodbyeMax;
    stopping_ = loop_.every(kGoodbyePeriod, [this, give_up, done = std::move(stopped)] {
        const bool waits =
            !devices_.connections().empty() || devices_.uplink().publications().size() > 0;
        if (waits && loop_.now() < give_up) {
            return;
        }
        stopping_.cancel();
        connectors_.close_all();
        connections_.close_all("the gateway is shutting down",
                               [this, done] { devices_.keeper().when_idle(done); });
    });
}

std::vector<std::string> Gateway::obstacles() const {
    std::vector<std::string> all;
    if (!devices_.uplink().is_up()) {
        all.emplace_back("no router is there");
    }
    if (devices_.keeper().has_failed()) {
        all.emplace_back("the store failed: see the log");
    }
    return all;
}

std::vector<std::string> Gateway::problems() const {
    std::vector<std::string> all = obstacles();
    if (const gateway::RetainedQueue* queue = devices_.retention().queue();
        queue != nullptr && devices_.uplink().is_up() && !queue->browser().problem().empty()) {
        all.push_back(queue->browser().problem());
    }
    if (const gateway::SessionRows* rows = devices_.entrance().rows();
        rows != nullptr && devices_.uplink().is_up() && !rows->problem().empty()) {
        all.push_back(rows->problem());
    }
    return all;
}

std::string Gateway::metrics() const {
    daemon::MetricsWriter out;
    daemon::write_process_metrics(
        daemon::take_process_metrics(listeners_, web_, *gate_, loop_.now() - started_at_), out);
    gateway_mgmt::write_device_metrics(devices_, out);
    return out.take();
}

}  // namespace weft
