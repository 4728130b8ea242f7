#include "mqtt-gateway/node/permissions.hpp"

#include "common/io/log.hpp"
#include "common/io/refusals.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/node/device_connection.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace weft::gateway {
namespace {

mqtt_access::Who who_is(const Device& device) {
    return {.user = device.user, .client_id = device.session.client_id()};
}

}  // namespace

bool Permissions::may_publish(const Device& device, std::string_view topic, bool is_answered) {
    if (rules_.is_open() || rules_.may_publish(who_is(device), topic)) [[likely]] {
        return true;
    }
    ++counters_.denied_publishes;
    counters_.denied_drops += is_answered ? 0U : 1U;
    return deny(Wish::publish, who_is(device), device.connection, topic);
}

bool Permissions::may_subscribe(const Device& device, std::string_view filter) {
    if (rules_.may_subscribe(who_is(device), filter)) {
        return true;
    }
    ++counters_.denied_subscriptions;
    return deny(Wish::subscription, who_is(device), device.connection, filter);
}

bool Permissions::may_leave(const session::WillMessage* will,
                            std::string_view client_id,
                            const DeviceConnection& connection) {
    const mqtt_access::Who who{.user = connection.user, .client_id = client_id};
    if (will == nullptr || rules_.may_publish(who, will->topic)) {
        return true;
    }
    ++counters_.denied_wills;
    return deny(Wish::will, who, &connection, will->topic);
}

bool Permissions::may_have_all(const Device& device, std::string_view user) const {
    const mqtt_access::Who who{.user = user, .client_id = device.session.client_id()};
    return rules_.is_open() || std::ranges::all_of(device.session.subscriptions().all(),
                                                   [&](const session::SubscriptionEntry& entry) {
                                                       const std::string_view filter =
                                                           mqtt::split(entry.filter).filter;
                                                       return rules_.may_subscribe(who, filter);
                                                   });
}

/// False.
bool Permissions::deny(Wish wish,
                       const mqtt_access::Who& who,
                       const DeviceConnection* connection,
                       std::string_view topic) {
    constexpr std::array<std::string_view, 3> kNames{"publish", "subscription", "will"};
    constexpr std::array<std::string_view, 3> kVerbs{"publish to", "subscribe to",
                                                     "leave a will for"};
    const auto number = static_cast<std::size_t>(wish);
    const std::string user{who.user.empty() ? "anonymous" : who.user};
    io::refusals().add({.what = kNames[number],
                        .peer = connection == nullptr ? std::string{} : connection->peer(),
                        .user = user,
                        .client = std::string{who.client_id},
                        .subject = std::string{topic},
                        .why = "no rule of acl allows it",
                        .remedy = "let a rule of acl allow it, and start the gateway anew"});
    if (lines_.may_log(loop_.now())) {
        WEFT_LOG(gateway_config::kDeviceModule, io::Level::info,
                 "client " + std::string{who.client_id} + " (user " + user + ") may not " +
                     std::string{kVerbs[number]} + " " + std::string{topic} +
                     ": no rule of acl allows it");
    }
    return false;
}

}  // namespace weft::gateway
