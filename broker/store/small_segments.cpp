#include "broker/store/small_segments.hpp"

#include "broker/store/segment.hpp"

#include <algorithm>
#include <utility>

namespace weft::store {
namespace {

/// Whether `entry` may stand before those of `run`, the youngest first, in one segment.
bool may_join(const std::vector<SegmentEntry>& run, const SegmentEntry& entry, std::size_t below) {
    std::size_t count = entry.count;
    std::uint64_t payload = entry.live_bytes;
    std::uint64_t file = 0;
    for (const SegmentEntry& other : run) {
        count += other.count;
        payload += other.live_bytes;
        file = std::max(file, other.file);
    }
    return entry.count < below && entry.gone == 0 && count <= kSegmentMessagesMax &&
           payload <= kSegmentPayload && (run.empty() || entry.last() + 1 == run.back().first) &&
           (file == 0 || entry.file == 0 || file == entry.file);
}

/// Whether all of it can be read: where a size can't be, what is behind it can't.
bool is_sound(Bytes messages, const SegmentEntry& entry) {
    bool sound = true;
    read_segment(
        messages, entry.first, entry.count, [](MessageId) { return true; },
        [&](const StoredMessage& message) { return sound = !message.damaged; });
    return sound;
}

/// Those that may be one, the youngest first.
Result<std::vector<SegmentEntry>> youngest_run(QueueNumber queue,
                                               std::size_t below,
                                               SegmentTable& table) {
    WEFT_TRY(const auto entries, table.youngest(queue, kSegmentMessagesMax));
    std::vector<SegmentEntry> run;
    std::size_t bytes = 0;
    for (const SegmentEntry& entry : entries) {
        if (!may_join(run, entry, below)) {
            break;
        }
        WEFT_TRY(const SegmentMessages messages, table.messages(entry));
        bytes += messages.bytes.size();
        if (bytes > kSegmentBytes || !is_sound(messages.bytes, entry)) {
            break;
        }
        run.push_back(entry);
    }
    return run;
}

}  // namespace

Result<void> SmallSegments::join(QueueNumber queue, SegmentTable& table, BodyFiles& bodies) {
    if (small_ < kJoined) {
        return {};
    }
    small_ = 0;
    joins_ = (joins_ + 1) % kJoined;
    WEFT_TRY(std::vector<SegmentEntry> run,
             youngest_run(queue, joins_ == 0 ? kSegmentMessagesMax : kJoined, table));
    if (run.size() < kRunMin) {
        return {};
    }
    std::reverse(run.begin(), run.end());
    SegmentEntry joined{.first = run.front().first};
    Buffer all;
    for (const SegmentEntry& entry : run) {
        {
            WEFT_TRY(const SegmentMessages messages, table.messages(entry));
            append(all, messages.bytes);
        }
        joined.ripe |= entry.ripe << joined.count;
        joined.count += entry.count;
        joined.live_bytes += entry.live_bytes;
        joined.expires = std::min(joined.expires, entry.expires);
        joined.due = std::min(joined.due, entry.due);
        joined.priorities |= entry.priorities;
        joined.file = std::max(joined.file, entry.file);
        if (entry.file != 0) {
            bodies.leave(entry.file);
        }
        if (auto erased = table.erase(queue, entry); !erased) {
            return erased;
        }
    }
    if (joined.file != 0) {
        bodies.join(joined.file);
    }
    return table.add(queue, joined, std::move(all));
}

}  // namespace weft::store
