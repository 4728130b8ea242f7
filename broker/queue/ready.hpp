#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

namespace weft::queue {

/// The head of a lane: messages that wait for a consumer, in order, with their payloads as far as
/// they are in memory.
///
/// Invariants:
///   Y1  ids rise
///   Y2  `bytes` is the sum of the payloads that are held
///   Y3  `refused` is the number of those that some consumer refused
///
/// Threading: loop-confined (its queue's).
class Ready {
public:
    /// In its place by id; none of that id may be there.
    void add(Record record);
    /// The oldest that `passes`; null: none. Walks over those before it.
    const Record* first(const std::function<bool(const Record&)>& passes) const;
    /// Null: not here.
    const Record* find(MessageId id) const;
    /// It must be here.
    Record take(MessageId id);
    /// The payload of one that was on disk only; does nothing if it is not here, or has one.
    void fill(MessageId id, Payload payload);
    /// How many there are in a row, from `id` on, whose payloads are on disk only.
    std::size_t missing_from(MessageId id) const;
    void clear();

    bool empty() const { return records_.empty(); }
    std::size_t size() const { return records_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t refused() const { return refused_; }
    /// It must not be empty.
    MessageId front_id() const { return records_.front().id; }

private:
    using Records = std::deque<Record>;

    Records::iterator place_of(MessageId id);
    Records::const_iterator place_of(MessageId id) const;

    Records records_;
    std::size_t bytes_ = 0;
    std::size_t refused_ = 0;
};

}  // namespace weft::queue
