#pragma once

#include "broker/queue/message.hpp"
#include "broker/queue/ready.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace weft::queue {

/// What waits of one priority: its head is in memory, and its rest is on disk only, "behind".
///
/// Invariants:
///   W1  a message that waits is in `ready`, or behind: between the tail and the last
///
/// Threading: loop-confined (its queue's).
class Lane {
public:
    /// What it may have in memory.
    struct Share {
        std::size_t messages = 0;
        std::size_t bytes = 0;
    };
    using Waits = std::function<bool(const Record&)>;

    /// From `tail` to `last` all is behind.
    explicit Lane(MessageId tail, MessageId last = 0) : tail_{tail}, last_{last} {}

    /// A message is durable. It goes to memory if `keep`, if there is room, and if nothing is
    /// behind; true then.
    bool add(Record record, bool keep, const Share& share);
    /// It is nobody's again. `keep`: it may be in memory; else nothing is. False: it is behind.
    bool put_back(Record record, bool keep);
    /// What the store has of what was asked for, up to `through`; of what was behind, that which
    /// `waits`.
    void fill(std::vector<Record> records, MessageId through, const Waits& waits);
    /// Nothing stays in memory.
    void forget();
    /// Between the two nothing waits that is behind.
    void pass(MessageId from, MessageId through);

    bool has_behind() const { return tail_ <= last_; }
    bool is_behind(MessageId id) const { return id >= tail_ && id <= last_; }
    /// Nothing waits.
    bool is_empty() const { return ready.empty() && !has_behind(); }
    /// What was refused is in nobody's way.
    bool is_half_empty(const Share& share) const;
    /// That waits, in memory or behind; nothing: none.
    std::optional<MessageId> oldest() const;
    MessageId tail() const { return tail_; }
    MessageId last() const { return last_; }

    Ready ready{};

private:
    MessageId tail_;  // from here on messages are on disk only
    MessageId last_;  // the youngest that may be there
};

}  // namespace weft::queue
