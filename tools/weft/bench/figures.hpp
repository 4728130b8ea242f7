#pragma once

#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/process.hpp"
#include "tools/weft/values/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How the reports of `weft bench` reckon and write figures. Threading: any thread (pure
/// functions).
namespace weft::tools {

// 0 where there is nothing to divide by.

double per_second(std::uint64_t count, Duration time);
/// Microseconds of `time` for each of `count`.
double micros_each(Duration time, std::uint64_t count);
/// CPUs in use, of `run_time` within `time`.
double cores(Duration run_time, Duration time);
double in_seconds(Duration time);

/// 1234567 → "1,234,567".
std::string counted(std::uint64_t count);
/// 1 → "1 sender", 2 → "2 senders".
std::string counted(std::uint64_t count, const std::string& what);
std::string rate_text(double rate);
std::string fixed(double value, int digits);
/// Three digits and a unit: "0.42 µs", "812 µs", "1.53 ms", "2.10 s".
std::string time_text(double micros);
/// Of one in nanoseconds: the value that a share of `q` is not above.
std::string time_text(const BenchHistogram& times, double q);

/// Of one in nanoseconds, {p50, p90, p99, p999, max} in microseconds.
Json times_json(const BenchHistogram& times);
/// CPU time for each of `count` things; the member of that is called `each`.
Json processes_json(const std::vector<BenchUse>& processes,
                    Duration time,
                    std::uint64_t count,
                    const char* each);

}  // namespace weft::tools
