#pragma once

#include "broker/queue/message.hpp"
#include "broker/queue/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace weft::queue {

/// Milliseconds that a message waits of which so many deliveries failed, one at least.
std::uint64_t delay_after(std::uint32_t failures, const Redelivery& redelivery);

/// Messages that wait for their next delivery after one that failed. Their payloads are on disk.
///
/// Invariants:
///   D1  `by_due_` has each of `by_id_` once
///
/// Threading: loop-confined (its queue's).
class Delayed {
public:
    /// None of that id may be there.
    void add(WallTime due, Record record);
    /// The next one whose time has come by `now`, if there is one.
    std::optional<Record> take_due(WallTime now);
    std::optional<Record> take(MessageId id);
    bool has(MessageId id) const { return by_id_.contains(id); }

    /// When the next one is due; kForever: none.
    WallTime due() const { return by_due_.empty() ? kForever : by_due_.begin()->first; }
    std::size_t size() const { return by_id_.size(); }

private:
    struct Waiting {
        WallTime due = 0;
        Record record;
    };

    std::map<MessageId, Waiting> by_id_;
    std::set<std::pair<WallTime, MessageId>> by_due_;
};

}  // namespace weft::queue
