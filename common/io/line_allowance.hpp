#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <atomic>

namespace weft::io {

/// Whether a line of the log may tell of what peers can cause as fast as they like: so many lines
/// may come at once, and one more each period. Threading: any thread.
class LineAllowance {
public:
    static constexpr int kLinesAtOnce = 10;
    static constexpr Duration kLinePeriod = std::chrono::milliseconds{100};

    /// False: the line is to be left out.
    bool may_log(Instant now) {
        Instant paid = paid_until_.load(std::memory_order_relaxed);
        while (paid - now <= (kLinesAtOnce - 1) * kLinePeriod) {
            if (paid_until_.compare_exchange_weak(paid, std::max(paid, now) + kLinePeriod,
                                                  std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

private:
    /// What was logged is paid for until then, at a period a line.
    std::atomic<Instant> paid_until_{Instant{}};
};

}  // namespace weft::io
