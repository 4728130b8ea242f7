#include "mqtt-gateway/node/repeats.hpp"

#include <algorithm>

namespace weft::gateway {

void Repeats::use(mqtt_store::Store& store,
                  std::uint64_t file_bytes_max,
                  const std::vector<mqtt_store::SeenName>& known) {
    store_ = &store;
    mqtt_mapping::Seen::Limits limits;
    if (file_bytes_max != 0) {
        limits.bytes_max = std::min<std::uint64_t>(limits.bytes_max, file_bytes_max / 16);
    }
    seen_ = mqtt_mapping::Seen{limits};
    for (const mqtt_store::SeenName& each : known) {
        seen_.restore(each.number, each.key);
    }
}

std::size_t Repeats::remember(const std::string& key, const Group* group) {
    const std::size_t before = seen_.size();
    const mqtt_mapping::Seen::Added added = seen_.add(key);
    const bool is_known_later =
        group == nullptr || group->put_seen({.number = added.number, .key = key}, added.forgotten);
    return before + 1 - seen_.size() + (is_known_later ? 0U : 1U);
}

}  // namespace weft::gateway
