#pragma once

#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/plan.hpp"
#include "tools/weft/bench/process.hpp"
#include "tools/weft/bench/sender.hpp"
#include "tools/weft/tables/table.hpp"
#include "tools/weft/values/json.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace weft::tools {

/// One side of a load, over the time that was measured.
struct BenchSpan {
    Duration time{};
    Duration run_time{};         // of its thread
    std::uint64_t messages = 0;  // sent, or received
    std::uint64_t settled = 0;   // senders only
    std::uint64_t accepted = 0;  // likewise
};

/// What a load came to. Threading: not shared (a value).
struct BenchLoadResult {
    // Of the time that was measured.
    BenchSpan senders;
    BenchSpan receivers;
    BenchHistogram accepting;  // nanoseconds from sending, or being due, to `accepted`
    BenchHistogram latency;    // nanoseconds from there to receiving
    std::vector<BenchUse> processes;

    // Of all of it: warm-up, measurement and what came after that.
    BenchSent sent;
    std::uint64_t received = 0;
    std::uint64_t doubled = 0;  // of them, those that had come before
    std::uint64_t foreign = 0;  // messages of others
    Duration first{};           // from the beginning, before connecting, to the first that came
    /// Accepted messages (presettled: sent ones) that should have come and did not. Nothing: it
    /// can't be known, because not all of them were to be received, or others sent them.
    std::optional<std::uint64_t> missing;
    /// Received by somebody who does not know what was sent: numbers below the highest of their
    /// sender that did not come.
    std::uint64_t holes = 0;
};

/// One row of the answer.
struct BenchRow {
    BenchStep step;
    BenchLoadResult result;
};

/// For people: a table with a row each, and a line for each thing that is not as it should be.
/// The rows, at least one, are of one command.
Table load_table(const BenchOptions& options, const std::vector<BenchRow>& rows);
void print_text(const BenchOptions& options, const std::vector<BenchRow>& rows, std::ostream& out);

/// For programs: one object, whose members carry their unit in their name.
Json to_json(const BenchRow& row);

/// Why this is no success, and what to do; empty: it is one.
std::string complaint(const BenchRow& row);

}  // namespace weft::tools
