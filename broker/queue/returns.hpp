#pragma once

#include "broker/queue/deque.hpp"
#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::queue {

/// What came back to a queue, in the order in which it did, kept once for all who passed it over:
/// each knows up to where it has heard. The youngest are known one by one; of older ones there is
/// what was the oldest message of so many.
///
/// Threading: loop-confined (its queue's).
class Returns {
public:
    /// So many are known one by one, and so many times as many at all.
    explicit Returns(std::size_t max) : max_{max} {}

    void add(MessageId id);
    /// How many came back up to now.
    std::uint64_t count() const { return count_; }
    /// All since `heard` are known.
    bool knows_all_since(std::uint64_t heard) const { return count_ - heard <= recent_.size(); }
    /// Those; they must be known.
    template <class Visit>
    void each_since(std::uint64_t heard, const Visit& visit) const {
        for (auto one = recent_.end() - static_cast<std::ptrdiff_t>(count_ - heard);
             one != recent_.end(); ++one) {
            visit(*one);
        }
    }
    /// No message that came back since is older; there must be one.
    MessageId oldest_since(std::uint64_t heard) const;

private:
    std::size_t max_;
    std::uint64_t count_ = 0;
    Deque<MessageId> recent_;
    Deque<MessageId> oldest_;  // of each `max_` in a row; the first is of all before, too
};

}  // namespace weft::queue
