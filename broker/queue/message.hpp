#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

/// The words of the queue machine. Threading: not shared (values).
namespace weft::queue {

/// A message's place in its queue: a dense sequence from 1 on, never used twice.
using MessageId = std::uint64_t;

/// Milliseconds since 1970, UTC: what is kept over a restart needs the clock of the wall.
using WallTime = std::uint64_t;
/// Of what does not expire.
inline constexpr WallTime kForever = std::numeric_limits<std::int64_t>::max();

/// A consumer of one queue, browsers included; never used twice.
enum class ConsumerId : std::uint64_t {};

/// An encoded message. Shared: it may be on its way to a consumer and to the disk at once.
using Payload = std::shared_ptr<const Buffer>;

/// A message that the store has.
struct Record {
    MessageId id = 0;
    std::uint64_t size = 0;      // bytes of the payload
    std::uint32_t failures = 0;  // deliveries that failed: the header's delivery-count
    WallTime expires = kForever;
    Payload payload{};     // null: on disk only
    bool damaged = false;  // the store can't read it: `payload` is what there is
    /// Consumers that can't process it (undeliverable-here).
    std::vector<ConsumerId> refused_by{};
};

/// What a consumer that selects says of a message.
enum class Choice : std::uint8_t {
    wanted,
    passed_over,
    gave_up,  // nobody knows: passed over
};
/// What it says, and what that cost: steps of the selector, some nanoseconds each.
struct Judged {
    Judged(Choice chosen, std::uint32_t cost = 1) : choice{chosen}, steps{cost} {}

    Choice choice;
    std::uint32_t steps;
};
/// Asked of each message that such a consumer might get, with its payload. Empty: all are wanted.
using Choose = std::function<Judged(const Record&)>;

/// What the store knew of a queue when it was opened.
struct Stored {
    MessageId first = 1;  // none is older
    MessageId last = 0;   // the youngest that was ever given out
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    WallTime expires = kForever;  // none does before that
};

/// What the store found of those that have expired.
struct Swept {
    std::vector<Record> expired{};  // without payloads
    MessageId through = 0;          // the end of what was looked through
    bool complete = false;          // it is the end of what was asked for
    WallTime next = kForever;       // none of the others up to there expires before
};

/// Messages of one queue that are wanted from the store: those between `from` and `through`, as
/// many as stay within both limits, one at least.
struct Range {
    MessageId from = 0;
    MessageId through = 0;
    std::size_t messages = 0;
    std::size_t bytes = 0;
};

}  // namespace weft::queue
