#pragma once

#include "common/io/loop_thread.hpp"

#include <utility>

namespace weft::router_mgmt::test {

/// Keeps another thread's loop in one turn until it is released.
class BusyLoop {
public:
    explicit BusyLoop(io::Loop& loop) : loop_{loop} {
        loop_.post([this] { io::call(gate_.loop(), [] {}); });
    }
    ~BusyLoop() { release(); }
    BusyLoop(const BusyLoop&) = delete;
    BusyLoop& operator=(const BusyLoop&) = delete;

    /// Returns once that turn is over.
    void release() {
        if (std::exchange(busy_, false)) {
            gate_.start();
            io::call(loop_, [] {});
        }
    }

private:
    io::Loop& loop_;
    io::LoopThread gate_;  // one who waits for it waits until it runs
    bool busy_ = true;
};

}  // namespace weft::router_mgmt::test
