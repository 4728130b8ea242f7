#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/settings.hpp"

#include <cstdint>
#include <optional>

namespace weft::queue {

/// When a message's life is over: the earliest of what its header says, what its properties say,
/// and what its queue says.
WallTime expiry_of(const Arrival& arrival, const Settings& settings, WallTime now);

/// When the store is asked for messages that have expired: in rounds, each a few Sweeps from the
/// oldest message to the youngest, with a pause behind it.
///
///     resting ──something may have expired, and the pause is over──▶ at work ──complete──▶ resting
///
/// Threading: loop-confined (its queue's).
class Rounds {
public:
    Rounds(const Limits& limits, WallTime first)
        : swept_at_once_{limits.swept_at_once}, pause_{limits.sweep_pause}, first_{first} {}

    /// There is a message nobody has that expires then.
    void note(WallTime expires) { first_ = expires < first_ ? expires : first_; }
    /// The next Sweep, of messages up to `last`, if it is time for it.
    std::optional<Sweep> next(MessageId last, WallTime now);
    /// What it found.
    void on_swept(const Swept& swept);
    WallTime due() const { return first_ > pause_ends_ ? first_ : pause_ends_; }

private:
    std::size_t swept_at_once_;
    std::uint64_t pause_;      // between two rounds, in milliseconds
    WallTime first_;           // no message that is nobody's expires before
    WallTime pause_ends_ = 0;  // no round begins before
    MessageId at_ = 1;         // where it goes on; 1: it rests
};

}  // namespace weft::queue
