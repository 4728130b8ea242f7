#pragma once

#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/options.hpp"
#include "tools/weft/bench/process.hpp"
#include "tools/weft/values/json.hpp"

#include <ostream>
#include <vector>

namespace weft::tools {

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
void print_text(const BenchOptions& options, const BenchHoldResult& result, std::ostream& out);
void print_text(const BenchOptions& options, const BenchChurnResult& result, std::ostream& out);

// For programs: one object, whose members carry their unit in their name.
Json to_json(const BenchOptions& options, const BenchHoldResult& result);
Json to_json(const BenchOptions& options, const BenchChurnResult& result);

}  // namespace weft::tools
