#pragma once

#include "common/io/loop_thread.hpp"
#include "tools/weft/bench/schedule.hpp"
#include "tools/weft/bench/side.hpp"

#include <ctime>

namespace weft::tools {

/// The totals of a loop's connections at a moment.
template <class Totals>
struct BenchMoment {
    Totals totals;
    Duration run_time{};     // of the thread
    std::uint64_t time = 0;  // of the clock
};

/// A thread with connections of one kind and what they count: the senders, or the receivers.
/// Threading: the thread that made it.
template <class Connection, class Totals>
class BenchHalf {
public:
    explicit BenchHalf(BenchWatch& watch) : side_{watch, thread_.loop()} { thread_.start(); }
    /// The connections' timers die with the loop, so that its thread is gone before.
    ~BenchHalf() { thread_.join(); }
    BenchHalf(const BenchHalf&) = delete;
    BenchHalf& operator=(const BenchHalf&) = delete;

    /// Runs `f(side, totals)` on the thread.
    template <class F>
    void call(F f) {
        io::call(thread_.loop(), [&] { f(side_, totals_); });
    }

    BenchMoment<Totals> moment() {
        BenchMoment<Totals> moment;
        call([&](auto&, Totals& totals) { moment = {totals, thread_run_time(), bench_clock()}; });
        return moment;
    }

private:
    static Duration thread_run_time() {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
    }

    io::LoopThread thread_;
    Totals totals_;
    BenchSide<Connection> side_;
};

}  // namespace weft::tools
