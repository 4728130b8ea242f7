#pragma once

#include "common/io/loop.hpp"
#include "common/io/process.hpp"

#include <string>

namespace weft::tools {

/// The main thread's waiting: for an event on another loop, or for a time to pass.
///
/// Ctrl-C and whatever fails elsewhere end a wait as a Failure.
/// Threading: loop-confined (main), but for notify and fail: any thread.
class BenchWatch {
public:
    BenchWatch();

    /// Connections of the main thread live here; it runs within `wait` alone.
    io::Loop& loop() { return loop_; }

    /// Ends the present wait, or the next if there is none.
    void notify();
    /// As notify, and the wait throws Failure{why}. The first failure counts.
    void fail(std::string why);

    /// Runs the loop. True: notified. False: `at_most` has passed.
    bool wait(Duration at_most);

private:
    io::Loop loop_;
    io::Signals signals_;
    std::string failure_;
    bool notified_ = false;
};

}  // namespace weft::tools
