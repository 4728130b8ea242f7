#include "common/amqp/engine.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <chrono>

/// Time-outs and empty frames. Spec: AMQP 1.0 §2.4.5
namespace weft::amqp {
namespace {

constexpr std::uint8_t kAmqp = 0;
constexpr std::uint8_t kSasl = 3;

/// Silence is looked for four times in the peer's time-out: calls carry no time, so a check knows
/// only whether something was written since the one before.
constexpr int kChecksInTimeout = 4;

}  // namespace

void Engine::start(Instant now) {
    now_ = now;
    if (options_.handshake_timeout > Duration{}) {
        handshake_by_ = now + options_.handshake_timeout;
    }
    if (options_.server) {
        return;
    }
    if (!options_.sasl_mechanisms.empty()) {
        write_header(kSasl);
        return;
    }
    write_header(kAmqp);
    write_open();
}

void Engine::start_heartbeats(std::uint32_t peer_timeout_ms) {
    if (options_.idle_timeout > Duration{}) {
        silent_at_ = now_ + 2 * options_.idle_timeout;
    }
    if (peer_timeout_ms > 0) {
        const Duration timeout = std::chrono::milliseconds(peer_timeout_ms);
        heartbeat_interval_ =
            std::max<Duration>(timeout / kChecksInTimeout, std::chrono::milliseconds(1));
        heartbeat_at_ = now_ + heartbeat_interval_;
    }
}

Instant Engine::deadline() const {
    if (phase_ == Phase::done) {
        return kNever;
    }
    const bool resumable = scanner_.holds() && phase_ != Phase::sasl_asking;
    if (resumable || close_unclocked_) {
        return now_;
    }
    return std::min({handshake_by_, silent_at_, close_by_, heartbeat_at_});
}

void Engine::tick(Instant now) {
    now_ = now;
    if (phase_ == Phase::done) {
        return;
    }
    if (scanner_.holds() && phase_ != Phase::sasl_asking) {
        receive({}, now);
    }
    if (close_unclocked_) {
        close_unclocked_ = false;
        close_by_ = now + kCloseTimeout;
    }
    if (now >= close_by_) {
        fail_connection(kResourceLimitExceeded, "the peer did not answer our close in time");
    } else if (now >= handshake_by_) {
        fail_connection(kResourceLimitExceeded, "the handshake was not complete in time");
    } else if (now >= silent_at_) {
        fail_connection(kResourceLimitExceeded, "the peer was idle for too long (idle time-out)");
    } else if (now >= heartbeat_at_) {
        if (!wrote_ && phase_ == Phase::open) {
            write_frame(0, 0, {});
        } else {
            wrote_ = false;
        }
        heartbeat_at_ = now + heartbeat_interval_;
    }
}

}  // namespace weft::amqp
