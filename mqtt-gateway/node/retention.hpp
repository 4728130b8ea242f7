#pragma once

#include "common/io/loop.hpp"
#include "mqtt-gateway/mapping/retained.hpp"
#include "mqtt-gateway/node/keeper.hpp"
#include "mqtt-gateway/node/retained_move.hpp"
#include "mqtt-gateway/node/retained_queue.hpp"
#include "mqtt-gateway/node/retained_searches.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::gateway {

/// What is retained: the gateway's own, or its copy of a queue that all gateways share; and what of
/// it new subscriptions get.
///
/// Threading: loop-confined.
class Retention {
public:
    struct User {
        RetainedSearches::User searches;
        /// The subscription is there still.
        std::function<bool(DeviceId device, session::SubscriptionNumber subscription)> is_there;
        /// Something was told: the turn ends.
        std::function<void()> told;
    };

    /// All must outlive it.
    Retention(io::Loop& loop,
              Uplink& uplink,
              const mqtt_mapping::AddressSpace& space,
              Keeper& keeper,
              mqtt_mapping::Retained::Limits limits,
              User user);

    /// It is what a queue of the mesh has; before `load`, the first router and device.
    void share(RetainedQueue::Options options);
    /// Null: it is the gateway's own.
    RetainedQueue* queue() const { return queue_.get(); }
    mqtt_mapping::Retained& all() { return all_; }

    /// What the store has. What it has from a time before there was a queue goes there.
    void load(std::vector<mqtt_mapping::SharedMessage> known);
    /// Removes up to so many that have expired; how many.
    std::size_t expire(mqtt_mapping::WallTime now, std::size_t most);

    /// A new subscription is to get what matches its filter: of a queue, once it has what devices
    /// published here before, and all that is there then was read.
    void give(DeviceId device, session::SubscriptionNumber subscription, const std::string& filter);
    /// The device may take more.
    void resume(DeviceId device);
    /// The device's session has ended; not from within calls of the user.
    void drop(DeviceId device) { searches_.drop(device); }

private:
    /// Of so many that wait, and of twice as many as were there still, those that are gone are
    /// forgotten.
    static constexpr std::size_t kWaitingLeast = 1000;
    /// Subscriptions that wait for the queue, and their filters.
    using Waiting = std::map<std::pair<DeviceId, session::SubscriptionNumber>, std::string>;

    void look();
    void forget_the_gone();
    void search(DeviceId device,
                session::SubscriptionNumber subscription,
                const std::string& filter);
    void search_soon();
    void move();

    io::Loop& loop_;
    Uplink& uplink_;
    const mqtt_mapping::AddressSpace& space_;
    Keeper& keeper_;
    User user_;
    mqtt_mapping::Retained all_;
    std::unique_ptr<RetainedQueue> queue_;
    std::unique_ptr<RetainedMove> moving_;  // null: nothing is on its way from the store
    RetainedSearches searches_;
    Waiting asking_;   // until the look under way is over
    Waiting waiting_;  // for the next one
    std::size_t look_through_at_ = kWaitingLeast;
    bool looking_ = false;
    bool searching_ = false;  // `searcher_` is set
    io::Timer searcher_;
};

}  // namespace weft::gateway
