#include "common/amqp/heartbeats.hpp"

#include <algorithm>

namespace weft::amqp {
namespace {

/// Of a time-out: a check may come this part of it late,
constexpr int kLatenessPart = 10;
/// so an empty frame is due that much before half of it.
constexpr int kHeartbeatPart = 4;

/// The close clock before it was wound.
constexpr Instant kAtOnce = Instant::min();

}  // namespace

void Heartbeats::start(Instant now, Duration handshake_timeout) {
    now_ = now;
    if (handshake_timeout > Duration{}) {
        handshake_by_ = now + handshake_timeout;
    }
}

void Heartbeats::opened(Duration own_timeout, Duration peer_timeout) {
    handshake_by_ = kNever;
    if (own_timeout > Duration{}) {
        silence_max_ = 2 * own_timeout;
        silent_at_ = now_ + silence_max_;
        lateness_max_ = own_timeout / kLatenessPart;
    }
    if (peer_timeout > Duration{}) {
        lateness_max_ = std::min(lateness_max_, peer_timeout / kLatenessPart);
        heartbeat_interval_ = peer_timeout * kHeartbeatPart / kLatenessPart;
        write_by_ = now_ + heartbeat_interval_;
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
    return std::min({handshake_by_, silent_at_, close_by_, write_by_});
}

Heartbeats::Due Heartbeats::check(Instant now) {
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
    if (now < write_by_) {
        return Due::nothing;
    }
    write_by_ = now + heartbeat_interval_;
    return Due::heartbeat;  // H2
}

}  // namespace weft::amqp
