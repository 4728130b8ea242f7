#include "broker/queue/last_values.hpp"

#include <utility>

namespace weft::queue {

std::optional<Record> LastValues::note(const Record& record) {
    if (record.key.empty()) {
        return std::nullopt;
    }
    const auto as_record = [](const Known& one) {
        return Record{.id = one.id, .size = one.size, .priority = one.priority};
    };
    Known known{.id = record.id, .size = record.size, .priority = record.priority};
    const auto [youngest, made] = youngest_.try_emplace(record.key, known);
    if (!made && youngest->second.id >= record.id) {
        return youngest->second.id == record.id ? std::nullopt : std::optional{as_record(known)};
    }
    known.fence = fences_.keep(record.fence);
    places_.emplace(record.id, youngest);
    if (made) {
        youngest->second = known;
        bytes_ += kBytesEach + record.key.size();
        return std::nullopt;
    }
    places_.erase(youngest->second.id);
    fences_.forget(youngest->second.fence);
    return as_record(std::exchange(youngest->second, known));
}

void LastValues::forget(MessageId id) {
    stale_.erase(id);
    if (const auto place = places_.extract(id)) {
        bytes_ -= kBytesEach + place.mapped()->first.size();
        fences_.forget(place.mapped()->second.fence);
        youngest_.erase(place.mapped());
    }
}

MessageId LastValues::find(std::string_view key) const {
    const auto youngest = youngest_.find(key);
    return youngest == youngest_.end() ? 0 : youngest->second.id;
}

SharedFence LastValues::fence_of(std::string_view key) const {
    const auto youngest = youngest_.find(key);
    return youngest == youngest_.end() ? nullptr : KeptFences::fence_of(youngest->second.fence);
}

void LastValues::clear() {
    fences_ = {};
    places_.clear();
    youngest_.clear();
    bytes_ = 0;
}

}  // namespace weft::queue
