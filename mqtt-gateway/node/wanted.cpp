#include "mqtt-gateway/node/wanted.hpp"

#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/session/topic_match.hpp"

#include <algorithm>

namespace weft::gateway {

bool wants(const Device& device,
           const session::SubscriptionEntry& entry,
           std::string_view publisher) {
    const bool own = !publisher.empty() && publisher == device.session.client_id();
    return entry.granted && !(entry.no_local && own);
}

bool gets_qos(const Device& device,
              std::span<const session::SubscriptionNumber> numbers,
              const mqtt_mapping::MeshMessage& message) {
    return message.qos != mqtt::Qos::at_most_once &&
           std::ranges::any_of(numbers, [&](session::SubscriptionNumber number) {
               const session::SubscriptionEntry* entry =
                   device.session.subscriptions().find(number);
               return entry != nullptr && entry->qos != mqtt::Qos::at_most_once &&
                      wants(device, *entry, message.client_id);
           });
}

void find_wanted(const Device& device,
                 std::string_view topic,
                 std::string_view publisher,
                 std::vector<session::SubscriptionNumber>& numbers) {
    numbers.clear();
    for (const session::SubscriptionEntry& entry : device.session.subscriptions().all()) {
        if (wants(device, entry, publisher) &&
            session::matches(mqtt::split(entry.filter).filter, topic)) {
            numbers.push_back(entry.number);
        }
    }
}

}  // namespace weft::gateway
