#pragma once

#include "mqtt-gateway/access/access_list.hpp"
#include "mqtt-gateway/mapping/retained.hpp"
#include "mqtt-gateway/node/uplink.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::gateway {

/// What all devices together may have. Threading: not shared (a value).
struct DeviceLimits {
    std::size_t connections_max = 100'000;
    std::uint32_t connects_per_second = 0;  // 0: any number
    std::uint32_t accepts_per_second = 0;   // the same, of those that have not said a word
    /// Those beyond `connections_max` that are told why they are refused; further ones are not
    /// accepted.
    std::size_t refused_max = 1000;
    std::size_t sessions_max = 1'000'000;
    mqtt_mapping::Retained::Limits retained{};
    Uplink::Limits uplink{};
    mqtt_access::AccessList access{};  // which topics they may use
};

/// What became of connections, and of messages for devices, besides what sessions count.
struct DeviceCounters {
    std::uint64_t refused_connections = 0;  // a limit, or no router or store
    std::uint64_t shed_connections = 0;     // closed unheard
    std::uint64_t unreadable = 0;           // messages of the mesh that are none for devices
    std::uint64_t unwanted = 0;             // that no device wants (any more)
    std::uint64_t queue_full = 0;           // of a session, in the store
    std::uint64_t expired = 0;              // in the store, or retained
    std::uint64_t duplicates = 0;           // that came before, and were left out
    std::uint64_t names_forgotten = 0;      // of messages: they would not be known any more
    // What no rule of acl allows.
    std::uint64_t denied_publishes = 0;
    std::uint64_t denied_drops = 0;  // of these: QoS 0, which nobody hears of
    std::uint64_t denied_subscriptions = 0;
    std::uint64_t denied_wills = 0;
};

}  // namespace weft::gateway
