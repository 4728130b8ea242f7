#include "router/node/awareness.hpp"

#include "common/base/serial.hpp"

#include <utility>

namespace weft::node {

bool Awareness::others_know() const {
    for (std::size_t to = 0; to < known_.size(); ++to) {
        if (to != self_ && known_[to] != announced_) {
            return false;
        }
    }
    return true;
}

void Awareness::wait(std::function<void()> f) {
    constexpr std::uint32_t kTicksMax = 2;
    waiters_.push_back({.announced = announced_, .until = ticks_ + kTicksMax, .f = std::move(f)});
}

/// The others know, or it has waited for long enough.
bool Awareness::may_run(const Waiter& waiter) const {
    if (!precedes(ticks_, waiter.until)) {
        return true;
    }
    for (std::size_t to = 0; to < known_.size(); ++to) {
        if (to != self_ && precedes(known_[to], waiter.announced)) {
            return false;
        }
    }
    return true;
}

void Awareness::run(std::size_t& steps, std::size_t most) {
    while (!waiters_.empty() && steps < most && may_run(waiters_.front())) {
        const Waiter waiter = std::move(waiters_.front());
        waiters_.pop_front();
        steps += kStepsToAnswer;
        waiter.f();
    }
}

}  // namespace weft::node
