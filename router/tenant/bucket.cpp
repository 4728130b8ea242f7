#include "router/tenant/bucket.hpp"

#include <algorithm>

namespace weft::tenant {

void Bucket::spend(std::uint64_t amount, Instant now) {
    if (rate_ == 0) {
        return;
    }
    constexpr double kNanoseconds = 1e9;
    const double time = static_cast<double>(amount) * kNanoseconds / static_cast<double>(rate_);
    paid_ = std::max(paid_, now - kBurst) + Duration{static_cast<Duration::rep>(time)};
}

Duration Bucket::debt(Instant now) const {
    return rate_ == 0 ? Duration::zero() : std::max(paid_ - now, Duration::zero());
}

}  // namespace weft::tenant
