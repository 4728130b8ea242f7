#pragma once

#include "common/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weft::tools {

/// What a process of this machine has used so far.
struct BenchProcess {
    int pid = 0;
    Duration run_time{};  // of all its threads that live
    std::uint64_t resident_bytes = 0;
};

/// What a process did while something was measured.
struct BenchUse {
    int pid = 0;
    Duration run_time{};
    std::uint64_t resident_bytes = 0;        // at the end
    std::int64_t resident_growth_bytes = 0;  // may be negative
};

/// From two samples of the same processes.
std::vector<BenchUse> use_between(const std::vector<BenchProcess>& before,
                                  const std::vector<BenchProcess>& after);

/// Looks at each process. Throws Failure on one that is not there. Threading: any thread.
std::vector<BenchProcess> sample_processes(const std::vector<int>& pids);

/// The time on a CPU that the text of /proc/PID/task/TID/schedstat tells; nothing if it is none.
std::optional<Duration> parse_run_time(std::string_view schedstat);

/// The resident pages that the text of /proc/PID/statm tells; nothing if it is none.
std::optional<std::uint64_t> parse_resident_pages(std::string_view statm);

}  // namespace weft::tools
