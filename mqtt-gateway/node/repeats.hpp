#pragma once

#include "mqtt-gateway/mapping/seen.hpp"
#include "mqtt-gateway/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::gateway {

/// Messages that came before: who was killed, or cut off, before it heard what had become of one
/// sends it again under its name, and devices are to have it once.
///
/// A store has the names of messages that its sessions got, in one commit with the copies in their
/// queues. All others are known as long as the process, as long as the sessions that got them.
///
/// Threading: loop-confined.
class Repeats {
public:
    using Group = mqtt_store::Store::Group;

    /// What the store had. Before it nothing is written. `store` must outlive it. `file_bytes_max`:
    /// of its file, of which names take a sixteenth at most; 0: as the disk allows.
    void use(mqtt_store::Store& store,
             std::uint64_t file_bytes_max,
             const std::vector<mqtt_store::SeenName>& known);

    /// `key`: as mqtt_mapping::seen_key says.
    bool is_repeat(std::string_view key) const { return seen_.knows(key); }
    /// To be had while a message is remembered and copies of it are queued.
    Group group() const { return Group{store_}; }
    /// One that is no repeat. `group`: sessions of the store get it; null: none of them. Returns
    /// how many names were forgotten for it, or, if the store has no room for its name, are known
    /// in memory alone.
    std::size_t remember(const std::string& key, const Group* group);

private:
    mqtt_mapping::Seen seen_{{}};
    mqtt_store::Store* store_ = nullptr;
};

}  // namespace weft::gateway
