#pragma once

#include "common/daemon/common_entities.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/main.hpp"
#include "common/daemon/renewal.hpp"
#include "mqtt-gateway/config/gateway_config.hpp"
#include "mqtt-gateway/mgmt/device_entities.hpp"
#include "mqtt-gateway/node/devices.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

inline constexpr std::string_view kGatewayName = "weft-mqtt-gateway";
inline constexpr std::string_view kGatewayVersion = "0.1.0";

/// The daemon: devices, the way to the mesh, and what shows them.
///
/// While no router is there, /healthz tells so, devices that are connected stay, and others are
/// refused. Threading: loop-confined.
class Gateway final : public daemon::Daemon {
public:
    /// `loop` must outlive it.
    Gateway(const gateway_config::GatewayConfig& config, io::Loop& loop);
    ~Gateway() override;

    Result<void> start() override;
    void stop(std::function<void()> stopped) override;
    void reload() override { renewal_.renew(); }
    std::string title() const override { return "gateway " + config_.id; }

private:
    class DeviceService;
    class UplinkService;
    class ManagementService;

    std::shared_ptr<daemon::Service> service(const daemon::ListenerConfig& listener,
                                             gateway_config::Speaks speaks);
    std::string metrics() const;
    /// Why devices are not served; and what else is not as it should be.
    std::vector<std::string> obstacles() const;
    std::vector<std::string> problems() const;

    gateway_config::GatewayConfig config_;
    io::Loop& loop_;
    daemon::Product product_;
    Instant started_at_;
    std::shared_ptr<daemon::Gate> gate_;
    gateway::Devices devices_;
    mgmt::Agent agent_;
    gateway_mgmt::ClientSource clients_;
    gateway_mgmt::SessionSource sessions_;
    gateway_mgmt::SubscriptionSource subscriptions_;
    gateway_mgmt::RetainedSource retained_;
    daemon::Web web_;
    daemon::Listeners listeners_;
    daemon::Connectors connectors_;
    daemon::Connections connections_;
    daemon::CommonEntities entities_;
    daemon::Renewal renewal_;
    io::Timer stopping_;
};

}  // namespace weft
