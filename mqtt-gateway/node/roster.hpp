#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/device_connection.hpp"
#include "mqtt-gateway/node/device_limits.hpp"
#include "mqtt-gateway/node/rate_limit.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace weft::gateway {

/// Who is here: connections by number, devices by number and client identifier, and how many of
/// each there may be. Numbers are not used again. Threading: loop-confined.
class Roster {
public:
    using Connections = std::map<std::uint64_t, DeviceConnection*>;
    using All = std::map<DeviceId, std::unique_ptr<Device>>;

    explicit Roster(const DeviceLimits& limits)
        : limits_{limits},
          connects_{limits.connects_per_second},
          accepts_{limits.accepts_per_second} {}

    const Connections& connections() const { return connections_; }
    const All& devices() const { return devices_; }

    /// Whether one more connection may come in.
    bool admits(Instant now);
    /// Why one that has come in, and says who it is, may not stay: for the device.
    using Refusal = std::pair<mqtt::Reason, std::string_view>;
    std::optional<Refusal> refusal(Instant now);
    std::uint64_t add(DeviceConnection& connection);
    void remove(const DeviceConnection& connection) { connections_.erase(connection.id()); }
    /// Null: it is gone.
    DeviceConnection* find_connection(std::uint64_t id) const;

    /// The number of the next device.
    DeviceId next() { return ++last_device_; }
    /// Of its own client identifier.
    Device& add(std::unique_ptr<Device> device);
    /// The one of that client identifier, or a new one; null: there are too many.
    Device* open(const std::string& client_id,
                 std::uint64_t birth,
                 const session::Settings& settings,
                 session::Counters& counters);
    void remove(const Device& device);
    /// Null: it is gone.
    Device* find(DeviceId id) const;
    /// Null: nobody has that client identifier.
    Device* find(std::string_view client_id) const;

private:
    DeviceLimits limits_;
    RateLimit connects_;
    RateLimit accepts_;
    Connections connections_;
    All devices_;
    std::unordered_map<std::string_view, Device*> by_client_;  // keys are the devices'
    std::uint64_t last_connection_ = 0;
    DeviceId last_device_ = 0;
};

}  // namespace weft::gateway
