#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <deque>
#include <set>

namespace weft::queue {

/// The head of a lane: messages that wait for a consumer, in order, with their payloads as far as
/// they are in memory. Each is offered to all who wait at once, and passed over if none of them may
/// have it; then it is not looked at again before something changes for who waits.
///
/// Invariants:
///   Y1  ids rise
///   Y2  `bytes` is the sum of the payloads that are held
///   Y3  `refused` is the number of those that some consumer refused
///   Y4  passed over are those before `passed_`, but for `again_`, which came since
///
/// Threading: loop-confined (its queue's).
class Ready {
public:
    /// In its place by id; none of that id may be there.
    void add(Record record);
    /// The oldest that was not passed over; null: none.
    const Record* on_offer() const;
    /// What is on offer goes to nobody who waits.
    void pass_over();
    /// Nothing is passed over any more.
    void offer_again();
    /// Null: not here.
    const Record* find(MessageId id) const;
    /// It must be here.
    Record take(MessageId id);
    /// One that was on disk only was read: here is its payload, and its group and failures, which
    /// of one that was scheduled nobody knew. Does nothing if it is not here, or has a payload.
    void fill(Record record);
    /// How many there are in a row, from `id` on, whose payloads are on disk only.
    std::size_t missing_from(MessageId id) const;
    void clear();
    /// Payloads are on disk only; all else stays as it is.
    void unload();

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
    MessageId passed_ = 0;
    std::set<MessageId> again_;
};

}  // namespace weft::queue
