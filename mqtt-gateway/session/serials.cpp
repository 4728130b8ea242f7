#include "mqtt-gateway/session/serials.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {

std::vector<Use>::const_iterator Serials::place_of(mqtt::PacketId id) const {
    return std::ranges::lower_bound(rows_, id, {}, &Use::id);
}

Use Serials::use_of(mqtt::PacketId id) const {
    const auto place = place_of(id);
    return place != rows_.end() && place->id == id ? *place : Use{.id = id, .serial = base_};
}

Use Serials::free(mqtt::PacketId id) {
    Use next = use_of(id);
    ++next.serial;
    restore(next);
    return next;
}

void Serials::compact(std::span<const mqtt::PacketId> under_way) {
    std::vector<Use> kept;
    kept.reserve(under_way.size());
    for (const mqtt::PacketId id : under_way) {
        kept.push_back(use_of(id));
    }
    for (const Use& row : rows_) {
        base_ = std::max(base_, row.serial);
    }
    ++base_;  // the one before may be under way
    rows_ = std::move(kept);
    rows_max_ = 2 * rows_.size() + kFreeMax;
}

void Serials::restore(Use use) {
    const auto place = place_of(use.id);
    if (place != rows_.end() && place->id == use.id) {
        rows_[static_cast<std::size_t>(place - rows_.begin())] = use;
    } else {
        rows_.insert(place, use);
    }
}

}  // namespace weft::session
