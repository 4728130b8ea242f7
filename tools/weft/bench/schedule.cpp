#include "tools/weft/bench/schedule.hpp"

#include <chrono>

namespace weft::tools {

std::uint64_t bench_clock() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

BenchSchedule::BenchSchedule(double rate, std::size_t senders, std::size_t sender)
    : interval_{1e9 / rate}, senders_{senders}, sender_{sender} {}

std::uint64_t BenchSchedule::due(std::uint64_t number) const {
    // By multiplication, so that nothing adds up to a drift.
    return static_cast<std::uint64_t>(static_cast<double>(number * senders_ + sender_) * interval_);
}

}  // namespace weft::tools
