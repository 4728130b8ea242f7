#include "broker/forwarding/rate.hpp"

#include <algorithm>
#include <chrono>

namespace weft::forwarding {

Rate::Second Rate::second_of(Instant at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

void Rate::add(Instant now) {
    const Second second = second_of(now);
    if (!any_) {
        any_ = true;
        first_ = second;
    }
    const auto at = static_cast<std::size_t>(second) % counts_.size();
    if (seconds_[at] != second) {
        seconds_[at] = second;
        counts_[at] = 0;
    }
    ++counts_[at];
}

double Rate::per_second(Instant now) const {
    if (!any_) {
        return 0;
    }
    const Second second = second_of(now);
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < counts_.size(); ++at) {
        const Second ago = second - seconds_[at];
        if (ago >= 1 && ago <= static_cast<Second>(kSeconds)) {
            sum += counts_[at];
        }
    }
    const Second over = std::clamp<Second>(second - first_, 1, static_cast<Second>(kSeconds));
    return static_cast<double>(sum) / static_cast<double>(over);
}

}  // namespace weft::forwarding
