#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace weft::session {

/// When a client was heard last, and when it has been silent for too long.
/// Spec: MQTT 5 §3.1.2.10. Threading: not shared (a value).
class KeepAlive {
public:
    /// 0: it may be silent for ever.
    void set(std::uint16_t seconds) { seconds_ = seconds; }
    std::uint16_t seconds() const { return seconds_; }

    void hear(Instant now) { heard_ = now; }
    Instant heard() const { return heard_; }
    /// While it is not read it can't be heard: that time does not count.
    void pause(bool paused, Instant now) {
        if (paused_ && !paused) {
            hear(now);
        }
        paused_ = paused;
    }
    bool is_paused() const { return paused_; }

    /// One and a half times the keep alive. Spec: MQTT 5 [MQTT-3.1.2-22]
    Instant deadline() const {
        return seconds_ == 0 ? kNever : heard_ + std::chrono::milliseconds{1500} * seconds_;
    }

private:
    Instant heard_{};
    std::uint16_t seconds_ = 0;
    bool paused_ = false;
};

}  // namespace weft::session
