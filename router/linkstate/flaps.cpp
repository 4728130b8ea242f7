#include "router/linkstate/flaps.hpp"

#include <algorithm>

namespace weft::linkstate {

void Flaps::note_loss(Instant now) {
    count_ = count_ > 0 && now - lost_ > kSpan ? 1 : count_ + 1;
    lost_ = now;
    if (count_ > kFree) {
        const std::uint32_t doublings = std::min(count_ - kFree - 1, 5U);
        held_until_ = now + std::min<Duration>(kHoldMax, kHoldMin * (1U << doublings));
    }
}

}  // namespace weft::linkstate
