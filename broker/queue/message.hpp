#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
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

/// How urgent a message is. Spec: AMQP 1.0 §3.2.1
using Priority = std::uint8_t;
inline constexpr Priority kPriorityMost = 9;  // what says more counts as this
inline constexpr Priority kPriorityDefault = 4;
/// A bit for each priority.
using Priorities = std::uint16_t;
inline constexpr Priorities kAllPriorities = (1U << (kPriorityMost + 1U)) - 1;
constexpr Priorities bit_of(Priority priority) {
    return static_cast<Priorities>(1U << priority);
}

/// Which write of a key a message is, and whose: of a key no older one comes after it (fences.hpp).
struct Fence {
    std::uint64_t epoch = 0;     // who takes the key over has a higher one
    std::string owner{};         // of the epoch
    std::uint64_t sequence = 0;  // rises with each write of the owner

    bool operator==(const Fence&) const = default;
};
/// Null: it has none.
using SharedFence = std::shared_ptr<const Fence>;

/// A message as its producer brings it.
struct Arrival {
    Payload payload{};
    std::uint64_t ttl = 0;        // milliseconds that it wants to live; 0: it does not say
    WallTime expires = kForever;  // when it says so itself (absolute-expiry-time)
    WallTime due = 0;             // no consumer gets it before
    std::uint32_t failures = 0;   // deliveries of it that failed before it came
    Priority priority = kPriorityDefault;
    std::string group{};  // of one group only one consumer has messages; empty: of none
    std::string key{};    // a younger message of the same key takes its place; empty: it has none
    std::string name{};   // a second message of this name is none; empty: it has none
    SharedFence fence{};  // of the key
    /// Its owner asked before whether the queue takes it, and it does, though others came since.
    bool weighed = false;
};

/// Where a dead message died, and of what.
struct Provenance {
    std::string queue;         // its name
    std::uint64_t number = 0;  // by which its owner finds it, if not by its name; 0: it does
    std::string reason;        // in a word or two

    bool operator==(const Provenance&) const = default;
};

/// A message that the store has.
struct Record {
    MessageId id = 0;
    std::uint64_t size = 0;      // bytes of the payload
    std::uint32_t failures = 0;  // deliveries that failed: the header's delivery-count
    WallTime expires = kForever;
    WallTime due = 0;  // it is scheduled, and waits; 0: it does not, or its time has come
    Priority priority = kPriorityDefault;
    std::string group{};
    std::string key{};
    SharedFence fence{};
    Payload payload{};     // null: on disk only
    bool brought = false;  // `payload` is as its producer brought it, and was not read
    bool damaged = false;  // the store can't read it: `payload` is what there is
    std::shared_ptr<const Provenance> provenance{};  // null: it did not die before
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

/// What a consumer says of a delivery. Spec: AMQP 1.0 §3.4, §4.4.2
struct Outcome {
    enum class Kind : std::uint8_t {
        accepted,
        rejected,
        released,
        modified,
        open,       // a transaction is to decide: it stays as it is, though the consumer leaves
        undone,     // the transaction was rolled back: it is the consumer's again
        purged,     // an operator's: it is gone
        moved,      // likewise: the owner moves it to another queue at once
        forwarded,  // another broker has it: it is gone here
    };

    Kind kind = Kind::accepted;
    bool failed = false;     // modified: the delivery counts as a failed one
    bool elsewhere = false;  // modified: not for this consumer again (undeliverable-here)
    std::string why{};       // rejected: for people, short; empty: nobody said
};

/// What became of a message that a producer brought.
struct Offered {
    enum class Kind : std::uint8_t {
        taken,
        known,       // its name, or its very fence, is: it is a duplicate, and not kept
        full,        // the queue takes none
        keys_full,   // the queue has as many keys as it can
        words_full,  // it remembers as much of messages as it can, beside all other queues
        fenced,      // the fence of its key lets it not pass
        unread,      // the queue does not know the fences of its keys yet: later
    };

    Kind kind = Kind::taken;
    /// Once that is durable, the producer may be told that it was accepted; of a known one 0: now.
    MessageId id = 0;
    SharedFence fence{};  // fenced: the one that its key has
};

/// A message that its owner moves here.
struct Moved {
    MessageId id = 0;
    WallTime expires = kForever;
};

/// What the store knew of a queue when it was opened.
struct Stored {
    MessageId first = 1;  // none is older
    MessageId last = 0;   // the youngest that was ever given out
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    WallTime expires = kForever;       // none does before that
    WallTime due = kForever;           // none of those that are scheduled is before that
    Priorities priorities = 0;         // those that messages may have
    std::vector<std::string> names{};  // of the youngest that have names, the oldest first
    std::uint64_t named = 0;           // how many there ever were
};

/// What the store found of those that have expired.
struct Swept {
    std::vector<Record> expired{};  // without payloads
    MessageId through = 0;          // the end of what was looked through
    bool complete = false;          // it is the end of what was asked for
    WallTime next = kForever;       // none of the others up to there expires before
};

/// What the store found of those whose time has come: from now on they are like all others.
struct Ripened {
    std::vector<Record> ripe{};  // without payloads
    WallTime next = kForever;    // none of the others is due before
};

/// Messages of one queue that are wanted from the store: those between `from` and `through`, as
/// many as stay within both limits, one at least.
struct Range {
    MessageId from = 0;
    MessageId through = 0;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    Priorities priorities = kAllPriorities;  // others are passed over
};

}  // namespace weft::queue
