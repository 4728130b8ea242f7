#include "common/io/redial.hpp"

#include <algorithm>
#include <utility>

namespace weft::io {

Redial::Redial(HostPort primary, Delays delays, std::uint64_t seed)
    : targets_{std::move(primary)},
      delays_{delays},
      delay_{delays.first},
      random_{static_cast<std::minstd_rand::result_type>(seed)} {}

void Redial::set_failovers(const std::vector<HostPort>& failovers) {
    const HostPort current = target();
    targets_.resize(1);
    for (const HostPort& each : failovers) {
        const bool known = std::ranges::find(targets_, each) != targets_.end();
        if (!known && targets_.size() <= kFailoversMax) {
            targets_.push_back(each);
        }
    }
    const auto found = std::ranges::find(targets_, current);
    position_ = found == targets_.end() ? 0 : static_cast<std::size_t>(found - targets_.begin());
}

void Redial::succeeded() {
    in_use_ = true;
    delay_ = delays_.first;
}

Duration Redial::failed() {
    if (std::exchange(in_use_, false)) {
        position_ = 0;
        return jittered(delays_.first);
    }
    position_ = (position_ + 1) % targets_.size();
    if (position_ != 0) {
        return Duration::zero();
    }
    return jittered(std::exchange(delay_, std::min(delay_ * kMultiplier, delays_.max)));
}

Duration Redial::jittered(Duration delay) {
    std::uniform_real_distribution<double> part{0, kJitter};
    const double nanoseconds = static_cast<double>(delay.count()) * (1 - part(random_));
    return Duration{static_cast<Duration::rep>(nanoseconds)};
}

}  // namespace weft::io
