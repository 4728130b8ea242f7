#pragma once

#include "common/daemon/metrics_writer.hpp"
#include "common/mgmt/source.hpp"
#include "mqtt-gateway/node/devices.hpp"

#include <cstddef>
#include <string>

namespace weft::gateway_mgmt {

/// The entity types "mqttClient", "mqttSession", "mqttSubscription" and "mqttRetained".
mgmt::EntityType client_type();
mgmt::EntityType session_type();
mgmt::EntityType subscription_type();
mgmt::EntityType retained_type();

/// Devices that are connected. One whose adminStatus is set to "deleted" is disconnected.
/// Threading: loop-confined, as all here.
class ClientSource final : public mgmt::Source {
public:
    /// `devices` must outlive it, as in all here. `now` is the loop's.
    ClientSource(gateway::Devices& devices, const io::Loop& loop)
        : devices_{devices}, loop_{loop} {}

    std::size_t size() const override { return devices_.connections().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;

private:
    gateway::Devices& devices_;
    const io::Loop& loop_;
};

/// Sessions, of devices that are connected and that are away.
class SessionSource final : public mgmt::Source {
public:
    SessionSource(const gateway::Devices& devices, const io::Loop& loop)
        : devices_{devices}, loop_{loop} {}

    std::size_t size() const override { return devices_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const gateway::Devices& devices_;
    const io::Loop& loop_;
};

/// The subscriptions of all sessions.
class SubscriptionSource final : public mgmt::Source {
public:
    explicit SubscriptionSource(const gateway::Devices& devices) : devices_{devices} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const gateway::Devices& devices_;
};

/// The retained messages, without their payloads.
class RetainedSource final : public mgmt::Source {
public:
    explicit RetainedSource(const gateway::Devices& devices) : devices_{devices} {}

    std::size_t size() const override { return devices_.retention().all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const gateway::Devices& devices_;
};

/// The numbers of all devices together.
void write_device_metrics(const gateway::Devices& devices, daemon::MetricsWriter& out);

}  // namespace weft::gateway_mgmt
