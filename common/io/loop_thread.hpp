#pragma once

#include "common/io/loop.hpp"

#include <functional>
#include <thread>

namespace weft::io {

/// A loop with a thread of its own. Threading: the thread that made it.
class LoopThread {
public:
    LoopThread() = default;
    /// Stops the loop and waits for its thread.
    ~LoopThread() { join(); }
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    /// Until `start` the maker may set it up.
    Loop& loop() { return loop_; }
    void start();
    void join();

private:
    Loop loop_;
    std::thread thread_;
};

/// Runs `f` in a turn of `loop` and waits until it has: for the control plane, which asks other
/// loops rarely and briefly. What it throws is thrown here. Runs it at once on the loop's own
/// thread. The loop must be running, and must never wait for the caller's in the same way.
void call(Loop& loop, const std::function<void()>& f);

}  // namespace weft::io
