#pragma once

#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/node/device.hpp"

#include <span>
#include <string_view>
#include <vector>

/// For which of a device's subscriptions a message is. Threading: any thread (no state).
namespace weft::gateway {

/// Whether the subscription gets messages of that client at all.
bool wants(const Device& device,
           const session::SubscriptionEntry& entry,
           std::string_view publisher);

/// Whether one of these subscriptions gets it with QoS 1 or 2.
bool gets_qos(const Device& device,
              std::span<const session::SubscriptionNumber> numbers,
              const mqtt_mapping::MeshMessage& message);

/// All that get a message of the device's queue, shared ones among them; overwrites `numbers`.
void find_wanted(const Device& device,
                 std::string_view topic,
                 std::string_view publisher,
                 std::vector<session::SubscriptionNumber>& numbers);

}  // namespace weft::gateway
