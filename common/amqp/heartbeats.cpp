#include "common/amqp/heartbeats.hpp"

#include <algorithm>
#include <utility>

namespace weft::amqp {
namespace {

/// Silence is looked for four times in the peer's time-out: calls carry no time, so a check knows
/// only whether something was written since the one before.
constexpr int kChecksInTimeout = 4;

/// The close clock before it was wound.
constexpr Instant kAtOnce = Instant::min();

}  // namespace

void Heartbeats::start(Instant now, Duration handshake_timeout) {
    now_ = now;
    if (handshake_timeout > Duration{}) {
        handshake_by_ = now + handshake_timeout;
    }
}

void Heartbeats::opened(Duration own_timeout, std::uint32_t peer_timeout_ms) {
    handshake_by_ = kNever;
    if (own_timeout > Duration{}) {
        silence_max_ = 2 * own_timeout;
        silent_at_ = now_ + silence_max_;
    }
    if (peer_timeout_ms > 0) {
        const Duration timeout = std::chrono::milliseconds(peer_timeout_ms);
        heartbeat_interval_ =
            std::max<Duration>(timeout / kChecksInTimeout, std::chrono::milliseconds(1));
        heartbeat_at_ = now_ + heartbeat_interval_;
    }
}

void Heartbeats::heard(Instant now, bool bytes) {
    now_ = now;
    if (bytes && silent_at_ != kNever) {
        silent_at_ = now + silence_max_;
    }
}

void Heartbeats::close_asked() {
    handshake_by_ = kNever;
    close_by_ = kAtOnce;
}

Instant Heartbeats::deadline() const {
    if (close_by_ == kAtOnce) {
        return now_;
    }
    return std::min({handshake_by_, silent_at_, close_by_, heartbeat_at_});
}

Heartbeats::Due Heartbeats::check(Instant now, std::uint64_t written) {
    now_ = now;
    if (close_by_ == kAtOnce) {
        close_by_ = now + kCloseTimeout;
    }
    if (now >= close_by_) {
        return Due::close_unanswered;
    }
    if (now >= handshake_by_) {
        return Due::handshake_late;
    }
    if (now >= silent_at_) {  // H1
        return Due::peer_silent;
    }
    if (now < heartbeat_at_) {
        return Due::nothing;
    }
    heartbeat_at_ = now + heartbeat_interval_;
    return std::exchange(written_, written) == written ? Due::heartbeat : Due::nothing;  // H2
}

}  // namespace weft::amqp
