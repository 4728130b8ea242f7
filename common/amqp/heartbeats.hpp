#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace weft::amqp {

/// How long the answer to our close is awaited.
inline constexpr Duration kCloseTimeout = std::chrono::seconds(5);

/// The clocks of a connection: its handshake, the peer's silence, our own, the answer to a close.
///
///     start ──> handshake clock ──opened──> silence and heartbeat clocks
///                     └─────────close_asked──────┴──> close clock
///
/// Invariants:
///   H1  the peer is late once 2 × our idle time-out passed without a byte from it
///   H2  half of the peer's time-out never passes without a byte of ours, if `check` comes no later
///       than `lateness_max` after its deadline
///
/// Threading: not shared. Spec: AMQP 1.0 §2.4.5
class Heartbeats {
public:
    enum class Due : std::uint8_t {
        nothing,
        heartbeat,         // an empty frame, if the connection is open
        close_unanswered,  // the rest: the connection has failed
        handshake_late,
        peer_silent,
    };

    /// `handshake_timeout` runs until `opened`; 0: none.
    void start(Instant now, Duration handshake_timeout);
    /// The peer opened: `own_timeout` is what we advertised, the other what it did; 0: none.
    void opened(Duration own_timeout, Duration peer_timeout);
    /// A call brings the time; `bytes`: with something from the peer.
    void heard(Instant now, bool bytes) {
        now_ = now;
        if (bytes && silent_at_ != kNever) {
            silent_at_ = now + silence_max_;
        }
    }
    /// We have written so many bytes so far. The call carries no time: what is new was written when
    /// the last call came that told it, or later.
    void wrote(std::uint64_t written) {
        if (written != written_ && heartbeat_interval_ > Duration{}) {
            written_ = written;
            write_by_ = now_ + heartbeat_interval_;
        }
    }
    /// Our close was sent. The call carries no time: the answer's time runs from the next `check`,
    /// which is due at once.
    void close_asked();

    /// Of the last call that told it.
    Instant now() const { return now_; }
    /// When `check` has something to say.
    Instant deadline() const;
    /// How late `check` may come once both have opened; Duration::max(): no matter.
    Duration lateness_max() const { return lateness_max_; }
    Due check(Instant now);

private:
    Instant now_{};
    Instant handshake_by_ = kNever;
    Instant silent_at_ = kNever;  // the peer is dead then
    Instant write_by_ = kNever;   // else an empty frame is due
    Instant close_by_ = kNever;
    Duration silence_max_{};
    Duration heartbeat_interval_{};  // 0: the peer asks for none
    Duration lateness_max_ = Duration::max();
    std::uint64_t written_ = 0;
};

}  // namespace weft::amqp
