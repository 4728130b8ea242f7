#pragma once

#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/options.hpp"
#include "tools/weft/bench/process.hpp"
#include "tools/weft/bench/sender.hpp"
#include "tools/weft/values/json.hpp"

#include <ostream>
#include <vector>

namespace weft::tools {

// The arithmetic. 0 where there is nothing to divide by. Threading: any thread (pure functions).

double per_second(std::uint64_t count, Duration time);
/// Microseconds of `time` for each of `count`.
double micros_each(Duration time, std::uint64_t count);

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

/// One side of a run, over the time that was measured.
struct BenchSpan {
    Duration time{};
    Duration run_time{};         // of its thread
    std::uint64_t messages = 0;  // sent, or received
    std::uint64_t settled = 0;   // senders only
};

struct BenchRunResult {
    BenchSpan senders;
    BenchSpan receivers;
    BenchHistogram latency;  // nanoseconds
    std::vector<BenchUse> processes;
    // Of the whole run: warm-up, measurement and what came after it.
    BenchSent sent;
    std::uint64_t received = 0;
    std::uint64_t foreign = 0;

    /// Presettled messages that did not arrive. Not known, and 0, when an address is multicast.
    std::uint64_t lost() const { return sent.sent > received ? sent.sent - received : 0; }
};

struct BenchHoldResult {
    Duration setup_time{};
    Duration idle_time{};
    std::vector<BenchUse> setup;  // while the connections were made
    std::vector<BenchUse> idle;   // while they were held
};

struct BenchChurnResult {
    Duration time{};
    std::uint64_t connections = 0;  // that came to their end in good order
    std::uint64_t failed = 0;       // that did not
    BenchHistogram life;            // nanoseconds, from connecting to the answer of our close
    std::vector<BenchUse> processes;
};

// For people: aligned lines. `options` say what was asked for.
void print_text(const BenchOptions& options, const BenchRunResult& result, std::ostream& out);
void print_text(const BenchOptions& options, const BenchHoldResult& result, std::ostream& out);
void print_text(const BenchOptions& options, const BenchChurnResult& result, std::ostream& out);

// For programs: one object, whose members carry their unit in their name.
Json to_json(const BenchOptions& options, const BenchRunResult& result);
Json to_json(const BenchOptions& options, const BenchHoldResult& result);
Json to_json(const BenchOptions& options, const BenchChurnResult& result);

}  // namespace weft::tools
