#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace weft::router {

/// The time of the call under way, as the core counts it: tenths of a second since its first call,
/// from 1 on. Whoever calls the core says what time it is; nothing here reads a clock.
/// Threading: loop-confined.
class Clock {
public:
    std::uint32_t tenths() const { return tenths_; }
    /// It is the same in all calls of a turn.
    Instant now() const { return now_; }

    void set(Instant now) {
        if (now != now_) {
            now_ = now;
            started_ = std::min(started_, now);
            const auto since = (now - started_) / std::chrono::milliseconds(100);
            tenths_ = 1 + static_cast<std::uint32_t>(since);
        }
    }

private:
    Instant started_ = kNever;
    Instant now_{};
    std::uint32_t tenths_ = 1;
};

}  // namespace weft::router
