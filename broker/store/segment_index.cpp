#include "broker/store/segment_index.hpp"

#include <algorithm>
#include <iterator>

namespace weft::store {

SegmentEntry* SegmentIndex::find(MessageId id) {
    const auto behind = entries_.upper_bound(id);
    if (behind == entries_.begin()) {
        return nullptr;
    }
    SegmentEntry& entry = std::prev(behind)->second;
    return id <= entry.last() ? &entry : nullptr;
}

SegmentEntry* SegmentIndex::first_from(MessageId id) {
    const auto behind = entries_.upper_bound(id);
    if (behind != entries_.begin() && id <= std::prev(behind)->second.last()) {
        return &std::prev(behind)->second;
    }
    return behind == entries_.end() ? nullptr : &behind->second;
}

std::uint64_t SegmentIndex::live() const {
    std::uint64_t messages = 0;
    for (const auto& [first, entry] : entries_) {
        messages += entry.live();
    }
    return messages;
}

queue::WallTime SegmentIndex::expires() const {
    queue::WallTime first = queue::kForever;
    for (const auto& [id, entry] : entries_) {
        first = std::min(first, entry.expires);
    }
    return first;
}

}  // namespace weft::store
