#pragma once

#include "common/base/time.hpp"
#include "common/io/loop.hpp"
#include "mqtt-gateway/node/device.hpp"

#include <functional>
#include <set>
#include <utility>

namespace weft::gateway {

/// When the session of each device is to be called next: one timer for all of them.
/// Threading: loop-confined.
class Deadlines {
public:
    /// How many are called in one turn.
    static constexpr int kAtOnce = 1000;

    struct Events {
        /// The device's time has come; `plan` says of the next one.
        std::function<void(DeviceId device)> due;
        /// All of this turn were told.
        std::function<void()> told;
    };

    /// `loop` must outlive it.
    Deadlines(io::Loop& loop, Events events) : loop_{loop}, events_{std::move(events)} {}
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;

    /// As the device's session says now.
    void plan(Device& device);
    /// The device is to be gone.
    void forget(const Device& device) { waits_.erase({device.planned, device.id}); }

private:
    void set_timer();
    void call();

    io::Loop& loop_;
    Events events_;
    std::set<std::pair<Instant, DeviceId>> waits_;  // by Device::planned
    Instant timer_at_ = kNever;
    io::Timer timer_;
};

}  // namespace weft::gateway
