#include "broker/queue/last_values.hpp"

#include <utility>

namespace weft::queue {

bool LastValues::has_room_for(std::string_view key, std::size_t others) const {
    return key.empty() || youngest_.size() + others < max_ ||
           youngest_.find(key) != youngest_.end();
}

std::optional<Record> LastValues::note(const Record& record) {
    if (record.key.empty()) {
        return std::nullopt;
    }
    Record known{.id = record.id, .size = record.size, .priority = record.priority};
    const auto [youngest, made] = youngest_.try_emplace(record.key, known);
    if (!made && youngest->second.id >= record.id) {
        return youngest->second.id == record.id ? std::nullopt : std::optional{known};
    }
    keys_.emplace(record.id, record.key);
    if (made) {
        return std::nullopt;
    }
    keys_.erase(youngest->second.id);
    return std::exchange(youngest->second, known);
}

void LastValues::forget(MessageId id) {
    stale_.erase(id);
    if (const auto key = keys_.find(id); key != keys_.end()) {
        youngest_.erase(key->second);
        keys_.erase(key);
    }
}

void LastValues::clear() {
    youngest_.clear();
    keys_.clear();
}

}  // namespace weft::queue
