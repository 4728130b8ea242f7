#pragma once

#include "broker/store/body_files.hpp"
#include "broker/store/segment_table.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::store {

/// The youngest segments of one queue, if its messages come a few at a time: a commit that brings
/// one message makes a segment of one. Enough of them become one segment, so that a backlog has as
/// few as if it had come at once, and a message is written three times at most.
///
///     1 1 1 1 1 1 1 1 ─▶ 8        8 8 8 8 8 8 8 1 1 1 1 1 1 1 1 ─▶ 64
///
/// Threading: as the table.
class SmallSegments {
public:
    /// So many segments of fewer messages are joined; each so many times all that have room.
    static constexpr std::size_t kJoined = 8;
    /// Fewer are left as they are.
    static constexpr std::size_t kRunMin = 4;

    /// A segment that was added to the queue.
    void note(const SegmentEntry& added) { small_ += added.count < kJoined ? 1 : 0; }
    /// If there are enough. In the commit that added the last of them.
    [[nodiscard]] Result<void> join(QueueNumber queue, SegmentTable& table, BodyFiles& bodies);

private:
    std::size_t small_ = 0;  // since some were joined
    std::size_t joins_ = 0;  // since all that have room were
};

}  // namespace weft::store
