#include "mqtt-gateway/node/deadlines.hpp"

#include <algorithm>

namespace weft::gateway {

void Deadlines::plan(Device& device) {
    const Instant due = device.session.deadline();
    if (due == device.planned) {
        return;
    }
    if (device.planned != kNever) {
        waits_.erase({device.planned, device.id});
    }
    device.planned = due;
    if (due != kNever) {
        waits_.emplace(due, device.id);
        set_timer();
    }
}

void Deadlines::set_timer() {
    if (!waits_.empty() && waits_.begin()->first < timer_at_) {
        timer_at_ = waits_.begin()->first;
        timer_ =
            loop_.after(std::max(timer_at_ - loop_.now(), Duration::zero()), [this] { call(); });
    }
}

void Deadlines::call() {
    timer_at_ = kNever;
    for (int i = 0; i < kAtOnce && !waits_.empty() && waits_.begin()->first <= loop_.now(); ++i) {
        const DeviceId device = waits_.begin()->second;
        waits_.erase(waits_.begin());
        events_.due(device);
    }
    events_.told();
    set_timer();
}

}  // namespace weft::gateway
