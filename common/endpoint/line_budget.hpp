#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace weft::endpoint {

/// How many lines in the log one peer may cause, whatever it does: some at once, and one more each
/// second. Threading: not shared.
class LineBudget {
public:
    static constexpr int kLinesMax = 100;
    static constexpr Duration kLineEach = std::chrono::seconds{1};

    /// False: the line is to be left out, and counts.
    bool take(Instant now) {
        const Instant paid = std::max(paid_until_, now);
        if (paid - now > (kLinesMax - 1) * kLineEach) {
            ++left_out_;
            return false;
        }
        paid_until_ = paid + kLineEach;
        return true;
    }
    /// Lines that were left out since this was asked last.
    std::uint64_t take_left_out() { return std::exchange(left_out_, 0); }

private:
    Instant paid_until_{};
    std::uint64_t left_out_ = 0;
};

}  // namespace weft::endpoint
