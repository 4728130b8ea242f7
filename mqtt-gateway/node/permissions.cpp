#include "mqtt-gateway/node/permissions.hpp"

#include "common/io/log.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/config/log_modules.hpp"

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
    return deny(who_is(device), "publish to", topic);
}

bool Permissions::may_subscribe(const Device& device, std::string_view filter) {
    if (rules_.may_subscribe(who_is(device), filter)) {
        return true;
    }
    ++counters_.denied_subscriptions;
    return deny(who_is(device), "subscribe to", filter);
}

bool Permissions::may_leave(const session::WillMessage* will, const mqtt_access::Who& who) {
    if (will == nullptr || rules_.may_publish(who, will->topic)) {
        return true;
    }
    ++counters_.denied_wills;
    return deny(who, "leave a will for", will->topic);
}

std::vector<session::SubscriptionNumber> Permissions::denied_to(const Device& device) {
    std::vector<session::SubscriptionNumber> denied;
    if (rules_.is_open()) {
        return denied;
    }
    for (const session::SubscriptionEntry& entry : device.session.subscriptions().all()) {
        if (!may_subscribe(device, mqtt::split(entry.filter).filter)) {
            denied.push_back(entry.number);
        }
    }
    return denied;
}

/// False.
bool Permissions::deny(const mqtt_access::Who& who, std::string_view what, std::string_view topic) {
    if (lines_.may_log(loop_.now())) {
        WEFT_LOG(gateway_config::kDeviceModule, io::Level::info,
                 "client " + std::string{who.client_id} + " (user " +
                     std::string{who.user.empty() ? "anonymous" : who.user} + ") may not " +
                     std::string{what} + " " + std::string{topic} + ": no rule of acl allows it");
    }
    return false;
}

}  // namespace weft::gateway
