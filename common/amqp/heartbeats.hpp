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
///   H2  of each half of the peer's time-out, one has something written by us
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
    void opened(Duration own_timeout, std::uint32_t peer_timeout_ms);
    /// A call brings the time; `bytes`: with something from the peer.
    void heard(Instant now, bool bytes);
    /// Our close was sent. The call carries no time: the answer's time runs from the next `check`,
    /// which is due at once.
    void close_asked();

    /// Of the last call that told it.
    Instant now() const { return now_; }
    /// When `check` has something to say.
    Instant deadline() const;
    /// `written`: bytes that we have written so far.
    Due check(Instant now, std::uint64_t written);

private:
    Instant now_{};
    Instant handshake_by_ = kNever;
    Instant silent_at_ = kNever;  // the peer is dead then
    Instant heartbeat_at_ = kNever;
    Instant close_by_ = kNever;
    Duration silence_max_{};
    Duration heartbeat_interval_{};
    std::uint64_t written_ = 0;  // at the last heartbeat check
};

}  // namespace weft::amqp
