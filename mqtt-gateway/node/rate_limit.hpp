#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace weft::gateway {

/// So many a second, a second's worth of them at once. Threading: not shared (a value).
class RateLimit {
public:
    /// 0: any number.
    explicit RateLimit(std::uint32_t per_second)
        : interval_{per_second == 0 ? Duration::zero() : kSecond / per_second} {}

    /// True: it may be, and counts.
    bool take(Instant now) {
        if (interval_ == Duration::zero()) {
            return true;
        }
        const Instant from = std::max(next_, now - kSecond + interval_);
        if (from > now) {
            return false;
        }
        next_ = from + interval_;
        return true;
    }

private:
    static constexpr Duration kSecond = std::chrono::seconds{1};

    Duration interval_;
    Instant next_{};  // when the next one would be, if they came evenly
};

}  // namespace weft::gateway
