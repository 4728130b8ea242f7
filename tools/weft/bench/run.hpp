#pragma once

#include "tools/weft/bench/ledger.hpp"
#include "tools/weft/bench/load_report.hpp"
#include "tools/weft/bench/options.hpp"
#include "tools/weft/bench/report.hpp"
#include "tools/weft/bench/watch.hpp"

#include <string>

namespace weft::tools {

// Each does what `options` ask for, on connections of its own, and takes as long as that takes.
// Throws Failure. Threading: the main thread, whose waiting is `watch`.

/// Rates and latencies: one thread sends, one receives. What was accepted, and what came, is added
/// to `ledger`, and judged by all that is there then.
BenchLoadResult run_load(const BenchOptions& options, BenchLedger& ledger, BenchWatch& watch);

/// Memory and idle CPU of connections and links.
BenchHoldResult run_hold(const BenchOptions& options, BenchWatch& watch);

/// Connections a second.
BenchChurnResult run_churn(const BenchOptions& options, BenchWatch& watch);

/// Waits until the watch is told that `what` is there. Throws Failure when that takes too long.
void await_ready(BenchWatch& watch, const BenchOptions& options, const std::string& what);

/// A number for the stamps of a run.
std::uint64_t new_run_number();

}  // namespace weft::tools
