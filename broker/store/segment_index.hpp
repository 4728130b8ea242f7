#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace weft::store {

using queue::MessageId;

/// What must be known of a segment without reading it.
struct SegmentEntry {
    std::uint64_t row = 0;
    MessageId first = 0;
    std::size_t count = 0;
    std::uint64_t gone = 0;                     // a bit for each message that was removed
    queue::WallTime expires = queue::kForever;  // none does before
    std::uint64_t file = 0;                     // has bodies of it; 0: none has

    MessageId last() const { return first + count - 1; }
    bool is_gone(MessageId id) const { return (gone >> (id - first) & 1) != 0; }
    void mark_gone(MessageId id) { gone |= std::uint64_t{1} << (id - first); }
    std::size_t live() const {
        return count - static_cast<std::size_t>(__builtin_popcountll(gone));
    }
};

/// The segments of one queue, in order. Threading: not shared.
class SegmentIndex {
public:
    /// One behind all that are here.
    void add(const SegmentEntry& entry) { entries_.emplace(entry.first, entry); }
    /// The segment that has `id`, removed or not; null: none.
    SegmentEntry* find(MessageId id);
    /// The first segment with a message of `id` or later; null: none.
    SegmentEntry* first_from(MessageId id);
    void erase(const SegmentEntry& entry) { entries_.erase(entry.first); }

    /// Messages that were not removed. Walks over all.
    std::uint64_t live() const;
    /// None of them expires before. Walks over all.
    queue::WallTime expires() const;
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    /// They must not be empty.
    MessageId first_id() const { return entries_.begin()->second.first; }
    MessageId last_id() const { return entries_.rbegin()->second.last(); }

private:
    std::map<MessageId, SegmentEntry> entries_;  // by their first message
};

}  // namespace weft::store
