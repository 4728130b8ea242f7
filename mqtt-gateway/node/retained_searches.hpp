#pragma once

#include "mqtt-gateway/mapping/retained.hpp"
#include "mqtt-gateway/node/publications.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::gateway {

/// What new subscriptions are to get of the retained messages, to them alone: as much at a time as
/// their devices can take, devices in turns.
///
///   add ──▶ in line ──its device takes no more──▶ put off ──resume──▶ in line
///              └──all is looked at, or its subscription is gone──▶ over
///
/// Invariants:
///   R1  a device is in line at most once, and only while it has searches
///   R2  a subscription has one search: to subscribe again begins anew
///
/// Threading: loop-confined.
class RetainedSearches {
public:
    struct User {
        /// Its device could send a message at once, of any QoS.
        std::function<bool(DeviceId device)> can_take;
        /// False: the subscription is no more.
        std::function<bool(DeviceId device,
                           session::SubscriptionNumber subscription,
                           const mqtt_mapping::SharedMessage& message)>
            give;
        /// All that the subscription was to get was given.
        std::function<void(DeviceId device, session::SubscriptionNumber subscription)> over;
    };

    /// `retained` must outlive it.
    RetainedSearches(const mqtt_mapping::Retained& retained, User user)
        : retained_{retained}, user_{std::move(user)} {}

    void add(DeviceId device, session::SubscriptionNumber subscription, const std::string& filter);
    /// The device may take more.
    void resume(DeviceId device);
    /// The device's session has ended; not from within calls of the user.
    void drop(DeviceId device) { all_.erase(device); }

    /// Nothing is in line.
    bool is_idle() const { return line_.empty(); }
    /// Goes on for the first in line, looking at so many topics at most.
    void step(std::size_t topics_max);

private:
    struct Search {
        session::SubscriptionNumber subscription{};
        mqtt_mapping::Retained::Search search{};
    };
    struct Searches {
        std::deque<Search> open;
        bool in_line = false;
    };

    bool look(DeviceId device, Search& search);

    const mqtt_mapping::Retained& retained_;
    User user_;
    std::unordered_map<DeviceId, Searches> all_;
    std::deque<DeviceId> line_;
    std::vector<mqtt_mapping::SharedMessage> found_;  // of the topic under way
};

}  // namespace weft::gateway
