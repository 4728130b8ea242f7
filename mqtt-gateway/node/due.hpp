#pragma once

#include "mqtt-gateway/mapping/retained.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/publisher.hpp"
#include "mqtt-gateway/node/subscriptions.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstdint>
#include <string>
#include <variant>

/// What sessions and connections are to be told, once what they asked for is carried out.
/// Threading: not shared (values).
namespace weft::gateway {

struct Authenticated {
    std::uint64_t connection = 0;
};
struct Opened {
    std::uint64_t connection = 0;
    std::string client_id;
};
struct Unsubscribed {
    DeviceId device = 0;
    session::SubscribeTicket ticket{};
};
struct Stored {
    DeviceId device = 0;
    session::StoreTicket ticket = 0;
};
/// It may read on, or is congested, or no longer.
struct Unblocked {
    std::uint64_t connection = 0;
};
/// Retained messages that a new subscription is to get.
struct RetainedSearch {
    DeviceId device = 0;
    session::SubscriptionNumber subscription{};
    mqtt_mapping::Retained::Search search{};
};
using Due = std::variant<Authenticated,
                         Opened,
                         Unsubscribed,
                         Stored,
                         Unblocked,
                         Subscriptions::Answer,
                         Publisher::Answer>;

}  // namespace weft::gateway
