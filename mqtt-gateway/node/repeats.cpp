#include "mqtt-gateway/node/repeats.hpp"

#include <algorithm>
#include <string>

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

std::size_t Repeats::remember(std::string_view address, std::string_view name, const Group* group) {
    const std::size_t before = seen_.size();
    const mqtt_mapping::Seen::Added added = seen_.add(address, name);
    if (group != nullptr) {
        group->put_seen({.number = added.number, .key = std::string{added.key}}, added.forgotten);
    }
    return before + 1 - seen_.size();
}

}  // namespace weft::gateway
