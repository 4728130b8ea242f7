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
    auto found = std::ranges::find(targets_, current);
    if (found == targets_.end()) {
        targets_.resize(std::min(targets_.size(), kFailoversMax));
        found = targets_.insert(targets_.end(), current);
    }
    position_ = static_cast<std::size_t>(found - targets_.begin());
}

std::vector<HostPort> Redial::targets() const {
    std::vector<HostPort> in_order = targets_;
    std::ranges::rotate(in_order, in_order.begin() + static_cast<std::ptrdiff_t>(position_));
    return in_order;
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
