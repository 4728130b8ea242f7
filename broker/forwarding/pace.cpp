#include "broker/forwarding/pace.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace weft::forwarding {

using Seconds = std::chrono::duration<double>;

void Pace::set(double per_second) {
    per_second_ = per_second;
    saved_ = std::min(saved_, most());
}

double Pace::most() const {
    return std::max(1.0, per_second_ / kParts);
}

void Pace::refill(Instant now) {
    if (at_ != Instant::min() && now > at_) {
        saved_ = std::min(most(), saved_ + Seconds{now - at_}.count() * per_second_);
    }
    at_ = std::max(at_, now);
}

std::uint32_t Pace::ready(Instant now) {
    if (!is_limited()) {
        return std::numeric_limits<std::uint32_t>::max();
    }
    refill(now);
    return saved_ < 0 ? 0 : static_cast<std::uint32_t>(saved_);
}

void Pace::spend() {
    saved_ -= is_limited() ? 1 : 0;
}

Instant Pace::due(Instant now) {
    if (!is_limited()) {
        return kNever;
    }
    refill(now);
    const Seconds missing{(most() - saved_) / per_second_};
    // Rounded up: an alarm finds what it was set for.
    return now + std::chrono::ceil<Duration>(missing);
}

}  // namespace weft::forwarding
