#include "tools/weft/bench/process.hpp"

#include "tools/weft/failure.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace weft::tools {
namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::optional<std::uint64_t> number_at_start(std::string_view text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

[[noreturn]] void refuse(int pid) {
    throw Failure(
        "--pid " + std::to_string(pid) +
        ": no such process, or it can't be looked at; give the PID of a process that runs "
        "on this machine");
}

BenchProcess sample_process(int pid) {
    const std::filesystem::path folder = "/proc/" + std::to_string(pid);
    std::error_code error;
    std::filesystem::directory_iterator threads{folder / "task", error};
    const auto pages = parse_resident_pages(text_of(folder / "statm"));
    if (error || !pages) {
        refuse(pid);
    }
    BenchProcess process{.pid = pid};
    process.resident_bytes = *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    while (threads != std::filesystem::directory_iterator{}) {
        // A thread may end meanwhile.
        process.run_time +=
            parse_run_time(text_of(threads->path() / "schedstat")).value_or(Duration::zero());
        threads.increment(error);
        if (error) {
            refuse(pid);
        }
    }
    return process;
}

}  // namespace

std::vector<BenchUse> use_between(const std::vector<BenchProcess>& before,
                                  const std::vector<BenchProcess>& after) {
    std::vector<BenchUse> all;
    for (std::size_t i = 0; i < after.size(); ++i) {
        all.push_back(
            {.pid = after[i].pid,
             .run_time = after[i].run_time - before[i].run_time,
             .resident_bytes = after[i].resident_bytes,
             .resident_growth_bytes = static_cast<std::int64_t>(after[i].resident_bytes) -
                                      static_cast<std::int64_t>(before[i].resident_bytes)});
    }
    return all;
}

std::vector<BenchProcess> sample_processes(const std::vector<int>& pids) {
    std::vector<BenchProcess> processes;
    for (const int pid : pids) {
        processes.push_back(sample_process(pid));
    }
    return processes;
}

std::optional<Duration> parse_run_time(std::string_view schedstat) {
    const auto nanoseconds = number_at_start(schedstat);
    return nanoseconds ? std::optional(Duration{*nanoseconds}) : std::nullopt;
}

std::optional<std::uint64_t> parse_resident_pages(std::string_view statm) {
    const std::size_t space = statm.find(' ');
    return space == std::string_view::npos ? std::nullopt
                                           : number_at_start(statm.substr(space + 1));
}

}  // namespace weft::tools
