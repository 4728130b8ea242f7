#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::queue {

/// About when messages came, as far as it was noted: marks in the order of their numbers, the more
/// apart the longer the queue was watched. Of what came before the first mark nothing is known.
///
/// Invariants:
///   A1  `marks_` has kMarksMax at most, and rises in both
///
/// Threading: loop-confined (its queue's).
class Arrivals {
public:
    static constexpr std::size_t kMarksMax = 32;
    static constexpr std::uint64_t kApartMin = 1000;  // milliseconds

    /// `id` is younger than all noted before.
    void note(MessageId id, WallTime now);
    /// It came then, or later, by about half of how long the queue was watched at most.
    std::optional<WallTime> arrived(MessageId id) const;

private:
    struct Mark {
        MessageId id = 0;
        WallTime time = 0;
    };

    std::vector<Mark> marks_;
    std::uint64_t apart_ = kApartMin;
};

}  // namespace weft::queue
