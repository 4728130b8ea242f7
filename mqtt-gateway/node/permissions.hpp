#pragma once

#include "common/io/line_allowance.hpp"
#include "common/io/loop.hpp"
#include "mqtt-gateway/access/access_list.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/device_limits.hpp"
#include "mqtt-gateway/session/message.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::gateway {

/// What devices may do by the rules of `acl`. What is denied is counted and logged, some lines at
/// once and then some each second. Threading: loop-confined.
class Permissions {
public:
    /// `loop` and `counters` must outlive it.
    Permissions(io::Loop& loop, mqtt_access::AccessList rules, DeviceCounters& counters)
        : loop_{loop}, rules_{std::move(rules)}, counters_{counters} {}

    bool may_publish(const Device& device, std::string_view topic, bool is_answered);
    /// A filter without `$share/GROUP/`.
    bool may_subscribe(const Device& device, std::string_view filter);
    /// `will` null: there is none.
    bool may_leave(const session::WillMessage* will,
                   std::string_view client_id,
                   const DeviceConnection& connection);
    /// Whether a user may have all that the device has subscribed to.
    bool may_have_all(const Device& device, std::string_view user) const;

private:
    enum class Wish : std::uint8_t { publish, subscription, will };
    bool deny(Wish wish,
              const mqtt_access::Who& who,
              const DeviceConnection* connection,
              std::string_view topic);

    io::Loop& loop_;
    mqtt_access::AccessList rules_;
    io::LineAllowance lines_;
    DeviceCounters& counters_;
};

}  // namespace weft::gateway
